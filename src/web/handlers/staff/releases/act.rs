//! What a form about a release asks for: proposed, approved, held back, served again.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::super::reason;
use crate::domain::calendar::instant;
use crate::domain::ids::Laestab;
use crate::domain::users::care::typed_date;
use crate::service::desk::Desk;
use crate::service::release_control::{self, Hold, Refused, corrections};
use crate::web::Site;
use crate::web::form::Fields;
use crate::web::pages::staff::Problems;

/// Does what a form asks for; none when something typed is wrong.
pub(super) async fn done(
    site: &Site,
    desk: &Desk,
    id: &str,
    fields: &Fields,
    problems: &mut Problems,
) -> Result<Option<&'static str>, Refused> {
    let revision = fields.get("revision").parse::<u32>().ok();
    match (fields.get("act"), revision) {
        ("propose", Some(revision)) => {
            corrections::propose(desk, id, revision).await.map(|()| Some("proposed"))
        }
        ("approve", Some(revision)) => {
            corrections::approve(desk, id, revision).await.map(|_| Some("approved"))
        }
        ("propose", None) => propose(site, desk, id, fields, problems).await,
        ("approve", None) => release_control::approve(desk, id).await.map(|()| Some("approved")),
        ("hold", _) => hold(site, desk, id, fields, problems).await,
        ("resume", _) => resume(desk, id, fields, problems).await,
        _ => {
            problems.add("publish", "Choose what to do on this page");
            Ok(None)
        }
    }
}

async fn propose(
    site: &Site,
    desk: &Desk,
    id: &str,
    fields: &Fields,
    problems: &mut Problems,
) -> Result<Option<&'static str>, Refused> {
    let release = release_control::find(desk, id).await?;
    let Some(at) = instant_of(fields, problems) else { return Ok(None) };
    let Some(opens) = site.desks.opens(release.year) else {
        problems.add("publish", "This server runs another year: propose it with the command");
        return Ok(None);
    };
    let left_out = match fields.get("left_out") {
        "yes" => release_control::refused(release.report.as_ref()),
        _ => BTreeSet::new(),
    };
    match release_control::propose(desk, id, opens.moved_to(at), left_out).await {
        Ok(()) => Ok(Some("proposed")),
        Err(Refused::Forgotten(_)) => {
            problems.add("left_out", "Select that the schools which were refused are left out");
            Ok(None)
        }
        Err(reason) => Err(reason),
    }
}

/// When schools may see it, as it is typed.
fn instant_of(fields: &Fields, problems: &mut Problems) -> Option<Timestamp> {
    let date = typed_date(["date-day", "date-month", "date-year"].map(|name| fields.get(name)));
    // People leave out the first nought: 7:30 is 07:30.
    let time = format!("{:0>5}", fields.get("time").trim()).parse::<jiff::civil::Time>().ok();
    if date.is_none() {
        problems.add("date-day", "Enter the day on which it opens, for example 9 7 2024");
    }
    if time.is_none() {
        problems.add("time", "Enter the time at which it opens, for example 07:30");
    }
    let (date, time) = date.zip(time)?;
    let at = instant(date.to_datetime(time)).ok();
    if at.is_none() {
        problems.add("time", "Enter a time that clocks show once on this day");
    }
    at
}

async fn hold(
    site: &Site,
    desk: &Desk,
    id: &str,
    fields: &Fields,
    problems: &mut Problems,
) -> Result<Option<&'static str>, Refused> {
    let school = match fields.get("part") {
        "all" => None,
        "school" => {
            let school = known_school(site, fields.get("school"));
            if school.is_none() {
                problems.add("school", "Enter the DfE number of a school, for example 888/2045");
            }
            school
        }
        _ => {
            problems.add("part", "Select everything, or one school");
            None
        }
    };
    match reason(fields, "hold_reason", problems) {
        Some(reason) if problems.is_empty() => {
            let changed =
                release_control::hold(desk, id, school, Hold::Place, Some(reason)).await?;
            if !changed {
                problems.add("part", "This is held back already");
            }
            Ok(changed.then_some("held"))
        }
        _ => Ok(None),
    }
}

fn known_school(site: &Site, typed: &str) -> Option<Laestab> {
    let number: Laestab = typed.trim().parse().ok()?;
    site.node.directory().school(number.number()).map(|_| number)
}

async fn resume(
    desk: &Desk,
    id: &str,
    fields: &Fields,
    problems: &mut Problems,
) -> Result<Option<&'static str>, Refused> {
    let school = match fields.get("hold") {
        "all" => None,
        number => {
            let school = number.parse::<Laestab>().ok();
            if school.is_none() {
                problems.add("hold", "Select what to serve again");
            }
            school
        }
    };
    match reason(fields, "lift_reason", problems) {
        Some(reason) if problems.is_empty() => {
            let changed = release_control::hold(desk, id, school, Hold::Lift, Some(reason)).await?;
            if !changed {
                problems.add("held", "This is not held back any more");
            }
            Ok(changed.then_some("resumed"))
        }
        _ => Ok(None),
    }
}
