//! Rotating a ring, and revoking keys: who does it is told what it means before anything is done.

use std::io::BufRead;

use serde_json::json;

use crate::cli::control::holder;
use crate::cli::exit::Failure;
use crate::cli::system::System;
use crate::cli::{print, say};
use crate::config::Role;
use crate::domain::access::Permission;
use crate::domain::calendar::instant_in_words;
use crate::domain::reason::Reason;
use crate::domain::wording::count;
use crate::node::keys::Purpose;
use crate::service::desk::Desk;
use crate::service::keys::{self, Approved, Revocation, Revoked, Rotated};
use crate::store::nodes::ListNodes;

/// A new key; those before it still read.
pub(super) async fn rotate(
    system: &System,
    purpose: Purpose,
    actor: Option<&str>,
    json: bool,
) -> Result<(), Failure> {
    let desk = desk(system, actor).await?;
    let ring = purpose.key();
    match keys::rotate(&desk, purpose).await? {
        Rotated::New(id, from) if json => {
            print(&json!({ "ring": ring, "id": id, "signs_from": from.to_string() }).to_string())
        }
        Rotated::New(id, from) => print(&format!(
            "Made {ring} {id}. Every node reads it within half a minute and signs with it from {}; until then the key \
             before it signs, and afterwards it still reads.",
            instant_in_words(from)
        )),
        Rotated::OnItsWay(id, from) => Err(Failure::failed(format!(
            "{ring} {id} is on its way to the nodes: rotate again after {}",
            instant_in_words(from)
        ))),
    }
}

/// What somebody wants revoked.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// The ring.
    pub(super) purpose: Purpose,
    /// The key; none is every key of the ring.
    pub(super) key: Option<i16>,
    /// Why, as it was typed.
    pub(super) reason: &'a str,
}

/// Says what it means, has it confirmed, and does it, or asks a second person for it.
pub(super) async fn revoke(
    system: &System,
    wanted: &Wanted<'_>,
    actor: Option<&str>,
) -> Result<(), Failure> {
    let reason =
        Reason::typed(wanted.reason).map_err(|bad| Failure::usage(format!("--reason: {bad}")))?;
    let desk = desk(system, actor).await?;
    let what = Revocation {
        purpose: wanted.purpose.key().to_owned(),
        key: wanted.key,
        reason: reason.as_str().to_owned(),
        actor: desk.actor().to_owned(),
    };
    confirm(&desk, &what).await?;
    match keys::revoke(&desk, wanted.purpose, wanted.key, &reason).await? {
        Revoked::Done(revoked) => done(&desk, wanted.purpose.key(), &revoked).await,
        Revoked::Proposed(id) => print(&format!(
            "Asked for. Another security administrator does it within half an hour: daybreak keys approve {id}"
        )),
        Revoked::NoSuchKey => Err(Failure::failed(format!(
            "there is no {} that was not revoked before; see `daybreak keys`",
            what.name()
        ))),
    }
}

/// Does what somebody else has asked for, after it was confirmed once more.
pub(super) async fn approve(system: &System, id: i64, actor: Option<&str>) -> Result<(), Failure> {
    if actor.is_none() {
        return Err(Failure::usage("say who approves with --actor"));
    }
    let desk = desk(system, actor).await?;
    let refused = || {
        Failure::failed(format!(
            "{id} cannot be approved: it is your own, approved already, or not there"
        ))
    };
    let what = keys::asked(&desk, id).await?.ok_or_else(refused)?;
    say(&format!("{} asks for it: {}", what.actor, what.reason));
    confirm(&desk, &what).await?;
    match keys::approve(&desk, id).await? {
        Approved::Done(revoked) => done(&desk, &what.purpose, &revoked).await,
        Approved::TooLate => Err(Failure::failed(format!(
            "{id} was asked for more than half an hour ago: ask again"
        ))),
        Approved::Refused => Err(refused()),
    }
}

async fn done(desk: &Desk, ring: &str, revoked: &[i16]) -> Result<(), Failure> {
    let ids: Vec<String> = revoked.iter().map(|id| format!("{ring} {id}")).collect();
    if ids.is_empty() {
        return print("It was revoked before.");
    }
    print(&format!("Revoked {} on every node: {}.", ids.join(", "), desk.nodes_alive().await?))
}

/// As an active security administrator, or as the owner of the machine.
pub(super) async fn desk(system: &System, actor: Option<&str>) -> Result<Desk, Failure> {
    let actor = match actor {
        Some(actor) => {
            Some(holder(system, actor, Permission::SecurityAdmin, "security administrator").await?)
        }
        None => None,
    };
    Ok(Desk::of_command(system.store(Role::Owner)?, actor, system.clock.now()))
}

/// Says what it means for people, and waits for the name of what is to be revoked.
async fn confirm(desk: &Desk, what: &Revocation) -> Result<(), Failure> {
    let waiting = if what.purpose == Purpose::Queue.key() { waiting(desk).await? } else { 0 };
    say(&meaning(&what.purpose, waiting));
    say(&format!("Type \"{}\" to go on:", what.name()));
    let mut typed = String::new();
    let read = std::io::stdin().lock().read_line(&mut typed);
    read.map_err(|error| Failure::failed(format!("stdin: {error}")))?;
    if typed.trim() == what.name() {
        return Ok(());
    }
    Err(Failure::usage(format!("nothing was done: \"{}\" was not typed", what.name())))
}

/// People who wait at the nodes that are there, as far as these have said.
async fn waiting(desk: &Desk) -> Result<usize, Failure> {
    let nodes = desk.run(ListNodes).await?;
    let alive = nodes.iter().filter(|peer| peer.is_alive(desk.now()));
    let people = alive.filter_map(|peer| peer.readiness["waiting"].as_u64()).sum::<u64>();
    Ok(usize::try_from(people).unwrap_or(usize::MAX))
}

/// What a revocation means for people.
fn meaning(ring: &str, waiting: usize) -> String {
    match ring {
        "session" => "Everybody whose session the key seals is signed out on every node within a second, in the middle of \
                      what they do, and signs in again. Of the key that signs, that is everybody who was here in the last \
                      hours. Downloads that are on their way go on."
            .to_owned(),
        "form" => "Forms that are open now are refused when they are sent. Whoever sends one opens it anew and types it \
                   again; what was sent before is not touched."
            .to_owned(),
        _ => format!(
            "{} in the queue. Without the key nobody can tell a place that it signed from one that was made up: whoever \
             shows one is told so, and has a new place behind everybody who waits then. Whoever was let in and has not \
             signed in yet waits again. Devices that it made known are strangers. Nobody is signed out. Where nobody \
             makes up places, rotate instead, and revoke when nobody waits.",
            count(waiting, "person waits", "people wait")
        ),
    }
}
