//! The reconciliation of a delivery, for those who load and release it.

use std::collections::HashMap;

use http::StatusCode;
use http::request::Parts;

use super::account::query_field;
use super::results::{actor, to_sign_in};
use crate::domain::rights::Action;
use crate::node::directory::Organisation;
use crate::web::answer::{Answer, fixed, page};
use crate::web::pages::frame;
use crate::web::pages::reconciliation::{All, Found, One, School};
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

/// GET /staff/reconciliation and /staff/reconciliation/{laestab}
pub fn show(site: &Site, visit: &Visit, head: &Parts, school: Option<u32>) -> Answer {
    let Some(actor) = actor(visit) else { return to_sign_in(head) };
    if !actor.may(Action::Reconciliation) {
        return fixed(static_pages::not_found());
    }
    let plan = site.node.plan();
    let (planned, outline) = (plan.current(), site.gate.outline());
    let (Some(planned), Some(outline)) = (planned, outline) else {
        let layout = frame(site, visit, "Reconciliation");
        return page(StatusCode::OK, All::nothing(layout).to_string());
    };
    let (directory, now) = (site.node.directory(), site.node.clock.now());
    let counted = outline.reconciliations();
    let line = |o: &Organisation| Some((o.laestab?, o.name.clone()));
    let names: HashMap<u32, String> = directory.organisations().filter_map(line).collect();
    let schools: Vec<School> = counted
        .iter()
        .map(|(number, (counts, revision))| {
            School::new(*number, names.get(number).cloned(), *counts, *revision, planned, now)
        })
        .collect();
    let html = match school {
        None => {
            let layout = frame(site, visit, "Reconciliation");
            let found = Found::new(
                &query_field(&head.uri, "q"),
                query_field(&head.uri, "show") == "all",
                &query_field(&head.uri, "page"),
            );
            All::new(layout, &planned.id, schools, found).to_string()
        }
        Some(number) => match schools.into_iter().find(|school| school.laestab == number) {
            Some(school) => {
                One::new(frame(site, visit, "Reconciliation"), &planned.id, school).to_string()
            }
            None => return fixed(static_pages::not_found()),
        },
    };
    page(StatusCode::OK, html)
}
