//! `daybreak release propose` and `approve` of a correction.

use super::control::officer;
use super::correct::corrections;
use super::show::find;
use crate::blob::pack::PackId;
use crate::cli::exit::Failure;
use crate::cli::print;
use crate::cli::system::{System, runtime};
use crate::config::Role;
use crate::store::corrections::{ApproveCorrection, Concerned, CorrectionRow, ProposeCorrection};

/// Proposes a correction that was built.
pub(super) fn propose(
    system: &System,
    id: &str,
    revision: u32,
    actor: &str,
) -> Result<(), Failure> {
    runtime()?.block_on(async {
        let row = correction(system, id, revision).await?;
        let actor = officer(system, actor, &row.loaded_by).await?;
        let now = system.clock.now();
        let work = ProposeCorrection { release: id.to_owned(), revision, actor, now };
        if system.store(Role::Owner)?.run(now, &work).await? {
            return Ok(());
        }
        Err(refused(system, id, &row, "built").await?)
    })?;
    print(&format!("Proposed revision {revision} of {id}. Another release officer approves it."))
}

/// Approves what somebody else proposed; nodes serve it from then on.
pub(super) fn approve(
    system: &System,
    id: &str,
    revision: u32,
    actor: &str,
) -> Result<(), Failure> {
    let approved = runtime()?.block_on(async {
        let row = correction(system, id, revision).await?;
        let actor = officer(system, actor, &row.loaded_by).await?;
        if row.proposed_by.as_deref() == Some(&actor) {
            return Err(Failure::failed(
                "the same person cannot propose and approve; a second one is needed",
            ));
        }
        let (now, concerned) = (system.clock.now(), concerned(&row)?);
        let release = id.to_owned();
        let work = ApproveCorrection { release, revision, actor, concerned, now };
        match system.store(Role::Owner)?.run(now, &work).await? {
            Some(approved) => Ok(approved),
            None => Err(refused(system, id, &row, "proposed").await?),
        }
    })?;
    print(&format!(
        "Approved revision {revision} of {id}; {} messages are queued. `release status {id}` says which nodes serve it.",
        approved.messages
    ))
}

async fn correction(system: &System, id: &str, revision: u32) -> Result<CorrectionRow, Failure> {
    find(system, id).await?;
    let rows = corrections(system, id).await?;
    rows.into_iter().find(|row| row.revision == revision).ok_or_else(|| {
        Failure::failed(format!(
            "release {id} has no correction {revision}; see `release history {id}`"
        ))
    })
}

/// Why a correction cannot take its next step.
async fn refused(
    system: &System,
    id: &str,
    row: &CorrectionRow,
    expected: &str,
) -> Result<Failure, Failure> {
    let rows = corrections(system, id).await?;
    let served =
        rows.iter().filter(|r| r.approved.is_some()).map(|r| r.revision).max().unwrap_or(1);
    let (revision, base) = (row.revision, row.base_revision);
    Ok(Failure::failed(if base == served {
        format!(
            "revision {revision} stands at {}; only a {expected} one can take this step",
            row.stage
        )
    } else {
        format!(
            "revision {revision} was built on revision {base}, but revision {served} is served: build the correction again"
        )
    }))
}

/// The organisations whose packs a correction replaces.
fn concerned(row: &CorrectionRow) -> Result<Concerned, Failure> {
    let report = row.report.as_ref();
    let views = report.map(|report| report["views"].clone()).unwrap_or_default();
    let views: Vec<PackId> = serde_json::from_value(views)
        .map_err(|_| Failure::failed("the report of the correction is unreadable"))?;
    let schools = report.and_then(|report| report["schools"].as_array());
    let schools = schools.into_iter().flatten().filter_map(|s| s["laestab"].as_i64());
    let mut concerned = Concerned::default();
    concerned.laestabs.extend(schools.filter_map(|laestab| i32::try_from(laestab).ok()));
    for view in views {
        match view {
            PackId::School(laestab) | PackId::Secondary(laestab) => {
                concerned.laestabs.push(laestab.cast_signed());
            }
            PackId::Authority(code) => concerned.authorities.extend(i16::try_from(code).ok()),
            PackId::Trust(group) => concerned.trusts.push(group.cast_signed()),
        }
    }
    Ok(concerned)
}
