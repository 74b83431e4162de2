//! A download on its way: validators and ranges, headers, journal, body.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use axum::body::Body;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::Full;
use serde_json::json;

use crate::admission::{Class, whole_seconds_up};
use crate::delivery::cache::{BlockCache, Reading};
use crate::delivery::gate::Opened;
use crate::delivery::lane::{Downloader, Later, Way};
use crate::delivery::ranges::{Conditions, Validators, Wanted, decide};
use crate::delivery::{Pack, Part};
use crate::service::grants::{Given, Grant};
use crate::service::results::Actor;
use crate::telemetry::service::DownloadKind;
use crate::web::answer::{Answer, fixed, give, headed, laid_down, number, page};
use crate::web::body::Counted;
use crate::web::later::{problem, wants_page};
use crate::web::pages::frame;
use crate::web::pages::scripts::Promised;
use crate::web::serve::{REQUEST_ID, Visit};
use crate::web::{Site, static_pages};

/// A file on its way to somebody.
pub(super) struct Sending<'a> {
    pub(super) site: &'a Site,
    pub(super) visit: &'a Visit,
    pub(super) actor: &'a Actor,
    pub(super) opened: Opened,
    /// The revision that the pack is of.
    pub(super) revision: u32,
    pub(super) school: Option<u32>,
    /// Whether the actor may open its scripts.
    pub(super) scripts: bool,
}

/// What a file is called and what it is.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) kind: DownloadKind,
    pub(super) content_type: HeaderValue,
    pub(super) disposition: String,
    /// Its name in the journal.
    pub(super) file: Cow<'static, str>,
}

/// Types of files that come through a cache.
pub(super) const ZIP: HeaderValue = HeaderValue::from_static("application/zip");
pub(super) const PDF: HeaderValue = HeaderValue::from_static("application/pdf");

/// Headers of a file of which nothing is sent.
static NOTHING_SENT: LazyLock<HeaderMap> = LazyLock::new(|| {
    laid_down(&[(header::CACHE_CONTROL, "no-store"), (header::ACCEPT_RANGES, "bytes")])
});
/// Headers of a file. What differs from one to the next has its place already, so that the map need not grow.
static SENT: LazyLock<HeaderMap> = LazyLock::new(|| {
    laid_down(&[
        (header::CACHE_CONTROL, "no-store"),
        (header::ACCEPT_RANGES, "bytes"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::ETAG, ""),
        (header::LAST_MODIFIED, ""),
        (header::CONTENT_TYPE, ""),
        (header::CONTENT_DISPOSITION, ""),
        (header::CONTENT_LENGTH, ""),
        (REQUEST_ID, ""),
    ])
});

/// How a file is kept: under its school or group, its year and its name.
pub(super) fn attachment(whose: &str, year: u16, name: &str) -> String {
    ["attachment; filename=\"", whose, "-", &year.to_string(), "-", name, "\""].concat()
}

/// What is read through a cache: bytes of a part of a pack, by first byte and length.
pub(super) struct Read<'a> {
    pub(super) cache: &'a BlockCache,
    pub(super) pack: &'a Arc<Pack>,
    pub(super) part: Part,
    pub(super) at: (u64, u64),
}

