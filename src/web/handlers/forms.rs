//! Filling in a form: begin, answer page by page, check, send.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Extension, Router};
use http::{Request, StatusCode};

use super::activity;
use super::results::{actor, to_sign_in};
use crate::domain::announced::Stage;
use crate::domain::calendar::instant_in_words;
use crate::domain::forms::Form;
use crate::service::forms::{NotDone, State as Stands, Submission};
use crate::service::results::Actor;
use crate::web::answer::{Answer, fixed, page, see_other};
use crate::web::form::{self, Fields};
use crate::web::pages::activity::href;
use crate::web::pages::forms::{At, Check, Discarding, Sent, Start};
use crate::web::pages::frame;
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

mod page_of;

/// What a handler is asked about.
type Asked = (State<Arc<Site>>, Extension<Visit>);

/// My activity, and what lies below it.
pub(super) fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/activity", get(activity::show))
        .route("/activity/{form}", get(start).post(begin))
        .route("/activity/{form}/{reference}", get(sent))
        .route("/activity/{form}/{reference}/{page}", get(show_page).post(send_page))
}

/// GET /activity/{slug}
async fn start(
    (State(site), Extension(visit)): Asked,
    Path(slug): Path<String>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(&visit) else { return to_sign_in(&head) };
    match started(&site, &visit, actor, &slug).await {
        Ok(start) => {
            let start = match head.uri.query() {
                Some("discarded") => start.news("Form discarded"),
                Some("gone") => start.news(GONE),
                Some("saved") => start.news("Your answers are saved. The form is not sent yet"),
                _ => start,
            };
            page(StatusCode::OK, start.to_string())
        }
        Err(reason) => instead(&reason, &slug),
    }
}

async fn started(site: &Site, visit: &Visit, actor: &Actor, slug: &str) -> Result<Start, NotDone> {
    let form = site.forms.form(actor, slug)?;
    let mut all = site.forms.all(actor).await?;
    all.retain(|one| one.form == form.slug);
    Ok(Start::new(frame(site, visit, "Form"), form, stage(site, form), all))
}

fn stage(site: &Site, form: &Form) -> Stage {
    form.stage(site.node.clock.now())
}

/// POST /activity/{slug}: begins, or goes on.
async fn begin(
    (State(site), Extension(visit)): Asked,
    Path(slug): Path<String>,
    request: Request<Body>,
) -> Answer {
    let Some(actor) = actor(&visit) else { return see_other(&href(&slug)) };
    if let Err(answer) = form::read(&site, visit.session.as_ref(), request).await {
        return answer;
    }
    let begun = match site.forms.form(actor, &slug) {
        Ok(form) => site.forms.begin(actor, form).await.map(|begun| (form, begun)),
        Err(reason) => Err(reason),
    };
    match begun {
        Ok((form, (reference, is_new))) => {
            let first = form.pages.first().filter(|_| is_new).map(|page| page.id.as_str());
            see_other(&format!("{}/{reference}/{}", href(&slug), first.unwrap_or("check")))
        }
        Err(
            reason @ (NotDone::Unknown | NotDone::Forbidden | NotDone::Away | NotDone::Sent(_)),
        ) => instead(&reason, &slug),
        Err(reason) => match started(&site, &visit, actor, &slug).await {
            Ok(start) => {
                let html = start.refused(words(&reason)).to_string();
                page(StatusCode::UNPROCESSABLE_ENTITY, html)
            }
            Err(reason) => instead(&reason, &slug),
        },
    }
}

/// GET /activity/{slug}/{reference}: what was sent.
async fn sent(
    (State(site), Extension(visit)): Asked,
    Path((slug, reference)): Path<(String, String)>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(&visit) else { return to_sign_in(&head) };
    let found = match site.forms.form(actor, &slug) {
        Ok(form) => site.forms.read(actor, form, &reference).await.map(|found| (form, found)),
        Err(reason) => Err(reason),
    };
    match found {
        Ok((_, found)) if found.state == Stands::Draft => {
            see_other(&format!("{}/{}/check", href(&slug), found.reference))
        }
        Ok((form, found)) => {
            let query = head.uri.query();
            let (layout, is_news) = (frame(&site, &visit, "Form"), query == Some("sent"));
            let shown = Sent::new(layout, form, &found, stage(&site, form), is_news);
            let shown = if query == Some("late") { shown.news(SENT_MEANWHILE) } else { shown };
            page(StatusCode::OK, shown.to_string())
        }
        Err(reason) => instead(&reason, &slug),
    }
}

/// For whoever saved a page of what a colleague had sent.
const SENT_MEANWHILE: &str =
    "This form was sent before you saved your page. What you typed on that page was not saved";
/// For whoever saved a page of what is not there any more.
const GONE: &str = "The form that you were filling in is not there any more. Somebody discarded it, or you act for \
    another organisation now. What you typed on that page was not saved";

/// GET /activity/{slug}/{reference}/{page}
async fn show_page(
    (State(site), Extension(visit)): Asked,
    Path((slug, reference, name)): Path<(String, String, String)>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(&visit) else { return to_sign_in(&head) };
    let (form, draft) = match draft(&site, actor, &slug, &reference).await {
        Ok(found) => found,
        Err(reason) => return instead(&reason, &slug),
    };
    match name.as_str() {
        "check" => check(&site, &visit, (form, &draft), None),
        "discard" => {
            let layout = frame(&site, &visit, Discarding::TITLE);
            page(StatusCode::OK, Discarding::new(layout, form, &draft).to_string())
        }
        _ => page_of::show(&site, &visit, (form, &draft, &name), head.uri.query()),
    }
}

