//! Creating a user, or somebody who stands in: the form, the answers to check, and keeping them.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode};

use super::{HERE, instead, problem};
use crate::domain::users::care::{Cover, typed_date};
use crate::domain::users::{Limit, Person, Problem, Typed};
use crate::node::keys::random;
use crate::service::results::Actor;
use crate::service::users::Counts;
use crate::web::answer::{Answer, fixed, page, see_other};
use crate::web::form::{self, Fields};
use crate::web::handlers::results::{actor, to_sign_in};
use crate::web::pages::frame;
use crate::web::pages::users::{Check, Days, Form, Purpose, limit_words};
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

/// GET /users/create
pub async fn show_create(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    shown(&site, &visit, request, Purpose::Create).await
}

/// GET /users/cover
pub async fn show_cover(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    shown(&site, &visit, request, Purpose::Cover).await
}

/// POST /users/create: the answers to check, or the form again.
pub async fn create(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    checked(&site, &visit, request, Purpose::Create).await
}

/// POST /users/cover: the same for somebody who stands in.
pub async fn cover(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    checked(&site, &visit, request, Purpose::Cover).await
}

/// POST /users/create/check: creates what was checked. It is read again: a hidden field is as free as any other.
pub async fn save(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    saved(&site, &visit, request, Purpose::Create).await
}

/// POST /users/cover/check
pub async fn save_cover(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    saved(&site, &visit, request, Purpose::Cover).await
}

async fn shown(site: &Site, visit: &Visit, request: Request<Body>, purpose: Purpose) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(visit) else { return to_sign_in(&head) };
    let counts = match site.users.all(actor).await {
        Ok(all) => all.people.counts,
        Err(reason) => return instead(reason),
    };
    if purpose == Purpose::Cover && site.users.cover_dates(actor).is_none() {
        return fixed(static_pages::not_found());
    }
    page(StatusCode::OK, blank(site, visit, actor, purpose, counts).to_string())
}

