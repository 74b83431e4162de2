//! Conditional and range requests: what a client already has, and which bytes it wants (RFC 9110).

/// The bytes to send, or why none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it: 200.
    Whole,
    /// Bytes `from..to`: 206.
    Part(u64, u64),
    /// The client has it: 304.
    NotModified,
    /// No such bytes: 416.
    Unsatisfiable,
}

/// What the representation is.
#[derive(Clone, Copy, Debug)]
pub struct Validators<'a> {
    /// Strong entity tag, with its quotes.
    pub etag: &'a str,
    /// `Last-Modified` as it is sent.
    pub last_modified: &'a str,
    /// Length in bytes.
    pub length: u64,
}

/// What the client says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditions<'a> {
    /// `If-None-Match`.
    pub if_none_match: Option<&'a str>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<&'a str>,
    /// `Range`.
    pub range: Option<&'a str>,
    /// `If-Range`.
    pub if_range: Option<&'a str>,
}

/// Decides in the order of RFC 9110 §13.2.2.
pub fn decide(has: Validators<'_>, client: Conditions<'_>) -> Wanted {
    let unchanged = match (client.if_none_match, client.if_modified_since) {
        (Some(tags), _) => tags.split(',').any(|tag| {
            let tag = tag.trim();
            tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == has.etag
        }),
        // Our dates never change, so a client that has one has exactly ours.
        (None, Some(date)) => date == has.last_modified,
        (None, None) => false,
    };
    if unchanged {
        return Wanted::NotModified;
    }
    let Some(range) = client.range else { return Wanted::Whole };
    let stale = client.if_range.is_some_and(|v| v != has.etag && v != has.last_modified);
    if stale { Wanted::Whole } else { parse(range, has.length) }
}

/// One byte range. Several, another unit, or nonsense is ignored, as the standard allows.
fn parse(range: &str, length: u64) -> Wanted {
    let Some((first, last)) = range.trim().strip_prefix("bytes=").and_then(|r| r.split_once('-'))
    else {
        return Wanted::Whole;
    };
    let number = |text: &str| -> Option<u64> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        // A number too large for us is beyond the end all the same.
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (first, last) = (first.trim(), last.trim());
    match (number(first), number(last)) {
        (Some(from), Some(to)) if from <= to => {
            within(from, to.saturating_add(1).min(length), length)
        }
        (Some(from), None) if last.is_empty() => within(from, length, length),
        (None, Some(suffix)) if first.is_empty() => {
            within(length.saturating_sub(suffix), if suffix == 0 { 0 } else { length }, length)
        }
        _ => Wanted::Whole,
    }
}

fn within(from: u64, to: u64, length: u64) -> Wanted {
    if from >= to || from >= length { Wanted::Unsatisfiable } else { Wanted::Part(from, to) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HAS: Validators<'_> =
        Validators { etag: "\"a\"", last_modified: "Tue, 09 Jul 2024 06:30:00 GMT", length: 100 };

    #[track_caller]
    fn check(client: Conditions<'_>, expected: Wanted) {
        assert_eq!(decide(HAS, client), expected);
    }

    #[test]
    fn ranges_are_cut_to_what_there_is() {
        for (range, expected) in [
            ("bytes=0-9", Wanted::Part(0, 10)),
            ("bytes=90-", Wanted::Part(90, 100)),
            ("bytes=-10", Wanted::Part(90, 100)),
            ("bytes=-1000", Wanted::Part(0, 100)),
            ("bytes=0-18446744073709551615", Wanted::Part(0, 100)),
            ("bytes=0-99999999999999999999999", Wanted::Part(0, 100)),
            ("bytes=100-", Wanted::Unsatisfiable),
            ("bytes=-0", Wanted::Unsatisfiable),
            ("bytes=9-3", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
        ] {
            check(Conditions { range: Some(range), ..Conditions::default() }, expected);
        }
    }

    #[test]
    fn validators_decide_before_ranges() {
        let range = Some("bytes=0-9");
        let client = |c: Conditions<'static>| Conditions { range, ..c };
        check(
            client(Conditions { if_none_match: Some("W/\"a\""), ..Default::default() }),
            Wanted::NotModified,
        );
        check(
            client(Conditions { if_none_match: Some("\"b\", *"), ..Default::default() }),
            Wanted::NotModified,
        );
        check(
            client(Conditions { if_range: Some("\"a\""), ..Default::default() }),
            Wanted::Part(0, 10),
        );
        check(
            client(Conditions { if_range: Some("W/\"a\""), ..Default::default() }),
            Wanted::Whole,
        );
        check(client(Conditions { if_range: Some("\"b\""), ..Default::default() }), Wanted::Whole);
        check(
            client(Conditions { if_range: Some(HAS.last_modified), ..Default::default() }),
            Wanted::Part(0, 10),
        );
        let since = Conditions { if_modified_since: Some(HAS.last_modified), ..Default::default() };
        check(since, Wanted::NotModified);
    }
}
