//! The peak path: who may have which object now, and its bytes. No SQL, no lock held over a wait.

pub mod cache;
pub mod catalogue;
pub mod filter;
pub mod gate;
pub mod lane;
pub mod ranges;

pub use crate::blob::pack::{
    BadPack, Pack, PackId, PaperCounts, Part, Reconciliation, ScriptEntry, Section, SectionName,
};
pub use crate::blob::page::{
    Correction, Missing, PupilLine, PupilsPage, ResultLine, SchoolLine, SchoolsPage, ScriptState,
    Sums, Tally,
};
