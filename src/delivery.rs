//! The peak path: who may have which object now, and its bytes. No SQL, no lock held over a wait.

pub mod cache;
pub mod catalogue;
pub mod filter;
pub mod gate;
pub mod ranges;

pub use crate::blob::pack::{Pack, PackId, Part, ScriptEntry, Section, SectionName};
pub use crate::blob::page::{
    Missing, PupilLine, PupilsPage, ResultLine, SchoolLine, SchoolsPage, ScriptState, Sums, Tally,
};
