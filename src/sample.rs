//! The synthetic nation.
