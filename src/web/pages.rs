//! Pages: what each shows and in which words. A page is a struct, its template stands in `templates/`.

pub mod access_requests;
pub mod account;
pub mod calculator;
pub mod countdown;
pub mod forgotten_password;
pub mod information;
pub mod mailbox;
pub mod marks;
pub mod not_here;
pub mod organisation;
pub mod own_password;
mod phrases;
pub mod queue;
pub mod reconciliation;
pub mod results;
pub mod schools;
pub mod scripts;
pub mod switch;
#[cfg(test)]
mod tests;
pub mod users;
pub mod welcome;

use super::Site;
use super::components::{NavItem, Text};
use super::csrf::{self, Tie};
use super::layout::{Layout, SignedIn};
use super::serve::Visit;
use crate::domain::rights::Action;
use crate::service::results::Actor;

/// The frame of a page for whoever visits it.
pub fn frame(site: &Site, visit: &Visit, title: &'static str) -> Layout {
    match &visit.session {
        None => Layout::titled(title),
        Some(session) => {
            let tie = Tie::Session(session.token.id);
            signed_in(&session.actor, csrf::field(&site.node, &tie), title)
        }
    }
}

/// The frame for somebody who is signed in; `csrf` is the hidden field of their forms.
fn signed_in(actor: &Actor, csrf: String, title: impl Into<Text>) -> Layout {
    let mut navigation = vec![NavItem::new("Home", "/")];
    if actor.audience().is_some() {
        navigation.push(NavItem::new("Results", "/results"));
    }
    if actor.may(Action::Reconciliation) {
        navigation.push(NavItem::new("Reconciliation", "/staff/reconciliation"));
    }
    navigation.push(NavItem::new("Organisation", "/organisation"));
    if actor.may(Action::Users) {
        navigation.push(NavItem::new("Users", "/users"));
    }
    Layout {
        navigation,
        signed_in: Some(SignedIn {
            name: actor.user.full_name.clone().into(),
            organisation: actor.organisation.name.clone().into(),
            switch_href: (actor.user.memberships.len() > 1).then(|| "/account/switch".into()),
        }),
        csrf: csrf.into(),
        ..Layout::titled(title)
    }
}

/// Marks the place of the navigation that a page is, or lies below.
fn within(mut layout: Layout, place: &str) -> Layout {
    for item in &mut layout.navigation {
        item.active = item.href == place;
    }
    layout
}
