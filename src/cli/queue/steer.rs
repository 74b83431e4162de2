//! What operators do to the waiting room: at once and approved afterwards, or proposed and done by the second person.

use super::super::control::holder;
use super::super::exit::Failure;
use super::super::print;
use super::super::system::System;
use crate::app::control::{self, Order};
use crate::config::Role;
use crate::domain::access::Permission;
use crate::domain::reason::Reason;
use crate::service::desk::Desk;
use crate::service::queue_control::{self, Approval, BadSteer, Steer, Steered};

impl From<BadSteer> for Failure {
    fn from(bad: BadSteer) -> Self {
        Self::usage(bad.to_string())
    }
}

/// Through the database to every node; without it to the node of this machine.
pub(super) async fn change(
    system: &System,
    steer: &Steer,
    actor: Option<&str>,
    reason: Option<&str>,
) -> Result<(), Failure> {
    let reason = reason.map(Reason::typed).transpose();
    let reason = reason.map_err(|bad| Failure::usage(format!("--reason: {bad}")))?;
    match everywhere(system, steer, actor, reason).await {
        Err(failure) if failure.is_unavailable() => here(system, steer, failure).await,
        done => done,
    }
}

async fn everywhere(
    system: &System,
    steer: &Steer,
    actor: Option<&str>,
    reason: Option<Reason>,
) -> Result<(), Failure> {
    let desk = desk(system, actor).await?;
    match queue_control::steer(&desk, steer, reason).await? {
        Steered::Proposed(id) => print(&format!(
            "Proposed. Another queue operator does it within half an hour: daybreak queue approve {id}"
        )),
        Steered::Done(id) => print(&format!(
            "Done on every node: {}. Another queue operator approves it: daybreak queue approve {id}",
            desk.nodes_alive().await?
        )),
    }
}

/// As an active queue operator, or as the owner of the machine.
async fn desk(system: &System, actor: Option<&str>) -> Result<Desk, Failure> {
    let actor = match actor {
        Some(actor) => {
            Some(holder(system, actor, Permission::QueueOperator, "queue operator").await?)
        }
        None => None,
    };
    Ok(Desk::of_command(system.store(Role::Owner)?, actor, system.clock.now()))
}

async fn here(system: &System, steer: &Steer, away: Failure) -> Result<(), Failure> {
    let order = Order::Queue(steer.order());
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
    if actor.is_none() {
        return Err(Failure::usage("say who approves with --actor"));
    }
    let desk = desk(system, actor).await?;
    match queue_control::approve(&desk, id).await? {
        Approval::Approved => print(&format!("Approved act {id}.")),
        Approval::Done => {
            let names = desk.nodes_alive().await?;
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
