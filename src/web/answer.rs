//! Answers: pages, redirects and prebuilt pages, and the headers that every one of them has.

use axum::body::Body;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};

use super::layout::INLINE_SCRIPT_SHA256;
use super::static_pages::Page;

/// An answer on its way to the client.
pub type Answer = Response<Body>;

/// Seconds after which a client may try again when we are busy.
pub const RETRY_AFTER_SECONDS: u32 = 10;

/// Room for the headers of any answer, so that the map never grows.
const HEADERS: usize = 24;

/// An answer without a body, 200.
pub fn empty() -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.headers_mut() = HeaderMap::with_capacity(HEADERS);
    answer
}

/// A page rendered for one person.
pub fn page(status: StatusCode, html: impl Into<Bytes>) -> Answer {
    let mut answer = empty().map(|_| Body::from(html.into()));
    *answer.status_mut() = status;
    fix(&mut answer, header::CONTENT_TYPE, "text/html; charset=utf-8");
    fix(&mut answer, header::CACHE_CONTROL, "no-store");
    answer
}

/// A prebuilt page.
pub fn fixed((status, page): (StatusCode, &'static Page)) -> Answer {
    let mut answer = empty().map(|_| Body::from(page.html.clone()));
    *answer.status_mut() = status;
    fix(&mut answer, header::CONTENT_TYPE, "text/html; charset=utf-8");
    fix(&mut answer, header::CACHE_CONTROL, "no-store");
    if status == StatusCode::SERVICE_UNAVAILABLE {
        insert(&mut answer, header::RETRY_AFTER, &RETRY_AFTER_SECONDS.to_string());
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

/// JSON that is never kept.
pub fn json(value: &serde_json::Value) -> Answer {
    let mut answer = empty().map(|_| Body::from(value.to_string()));
    fix(&mut answer, header::CONTENT_TYPE, "application/json");
    fix(&mut answer, header::CACHE_CONTROL, "no-store");
    answer
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

/// Headers of every answer, errors included.
pub fn secure(headers: &mut HeaderMap) {
    const ALWAYS: [(HeaderName, &str); 7] = [
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains; preload"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ];
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, page_policy());
    }
}

/// What pages may load: only our own files, and one inline script by its digest.
fn page_policy() -> HeaderValue {
    static POLICY: std::sync::LazyLock<HeaderValue> = std::sync::LazyLock::new(|| {
        let policy = format!(
            "default-src 'none'; script-src 'self' '{INLINE_SCRIPT_SHA256}'; style-src 'self'; \
             img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; \
             frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
        );
        HeaderValue::from_str(&policy).expect("plain ASCII")
    });
    POLICY.clone()
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