/// POST /activity/{slug}/{reference}/{page}
async fn send_page(
    (State(site), Extension(visit)): Asked,
    Path((slug, reference, name)): Path<(String, String, String)>,
    request: Request<Body>,
) -> Answer {
    let Some(actor) = actor(&visit) else {
        return see_other(&format!("{}/{reference}/{name}", href(&slug)));
    };
    let fields = match form::read(&site, visit.session.as_ref(), request).await {
        Ok((fields, _)) => fields,
        Err(answer) => return answer,
    };
    let (form, draft) = match draft(&site, actor, &slug, &reference).await {
        Ok(found) => found,
        Err(NotDone::Sent(reference)) if name == "check" => return receipt(&slug, &reference),
        Err(reason) => return too_late(&reason, &slug),
    };
    match name.as_str() {
        "check" => send(&site, &visit, (form, draft), &fields).await,
        "discard" => match site.forms.discard(actor, &draft.reference).await {
            Ok(()) => see_other(&format!("{}?discarded", href(&slug))),
            Err(reason) => too_late(&reason, &slug),
        },
        _ => page_of::save(&site, &visit, (form, draft, &name), fields).await,
    }
}

async fn draft<'s>(
    site: &'s Site,
    actor: &Actor,
    slug: &str,
    reference: &str,
) -> Result<(&'s Form, Submission), NotDone> {
    let form = site.forms.form(actor, slug)?;
    Ok((form, site.forms.draft(actor, form, reference).await?))
}

/// The answers to check, or the first page that is not complete.
fn check(
    site: &Site,
    visit: &Visit,
    (form, draft): (&Form, &Submission),
    refused: Option<&NotDone>,
) -> Answer {
    let reading = site.forms.reading(form, &draft.answers);
    let at = At { form, reference: &draft.reference, reading: &reading, page: 0, to_check: false };
    if let Some(open) = reading.first_open() {
        return see_other(&at.href(form.pages[open].id.as_str()));
    }
    let check = Check::new(frame(site, visit, Check::TITLE), at, draft);
    match refused {
        None => page(StatusCode::OK, check.to_string()),
        Some(reason) => {
            page(StatusCode::UNPROCESSABLE_ENTITY, check.refused(words(reason)).to_string())
        }
    }
}

/// Sends what was checked. Whoever sends it again comes to the same receipt.
async fn send(
    site: &Site,
    visit: &Visit,
    (form, draft): (&Form, Submission),
    fields: &Fields,
) -> Answer {
    let Some(actor) = actor(visit) else { return see_other("/activity") };
    let looked_at = (fields.get("revision").parse().unwrap_or(-1), fields.get("version"));
    match site.forms.send(actor, form, &draft.reference, looked_at).await {
        Ok(()) => receipt(&form.slug, &draft.reference),
        Err(reason @ (NotDone::Unknown | NotDone::Away)) => too_late(&reason, &form.slug),
        Err(reason) => match site.forms.draft(actor, form, &draft.reference).await {
            Ok(draft) => check(site, visit, (form, &draft), Some(&reason)),
            Err(reason) => too_late(&reason, &form.slug),
        },
    }
}

/// The way to what was sent, for whoever sent it.
fn receipt(slug: &str, reference: &str) -> Answer {
    see_other(&format!("{}/{reference}?sent", href(slug)))
}

/// The way on for whoever sent something of a draft that is none any more: they are told that it was not kept.
fn too_late(reason: &NotDone, slug: &str) -> Answer {
    match reason {
        NotDone::Sent(reference) => see_other(&format!("{}/{reference}?late", href(slug))),
        NotDone::Unknown => see_other(&format!("{}?gone", href(slug))),
        _ => instead(reason, slug),
    }
}

/// The answer where there is no page to show: one that is gone, or was sent, or the database is away.
fn instead(reason: &NotDone, slug: &str) -> Answer {
    match reason {
        NotDone::Sent(reference) => see_other(&format!("{}/{reference}", href(slug))),
        NotDone::Away => fixed(static_pages::busy()),
        NotDone::Forbidden => fixed(static_pages::forbidden()),
        _ => fixed(static_pages::not_found()),
    }
}

/// Why something was not done, for the one who wanted it.
fn words(reason: &NotDone) -> String {
    match reason {
        NotDone::NotYet(opens) => format!("This form opens at {}", instant_in_words(*opens)),
        NotDone::Closed => "This form has closed. Your answers are saved, and were not sent. Ask the helpline if you still need to send it".to_owned(),
        NotDone::After(title) => format!("Send the form “{title}” first. Your answers here are saved"),
        NotDone::TooMany => "There are too many forms of this kind that were not sent. Send or discard one first".to_owned(),
        NotDone::Changed => "An answer or the form was changed since you opened this page. Check the answers again".to_owned(),
        NotDone::Incomplete(_) => "An answer is missing".to_owned(),
        NotDone::Unknown | NotDone::Forbidden | NotDone::Sent(_) | NotDone::Away => "This cannot be done now".to_owned(),
    }
}
