//! One user: looked at, changed, removed, suspended, let in again, invited again.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use http::{Request, StatusCode};

use super::create::{blank, typed};
use super::{HERE, instead, problem, reader};
use crate::domain::calendar::time_in_words;
use crate::domain::users::{Person, Problem, Typed};
use crate::service::results::Actor;
use crate::service::users::{Counts, Member, NotDone, Standing};
use crate::web::answer::{Answer, fixed, page, see_other};
use crate::web::csrf::{self, Tie};
use crate::web::form::{self, Fields};
use crate::web::handlers::results::{actor, to_sign_in};
use crate::web::pages::frame;
use crate::web::pages::users::{Form, Purpose, Sure, Todo, User, limit_words};
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

/// GET /users/{id}
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<i64>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(&visit) else { return to_sign_in(&head) };
    match site.users.one(actor, id).await {
        Ok(found) => {
            let shown = user(&site, &visit, actor, &found);
            let shown = match head.uri.query() {
                Some("saved") => shown.news("Changes saved. We have written to this user"),
                Some("suspended") => shown.news("User suspended. We have written to them"),
                Some("reactivated") => shown.news("User let in again. We have written to them"),
                Some("invited") => shown.news("Invitation sent"),
                _ => shown,
            };
            page(StatusCode::OK, shown.to_string())
        }
        Err(reason) => instead(reason),
    }
}

/// GET /users/{id}/change
pub async fn show_change(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<i64>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(&visit) else { return to_sign_in(&head) };
    match site.users.one(actor, id).await {
        Ok((member, counts)) if member.cover.is_none() => {
            let form = change_form(&site, &visit, actor, (&member, counts));
            page(StatusCode::OK, form.typed(as_typed(&member.person)).to_string())
        }
        Ok(_) => fixed(static_pages::not_found()),
        Err(reason) => instead(reason),
    }
}