impl Sending<'_> {
    /// Answers with bytes that are not in memory, through a cache.
    pub(super) async fn streamed(
        &self,
        request: &Parts,
        mut named: Named,
        etag: String,
        read: Read<'_>,
    ) -> Answer {
        let ((start, length), kind) = (read.at, named.kind);
        let (mut answer, wanted) = self.head(request, &mut named, etag, length);
        let Some((from, to)) = wanted else { return answer };
        let way = match self.way(kind, to - from) {
            Ok(way) => way,
            Err(later) => return self.later(later, request),
        };
        let pack = Arc::clone(read.pack);
        let reading = read.cache.read(pack, read.part, start + from, start + to).await;
        let Ok(reading) = reading else {
            self.site.metrics.download_failed(kind);
            return fixed(static_pages::store_away());
        };
        let grant = self.grant(named, from, to);
        *answer.body_mut() = match way.paced(reading) {
            Reading::Piece(bytes) => Body::new(Counted::new(Full::new(bytes), grant)),
            Reading::Stream(pieces) => Body::new(Counted::new(Body::from_stream(pieces), grant)),
        };
        answer
    }

    /// How the bytes of a file go: scripts on their lane, everything else past it.
    fn way(&self, kind: DownloadKind, bytes: u64) -> Result<Way, Later> {
        let lane = &self.site.lane;
        match (kind, self.school) {
            (DownloadKind::Bundle, Some(school)) => {
                lane.bundle(Downloader { school, session: self.actor.session }, bytes)
            }
            (DownloadKind::Script, Some(school)) => Ok(lane.script(school)),
            _ => Ok(Way::FREE),
        }
    }

    /// The school's bundle is on its way to somebody else: when this one begins.
    fn later(&self, later: Later, request: &Parts) -> Answer {
        self.site.waiting.metrics().shed(Class::Scripts.label());
        let seconds = whole_seconds_up(later.wait).max(1);
        let base = format!("/results/{}", self.school.unwrap_or_default());
        let status = StatusCode::SERVICE_UNAVAILABLE;
        if !wants_page(&request.headers) {
            let title = "Somebody else of the school is downloading its scripts";
            return problem(status, "scripts", title, seconds, json!({ "class": "scripts" }));
        }
        let layout = frame(self.site, self.visit, Promised::TITLE);
        let html = Promised::new(layout, base, seconds, self.site.node.clock.now()).to_string();
        let mut answer = page(status, html);
        number(&mut answer, header::RETRY_AFTER, seconds);
        answer
    }

    /// Status and headers of a download, which take type and disposition, and the bytes to send with them, if any.
    pub(super) fn head(
        &self,
        request: &Parts,
        named: &mut Named,
        etag: String,
        length: u64,
    ) -> (Answer, Option<(u64, u64)>) {
        let last_modified = self.opened.last_modified(self.revision);
        let text = last_modified.to_str().unwrap_or_default();
        let has = Validators { etag: &etag, last_modified: text, length };
        let wanted = decide(has, conditions(&request.headers));
        let (status, headers, part) = match wanted {
            Wanted::Whole => (StatusCode::OK, &SENT, Some((0, length))),
            Wanted::Part(from, to) => (StatusCode::PARTIAL_CONTENT, &SENT, Some((from, to))),
            Wanted::NotModified => (StatusCode::NOT_MODIFIED, &NOTHING_SENT, None),
            Wanted::Unsatisfiable => (StatusCode::RANGE_NOT_SATISFIABLE, &NOTHING_SENT, None),
        };
        let mut answer = headed(headers);
        *answer.status_mut() = status;
        give(&mut answer, header::ETAG, etag);
        answer.headers_mut().insert(header::LAST_MODIFIED, last_modified);
        if let Wanted::Unsatisfiable = wanted {
            give(&mut answer, header::CONTENT_RANGE, format!("bytes */{length}"));
        }
        let Some((from, to)) = part else { return (answer, None) };
        if let Wanted::Part(from, to) = wanted {
            give(&mut answer, header::CONTENT_RANGE, content_range(from, to, length));
        }
        answer.headers_mut().insert(header::CONTENT_TYPE, named.content_type.clone());
        give(&mut answer, header::CONTENT_DISPOSITION, std::mem::take(&mut named.disposition));
        give(&mut answer, header::CONTENT_LENGTH, (to - from).to_string());
        let body = !self.visit.is_head && to > from;
        (answer, body.then_some((from, to)))
    }

    /// Journals what is about to be sent.
    pub(super) fn grant(&self, named: Named, from: u64, to: u64) -> Grant {
        let given = Given {
            kind: named.kind,
            school: self.school,
            file: named.file,
            release: self.opened.release().to_owned(),
            bytes: (from, to - from),
        };
        self.site.grants.grant(self.actor, self.visit.client.address, given)
    }
}

/// Bytes `from..to` of so many, as the header names them.
fn content_range(from: u64, to: u64, length: u64) -> String {
    let [from, last, length] = [from, to - 1, length].map(|number| number.to_string());
    ["bytes ", &from, "-", &last, "/", &length].concat()
}

fn conditions(headers: &HeaderMap) -> Conditions<'_> {
    let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    Conditions {
        if_none_match: text(header::IF_NONE_MATCH),
        if_modified_since: text(header::IF_MODIFIED_SINCE),
        range: text(header::RANGE),
        if_range: text(header::IF_RANGE),
    }
}
