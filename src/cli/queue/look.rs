//! Looking without changing anything: how the room is, where somebody stands, what another rate would mean.

use serde_json::json;

use super::super::exit::Failure;
use super::super::print;
use super::super::system::System;
use crate::admission::{Rate, Reference};
use crate::app::control::{self, Found, Order, QueueFigures, QueueOrder, Reply};
use crate::config::Role;
use crate::store::acts::OpenActs;
use crate::store::waiting::ReadRoom;

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
    print(&format!("{place}: {}", in_words(&found)))?;
    print(&format!("Tell them: {}", to_tell(&found)))
}

fn in_words(found: &Found) -> String {
    let asks = match found.asks_in_seconds {
        Some(seconds) => format!("their page asks next in {seconds:.0} s"),
        None => "their page has not asked when it should have".to_owned(),
    };
    match found.state.as_str() {
        "waits" => format!(
            "waits in place {}, to be let in {}; {asks}.",
            found.position.unwrap_or_default(),
            between(found)
        ),
        "called" => format!("it is their turn; {asks}."),
        "away" => "was away when their turn came; comes in at once.".to_owned(),
        "let_in" => format!(
            "may sign in for {} more; has tried {} passwords.",
            minutes(found.left_seconds.unwrap_or_default()),
            found.tries.unwrap_or_default()
        ),
        "ran_out" => {
            "had their turn and did not sign in within 15 minutes; comes in again at once."
                .to_owned()
        }
        "signed_in" => "has signed in with this place.".to_owned(),
        _ => "nobody was given this place, or another node gave it just now.".to_owned(),
    }
}

fn to_tell(found: &Found) -> String {
    match found.state.as_str() {
        "waits" => format!(
            "Your place is kept. At most {} people are ahead of you; it will be {}. You need not do anything.",
            found.position.unwrap_or(1).saturating_sub(1),
            between(found)
        ),
        "called" => "It is your turn. Keep the page open; it lets you in within seconds.".to_owned(),
        "away" | "ran_out" => "Open the page again: you are let in at once.".to_owned(),
        "let_in" => "You can sign in now: open the sign-in page on the same device.".to_owned(),
        "signed_in" => {
            "Somebody has signed in with your place. If it was not you, open the sign-in page again.".to_owned()
        }
        _ => "Please read the six characters again.".to_owned(),
    }
}

fn between(found: &Found) -> String {
    let (low, high) =
        (found.eta_low_seconds.unwrap_or_default(), found.eta_seconds.unwrap_or_default());
    format!("between {} and {} from now", minutes(low), minutes(high))
}

/// A time as people say it.
pub(super) fn minutes(seconds: f64) -> String {
    match seconds {
        below if below < 90.0 => format!("{below:.0} s"),
        longer if longer < 7_200.0 => format!("{:.0} min", (longer / 60.0).ceil()),
        longest => format!("{:.1} h", longest / 3_600.0),
    }
}

/// What another rate would mean for those who wait now.
pub(super) async fn what_if(system: &System, rate: Rate, json: bool) -> Result<(), Failure> {
    let figures = figures(system).await?;
    // Hashing is what runs out: a rate above it only moves the queue behind the door.
    let most = if figures.capacity > 0.0 { figures.capacity } else { f64::INFINITY };
    let effective = rate.per_second().min(most);
    let waiting = u32::try_from(figures.waiting).map_or(f64::MAX, f64::from);
    let last_seconds = waiting / effective;
    if json {
        let outlook = json!({"rate": rate.per_second(), "effective_rate": effective, "capacity": figures.capacity,
            "waiting": figures.waiting, "last_seconds": last_seconds});
        return print(&outlook.to_string());
    }
    print(&format!(
        "At {:.2} a second the last of {} people who wait here is let in within {}.",
        rate.per_second(),
        figures.waiting,
        minutes(last_seconds)
    ))?;
    if effective < rate.per_second() {
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
    let (store, now) = (system.store(Role::Owner)?, system.clock.now());
    let set = store.run(now, &ReadRoom).await.ok().flatten();
    let acts = store.run(now, &OpenActs { now }).await.unwrap_or_default();
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
