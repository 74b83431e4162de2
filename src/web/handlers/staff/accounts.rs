//! Accounts: found by their address, let in again; and those of staff.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use http::{Request, StatusCode};

use super::{at_desk, instead, posted, reason};
use crate::domain::access::Permission;
use crate::domain::contact::looks_like_email;
use crate::domain::rights::Action;
use crate::service::accounts::{self, Reset};
use crate::service::desk::{Desk, NotDone};
use crate::service::results::Actor;
use crate::web::answer::{Answer, fixed, page, see_other};
use crate::web::form::Fields;
use crate::web::handlers::users;
use crate::web::pages::frame;
use crate::web::pages::staff::Problems;
use crate::web::pages::staff::account::{AccountPage, Known, Reader};
use crate::web::pages::staff::accounts::{Accounts, HERE};
use crate::web::pages::users::{Table, Term};
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

/// GET /staff/users
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let (actor, _) = match at_desk(&site, &visit, &head, Action::Accounts) {
        Ok(here) => here,
        Err(refused) => return *refused,
    };
    match shown(&site, &visit, actor).await {
        Ok(shown) => {
            let shown = shown.news(users::news(head.uri.query()));
            page(StatusCode::OK, shown.to_string())
        }
        Err(refused) => *refused,
    }
}

/// POST /staff/users: the account of an address. The address is in no address of ours.
pub async fn find(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (actor, desk, fields) = match posted(&site, &visit, Action::Accounts, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let email = fields.get("email");
    let words = if looks_like_email(&email.trim().to_lowercase()) {
        match accounts::find(&desk, email).await {
            Ok(Some(id)) => return see_other(&format!("{HERE}/{id}")),
            Ok(None) => "No account has this email address. Ask for its spelling",
            Err(reason) => return instead(&reason),
        }
    } else {
        "Enter an email address, for example office@school.example"
    };
    match shown(&site, &visit, actor).await {
        Ok(shown) => {
            let html = shown.refused(email, Problems::of("email", words)).to_string();
            page(StatusCode::UNPROCESSABLE_ENTITY, html)
        }
        Err(refused) => *refused,
    }
}

/// GET /staff/users/{id}
pub async fn account(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<i64>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let (actor, desk) = match at_desk(&site, &visit, &head, Action::Accounts) {
        Ok(here) => here,
        Err(refused) => return *refused,
    };
    let news = match head.uri.query() {
        Some("unlocked") => Some("This person can sign in again"),
        Some("proposed") => Some("Proposed. Somebody else does it within a day"),
        Some("reset") => Some("Second factor removed. We have written to this person"),
        _ => None,
    };
    match known(&site, &desk, id).await {
        Ok(Some(known)) => {
            let shown = one(&site, &visit, actor, known).news(news);
            page(StatusCode::OK, shown.to_string())
        }
        Ok(None) => fixed(static_pages::not_found()),
        Err(reason) => instead(&reason),
    }
}

/// POST /staff/users/{id}/unlock
pub async fn unlock(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<i64>,
    request: Request<Body>,
) -> Answer {
    let (actor, desk, fields, known) = match about(&site, &visit, id, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let mut problems = Problems::default();
    if let Some(reason) = reason(&fields, "unlock_reason", &mut problems) {
        let username = &known.account.username;
        match accounts::unlock(&desk, &site.waiting, username, reason).await {
            Ok(true) => return see_other(&format!("{HERE}/{id}?unlocked")),
            Ok(false) => problems.add("unlock", "This account was removed. Create it again"),
            Err(reason) => return instead(&reason),
        }
    }
    refused(&site, &visit, actor, known, &fields, problems)
}

/// POST /staff/users/{id}/second-factor
pub async fn second_factor(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<i64>,
    request: Request<Body>,
) -> Answer {
    let (actor, desk, fields, known) = match about(&site, &visit, id, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let mut problems = Problems::default();
    let username = &known.account.username;
    let done = if fields.get("act") == "approve" {
        approve(&desk, username, &mut problems).await.map(|done| done.then_some("reset"))
    } else {
        propose(&desk, username, &fields, &mut problems).await.map(|ok| ok.then_some("proposed"))
    };
    match done {
        Ok(Some(done)) => see_other(&format!("{HERE}/{id}?{done}")),
        Ok(None) => refused(&site, &visit, actor, known, &fields, problems),
        Err(reason) => instead(&reason),
    }
}

async fn propose(
    desk: &Desk,
    username: &str,
    fields: &Fields,
    problems: &mut Problems,
) -> Result<bool, NotDone> {
    let Some(reason) = reason(fields, "reset_reason", problems) else { return Ok(false) };
    let done = accounts::propose_reset(desk, username, reason).await?;
    if !done {
        problems
            .add("second-factor", "It is your own account: two others remove its second factor");
    }
    Ok(done)
}

async fn approve(desk: &Desk, username: &str, problems: &mut Problems) -> Result<bool, NotDone> {
    let words = match accounts::approve_reset(desk, username).await? {
        Reset::Done => return Ok(true),
        Reset::NotProposed => "Nobody else has proposed to remove this second factor",
        Reset::TooLate => "It was proposed more than a day ago. Propose it again",
        Reset::NeedsAdmin => "One of the two who remove it must be a security administrator",
    };
    problems.add("second-factor", words);
    Ok(false)
}

/// The page with the search; those who look after staff accounts see these too.
async fn shown(site: &Site, visit: &Visit, actor: &Actor) -> Result<Accounts, Box<Answer>> {
    let layout = frame(site, visit, Accounts::TITLE);
    if !actor.may(Action::Users) {
        return Ok(Accounts::new(layout, None));
    }
    let all = site.users.all(actor).await.map_err(|reason| Box::new(users::instead(reason)))?;
    let table = Table::new(&users::reader(site, actor), &all);
    Ok(Accounts::new(layout, Some(table)).term(all.review.as_ref().map(Term::new)))
}

async fn known(site: &Site, desk: &Desk, id: i64) -> Result<Option<Known>, NotDone> {
    let account = accounts::read(desk, id).await?;
    Ok(account.map(|account| Known {
        held_up: accounts::held_up(&site.waiting, &account.username),
        has_factor: site.factors.of(id).is_some(),
        account,
    }))
}

type Posted<'a> = (&'a Actor, Desk, Fields, Known);

/// A form about an account, and that account.
async fn about<'a>(
    site: &Site,
    visit: &'a Visit,
    id: i64,
    request: Request<Body>,
) -> Result<Posted<'a>, Box<Answer>> {
    let (actor, desk, fields) = posted(site, visit, Action::Accounts, request).await?;
    let known = known(site, &desk, id).await.map_err(|reason| Box::new(instead(&reason)))?;
    let known = known.ok_or_else(|| Box::new(fixed(static_pages::not_found())))?;
    Ok((actor, desk, fields, known))
}

fn one(site: &Site, visit: &Visit, actor: &Actor, known: Known) -> AccountPage {
    let reader = Reader {
        user: actor.user.id,
        username: &actor.user.username,
        is_admin: actor.permissions.has(Permission::SecurityAdmin),
        organisation: actor.organisation.id,
    };
    AccountPage::new(frame(site, visit, AccountPage::TITLE), known, &reader)
}

fn refused(
    site: &Site,
    visit: &Visit,
    actor: &Actor,
    known: Known,
    fields: &Fields,
    problems: Problems,
) -> Answer {
    let typed = ["unlock_reason", "reset_reason"].map(|name| fields.get(name));
    let html = one(site, visit, actor, known).refused(typed, problems).to_string();
    page(StatusCode::UNPROCESSABLE_ENTITY, html)
}