async fn checked(site: &Site, visit: &Visit, request: Request<Body>, purpose: Purpose) -> Answer {
    let (fields, counts) = match posted(site, visit, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let Some(actor) = actor(visit) else { return see_other(HERE) };
    let form = filled(site, visit, actor, purpose, (&fields, counts));
    if !fields.get("again").is_empty() {
        return page(StatusCode::OK, form.to_string());
    }
    match read(site, actor, purpose, &fields, Some(&counts)) {
        Ok((person, days)) => {
            let layout = frame(site, visit, Check::TITLE);
            let kind = actor.organisation.kind;
            let check = Check::new(layout, kind, purpose, (&person, days), carried(&fields));
            page(StatusCode::OK, check.to_string())
        }
        Err(problems) => page(StatusCode::UNPROCESSABLE_ENTITY, form.refused(problems).to_string()),
    }
}

async fn saved(site: &Site, visit: &Visit, request: Request<Body>, purpose: Purpose) -> Answer {
    let (fields, counts) = match posted(site, visit, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let Some(actor) = actor(visit) else { return see_other(HERE) };
    let Some(submission) = submission(fields.get("submission")) else {
        return fixed(static_pages::bad_request());
    };
    let refused = |problems| {
        let form = filled(site, visit, actor, purpose, (&fields, counts)).refused(problems);
        page(StatusCode::UNPROCESSABLE_ENTITY, form.to_string())
    };
    // Limits are the database's to hold: the counts that were read may be old.
    let (person, days) = match read(site, actor, purpose, &fields, None) {
        Ok(read) => read,
        Err(problems) => return refused(problems),
    };
    match site.users.create(actor, person, days, submission).await {
        Ok(_) => see_other("/users?created"),
        Err(reason) => problem(reason).map_or_else(|| instead(reason), |told| refused(vec![told])),
    }
}

/// A form of somebody who looks after users, and how many there are.
async fn posted(
    site: &Site,
    visit: &Visit,
    request: Request<Body>,
) -> Result<(Fields, Counts), Box<Answer>> {
    let Some(actor) = actor(visit) else {
        return Err(Box::new(see_other("/sign-in?return_to=/users")));
    };
    let read = form::read(site, visit.session.as_ref(), request).await;
    let (fields, _) = read.map_err(Box::new)?;
    let all = site.users.all(actor).await.map_err(|reason| Box::new(instead(reason)))?;
    Ok((fields, all.people.counts))
}

/// An empty form of the actor's organisation.
pub(super) fn blank(
    site: &Site,
    visit: &Visit,
    actor: &Actor,
    purpose: Purpose,
    counts: Counts,
) -> Form {
    let organisation = (actor.organisation.kind, actor.organisation.id);
    let form = Form::new(frame(site, visit, purpose.title()), organisation, purpose, counts);
    let window = site.users.cover_dates(actor).map(|dates| (dates, site.users.cover_days_max()));
    form.days(Days::default(), window)
}

fn filled(
    site: &Site,
    visit: &Visit,
    actor: &Actor,
    purpose: Purpose,
    (fields, counts): (&Fields, Counts),
) -> Form {
    let window = site.users.cover_dates(actor).map(|dates| (dates, site.users.cover_days_max()));
    let [from, until] = ["from", "until"].map(|name| date_fields(fields, name).map(str::to_owned));
    let form = blank(site, visit, actor, purpose, counts).typed(typed(fields));
    form.days(Days { from, until }, window)
}

/// What was typed of a user. Of permissions there is a field each: one that is none of ours is a problem.
pub(super) fn typed(fields: &Fields) -> Typed {
    let text = |name| fields.get(name).to_owned();
    Typed {
        first: text("first"),
        last: text("last"),
        job: text("job"),
        phone: text("phone"),
        email: text("email"),
        email_again: text("email_again"),
        permissions: fields.below("permission-").map(|(word, _)| word.to_owned()).collect(),
    }
}

fn date_fields<'a>(fields: &'a Fields, name: &str) -> [&'a str; 3] {
    ["day", "month", "year"].map(|part| fields.get(&format!("{name}-{part}")))
}

/// A user and the days of cover, or everything that is wrong.
fn read(
    site: &Site,
    actor: &Actor,
    purpose: Purpose,
    fields: &Fields,
    counts: Option<&Counts>,
) -> Result<(Person, Option<Cover>), Vec<Problem>> {
    let mut problems = Vec::new();
    // Somebody may have switched since: this form was for another organisation.
    if fields.get("organisation") != actor.organisation.id.to_string() {
        problems.push(("organisation", SWITCHED));
    }
    let mut typed = typed(fields);
    if purpose == Purpose::Cover {
        typed.permissions = vec!["user".to_owned()];
    }
    let person = match Person::read(&typed, actor.organisation.kind) {
        Ok(person) => Some(person),
        Err(more) => {
            problems.extend(more);
            None
        }
    };
    let days = if purpose == Purpose::Cover {
        match days(site, actor, fields) {
            Ok(days) => Some(days),
            Err(more) => {
                problems.extend(more);
                None
            }
        }
    } else {
        None
    };
    problems.extend(counts.zip(person.as_ref()).and_then(|(c, p)| c.refuses(purpose, p)));
    match person {
        Some(person) if problems.is_empty() => Ok((person, days)),
        _ => Err(problems),
    }
}

const SWITCHED: &str = "You act for another organisation than when this form was shown. \
     Look at the top of the page, and send it again if that one is right";

impl Counts {
    /// A limit that a new user would break, as far as is known.
    fn refuses(&self, purpose: Purpose, person: &Person) -> Option<Problem> {
        use crate::domain::access::Permission::{AccessArrangements, AccountManager};
        let full = |count: crate::service::users::Count| count.most.is_some_and(|m| count.is >= m);
        let limit = match purpose {
            Purpose::Cover => full(self.cover).then_some(Limit::Cover)?,
            _ if full(self.users) => Limit::Users,
            _ if full(self.managers) && person.permissions.has(AccountManager) => Limit::Managers,
            _ if full(self.access) && person.permissions.has(AccessArrangements) => Limit::Access,
            _ => return None,
        };
        Some(("permissions", limit_words(limit)))
    }
}

fn days(site: &Site, actor: &Actor, fields: &Fields) -> Result<Cover, Vec<Problem>> {
    let date = |name| typed_date(date_fields(fields, name));
    let (first, last) = (date("from"), date("until"));
    let mut problems = Vec::new();
    if first.is_none() {
        problems.push(("from", "Enter the first day, for example 8 7 2024"));
    }
    if last.is_none() {
        problems.push(("until", "Enter the last day, for example 12 7 2024"));
    }
    let Some((first, last)) = first.zip(last) else { return Err(problems) };
    let days = Cover { first, last };
    match site.users.may_cover(actor, days) {
        Ok(()) => Ok(days),
        Err(reason) => Err(problem(reason).into_iter().collect()),
    }
}

/// The fields that go on to the next page, with what makes of two submissions one.
fn carried(fields: &Fields) -> Vec<(String, String)> {
    const NAMES: [&str; 7] =
        ["organisation", "first", "last", "job", "phone", "email", "email_again"];
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut carried: Vec<_> = NAMES.map(|name| own((name, fields.get(name)))).to_vec();
    for prefix in ["permission-", "from-", "until-"] {
        let below = fields.below(prefix);
        carried.extend(below.map(|(name, value)| (format!("{prefix}{name}"), value.to_owned())));
    }
    let submission = match fields.get("submission") {
        "" => crate::domain::hex::hex(&random::<16>()),
        known => known.to_owned(),
    };
    carried.push(("submission".to_owned(), submission));
    carried
}

fn submission(text: &str) -> Option<[u8; 16]> {
    let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u128::from_str_radix(text, 16).ok().map(u128::to_be_bytes))?
}
