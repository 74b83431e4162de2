//! `daybreak release propose`, `approve`, `hold` and `resume`.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::HoldArgs;
use crate::app::control::{self, Order};
use crate::cli::control::{holder, laestab};
use crate::cli::exit::Failure;
use crate::cli::print;
use crate::cli::system::{System, runtime};
use crate::config::Role;
use crate::domain::access::Permission;
use crate::domain::calendar::instant_in_words;
use crate::domain::ids::Laestab;
use crate::domain::reason::Reason;
use crate::node::plan::PendingHold;
use crate::service::desk::Desk;
use crate::service::release_control::{self, Hold, Refused};

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
    let desk = desk(system, Some(actor)).await?;
    let release = release_control::find(&desk, id).await?;
    let year = u16::try_from(release.year).unwrap_or_default();
    let left_out: BTreeSet<i32> = without
        .iter()
        .map(|text| Ok(laestab(text)?.number().cast_signed()))
        .collect::<Result<_, Failure>>()?;
    let times = system.calendar(year)?.opens.moved_to(at);
    Ok(release_control::propose(&desk, id, times, left_out).await?)
}

/// Approves and says so.
pub(super) fn run_approve(system: &System, id: &str, actor: &str) -> Result<(), Failure> {
    runtime()?.block_on(approve(system, id, actor))?;
    print(&format!("Approved {id}."))
}

/// Approves what somebody else proposed.
pub async fn approve(system: &System, id: &str, actor: &str) -> Result<(), Failure> {
    let desk = desk(system, Some(actor)).await?;
    Ok(release_control::approve(&desk, id).await?)
}

/// As an active release officer, or as the owner of the machine.
pub(super) async fn desk(system: &System, actor: Option<&str>) -> Result<Desk, Failure> {
    let actor = match actor {
        Some(actor) => {
            Some(holder(system, actor, Permission::ReleaseOfficer, "release officer").await?)
        }
        None => None,
    };
    Ok(Desk::of_command(system.store(Role::Owner)?, actor, system.clock.now()))
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotDone(error) => error.into(),
            refused => Self::failed(refused.to_string()),
        }
    }
}

/// What to hold or to resume.
struct Wanted<'a> {
    release: &'a str,
    school: Option<Laestab>,
    hold: Hold,
    actor: Option<&'a str>,
    reason: Option<Reason>,
}

/// Places or lifts a hold through the database, and without it on this machine's node.
pub(super) fn run_hold(args: &HoldArgs, hold: Hold) -> Result<(), Failure> {
    let system = System::open_for_owner(&args.target.system)?;
    let reason = args.reason.as_deref().map(Reason::typed).transpose();
    let wanted = Wanted {
        release: &args.target.id,
        school: args.school.as_deref().map(laestab).transpose()?,
        hold,
        actor: args.actor.as_deref(),
        reason: reason.map_err(|bad| Failure::usage(format!("--reason: {bad}")))?,
    };
    runtime()?.block_on(async {
        match hold_everywhere(&system, &wanted).await {
            Err(failure) if failure.is_unavailable() => hold_here(&system, &wanted, failure).await,
            done => done,
        }
    })
}

/// Through the database: every node that reaches it follows within a second.
async fn hold_everywhere(system: &System, wanted: &Wanted<'_>) -> Result<(), Failure> {
    let desk = desk(system, wanted.actor).await?;
    let Wanted { release, school, hold, .. } = *wanted;
    let changed =
        release_control::hold(&desk, release, school, hold, wanted.reason.clone()).await?;
    let names = desk.nodes_alive().await?;
    let what = what(wanted);
    print(&match (hold, changed) {
        (Hold::Place, true) => format!("Held {what} on every node: {names}."),
        (Hold::Place, false) => format!("{what} was held already."),
        (Hold::Lift, true) => format!("Resumed {what} on every node: {names}."),
        (Hold::Lift, false) => format!("{what} was not held."),
    })
}

/// Through the control socket: this machine's node alone; it tells the database when that is back.
async fn hold_here(system: &System, wanted: &Wanted<'_>, away: Failure) -> Result<(), Failure> {
    let pending = PendingHold {
        release: wanted.release.to_owned(),
        school: wanted.school.map(Laestab::number),
        placed: wanted.hold == Hold::Place,
        actor: wanted.actor.unwrap_or("operator").to_owned(),
    };
    let order = Order::Hold(pending);
    let Ok(reply) = control::order(&system.config.server.state, &order).await else {
        return Err(away);
    };
    if !reply.done {
        return Err(Failure::failed(format!(
            "node {} knows no release {}",
            reply.node, wanted.release
        )));
    }
    let done = if wanted.hold == Hold::Place { "Held" } else { "Resumed" };
    print(&format!(
        "{done} {} on node {} only: the database is away. Run this on every other node too.",
        what(wanted),
        reply.node
    ))
}

fn what(wanted: &Wanted<'_>) -> String {
    let part = wanted.school.map_or_else(|| "all schools".to_owned(), |s| format!("school {s}"));
    format!("{part} of {}", wanted.release)
}
