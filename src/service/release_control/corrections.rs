//! Publishing a correction of a release that is served.

use super::{Refused, find, officer};
use crate::blob::pack::PackId;
use crate::service::desk::Desk;
use crate::store::corrections::{
    ApproveCorrection, Approved, Concerned, ListCorrections, ProposeCorrection,
};

pub use crate::store::corrections::CorrectionRow;

/// Every correction of a release, in order.
pub async fn all(desk: &Desk, release: &str) -> Result<Vec<CorrectionRow>, Refused> {
    Ok(desk.run(ListCorrections { release: release.to_owned() }).await?)
}

/// Proposes a correction that was built.
pub async fn propose(desk: &Desk, release: &str, revision: u32) -> Result<(), Refused> {
    let row = correction(desk, release, revision).await?;
    let actor = officer(desk, &row.loaded_by)?;
    let work = ProposeCorrection { release: release.to_owned(), revision, actor, now: desk.now() };
    if desk.run(work).await? { Ok(()) } else { Err(why(desk, release, &row, "built").await?) }
}

/// Approves what somebody else proposed; nodes serve it from then on. Gives how many messages follow.
pub async fn approve(desk: &Desk, release: &str, revision: u32) -> Result<Approved, Refused> {
    let row = correction(desk, release, revision).await?;
    let actor = officer(desk, &row.loaded_by)?;
    if row.proposed_by.as_deref() == Some(&actor) {
        return Err(Refused::SamePerson);
    }
    let (concerned, now) = (concerned(&row)?, desk.now());
    let work = ApproveCorrection { release: release.to_owned(), revision, actor, concerned, now };
    match desk.run(work).await? {
        Some(approved) => Ok(approved),
        None => Err(why(desk, release, &row, "proposed").await?),
    }
}

async fn correction(desk: &Desk, release: &str, revision: u32) -> Result<CorrectionRow, Refused> {
    let release = find(desk, release).await?.id;
    let rows = all(desk, &release).await?;
    let found = rows.into_iter().find(|row| row.revision == revision);
    found.ok_or(Refused::NoCorrection { release, revision })
}

/// Why a correction cannot take its next step.
async fn why(
    desk: &Desk,
    release: &str,
    row: &CorrectionRow,
    expected: &'static str,
) -> Result<Refused, Refused> {
    let rows = all(desk, release).await?;
    let approved = rows.iter().filter(|r| r.approved.is_some()).map(|r| r.revision);
    let served = approved.max().unwrap_or(1);
    let (revision, base) = (row.revision, row.base_revision);
    let what = format!("revision {revision}");
    Ok(if base == served {
        Refused::Stage { what, stage: row.stage.clone(), expected }
    } else {
        Refused::Overtaken { revision, base, served }
    })
}

/// The organisations whose packs a correction replaces, as its report names them.
fn concerned(row: &CorrectionRow) -> Result<Concerned, Refused> {
    let report = row.report.as_ref();
    let views = report.map(|report| report["views"].clone()).unwrap_or_default();
    let views: Vec<PackId> = serde_json::from_value(views).map_err(|_| Refused::Report)?;
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
