//! Not now, and when: answers to those who are to come again, as a page for people and RFC 9457 for programs.

use std::ops::RangeInclusive;

use http::header::{ACCEPT, HeaderName};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::Site;
use super::answer::{Answer, fix, fixed, json, number};
use super::static_pages::{self, Page};
use crate::admission::{Class, Shed, Slow, whole_seconds_up};
use crate::node::keys::random;

/// Seconds after which somebody who was shed may come again: within the minute that the page names, and
/// not all at once.
const SHED_SECONDS: RangeInclusive<u64> = 30..=60;

/// The answer to a request that is shed, which is counted.
pub fn shed(site: &Site, class: Class, why: Shed, headers: &HeaderMap) -> Answer {
    site.waiting.metrics().shed(class.label());
    let spread = SHED_SECONDS.end() - SHED_SECONDS.start() + 1;
    let seconds = SHED_SECONDS.start() + u64::from_be_bytes(random()) % spread;
    let (page, title) = match (why, class) {
        (Shed::Share(_), _) => {
            (static_pages::share_taken(), "The organisation has as many downloads as one may have")
        }
        (_, Class::Results | Class::SignIn | Class::Forms) => {
            (static_pages::busy(), "More people use the service than it can serve at once")
        }
        (_, Class::Scripts | Class::Exports | Class::Reports) => {
            (static_pages::results_first(), "Results go first: this has to wait")
        }
    };
    let more = json!({ "class": class.label() });
    again(page, "busy", title, seconds, more, headers)
}

/// The answer to whoever asks more often than a limit allows.
pub fn slowed(slow: Slow, headers: &HeaderMap) -> Answer {
    let more = json!({ "limit": slow.limit.label() });
    let seconds = whole_seconds_up(slow.wait).max(1);
    let title = "This was asked for more often than any person asks";
    again(static_pages::too_often(), "too-often", title, seconds, more, headers)
}

/// A finished page for people, or the same for a program, with the time to come again.
pub fn again(
    page: (StatusCode, &'static Page),
    kind: &str,
    title: &str,
    seconds: u64,
    more: Value,
    headers: &HeaderMap,
) -> Answer {
    if !wants_page(headers) {
        return problem(page.0, kind, title, seconds, more);
    }
    let mut answer = fixed(page);
    number(&mut answer, header::RETRY_AFTER, seconds);
    answer
}

/// What a program is told: RFC 9457, and when to come again.
pub fn problem(status: StatusCode, kind: &str, title: &str, seconds: u64, more: Value) -> Answer {
    let mut body = json!({
        "type": format!("https://daybreak.example/problems/{kind}"),
        "title": title,
        "status": status.as_u16(),
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    let mut answer = json(&body);
    *answer.status_mut() = status;
    fix(&mut answer, header::CONTENT_TYPE, "application/problem+json");
    number(&mut answer, header::RETRY_AFTER, seconds);
    answer
}

/// Whether a person looks at the answer, and not a program.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let cors = text(HeaderName::from_static("sec-fetch-mode")) == Some("cors");
    let json = text(ACCEPT).is_some_and(|accept| accept.starts_with("application/json"));
    !cors && !json
}
