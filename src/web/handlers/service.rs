//! Signing in with the identity service: to it, and back from it.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Request, StatusCode};

use super::account::{device, query_field, signed_in_to, with_cookie};
use super::{queue, second_factor};
use crate::node::journal::{Kind, Record};
use crate::service::identity::{BACK_WITHIN, Known, NoAccount};
use crate::service::second_step::Halfway;
use crate::service::sign_in::{Entered, NotSignedIn};
use crate::web::answer::{Answer, fixed, page, see_other};
use crate::web::csrf::Tie;
use crate::web::pages::service::{NotKnown, Why};
use crate::web::serve::Visit;
use crate::web::session::cookie;
use crate::web::{Site, static_pages};

/// Carries what a browser needs to come back.
const WAY_COOKIE: &str = "__Host-way";

/// GET /sign-in/service: to the service, for whoever may sign in now. Its people wait their turn like all
/// others: a place is worth the same however somebody proves who they are.
pub async fn go(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some((name, _)) = site.identity.shown() else { return fixed(static_pages::not_found()) };
    let return_to = query_field(&head.uri, "return_to");
    if visit.is_head {
        return see_other(&queue::sign_in_path(&return_to));
    }
    let cookies = match queue::gate(&site, &visit, &head) {
        Ok(cookies) => cookies,
        Err(waiting) => return *waiting,
    };
    match site.identity.way_there(&return_to).await {
        Ok((address, sealed)) => {
            let cookie = way_cookie(&sealed, BACK_WITHIN.as_secs());
            queue::with_all(with_cookie(see_other(&address), Some(cookie)), &cookies)
        }
        Err(why) => not_known(name, &why),
    }
}

/// GET /sign-in/service/back: with a code, or with a reason why there is none.
pub async fn back(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some((name, _)) = site.identity.shown() else { return fixed(static_pages::not_found()) };
    let field = |name: &str| query_field(&head.uri, name);
    let (state, code, issuer) = (field("state"), field("code"), field("iss"));
    let sealed = cookie(&head.headers, WAY_COOKIE).unwrap_or_default();
    let known = match site.identity.way_back(sealed, (&state, &code, &issuer)).await {
        Ok(known) => known,
        Err(why) => return without_way(not_known(name, &why)),
    };
    without_way(enter(&site, &visit, &head.headers, &known).await)
}

async fn enter(site: &Site, visit: &Visit, headers: &HeaderMap, known: &Known) -> Answer {
    let waiting = queue::sign_in_path(&known.return_to);
    let (attempt, _) = match queue::enter(site, headers, visit.client.address, &waiting) {
        Ok(entered) => entered,
        Err(waiting) => return *waiting,
    };
    let mut record = Record::new(site.node.clock.now(), Kind::Refused);
    record.address = visit.client.address;
    record.device = device(headers);
    let who = (&known.user, known.strong, known.through);
    match site.sign_in().begin_known(who, &attempt, record).await {
        Ok(Entered::Session(new)) => signed_in_to(site, &new, &known.return_to),
        Ok(Entered::Halfway(new, record)) => {
            let (tie, cookie) = Tie::of(headers, None);
            let halfway = Halfway::new(&new, *record, &tie.word());
            with_cookie(second_factor::ask_for(site, &halfway, &known.return_to), cookie)
        }
        Err(NotSignedIn::Used) => queue::with_all(see_other(&waiting), &queue::spent_cookies()),
        Err(_) => {
            let name = site.identity.shown().map_or("", |(name, _)| name);
            not_known(name, &NoAccount::Unknown)
        }
    }
}

/// The cookie of a way is good for one way back.
fn without_way(answer: Answer) -> Answer {
    with_cookie(answer, Some(way_cookie("", 0)))
}

fn way_cookie(value: &str, seconds: i64) -> String {
    format!("{WAY_COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}

fn not_known(name: &str, why: &NoAccount) -> Answer {
    let (status, why) = match why {
        NoAccount::Down(_) | NoAccount::Away => (StatusCode::SERVICE_UNAVAILABLE, Why::Down),
        NoAccount::Astray | NoAccount::Disbelieved(_) => (StatusCode::BAD_REQUEST, Why::Astray),
        NoAccount::Unknown => (StatusCode::FORBIDDEN, Why::Unknown),
        NoAccount::NoAccess => (StatusCode::FORBIDDEN, Why::NoAccess),
        NoAccount::Elsewhere => (StatusCode::FORBIDDEN, Why::Elsewhere),
    };
    page(status, NotKnown::new(name, why).to_string())
}
