//! `daybreak release propose`, `approve`, `hold` and `resume`.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::HoldArgs;
use super::show::find;
use crate::app::control::{self, Order};
use crate::cli::control::{holder, laestab, nodes_alive};
use crate::cli::exit::Failure;
use crate::cli::print;
use crate::cli::system::{System, runtime};
use crate::config::Role;
use crate::domain::access::Permission;
use crate::domain::calendar::instant_in_words;
use crate::domain::ids::Laestab;
use crate::node::plan::PendingHold;
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
    let release = find(system, id).await?;
    let actor = officer(system, actor, &release.loaded_by).await?;
    let year = u16::try_from(release.year).unwrap_or_default();
    let left_out: BTreeSet<i32> = without
        .iter()
        .map(|text| Ok(laestab(text)?.number().cast_signed()))
        .collect::<Result<_, Failure>>()?;
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
        actor,
    };
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
    let release = find(system, id).await?;
    let actor = officer(system, actor, &release.loaded_by).await?;
    if release.proposed_by.as_deref() == Some(&actor) {
        return Err(Failure::failed(
            "the same person cannot propose and approve; a second one is needed",
        ));
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

/// The name of a release officer who did not load the data.
pub(super) async fn officer(
    system: &System,
    actor: &str,
    loaded_by: &str,
) -> Result<String, Failure> {
    let username = actor.trim().to_lowercase();
    if loaded_by == username {
        return Err(Failure::failed(format!(
            "{username} loaded the data: somebody else decides over its release"
        )));
    }
    holder(system, &username, Permission::ReleaseOfficer, "release officer").await
}

/// Places or lifts a hold through the database, and without it on this machine's node.
pub(super) fn run_hold(args: &HoldArgs, hold: Hold) -> Result<(), Failure> {
    let system = System::open_for_owner(&args.target.system)?;
    let school = args.school.as_deref().map(laestab).transpose()?;
    let work = SetHold {
        id: args.target.id.clone(),
        school,
        hold,
        actor: args.actor.clone().unwrap_or_else(|| "operator".to_owned()),
        now: system.clock.now(),
    };
    runtime()?.block_on(async {
        match hold_everywhere(&system, args.actor.as_deref(), &work).await {
            Err(failure) if failure.is_unavailable() => hold_here(&system, &work, failure).await,
            done => done,
        }
    })
}

/// Through the database: every node that reaches it follows within a second.
async fn hold_everywhere(
    system: &System,
    actor: Option<&str>,
    work: &SetHold,
) -> Result<(), Failure> {
    let release = find(system, &work.id).await?;
    if let Some(actor) = actor {
        officer(system, actor, &release.loaded_by).await?;
    }
    let owner = system.store(Role::Owner)?;
    let changed = owner.run(work.now, work).await?;
    let names = nodes_alive(system).await?;
    let what = what(work);
    print(&match (work.hold, changed) {
        (Hold::Place, true) => format!("Held {what} on every node: {names}."),
        (Hold::Place, false) => format!("{what} was held already."),
        (Hold::Lift, true) => format!("Resumed {what} on every node: {names}."),
        (Hold::Lift, false) => format!("{what} was not held."),
    })
}

/// Through the control socket: this machine's node alone; it tells the database when that is back.
async fn hold_here(system: &System, work: &SetHold, away: Failure) -> Result<(), Failure> {
    let pending = PendingHold {
        release: work.id.clone(),
        school: work.school.map(Laestab::number),
        placed: work.hold == Hold::Place,
        actor: work.actor.clone(),
    };
    let order = Order::Hold(pending);
    let Ok(reply) = control::order(&system.config.server.state, &order).await else {
        return Err(away);
    };
    if !reply.done {
        return Err(Failure::failed(format!("node {} knows no release {}", reply.node, work.id)));
    }
    let done = if work.hold == Hold::Place { "Held" } else { "Resumed" };
    print(&format!(
        "{done} {} on node {} only: the database is away. Run this on every other node too.",
        what(work),
        reply.node
    ))
}

fn what(work: &SetHold) -> String {
    let part = work.school.map_or_else(|| "all schools".to_owned(), |s| format!("school {s}"));
    format!("{part} of {}", work.id)
}
