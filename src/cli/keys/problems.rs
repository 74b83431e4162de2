//! What is wrong with keys, and what to do next.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::Timestamp;

use crate::cli::doctor::Finding;
use crate::cli::system::System;
use crate::config::Role;
use crate::domain::calendar::instant_in_words;
use crate::domain::keys::is_late;
use crate::node::keys::Purpose;
use crate::node::state::{KEY_FILE, State};
use crate::service::desk::{Desk, NotDone};
use crate::service::keys::{self, Ring};
use crate::telemetry::chain;

/// Rights on a node's key of all who do not own it.
const NOT_THE_OWNER: u32 = 0o077;

/// Rings that no node renews, and the key of this machine's node: what the configuration does not tell by itself.
pub(in crate::cli) async fn of_system(system: &System) -> Vec<Finding> {
    let mut found: Vec<Finding> = of_node(&system.config.server.state).into_iter().collect();
    // That the database does not answer is told by whoever asks for more than keys.
    let Ok(store) = system.store(Role::Node) else { return found };
    let now = system.clock.now();
    let desk = Desk::of_command(store, None, now);
    for purpose in Purpose::ALL {
        match keys::look(&desk, purpose).await {
            Ok(ring) => found.extend(of_ring(purpose, &ring, now)),
            Err(NotDone::Store(error)) if error.is_unreachable() => return found,
            Err(error) => found.push(unread(&error)),
        }
    }
    found
}

/// The rings are not seen.
pub(super) fn unread(error: &NotDone) -> Finding {
    if matches!(error, NotDone::Store(error) if error.is_unreachable()) {
        let next = "bring it back; nodes go on with the keys that they have";
        return Finding::new("the database does not answer: the key rings are not seen", next);
    }
    let what = format!("the key rings cannot be read: {}", chain(error));
    Finding::new(what, "run `daybreak migrate`; if that changes nothing, read the database's log")
}

/// A ring that should have had a new key by now.
pub(super) fn of_ring(purpose: Purpose, ring: &Ring, now: Timestamp) -> Option<Finding> {
    let name = purpose.key();
    let next = "start a node that reaches the database, which makes one; `daybreak doctor` says what is in its way";
    match ring.newest() {
        None => Some(Finding::new(format!("the ring `{name}` has no key"), next)),
        Some(newest) if is_late(newest.made_at, now) => {
            let made = instant_in_words(newest.made_at);
            let what = format!("no node has renewed the ring `{name}` since {made}");
            Some(Finding::new(what, next))
        }
        Some(_) => None,
    }
}

/// The key of this machine's node.
pub(super) fn of_node(state: &Path) -> Option<Finding> {
    let path = state.join(KEY_FILE);
    let shown = path.display();
    let mode = match fs::metadata(&path) {
        Ok(about) => about.permissions().mode() & 0o777,
        Err(error) => {
            let what = format!("the node's key {shown} cannot be looked at ({error})");
            let next = "start the node: it makes another one, and has its snapshots anew from the database";
            return Some(Finding::new(what, next));
        }
    };
    if mode & NOT_THE_OWNER != 0 {
        let what = format!("the node's key {shown} is not its owner's alone (mode {mode:03o})");
        let next = format!(
            "run: chmod 600 {shown}; if somebody may have read it, stop the node, remove the file and start it again"
        );
        return Some(Finding::new(what, next));
    }
    let error = State::open(state).err()?;
    let next =
        "stop the node, remove the file and start it again: it begins anew from the database";
    Some(Finding::new(chain(&error), next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::keys::Stage;
    use crate::service::keys::Seen;
    use jiff::SignedDuration;

    #[test]
    fn a_ring_without_a_key_or_with_old_ones_alone_is_told() {
        let now: Timestamp = "2024-07-09T06:30:00Z".parse().unwrap();
        let key =
            |hours, stage| Seen { id: 1, made_at: now - SignedDuration::from_hours(hours), stage };
        let told = |keys: Vec<Seen>| {
            let ring = Ring { keys, waiting: Vec::new() };
            of_ring(Purpose::Form, &ring, now).map(|finding| finding.what)
        };
        assert_eq!(told(vec![key(12, Some(Stage::Signs))]), None);
        let late = "no node has renewed the ring `form` since 6:30pm on 8 July 2024".to_owned();
        assert_eq!(told(vec![key(13, Some(Stage::Signs))]), Some(late.clone()));
        assert_eq!(told(vec![key(13, Some(Stage::Signs)), key(1, None)]), Some(late), "revoked");
        assert_eq!(told(vec![key(1, None)]), Some("the ring `form` has no key".to_owned()));
    }

    #[test]
    fn a_node_key_is_there_whole_and_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        let told = || of_node(folder.path()).map(|finding| finding.what).unwrap_or_default();
        assert!(told().contains("cannot be looked at"), "{}", told());
        State::open(folder.path()).unwrap();
        assert_eq!(told(), "");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(told().ends_with("is not its owner's alone (mode 640)"), "{}", told());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "short").unwrap();
        assert!(told().contains("is not a node key"), "{}", told());
    }
}
