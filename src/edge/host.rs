//! Exactly one valid host for each request.

use http::header::HOST;
use http::{HeaderMap, Uri};

/// Whether the request names exactly one valid host: in its target (absolute form, HTTP/2's
/// `:authority`), in `Host`, or the same in both.
pub(super) fn is_valid(target: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let named = match (hosts.next(), hosts.next()) {
        (_, Some(_)) => return false,
        (Some(value), None) => match parse(value.as_bytes()) {
            Some(host) => Some(host),
            None => return false,
        },
        (None, None) => None,
    };
    match (target.authority(), named) {
        (None, None) => false,
        (None, Some(_)) => true,
        (Some(authority), None) => parse(authority.as_str().as_bytes()).is_some(),
        (Some(authority), Some(named)) => authority.as_str().eq_ignore_ascii_case(named),
    }
}

/// A host with an optional port, and nothing else. Every request comes by here: nothing is copied.
fn parse(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?;
    let host_ends = match text.find(']') {
        Some(bracket) => bracket + 1,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, port) = text.split_at(host_ends);
    let port_is_valid = match port.strip_prefix(':') {
        Some(digits) => digits.parse::<u16>().is_ok() && !digits.starts_with('+'),
        None => port.is_empty(),
    };
    (port_is_valid && is_name(host)).then_some(text)
}

/// A name of letters, digits, dots, hyphens and underscores, or an address in brackets.
fn is_name(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    !host.is_empty() && host.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(target: &str, hosts: &[&str], expected: bool) {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_str(host).unwrap());
        }
        assert_eq!(is_valid(&target.parse().unwrap(), &headers), expected, "{target} {hosts:?}");
    }

    #[test]
    fn one_host_header_is_enough() {
        check("/", &["results.example.org"], true);
        check("/", &["results.example.org:8443"], true);
        check("/", &["127.0.0.1:8443"], true);
        check("/", &["[::1]:8443"], true);
        check("/", &["RESULTS.example.org."], true);
        check("*", &["localhost"], true);
    }

    #[test]
    fn none_or_two_are_refused() {
        check("/", &[], false);
        check("/", &["a.example", "b.example"], false);
        check("/", &["a.example", "a.example"], false);
        check("http://a.example/", &["a.example", "a.example"], false);
    }

    #[test]
    fn an_invalid_one_is_refused() {
        for host in [
            "",
            " ",
            "a b",
            "a.example,b.example",
            "user@a.example",
            "a.example/path",
            "http://a.example",
            "a.example:",
            "a.example:0x50",
            "a.example:99999",
            "a.example:+80",
            "[::1",
            "::1",
            "[zz]",
            "a%2eb",
            "a\"b",
            "<a>",
        ] {
            check("/", &[host], false);
        }
    }

    #[test]
    fn the_target_counts_as_host() {
        check("http://a.example/", &[], true);
        check("https://a.example:8443/x?y", &[], true);
        check("https://user@a.example/", &[], false);
        check("a.example:443", &[], true);
    }

    #[test]
    fn both_must_agree() {
        check("http://a.example/", &["a.example"], true);
        check("http://a.example/", &["A.EXAMPLE"], true);
        check("http://a.example/", &["b.example"], false);
        check("http://a.example:80/", &["a.example"], false);
        check("http://a.example/", &["not valid"], false);
    }
}
