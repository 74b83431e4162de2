//! One person, several organisations: acting for another of one's own.

use std::sync::Arc;

use super::results::Actor;
use crate::domain::hex::hex;
use crate::node::Node;
use crate::node::directory::User;
use crate::node::journal::{Kind, Record};

/// Row ids and names of the organisations that a user belongs to at present, by name.
pub fn organisations_of(node: &Node, user: &User) -> Vec<(i64, String)> {
    let directory = node.directory();
    let named = user.organisations(node.clock.now()).filter_map(|(id, _)| {
        directory.organisation(id).map(|organisation| (id, organisation.name.clone()))
    });
    let mut named: Vec<_> = named.collect();
    named.sort_by(|one, other| one.1.cmp(&other.1));
    named
}

/// The same person acting for another of their organisations; journalled like a sign-in there, without a place in
/// the queue. None when it is none of theirs.
pub fn switched(node: &Node, actor: &Actor, organisation: i64) -> Option<Actor> {
    let (directory, now) = (node.directory(), node.clock.now());
    let found = directory.organisation(organisation)?;
    if !actor.user.is_member(organisation, now) {
        return None;
    }
    let mut record = Record::new(now, Kind::SignedIn);
    record.user = Some(actor.user.id);
    record.organisation = Some(organisation);
    record.session = hex(&actor.session[..8]);
    let _counted = node.journal.append(&record);
    Some(Actor {
        organisation: Arc::clone(found),
        permissions: actor.user.permissions_in(organisation),
        ..actor.clone()
    })
}
