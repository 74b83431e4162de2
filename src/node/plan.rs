//! The release plan: which releases there are, when they open, what is held.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::calendar::{Audience, ReleaseTimes};
use crate::domain::ids::Laestab;
use crate::domain::release::{Correction, Holds, PlannedRelease};

/// Releases: the approved ones in the order of their approval, then the others in that of their building.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The releases.
    pub releases: Vec<PlannedRelease>,
}

impl Plan {
    /// The release that pages are about: the last approved one, else the last built.
    pub fn current(&self) -> Option<&PlannedRelease> {
        let approved = self.releases.iter().rfind(|release| release.times.is_some());
        approved.or(self.releases.last())
    }

    /// When the results of that release open; none as long as no day is set.
    pub fn times(&self) -> Option<ReleaseTimes> {
        self.current()?.times
    }
}

/// A hold that was placed or lifted on a node while the database was away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingHold {
    /// Release.
    pub release: String,
    /// DfE number of one school, or everything.
    pub school: Option<u32>,
    /// Placed, or lifted.
    pub placed: bool,
    /// Who did it.
    pub actor: String,
}

impl PendingHold {
    /// Puts it into force in a plan.
    pub(super) fn apply(&self, plan: &mut Plan) {
        let Some(release) = plan.releases.iter_mut().find(|r| r.id == self.release) else { return };
        match self.school.map(Laestab::from_number) {
            None => release.holds.all = self.placed,
            Some(Ok(school)) if self.placed => {
                release.holds.schools.insert(school);
            }
            Some(Ok(school)) => {
                release.holds.schools.remove(&school);
            }
            Some(Err(_)) => (),
        }
    }
}

/// The plan as its sealed file holds it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct File {
    releases: Vec<Line>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    id: String,
    year: u16,
    manifest_digest: [u8; 32],
    opens: Option<[Timestamp; 4]>,
    held: bool,
    held_schools: Vec<u32>,
    /// Revision and approval of each correction; a file of before has none.
    #[serde(default)]
    corrections: Vec<(u32, Timestamp)>,
}

impl From<&Plan> for File {
    fn from(plan: &Plan) -> Self {
        let line = |release: &PlannedRelease| Line {
            id: release.id.clone(),
            year: release.year,
            manifest_digest: release.manifest_digest,
            opens: release.times.map(|times| Audience::ALL.map(|audience| times.of(audience))),
            held: release.holds.all,
            held_schools: release.holds.schools.iter().map(|s| s.number()).collect(),
            corrections: release.corrections.iter().map(|c| (c.revision, c.approved_at)).collect(),
        };
        Self { releases: plan.releases.iter().map(line).collect() }
    }
}

impl From<File> for Plan {
    fn from(file: File) -> Self {
        let release = |line: Line| PlannedRelease {
            id: line.id,
            year: line.year,
            manifest_digest: line.manifest_digest,
            corrections: line
                .corrections
                .into_iter()
                .map(|(revision, approved_at)| Correction { revision, approved_at })
                .collect(),
            times: line.opens.map(ReleaseTimes::new),
            holds: Holds {
                all: line.held,
                schools: line
                    .held_schools
                    .into_iter()
                    .filter_map(|number| Laestab::from_number(number).ok())
                    .collect(),
            },
        };
        Self { releases: file.releases.into_iter().map(release).collect() }
    }
}
