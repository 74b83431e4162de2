//! Answers: pages, redirects and prebuilt pages, and the headers that every one of them has.

use std::sync::LazyLock;

use axum::body::Body;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use serde::Serialize;

use super::layout::INLINE_SCRIPT_SHA256;
use super::serve::REQUEST_ID;
use super::static_pages::Page;

/// An answer on its way to the client.
pub type Answer = Response<Body>;

/// Seconds after which a client may try again when we are busy.
pub const RETRY_AFTER_SECONDS: u32 = 10;

/// Room for the headers of any answer, so that the map never grows.
const HEADERS: usize = 24;

/// Headers of every answer, errors included; what pages may load unless an answer says otherwise.
static ALWAYS: LazyLock<HeaderMap> = LazyLock::new(|| {
    let mut headers = HeaderMap::with_capacity(HEADERS);
    for (name, value) in [
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains; preload"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, page_policy());
    headers
});
static PAGE: LazyLock<HeaderMap> = LazyLock::new(|| {
    laid_down(&[
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ])
});
static JSON: LazyLock<HeaderMap> = LazyLock::new(|| {
    laid_down(&[
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        // Its place, so that the map need not grow when the answer is numbered.
        (REQUEST_ID, ""),
    ])
});

/// Headers of one sort of answer, with those of every answer. Laid down once: to copy them costs a tenth
/// of setting each.
pub fn laid_down(more: &[(HeaderName, &'static str)]) -> HeaderMap {
    let mut headers = ALWAYS.clone();
    for (name, value) in more {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}

/// An answer without a body, 200.
pub fn empty() -> Answer {
    headed(&ALWAYS)
}

/// The same with headers that were laid down.
pub fn headed(headers: &HeaderMap) -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.headers_mut() = headers.clone();
    answer
}

/// A page rendered for one person.
pub fn page(status: StatusCode, html: impl Into<Bytes>) -> Answer {
    let mut answer = headed(&PAGE).map(|_| Body::from(html.into()));
    *answer.status_mut() = status;
    answer
}

/// A prebuilt page.
pub fn fixed((status, page): (StatusCode, &'static Page)) -> Answer {
    let mut answer = headed(&PAGE).map(|_| Body::from(page.html.clone()));
    *answer.status_mut() = status;
    if status == StatusCode::SERVICE_UNAVAILABLE {
        number(&mut answer, header::RETRY_AFTER, RETRY_AFTER_SECONDS.into());
    }
    answer
}

/// Go and get another address: the success of a post, or the way to sign in.
pub fn see_other(to: &str) -> Answer {
    let mut answer = empty();
    *answer.status_mut() = StatusCode::SEE_OTHER;
    insert(&mut answer, header::LOCATION, to);
    fix(&mut answer, header::CACHE_CONTROL, "no-store");
    answer
}

/// Room for most answers in JSON, so that their text never grows, in bytes.
const JSON_BYTES: usize = 512;

/// JSON that is never kept.
pub fn json(value: &impl Serialize) -> Answer {
    let mut text = Vec::with_capacity(JSON_BYTES);
    serde_json::to_writer(&mut text, value).expect("plain data, written to memory");
    headed(&JSON).map(|_| Body::from(text))
}

/// Sets a header to a value that never changes.
pub fn fix(answer: &mut Answer, name: HeaderName, value: &'static str) {
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
}

/// Sets a header; a value that cannot stand in a header is left out.
pub fn insert(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// Sets a header to a text that is given away, without a copy of it; a value that cannot stand in a
/// header is left out.
pub fn give(answer: &mut Answer, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// Sets a header to a number.
pub fn number(answer: &mut Answer, name: HeaderName, value: u64) {
    answer.headers_mut().insert(name, HeaderValue::from(value));
}

/// Adds a cookie.
pub fn set_cookie(answer: &mut Answer, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        answer.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Whether the client takes gzip.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight
            .trim()
            .strip_prefix("q=")
            .is_some_and(|q| q.trim().parse::<f32>().is_ok_and(|q| q <= 0.0));
        matches!(name.trim(), "gzip" | "*") && !refused
    })
}

/// Gives an answer what every answer has, where it was not made here.
pub fn secure(headers: &mut HeaderMap) {
    if headers.contains_key(header::STRICT_TRANSPORT_SECURITY) {
        return;
    }
    for (name, value) in ALWAYS.iter() {
        if !headers.contains_key(name) {
            headers.insert(name, value.clone());
        }
    }
}

/// What pages may load: only our own files, and one inline script by its digest.
fn page_policy() -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self' '{INLINE_SCRIPT_SHA256}'; style-src 'self'; \
         img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    );
    HeaderValue::from_str(&policy).expect("plain ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_only_where_it_is_accepted() {
        for (accepted, expected) in [
            ("gzip", true),
            ("br, gzip;q=0.5", true),
            ("*", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0", false),
            ("identity", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, accepted.parse().unwrap());
            assert_eq!(takes_gzip(&headers), expected, "{accepted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