/// POST /users/{id}/change
pub async fn change(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<i64>,
    request: Request<Body>,
) -> Answer {
    let (fields, (member, counts)) = match posted(&site, &visit, id, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let Some(actor) = actor(&visit) else { return see_other(HERE) };
    if member.cover.is_some() {
        return fixed(static_pages::not_found());
    }
    let refused = |problems: Vec<Problem>| {
        let form = change_form(&site, &visit, actor, (&member, counts)).typed(typed(&fields));
        page(StatusCode::UNPROCESSABLE_ENTITY, form.refused(problems).to_string())
    };
    let new = match Person::read(&typed(&fields), actor.organisation.kind) {
        Ok(new) => new,
        Err(problems) => return refused(problems),
    };
    match site.users.amend(actor, id, seen(&fields), new).await {
        Ok(_) if member.user == actor.user.id => see_other("/"),
        Ok(id) => see_other(&format!("{HERE}/{id}?saved")),
        Err(reason) => problem(reason).map_or_else(|| instead(reason), |told| refused(vec![told])),
    }
}

/// GET /users/{id}/remove
pub async fn show_remove(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<i64>,
    request: Request<Body>,
) -> Answer {
    ask(&site, &visit, id, request, Todo::Remove).await
}

/// GET /users/{id}/suspend
pub async fn show_suspend(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<i64>,
    request: Request<Body>,
) -> Answer {
    ask(&site, &visit, id, request, Todo::Suspend).await
}

/// POST /users/{id}/remove. The second of two posts finds nobody, and is told the same as the first.
pub async fn remove(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<i64>,
    request: Request<Body>,
) -> Answer {
    let Some(actor) = actor(&visit) else { return see_other("/sign-in?return_to=/users") };
    let fields = match form::read(&site, visit.session.as_ref(), request).await {
        Ok((fields, _)) => fields,
        Err(refused) => return refused,
    };
    let found = site.users.one(actor, id).await;
    let is_self = found.as_ref().is_ok_and(|(member, _)| member.user == actor.user.id);
    match site.users.remove(actor, id).await {
        Ok(_) if is_self => see_other("/"),
        Ok(_) => see_other("/users?removed"),
        Err(NotDone::Unknown)
            if csrf::is_ours(&site.node, &tie(actor, id), fields.get("proof")) =>
        {
            see_other("/users?removed")
        }
        Err(reason) => not_done(&site, &visit, actor, found, Todo::Remove, reason),
    }
}

/// POST /users/{id}/suspend
pub async fn suspend(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<i64>,
    request: Request<Body>,
) -> Answer {
    let (_, found) = match posted(&site, &visit, id, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let Some(actor) = actor(&visit) else { return see_other(HERE) };
    match site.users.set_standing(actor, id, Standing::Suspended).await {
        Ok(_) if found.0.user == actor.user.id => see_other("/"),
        Ok(id) => see_other(&format!("{HERE}/{id}?suspended")),
        Err(reason) => not_done(&site, &visit, actor, Ok(found), Todo::Suspend, reason),
    }
}

/// POST /users/{id}/reactivate
pub async fn reactivate(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<i64>,
    request: Request<Body>,
) -> Answer {
    if let Err(refused) = posted(&site, &visit, id, request).await {
        return *refused;
    }
    let Some(actor) = actor(&visit) else { return see_other(HERE) };
    match site.users.set_standing(actor, id, Standing::Active).await {
        Ok(id) => see_other(&format!("{HERE}/{id}?reactivated")),
        Err(reason) => instead(reason),
    }
}

/// POST /users/{id}/invite
pub async fn invite(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<i64>,
    request: Request<Body>,
) -> Answer {
    let (_, found) = match posted(&site, &visit, id, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let Some(actor) = actor(&visit) else { return see_other(HERE) };
    let words = match site.users.invite_again(actor, id).await {
        Ok(id) => return see_other(&format!("{HERE}/{id}?invited")),
        Err(NotDone::TooSoon(at)) => {
            format!("An invitation was sent just now. Send another one after {}", time_in_words(at))
        }
        Err(NotDone::NotNow) => "This user needs no invitation any more".to_owned(),
        Err(reason) => return instead(reason),
    };
    let html = user(&site, &visit, actor, &found).refused(words).to_string();
    page(StatusCode::UNPROCESSABLE_ENTITY, html)
}

type Found = (Member, Counts);

/// A form about a user of the actor's organisation, and that user.
async fn posted(
    site: &Site,
    visit: &Visit,
    id: i64,
    request: Request<Body>,
) -> Result<(Fields, Found), Box<Answer>> {
    let Some(actor) = actor(visit) else {
        return Err(Box::new(see_other("/sign-in?return_to=/users")));
    };
    let read = form::read(site, visit.session.as_ref(), request).await;
    let (fields, _) = read.map_err(Box::new)?;
    let found = site.users.one(actor, id).await.map_err(|reason| Box::new(instead(reason)))?;
    Ok((fields, found))
}

async fn ask(site: &Site, visit: &Visit, id: i64, request: Request<Body>, todo: Todo) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(visit) else { return to_sign_in(&head) };
    match site.users.one(actor, id).await {
        Ok((member, _)) => {
            page(StatusCode::OK, sure(site, visit, actor, &member, todo).to_string())
        }
        Err(reason) => instead(reason),
    }
}

fn not_done(
    site: &Site,
    visit: &Visit,
    actor: &Actor,
    found: Result<Found, NotDone>,
    todo: Todo,
    reason: NotDone,
) -> Answer {
    match (found, reason) {
        (Ok((member, _)), NotDone::Limit(limit)) => {
            let html = sure(site, visit, actor, &member, todo).refused(limit_words(limit));
            page(StatusCode::UNPROCESSABLE_ENTITY, html.to_string())
        }
        (_, reason) => instead(reason),
    }
}

fn user(site: &Site, visit: &Visit, actor: &Actor, (member, counts): &Found) -> User {
    User::new(frame(site, visit, User::TITLE), &reader(site, actor), member, counts)
}

fn sure(site: &Site, visit: &Visit, actor: &Actor, member: &Member, todo: Todo) -> Sure {
    let proof = csrf::field(&site.node, &tie(actor, member.id));
    Sure::new(frame(site, visit, todo.title()), todo, &reader(site, actor), member, proof)
}

/// Ties a form to the user that it is about and to who got it.
fn tie(actor: &Actor, member: i64) -> Tie {
    Tie::Visit(format!("user {} {} {member}", actor.user.id, actor.organisation.id))
}

fn change_form(
    site: &Site,
    visit: &Visit,
    actor: &Actor,
    (member, counts): (&Member, Counts),
) -> Form {
    let purpose = Purpose::Change(member.id);
    blank(site, visit, actor, purpose, counts).kept(member.person.clone())
}

fn as_typed(person: &Person) -> Typed {
    Typed {
        first: person.first.clone(),
        last: person.last.clone(),
        job: person.job.clone(),
        phone: person.phone.clone(),
        email: person.email.clone(),
        email_again: person.email.clone(),
        permissions: person.permissions.iter().map(|p| p.key().to_owned()).collect(),
    }
}

/// What the actor saw when they began.
fn seen(fields: &Fields) -> Person {
    let text = |name| fields.get(name).to_owned();
    let permissions = fields.get("old_permissions").split(' ');
    Person {
        first: text("old_first"),
        last: text("old_last"),
        job: text("old_job"),
        phone: text("old_phone"),
        email: text("old_email"),
        permissions: permissions.filter_map(|word| word.parse().ok()).collect(),
    }
}
