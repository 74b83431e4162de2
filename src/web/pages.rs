//! Pages: what each shows and in which words. A page is a struct, its template stands in `templates/`.

pub mod access_requests;
pub mod accesses;
pub mod account;
pub mod activity;
pub mod calculator;
pub mod code;
pub mod countdown;
pub mod forgotten_password;
pub mod forms;
pub mod information;
pub mod leaving;
pub mod link;
pub mod mailbox;
pub mod marks;
pub mod not_here;
pub mod organisation;
pub mod own_password;
pub mod passkeys;
mod phrases;
pub mod queue;
pub mod reconciliation;
pub mod results;
pub mod schools;
pub mod scripts;
pub mod second_factor;
pub mod service;
pub mod sessions;
pub mod staff;
pub mod switch;
#[cfg(test)]
mod tests;
pub mod users;
pub mod view_as;
pub mod welcome;

use jiff::civil::Date;

use super::Site;
use super::components::{Html, NavItem, NotificationBanner, Text};
use super::csrf::{self, Tie};
use super::layout::{Lasts, Layout, SignedIn, Views};
use super::serve::Visit;
use super::session::{self, Session};
use crate::domain::calendar::{day_in_words, time_in_words};
use crate::domain::rights::Action;
use crate::service::results::Actor;
use crate::service::view_as::Viewing;

/// The frame of a page for whoever visits it.
pub fn frame(site: &Site, visit: &Visit, title: &'static str) -> Layout {
    match &visit.session {
        None => Layout::titled(title),
        Some(session) => {
            let tie = Tie::Session(session.token.id);
            let mut layout = signed_in(&session.actor, csrf::field(&site.node, &tie), title);
            // The identity service said for which organisation they come.
            if session.standing.is_some()
                && let Some(person) = &mut layout.signed_in
            {
                person.switch_href = None;
            }
            let soon = site.factors.must_set_up_from(&session.actor).map(must_set_up_from);
            if let Some(looks) = &session.looks {
                return looking(layout, session, &looks.viewing);
            }
            let banner = reads_only(site, session).or(soon);
            Layout { lasts: Some(lasts(site, session)), banner, ..layout }
        }
    }
}

/// The frame while somebody looks as an organisation: every page says so. The look ends before the session would.
fn looking(mut layout: Layout, session: &Session, viewing: &Viewing) -> Layout {
    if let Some(person) = &mut layout.signed_in {
        person.switch_href = None;
    }
    layout.views = Some(Views {
        organisation: session.actor.organisation.name.clone().into(),
        reason: viewing.reason.clone().into(),
        until: time_in_words(viewing.ends).into(),
    });
    layout
}

/// For whoever must have a second factor and was not held up to set it up today.
fn must_set_up_from(day: Date) -> NotificationBanner {
    NotificationBanner::news(Html::trusted(format!(
        "<p class=\"govuk-notification-banner__heading\">From {} you need a second factor to go on. \
         <a class=\"govuk-notification-banner__link\" href=\"/account/second-factor\">Set it up today</a>.</p>",
        day_in_words(day)
    )))
}

/// For whoever came through the identity service while that does not say what they may do.
fn reads_only(site: &Site, session: &Session) -> Option<NotificationBanner> {
    let until = session.standing?.reads_until()?;
    let (name, _) = site.identity.shown()?;
    Some(service::reads_only(name, until))
}

/// How long a session lasts if its owner does nothing more.
fn lasts(site: &Site, session: &Session) -> Lasts {
    let ends = session::ends(&site.node, site.sessions, session);
    let seconds = ends.duration_since(site.node.clock.now()).as_secs();
    Lasts { until: time_in_words(ends).into(), seconds }
}

/// The places of staff, each with what opens it.
const STAFF_PLACES: [(Action, &str, &str); 4] = [
    (Action::Queue, "Waiting room", staff::queue::HERE),
    (Action::Releases, "Releases", staff::releases::HERE),
    (Action::Reconciliation, "Reconciliation", "/staff/reconciliation"),
    (Action::Accounts, "Accounts", staff::accounts::HERE),
];

/// The frame for somebody who is signed in; `csrf` is the hidden field of their forms.
pub(super) fn signed_in(actor: &Actor, csrf: String, title: impl Into<Text>) -> Layout {
    let mut navigation = vec![NavItem::new("Home", "/")];
    if actor.audience().is_some() {
        navigation.push(NavItem::new("Results", "/results"));
    }
    if actor.may(Action::Activity) {
        navigation.push(NavItem::new("My activity", activity::HERE));
    }
    for (action, words, href) in STAFF_PLACES {
        if actor.may(action) {
            navigation.push(NavItem::new(words, href));
        }
    }
    if actor.may(Action::ViewAs) {
        navigation.push(NavItem::new("View as", "/staff/view-as"));
    }
    navigation.push(NavItem::new("Organisation", "/organisation"));
    if actor.may(Action::Users) && !actor.may(Action::Accounts) {
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
