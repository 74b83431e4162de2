//! `daybreak release propose`, `approve`, `hold` and `resume`.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::HoldArgs;
use super::show::find;
use crate::cli::exit::Failure;
use crate::cli::print;
use crate::cli::system::{System, runtime};
use crate::config::Role;
use crate::domain::access::Permission;
use crate::domain::calendar::instant_in_words;
use crate::domain::ids::Laestab;
use crate::store::people::PermissionsOf;
use crate::store::releases::{Approve, Hold, Propose, SetHold};

/// Proposes and says so.
pub(super) fn run_propose(
    system: &System,
    id: &str,
    at: Timestamp,
    actor: &str,
    without: &[String],
) -> Result<(), Failure> {
    runtime()?.block_on(propose(system, id, at, actor, without))?;
    print(&format!(
        "Proposed {id} for {}. Another release officer approves it.",
        instant_in_words(at)
    ))
}

/// Proposes a built release; every refused school must be named.
pub async fn propose(
    system: &System,
    id: &str,
    at: Timestamp,
    actor: &str,
    without: &[String],
) -> Result<(), Failure> {
    let actor = officer(system, actor).await?;
    let release = find(system, id).await?;
    let year = u16::try_from(release.year).unwrap_or_default();
    let left_out: BTreeSet<i32> =
        without.iter().map(|text| school(text)).collect::<Result<_, _>>()?;
    let refused: BTreeSet<i32> = refused(release.report.as_ref());
    let forgotten: Vec<String> = refused.difference(&left_out).map(ToString::to_string).collect();
    if !forgotten.is_empty() {
        let schools = forgotten.join(" ");
        return Err(Failure::failed(format!(
            "schools were refused: name them with --without {schools}"
        )));
    }
    let work = Propose {
        id: id.to_owned(),
        times: system.calendar(year)?.opens.moved_to(at),
        left_out: left_out.into_iter().collect(),
        now: system.clock.now(),
        actor: actor.clone(),
    };
    if release.loaded_by == actor {
        return Err(Failure::failed("whoever loaded the data cannot propose its release"));
    }
    if system.store(Role::Owner)?.run(work.now, &work).await? {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "release {id} stands at {}; only a built one can be proposed",
        release.stage
    )))
}

fn refused(report: Option<&serde_json::Value>) -> BTreeSet<i32> {
    let list = report.and_then(|r| r["refused"].as_array());
    list.into_iter().flatten().filter_map(|v| v.as_str()?.parse().ok()).collect()
}

/// Approves and says so.
pub(super) fn run_approve(system: &System, id: &str, actor: &str) -> Result<(), Failure> {
    runtime()?.block_on(approve(system, id, actor))?;
    print(&format!("Approved {id}."))
}

/// Approves what somebody else proposed.
pub async fn approve(system: &System, id: &str, actor: &str) -> Result<(), Failure> {
    let actor = officer(system, actor).await?;
    let release = find(system, id).await?;
    if release.proposed_by.as_deref() == Some(&actor) {
        return Err(Failure::failed(
            "the same person cannot propose and approve; a second one is needed",
        ));
    }
    if release.loaded_by == actor {
        return Err(Failure::failed("whoever loaded the data cannot approve its release"));
    }
    let work = Approve { id: id.to_owned(), actor, now: system.clock.now() };
    if system.store(Role::Owner)?.run(work.now, &work).await? {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "release {id} stands at {}; only a proposed one can be approved",
        release.stage
    )))
}

/// The name of an account with the right role.
async fn officer(system: &System, actor: &str) -> Result<String, Failure> {
    let username = actor.trim().to_lowercase();
    let work = PermissionsOf { username: username.clone() };
    let permissions = system.store(Role::Owner)?.run(system.clock.now(), &work).await?;
    if permissions.iter().any(|word| word == Permission::ReleaseOfficer.key()) {
        return Ok(username);
    }
    Err(Failure::failed(format!("{username} is no active release officer")))
}

fn school(text: &str) -> Result<i32, Failure> {
    let laestab: Laestab =
        text.parse().map_err(|_| Failure::usage(format!("{text} is no DfE number")))?;
    Ok(laestab.number().cast_signed())
}

/// Places or lifts a hold through the database, and tells this machine's node directly.
pub(super) fn run_hold(args: &HoldArgs, hold: Hold) -> Result<(), Failure> {
    let system = System::open(&args.system)?;
    let school = args.school.as_deref().map(|text| {
        text.parse::<Laestab>().map_err(|_| Failure::usage(format!("{text} is no DfE number")))
    });
    let school = school.transpose()?;
    let actor = args.actor.clone().unwrap_or_else(|| "operator".to_owned());
    runtime()?.block_on(async {
        if args.actor.is_some() {
            officer(&system, &actor).await?;
        }
        let work = SetHold { id: args.id.clone(), school, hold, actor, now: system.clock.now() };
        let changed = system.store(Role::Owner)?.run(work.now, &work).await?;
        let whole = school.map_or_else(|| "all of it".to_owned(), |s| format!("school {s}"));
        print(&match (hold, changed) {
            (Hold::Place, true) => format!("Held {}: {whole}.", args.id),
            (Hold::Place, false) => {
                format!("{} was held already, or does not exist: {whole}.", args.id)
            }
            (Hold::Lift, true) => format!("Resumed {}: {whole}.", args.id),
            (Hold::Lift, false) => format!("{} was not held: {whole}.", args.id),
        })
    })
}
