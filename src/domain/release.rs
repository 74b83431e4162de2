//! A release: its stages, its holds, and the decision whether an audience may see it now.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::calendar::{Audience, ReleaseTimes};
use super::ids::Laestab;

/// What a node must know of a release to serve it or to refuse it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRelease {
    /// Name, such as `2024-1f3a9c20`.
    pub id: String,
    /// Cycle, such as 2024.
    pub year: u16,
    /// SHA-256 of the manifest of the last revision: what was approved is what is served.
    pub manifest_digest: [u8; 32],
    /// The approved corrections, in the order of their revision.
    pub corrections: Vec<Correction>,
    /// When each audience may see it; none until two people have agreed.
    pub times: Option<ReleaseTimes>,
    /// What is held back.
    pub holds: Holds,
}

/// An approved correction: it has been in force since its approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Its revision, from 2.
    pub revision: u32,
    /// When it was approved.
    pub approved_at: Timestamp,
}

impl PlannedRelease {
    /// The revision that is served; 1 is the release as it was first built.
    pub fn revision(&self) -> u32 {
        self.corrections.last().map_or(1, |correction| correction.revision)
    }

    /// When something that a revision holds could first be had by an audience that had the release at `opened_at`.
    pub fn since(&self, revision: u32, opened_at: Timestamp) -> Timestamp {
        let correction = self.corrections.iter().find(|c| c.revision == revision);
        correction.map_or(opened_at, |correction| correction.approved_at.max(opened_at))
    }
}

/// What is held back of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    /// Nobody is served.
    pub all: bool,
    /// These schools are not served, to any audience.
    pub schools: BTreeSet<Laestab>,
}

/// May this audience see this release now?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Open,
    /// Not before this instant.
    Before(Timestamp),
    /// Two people have not agreed yet.
    NotApproved,
    /// Held back for now.
    Held,
}

/// Decides for one school, or with `None` for whatever is not one school's (a list, a combined file).
pub fn decide(
    release: &PlannedRelease,
    audience: Audience,
    school: Option<Laestab>,
    now: Timestamp,
) -> Decision {
    let Some(times) = release.times else { return Decision::NotApproved };
    let opens = times.of(audience);
    if now < opens {
        return Decision::Before(opens);
    }
    if release.holds.all || school.is_some_and(|s| release.holds.schools.contains(&s)) {
        return Decision::Held;
    }
    Decision::Open
}

/// Stage as the metric `release_state` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// There is no release.
    None = 0,
    /// Built, not approved.
    Built = 1,
    /// Approved, not open.
    Approved = 2,
    /// Open to schools.
    Open = 3,
    /// Held as a whole.
    Held = 4,
}

/// The stage of a release for schools.
pub fn stage(release: Option<&PlannedRelease>, now: Timestamp) -> Stage {
    let Some(release) = release else { return Stage::None };
    match decide(release, Audience::School, None, now) {
        _ if release.holds.all => Stage::Held,
        Decision::NotApproved => Stage::Built,
        Decision::Before(_) => Stage::Approved,
        Decision::Open => Stage::Open,
        Decision::Held => Stage::Held,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release() -> PlannedRelease {
        let school: Timestamp = "2024-07-09T06:30:00Z".parse().unwrap();
        let secondary = "2024-07-10T06:30:00Z".parse().unwrap();
        PlannedRelease {
            id: "2024-0".to_owned(),
            year: 2024,
            manifest_digest: [0; 32],
            corrections: Vec::new(),
            times: Some(ReleaseTimes::new([school, school, school, secondary])),
            holds: Holds::default(),
        }
    }

    #[track_caller]
    fn check(release: &PlannedRelease, audience: Audience, now: &str, expected: Decision) {
        let school = "8882045".parse().unwrap();
        assert_eq!(decide(release, audience, Some(school), now.parse().unwrap()), expected);
    }

    #[test]
    fn each_audience_has_its_instant() {
        let opens = "2024-07-09T06:30:00Z".parse().unwrap();
        let release = release();
        check(&release, Audience::School, "2024-07-09T06:29:59.999Z", Decision::Before(opens));
        check(&release, Audience::School, "2024-07-09T06:30:00Z", Decision::Open);
        let next = "2024-07-10T06:30:00Z".parse().unwrap();
        check(&release, Audience::Secondary, "2024-07-09T06:30:00Z", Decision::Before(next));
    }

    #[test]
    fn a_hold_wins_over_an_open_release_but_not_over_the_embargo() {
        let mut held = release();
        held.holds.schools.insert("8882045".parse().unwrap());
        check(&held, Audience::Trust, "2024-07-09T06:30:00Z", Decision::Held);
        assert_eq!(
            decide(&held, Audience::School, None, "2024-07-09T07:00:00Z".parse().unwrap()),
            Decision::Open
        );
        held.holds.all = true;
        assert_eq!(stage(Some(&held), "2024-07-09T07:00:00Z".parse().unwrap()), Stage::Held);
        let mut unapproved = release();
        unapproved.times = None;
        check(&unapproved, Audience::School, "2030-01-01T00:00:00Z", Decision::NotApproved);
    }
}
