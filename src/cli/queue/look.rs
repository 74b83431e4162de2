//! Looking without changing anything: how the room is, where somebody stands, what another rate would mean.

use serde_json::json;

use super::super::exit::Failure;
use super::super::print;
use super::super::system::System;
use crate::admission::{Rate, Reference};
use crate::app::control::{self, Order, QueueFigures, QueueOrder, Reply};
use crate::config::Role;
use crate::service::desk::Desk;
use crate::service::queue_control::{self, Outlook, outlook};
use crate::service::waiting::minutes;

/// What the node of this machine answers.
async fn ask(system: &System, order: QueueOrder) -> Result<Reply, Failure> {
    let reply = control::order(&system.config.server.state, &Order::Queue(order)).await;
    reply.map_err(|_| {
        Failure::unavailable("the node of this machine does not answer; run this where one does")
    })
}

/// How the room of this machine's node is.
pub(super) async fn figures(system: &System) -> Result<QueueFigures, Failure> {
    let reply = ask(system, QueueOrder::Status).await?;
    reply.queue.ok_or_else(|| Failure::failed("the node did not say how its waiting room is"))
}

/// Where the caller stands who reads out a reference, and what to tell them.
pub(super) async fn find(system: &System, reference: &str, json: bool) -> Result<(), Failure> {
    let place: Reference = reference
        .parse()
        .map_err(|bad: crate::admission::BadReference| Failure::usage(bad.to_string()))?;
    let reply = ask(system, QueueOrder::Find(place.to_string())).await?;
    let found =
        reply.found.ok_or_else(|| Failure::failed("the node did not say where they stand"))?;
    if json {
        return print(
            &json!({"reference": place.to_string(), "node": reply.node, "found": found})
                .to_string(),
        );
    }
    print(&format!("{place}: {}", found.in_words()))?;
    print(&format!("Tell them: {}", found.to_tell()))
}

/// What another rate would mean for those who wait now.
pub(super) async fn what_if(system: &System, rate: Rate, json: bool) -> Result<(), Failure> {
    let figures = figures(system).await?;
    let Outlook { rate, effective, last_seconds } =
        outlook(rate, figures.waiting, figures.capacity);
    if json {
        let outlook = json!({"rate": rate, "effective_rate": effective, "capacity": figures.capacity,
            "waiting": figures.waiting, "last_seconds": last_seconds});
        return print(&outlook.to_string());
    }
    print(&format!(
        "At {:.2} a second the last of {} people who wait here is let in within {}.",
        rate,
        figures.waiting,
        minutes(last_seconds)
    ))?;
    if effective < rate {
        print(&format!(
            "This node checks {:.1} passwords a second at most; a higher rate lets nobody in sooner.",
            figures.capacity
        ))?;
    }
    Ok(())
}

/// What this machine's node says, what is set for all, and what waits for approval.
pub(super) async fn status(system: &System, json: bool) -> Result<(), Failure> {
    let order = Order::Queue(QueueOrder::Status);
    let node = control::order(&system.config.server.state, &order).await.ok();
    let desk = Desk::of_command(system.store(Role::Owner)?, None, system.clock.now());
    let set = queue_control::room(&desk).await.ok().flatten();
    let acts = queue_control::acts(&desk).await.unwrap_or_default();
    if node.is_none() && set.is_none() {
        return Err(Failure::unavailable("neither this machine's node nor the database answers"));
    }
    let figures = node.as_ref().and_then(|reply| reply.queue.clone());
    if json {
        let acts: Vec<_> = acts
            .iter()
            .map(|act| json!({"act": act.id, "what": act.what, "actor": act.actor, "at": act.at.to_string(),
                    "proposed": act.is_proposed}))
            .collect();
        let set =
            set.map(|row| json!({"mode": row.mode, "rate": row.rate, "message": row.message}));
        let name = node.map(|reply| reply.node);
        return print(
            &json!({"node": name, "queue": figures, "set": set, "unapproved": acts}).to_string(),
        );
    }
    match figures {
        None => print("This machine's node does not answer.")?,
        Some(f) => print(&format!(
            "{}: {} wait, {} let in since the start, {:.2} a second at the most, a newcomer waits {:.0} s",
            f.mode, f.waiting, f.admitted, f.ceiling, f.eta_seconds
        ))?,
    }
    if let Some(message) = set.and_then(|row| row.message) {
        print(&format!("Message: {message}"))?;
    }
    for act in acts {
        let how = if act.is_proposed { "is only proposed" } else { "waits for approval" };
        print(&format!("Act {} by {} {how}: {}", act.id, act.actor, act.what))?;
    }
    Ok(())
}
