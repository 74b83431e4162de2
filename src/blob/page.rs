//! The shapes of a pack's page section: what a results page shows, written by the build.

use serde::{Deserialize, Serialize};

mod changes;
mod missing;
mod summary;

pub use changes::{Change, Correction};
pub use missing::{Missing, Tally};
pub use summary::Sums;

/// A pupil on a results page.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PupilLine {
    /// Opaque reference of the pupil in this release.
    pub reference: String,
    /// DfE number of the school that entered the pupil.
    pub laestab: u32,
    /// Its name, where it is not the page's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub school: String,
    /// Unique pupil number.
    pub upn: String,
    /// Surname.
    pub surname: String,
    /// Forename.
    pub forename: String,
    /// Middle names, or empty.
    pub middle_names: String,
    /// Date of birth as `YYYY-MM-DD`.
    pub born_on: String,
    /// `M` or `F`.
    pub sex: String,
    /// Mark by paper.
    pub marks: [Option<u8>; 6],
    /// Result by subject.
    pub results: [ResultLine; 3],
    /// Teacher assessment: writing, science, reading, maths; empty where there is none.
    pub judgements: [String; 4],
    /// State of the script by paper.
    pub scripts: [ScriptState; 6],
}

impl std::fmt::Debug for PupilLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PupilLine(..)")
    }
}

impl PupilLine {
    /// The name as lists have it: "Ade, Tola Marie".
    pub fn listed_name(&self) -> String {
        let names = [self.forename.trim(), self.middle_names.trim()];
        let first = names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
        match (self.surname.trim(), first.as_str()) {
            (surname, "") => surname.to_owned(),
            ("", first) => first.to_owned(),
            (surname, first) => format!("{surname}, {first}"),
        }
    }

    /// The name as people say it: "Tola Ade".
    pub fn spoken_name(&self) -> String {
        format!("{} {}", self.forename.trim(), self.surname.trim()).trim().to_owned()
    }
}

/// A result in one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultLine {
    /// Raw mark.
    pub raw: Option<u16>,
    /// Scaled score.
    pub scaled: Option<u8>,
    /// Code of the outcome.
    pub outcome: String,
}

/// Where a script is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScriptState {
    /// In the bundle.
    Here,
    /// Expected, and being traced.
    Traced,
    /// None is expected.
    None,
}

/// The page of a school or of a secondary.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PupilsPage {
    /// Name of the organisation.
    pub name: String,
    /// Its DfE number.
    pub laestab: u32,
    /// Its pupils, by surname and forename.
    pub pupils: Vec<PupilLine>,
    /// Whether scripts were delivered for this release at all.
    pub scripts_delivered: bool,
    /// Corrections, in the order of their revision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
}

/// A school in the list of an authority or trust.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchoolLine {
    /// DfE number.
    pub laestab: u32,
    /// Name.
    pub name: String,
    /// Pupils with results.
    pub pupils: u32,
    /// Pupils who count in percentages, by subject.
    pub counted: [u32; 3],
    /// Pupils at the expected standard by subject.
    pub achieved: [u32; 3],
    /// The revision that last corrected it, if any did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<u32>,
}

/// The page of an authority or trust.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchoolsPage {
    /// Name of the organisation.
    pub name: String,
    /// Its schools by name.
    pub schools: Vec<SchoolLine>,
}
