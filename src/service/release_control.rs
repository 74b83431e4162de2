//! Publishing releases and holding them back, the same from a command and from a page: one release officer proposes,
//! another approves, and neither has loaded the data. To hold and to lift a hold one of them is enough.

use std::collections::BTreeSet;

use serde_json::Value;

use super::desk::{Desk, NotDone};
use crate::domain::calendar::ReleaseTimes;
use crate::domain::ids::Laestab;
use crate::domain::reason::Reason;
use crate::store::holds::{SetHold, StandingHolds};
use crate::store::nodes::ListNodes;
use crate::store::releases::{Approve, ListReleases, Propose};

pub mod corrections;

pub use crate::store::holds::{Hold, HoldRow};
pub use crate::store::releases::ReleaseRow;

/// Why a release did not take its next step. The messages are those of the command.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There is no such release.
    #[error("there is no release {0}; see `release list`")]
    Unknown(String),
    /// There is no such correction.
    #[error("release {release} has no correction {revision}; see `release history {release}`")]
    NoCorrection {
        /// The release.
        release: String,
        /// The revision.
        revision: u32,
    },
    /// Whoever acts has loaded the data.
    #[error("{0} loaded the data: somebody else decides over its release")]
    Loaded(String),
    /// Whoever approves has proposed it.
    #[error("the same person cannot propose and approve; a second one is needed")]
    SamePerson,
    /// Schools were refused by the build, and not named.
    #[error("schools were refused: name them with --without {}", .0.join(" "))]
    Forgotten(Vec<String>),
    /// It stands at another stage.
    #[error("{what} stands at {stage}; only a {expected} one can take this step")]
    Stage {
        /// Which release or revision.
        what: String,
        /// Where it stands.
        stage: String,
        /// Where it would have to stand.
        expected: &'static str,
    },
    /// Another revision is served by now.
    #[error(
        "revision {revision} was built on revision {base}, but revision {served} is served: build the correction again"
    )]
    Overtaken {
        /// The revision.
        revision: u32,
        /// What it was built on.
        base: u32,
        /// What is served.
        served: u32,
    },
    /// The report does not say whom a correction concerns.
    #[error("the report of the correction is unreadable")]
    Report,
    /// Whoever acts may not, or the database did not answer.
    #[error(transparent)]
    NotDone(#[from] NotDone),
}

/// Every release, in the order of their years and builds.
pub async fn all(desk: &Desk) -> Result<Vec<ReleaseRow>, NotDone> {
    desk.run(ListReleases).await
}

/// The release of a name.
pub async fn find(desk: &Desk, id: &str) -> Result<ReleaseRow, Refused> {
    let found = all(desk).await?.into_iter().find(|release| release.id == id);
    found.ok_or_else(|| Refused::Unknown(id.to_owned()))
}

/// Whoever acts, unless they loaded the data.
fn officer(desk: &Desk, loaded_by: &str) -> Result<String, Refused> {
    match desk.actor() {
        actor if actor == loaded_by => Err(Refused::Loaded(actor.to_owned())),
        actor => Ok(actor.to_owned()),
    }
}

/// DfE numbers of schools that the build refused.
pub fn refused(report: Option<&Value>) -> BTreeSet<i32> {
    let list = report.and_then(|r| r["refused"].as_array());
    list.into_iter().flatten().filter_map(|v| v.as_str()?.parse().ok()).collect()
}

/// Proposes a built release; every refused school must be named.
pub async fn propose(
    desk: &Desk,
    id: &str,
    times: ReleaseTimes,
    left_out: BTreeSet<i32>,
) -> Result<(), Refused> {
    let release = find(desk, id).await?;
    let actor = officer(desk, &release.loaded_by)?;
    let refused = refused(release.report.as_ref());
    let forgotten: Vec<String> = refused.difference(&left_out).map(ToString::to_string).collect();
    if !forgotten.is_empty() {
        return Err(Refused::Forgotten(forgotten));
    }
    let left_out = left_out.into_iter().collect();
    let work = Propose { id: id.to_owned(), actor, times, left_out, now: desk.now() };
    taken(desk.run(work).await?, release, "built")
}

/// Approves what somebody else proposed.
pub async fn approve(desk: &Desk, id: &str) -> Result<(), Refused> {
    let release = find(desk, id).await?;
    let actor = officer(desk, &release.loaded_by)?;
    if release.proposed_by.as_deref() == Some(&actor) {
        return Err(Refused::SamePerson);
    }
    let work = Approve { id: id.to_owned(), actor, now: desk.now() };
    taken(desk.run(work).await?, release, "proposed")
}

fn taken(done: bool, release: ReleaseRow, expected: &'static str) -> Result<(), Refused> {
    let what = format!("release {}", release.id);
    if done { Ok(()) } else { Err(Refused::Stage { what, stage: release.stage, expected }) }
}

/// Places or lifts a hold on a release or on one school of it. Gives whether that changed anything.
pub async fn hold(
    desk: &Desk,
    id: &str,
    school: Option<Laestab>,
    hold: Hold,
    reason: Option<Reason>,
) -> Result<bool, Refused> {
    let release = find(desk, id).await?;
    let actor = officer(desk, &release.loaded_by)?;
    let reason = reason.map(|reason| reason.as_str().to_owned());
    Ok(desk.run(SetHold { id: release.id, school, hold, reason, actor, now: desk.now() }).await?)
}

/// Every hold that stands.
pub async fn holds(desk: &Desk) -> Result<Vec<HoldRow>, NotDone> {
    desk.run(StandingHolds).await
}

/// How ready each node says it is: its name, whether it is ready, and the revision that it serves.
pub async fn readiness(desk: &Desk) -> Result<Vec<(String, Value)>, NotDone> {
    let nodes = desk.run(ListNodes).await?;
    Ok(nodes.into_iter().map(|peer| (peer.name, peer.readiness)).collect())
}
