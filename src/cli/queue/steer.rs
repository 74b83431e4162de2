//! What operators do to the waiting room: at once and approved afterwards, or proposed and done by the second person.

use super::super::control::{holder, nodes_alive};
use super::super::exit::Failure;
use super::super::print;
use super::super::system::System;
use crate::admission::{ADMIT_MAX, Rate};
use crate::app::control::{self, Order, QueueOrder};
use crate::config::Role;
use crate::domain::access::Permission;
use crate::service::waiting::MESSAGE_BYTES_MAX;
use crate::store::acts::{Act, Approval, ApproveAct, ChangeRoom, ProposeChange};
use crate::store::waiting::Change;

/// A rate that can be set.
pub(super) fn limit(per_second: f64) -> Result<Rate, Failure> {
    Rate::new(per_second).map_err(|bad| Failure::usage(bad.to_string()))
}

/// People who can be let in by hand.
pub(super) fn people(people: u32) -> Result<u32, Failure> {
    match people {
        1..=ADMIT_MAX => Ok(people),
        _ => Err(Failure::usage(format!("admit 1 to {ADMIT_MAX} people at once"))),
    }
}

/// What those who wait are told; an empty text is nothing.
pub(super) fn message(text: &str) -> Result<Option<String>, Failure> {
    let text = one_line(text)?;
    Ok((!text.is_empty()).then_some(text))
}

fn one_line(text: &str) -> Result<String, Failure> {
    let text = text.trim();
    if text.len() > MESSAGE_BYTES_MAX || text.chars().any(char::is_control) {
        return Err(Failure::usage(format!(
            "a message or a reason is one line of at most {MESSAGE_BYTES_MAX} bytes"
        )));
    }
    Ok(text.to_owned())
}

/// Whether one operator alone may do it: to stop and to say something cannot wait for a second one.
fn is_for_one(change: &Change) -> bool {
    matches!(change, Change::Mode("paused") | Change::Message(_))
}

/// Through the database to every node; without it to the node of this machine.
pub(super) async fn change(
    system: &System,
    name: &'static str,
    change: Change,
    actor: Option<&str>,
    reason: Option<&str>,
) -> Result<(), Failure> {
    let reason = reason.map(one_line).transpose()?;
    match everywhere(system, name, change.clone(), actor, reason).await {
        Err(failure) if failure.is_unavailable() => here(system, &change, failure).await,
        done => done,
    }
}

async fn everywhere(
    system: &System,
    name: &'static str,
    change: Change,
    actor: Option<&str>,
    reason: Option<String>,
) -> Result<(), Failure> {
    let (store, now) = (system.store(Role::Owner)?, system.clock.now());
    let takes_two = actor.is_some() && !is_for_one(&change);
    let actor = match actor {
        Some(actor) => operator(system, actor).await?,
        None => "operator".to_owned(),
    };
    let act = Act { change, name, reason, actor, now };
    if takes_two {
        let id = store.run(now, &ProposeChange(act)).await?;
        return print(&format!(
            "Proposed. Another queue operator does it within half an hour: daybreak queue approve {id}"
        ));
    }
    let id = store.run(now, &ChangeRoom(act)).await?;
    let names = nodes_alive(system).await?;
    print(&format!(
        "Done on every node: {names}. Another queue operator approves it: daybreak queue approve {id}"
    ))
}

/// The name of an active queue operator.
async fn operator(system: &System, actor: &str) -> Result<String, Failure> {
    holder(system, actor, Permission::QueueOperator, "queue operator").await
}

async fn here(system: &System, change: &Change, away: Failure) -> Result<(), Failure> {
    let order = Order::Queue(match change {
        Change::Mode(mode) => QueueOrder::Mode((*mode).to_owned()),
        Change::Rate(rate) => QueueOrder::Rate(*rate),
        Change::Admit(people) => QueueOrder::Admit(*people),
        Change::Message(text) => QueueOrder::Message(text.clone()),
    });
    let Ok(reply) = control::order(&system.config.server.state, &order).await else {
        return Err(away);
    };
    if !reply.done {
        return Err(Failure::failed(format!("node {} refused it", reply.node)));
    }
    print(&format!(
        "Done on node {} only: the database is away. Run this on every other node too.",
        reply.node
    ))
}

/// A second operator approves what was done, or does what was proposed.
pub(super) async fn approve(system: &System, id: i64, actor: Option<&str>) -> Result<(), Failure> {
    let Some(actor) = actor else {
        return Err(Failure::usage("say who approves with --actor"));
    };
    let (actor, now) = (operator(system, actor).await?, system.clock.now());
    match system.store(Role::Owner)?.run(now, &ApproveAct { id, actor, now }).await? {
        Approval::Approved => print(&format!("Approved act {id}.")),
        Approval::Done => {
            let names = nodes_alive(system).await?;
            print(&format!("Approved act {id} and done on every node: {names}."))
        }
        Approval::TooLate => Err(Failure::failed(format!(
            "act {id} was proposed more than half an hour ago: propose it again"
        ))),
        Approval::Refused => Err(Failure::failed(format!(
            "act {id} cannot be approved: it is your own, approved already, or not there"
        ))),
    }
}
