//! Bytes from outside to rows to values: the only readers of files that others made.

pub mod answers;
pub mod breached;
pub mod cbor;
pub mod delivery;
pub mod gias;
pub mod manifest;
pub mod pdf;
pub mod problems;
pub mod scores;
pub mod scripts;
pub mod table;
