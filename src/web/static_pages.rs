//! Error pages that need nothing: rendered once, served from memory, true whatever has failed.
//!
//! Each says what happened, what became of the answers, what to do next and whom to ask.

use std::io::Write as _;
use std::sync::LazyLock;

use askama::Template;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;

use super::layout::Layout;

/// A finished page in both encodings.
#[derive(Debug)]
pub struct Page {
    /// The page itself.
    pub html: Bytes,
    /// The same, gzipped.
    pub gzip: Bytes,
}

/// What a page says.
#[derive(Template)]
#[template(path = "static.html")]
struct Words {
    layout: Layout,
    paragraphs: &'static [&'static str],
    link: (&'static str, &'static str),
}

const START: (&str, &str) = ("/", "Go to the start page");
const STATUS: (&str, &str) = ("/status", "See how the service is running");

fn page(
    title: &'static str,
    paragraphs: &'static [&'static str],
    link: (&'static str, &'static str),
) -> Page {
    let html = Words { layout: Layout::titled(title), paragraphs, link }.to_string();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(html.as_bytes()).expect("writing to memory");
    let gzip = encoder.finish().expect("writing to memory");
    Page { html: html.into(), gzip: gzip.into() }
}

macro_rules! pages {
    ($($(#[$doc:meta])* $name:ident: $status:ident, $title:literal, $link:ident, [$($words:literal),* $(,)?];)*) => {
        $($(#[$doc])*
        pub fn $name() -> (StatusCode, &'static Page) {
            static PAGE: LazyLock<Page> = LazyLock::new(|| page($title, &[$($words),*], $link));
            (StatusCode::$status, &PAGE)
        })*

        /// Renders every page, so that none is made while the service is in trouble.
        pub fn prepare() {
            all();
        }

        fn all() -> Vec<(StatusCode, &'static Page)> {
            vec![$($name()),*]
        }
    };
}

pages! {
    /// 400: the request cannot be read.
    bad_request: BAD_REQUEST, "Your browser sent something we cannot read", START, [
        "Part of the address or of the form was damaged on its way to us.",
        "Nothing was saved from this page. Everything you saved or sent before is safe.",
        "Go back, check what you entered and send it again now. If you followed a link, begin at the start page instead.",
    ];

    /// 403: not allowed, or a form without the proof that it is ours.
    forbidden: FORBIDDEN, "You cannot open this page", START, [
        "Your account does not have the permission that this page needs, or a form was left open for too long.",
        "Nothing was changed. Everything you saved or sent before is safe.",
        "If you were filling in a form, open it again from the start page and send it now. If you need this page for your work, ask the person who manages accounts in your organisation.",
    ];

    /// 404: no such page, or none that this person may know of.
    not_found: NOT_FOUND, "Page not found", START, [
        "There is no page for you at this address.",
        "Everything you saved or sent before is safe.",
        "If you typed the address, look for a mistake in it and try again now. If you pasted it, make sure that none of it is missing. Most pages can be reached from the start page.",
    ];

    /// 405: the address exists and does not do this.
    not_allowed: METHOD_NOT_ALLOWED, "This page cannot do that", START, [
        "Your browser asked this page for something that it does not do.",
        "Nothing was changed. Everything you saved or sent before is safe.",
        "Open the page again from the start page and continue from there. You can do this now.",
    ];

    /// 413: more than the route accepts.
    too_large: PAYLOAD_TOO_LARGE, "What you sent is too large", START, [
        "The file or the text is larger than this page accepts, so we did not read it.",
        "Nothing was saved from this page. Everything you saved or sent before is safe.",
        "Go back and choose a smaller file, or shorten the text. You can send it again now.",
    ];

    /// 429: more often than any person asks.
    too_often: TOO_MANY_REQUESTS, "You asked for this file too often", START, [
        "Your organisation asked for files of all its schools many hundred times within seconds, which only a program does.",
        "Nothing is lost: the files stay where they are, and everything you saved or sent before is safe.",
        "Load this page again in 1 minute. Results of each school can be opened now.",
    ];

    /// 500: a fault of ours.
    failed: INTERNAL_SERVER_ERROR, "There is a problem with Daybreak", STATUS, [
        "A fault on our side stopped this page. You did nothing wrong.",
        "Answers you saved before are safe. Answers from the last page may not have been saved.",
        "Try again in 5 minutes. Then look at what was saved before you send anything a second time.",
    ];

    /// 503: more people than the service can serve at once.
    busy: SERVICE_UNAVAILABLE, "Daybreak is busy", STATUS, [
        "More people are using Daybreak at this moment than it can serve at once.",
        "Answers you saved before are safe. If you were sending a form, it has not reached us yet.",
        "Load this page again in 1 minute: your browser then sends what you typed once more. Your results and scripts stay where they are, so nothing is lost by waiting.",
    ];

    /// 503: scripts, combined files and reports, while results need what the service has.
    results_first: SERVICE_UNAVAILABLE, "Results go first, so this has to wait", STATUS, [
        "Many schools are reading their results at this moment. What you asked for comes right after them.",
        "Your results can be opened now. Scripts, files and reports are safe where they are, so nothing is lost by waiting.",
        "Load this page again in 1 minute. A download that stopped continues where it was.",
    ];

    /// 429: an organisation has its share of scripts and files on their way.
    share_taken: TOO_MANY_REQUESTS, "Your organisation has many downloads on their way", START, [
        "You and your colleagues are downloading as many files at once as one organisation can.",
        "When one of them is finished or cancelled, this one can begin. The files are safe where they are.",
        "Load this page again in 1 minute. A download that stopped continues where it was.",
    ];

    /// 503: the store of scripts does not answer.
    store_away: SERVICE_UNAVAILABLE, "The scripts cannot be read just now", STATUS, [
        "We cannot reach the place where the test scripts are kept. No script is lost.",
        "Your results can still be opened, and answers you saved before are safe.",
        "Try to open the script again in 5 minutes. A download that stopped continues where it was.",
    ];
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;
    use crate::web::words;

    const BYTES_MAX: usize = 14_000;

    fn html(page: &Page) -> &str {
        std::str::from_utf8(&page.html).unwrap()
    }

    #[test]
    fn each_page_keeps_the_rules_for_words() {
        for (status, page) in all() {
            assert_eq!(words::check(html(page)), Vec::<String>::new(), "{status}");
            let text = words::blocks(html(page)).join(" ").to_lowercase();
            let code = status.as_str();
            for jargon in [code, "server", "request", "http", "null", "database"] {
                assert!(!text.contains(jargon), "{status} says {jargon}");
            }
            let expected = ["safe", "helpline", "minute", "now"];
            assert!(expected[..2].iter().all(|word| text.contains(word)), "{status}");
            assert!(expected[2..].iter().any(|word| text.contains(word)), "{status} names no time");
        }
    }

    #[test]
    fn each_page_is_whole_and_small() {
        for (status, page) in all() {
            let html = html(page);
            assert_eq!(html.matches("<h1").count(), 1, "{status}");
            assert!(html.contains("<html lang=\"en\""), "{status}");
            assert!(html.contains(" – Daybreak</title>"), "{status}");
            assert!(html.len() < BYTES_MAX, "{status} has {} bytes", html.len());
            let mut unpacked = String::new();
            GzDecoder::new(&page.gzip[..]).read_to_string(&mut unpacked).unwrap();
            assert_eq!(unpacked, html, "{status}");
        }
    }

    #[test]
    fn the_two_unavailable_pages_differ() {
        assert_eq!(busy().0, store_away().0);
        assert_ne!(busy().1.html, store_away().1.html);
    }
}
