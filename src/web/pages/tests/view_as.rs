//! The states of looking as an organisation, and of the record in which it stands.

use std::sync::Arc;

use super::fixture::{actor, at, frame};
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::reason::BadReason;
use crate::node::directory::Organisation;
use crate::service::access_requests::NotFound;
use crate::service::accesses::{Access, Act, Done, Page};
use crate::web::layout::{Layout, Views};
use crate::web::pages::accesses::Accesses;
use crate::web::pages::signed_in;
use crate::web::pages::view_as::{Form, Instead, NotShown};

const NOW: &str = "2024-07-09T06:41:00Z";

fn organisation(id: i64) -> Arc<Organisation> {
    let school = actor(OrganisationKind::School, &[Permission::User]).organisation;
    Arc::new(Organisation { id, ..Organisation::clone(&school) })
}

/// The frame of somebody who looks.
fn looking(title: &'static str) -> Layout {
    let views = Views {
        organisation: "St Mary's <Primary>".into(),
        reason: "Call 4711: <b>\"no results\" & no countdown".into(),
        until: "7:56am".into(),
    };
    Layout { views: Some(views), ..frame(title) }
}

pub(super) fn states() -> Vec<(&'static str, String)> {
    let helpline = actor(OrganisationKind::Staff, &[Permission::Helpline]);
    let form = || Form::new(signed_in(&helpline, "token".to_owned(), Form::TITLE));
    let found = |count: i64, all| {
        let found: Vec<_> = (1..=count).map(organisation).collect();
        form().found("st <mary>", &found, all)
    };
    let instead = |why: NotShown| {
        Instead::new(looking(why.title()), &organisation(1), why, at(NOW)).to_string()
    };
    let pupils = |has_results, opens: Option<&str>| {
        instead(NotShown::Pupils { has_results, opens: opens.map(at) })
    };
    let access = |act| Access {
        at: at(NOW),
        who: Some("Ann <Oak>".to_owned()),
        by_itself: false,
        for_whom: Some("Helpline & staff".to_owned()),
        act,
    };
    let whom = || "zoe@school.example".to_owned();
    let entries = vec![
        access(Act::Looked("Call 4711 <b>".to_owned())),
        access(Act::LookEnded),
        access(Act::User(Done::Created, whom())),
        access(Act::User(Done::Removed, whom())),
        Access { who: None, by_itself: true, ..access(Act::User(Done::Dormant, whom())) },
        access(Act::Opened("results.csv".to_owned())),
    ];
    let record = Page { entries, next: None };
    vec![
        ("view-as", form().to_string()),
        ("view-as-found", found(1, 1).to_string()),
        ("view-as-many", found(20, 41).to_string()),
        ("view-as-nothing", form().nothing("zz", NotFound::Length).to_string()),
        (
            "view-as-refused",
            found(2, 2).refused(("", ""), false, Some(BadReason::Empty)).to_string(),
        ),
        ("view-as-long", found(2, 2).refused(("2", "é"), true, Some(BadReason::Long)).to_string()),
        ("view-as-ended", form().ended().to_string()),
        ("view-as-sent", instead(NotShown::Sent)),
        ("view-as-pupils", pupils(true, Some(NOW))),
        ("view-as-pupils-before", pupils(true, Some("2024-07-10T06:30:00Z"))),
        ("view-as-pupils-no-day", pupils(true, None)),
        ("view-as-pupils-none", pupils(false, None)),
        ("view-as-own", instead(NotShown::Own)),
        ("view-as-not-open", instead(NotShown::NotOpen)),
        ("view-as-unknown", instead(NotShown::Unknown)),
        (
            "accesses",
            Accesses::new(looking(Accesses::TITLE), &organisation(1), &record, true).to_string(),
        ),
    ]
}
