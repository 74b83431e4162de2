//! A download on its way: validators and ranges, headers, journal, body.

use std::sync::Arc;

use axum::body::Body;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use http_body_util::Full;

use crate::delivery::cache::{BlockCache, Reading};
use crate::delivery::gate::Opened;
use crate::delivery::ranges::{Conditions, Validators, Wanted, decide};
use crate::delivery::{Pack, Part};
use crate::service::grants::{Given, Grant};
use crate::service::results::Actor;
use crate::telemetry::service::DownloadKind;
use crate::web::answer::{Answer, empty, fix, fixed, insert};
use crate::web::body::Counted;
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

/// A file on its way to somebody.
pub(super) struct Sending<'a> {
    pub(super) site: &'a Site,
    pub(super) visit: &'a Visit,
    pub(super) actor: &'a Actor,
    pub(super) opened: Opened,
    pub(super) school: Option<u32>,
    /// Whether the actor may open its scripts.
    pub(super) scripts: bool,
}

/// What a file is called and what it is.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) kind: DownloadKind,
    pub(super) content_type: &'static str,
    pub(super) disposition: String,
    /// Its name in the journal.
    pub(super) file: String,
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
        named: &Named,
        etag: &str,
        read: Read<'_>,
    ) -> Answer {
        let (start, length) = read.at;
        let (mut answer, wanted) = self.head(request, named, etag, length);
        let Some((from, to)) = wanted else { return answer };
        let pack = Arc::clone(read.pack);
        let reading = read.cache.read(pack, read.part, start + from, start + to).await;
        let Ok(reading) = reading else {
            self.site.metrics.download_failed(named.kind);
            return fixed(static_pages::store_away());
        };
        let grant = self.grant(named, from, to);
        *answer.body_mut() = match reading {
            Reading::Piece(bytes) => Body::new(Counted::new(Full::new(bytes), grant)),
            Reading::Stream(pieces) => Body::new(Counted::new(Body::from_stream(pieces), grant)),
        };
        answer
    }

    /// Status and headers of a download, and the bytes to send with them, if any.
    pub(super) fn head(
        &self,
        request: &Parts,
        named: &Named,
        etag: &str,
        length: u64,
    ) -> (Answer, Option<(u64, u64)>) {
        let last_modified = self.opened.last_modified();
        let has = Validators { etag, last_modified, length };
        let wanted = decide(has, conditions(&request.headers));
        let mut answer = empty();
        insert(&mut answer, header::ETAG, etag);
        insert(&mut answer, header::LAST_MODIFIED, last_modified);
        fix(&mut answer, header::CACHE_CONTROL, "no-store");
        fix(&mut answer, header::ACCEPT_RANGES, "bytes");
        let (status, part) = match wanted {
            Wanted::Whole => (StatusCode::OK, Some((0, length))),
            Wanted::Part(from, to) => (StatusCode::PARTIAL_CONTENT, Some((from, to))),
            Wanted::NotModified => (StatusCode::NOT_MODIFIED, None),
            Wanted::Unsatisfiable => (StatusCode::RANGE_NOT_SATISFIABLE, None),
        };
        *answer.status_mut() = status;
        if let Wanted::Unsatisfiable = wanted {
            insert(&mut answer, header::CONTENT_RANGE, &format!("bytes */{length}"));
        }
        let Some((from, to)) = part else { return (answer, None) };
        if let Wanted::Part(from, to) = wanted {
            let range = format!("bytes {from}-{}/{length}", to - 1);
            insert(&mut answer, header::CONTENT_RANGE, &range);
        }
        fix(&mut answer, header::CONTENT_TYPE, named.content_type);
        insert(&mut answer, header::CONTENT_DISPOSITION, &named.disposition);
        insert(&mut answer, header::CONTENT_LENGTH, &(to - from).to_string());
        fix(
            &mut answer,
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        );
        let body = !self.visit.is_head && to > from;
        (answer, body.then_some((from, to)))
    }

    /// Journals what is about to be sent.
    pub(super) fn grant(&self, named: &Named, from: u64, to: u64) -> Grant {
        let given = Given {
            kind: named.kind,
            school: self.school,
            file: named.file.clone(),
            release: self.opened.release().to_owned(),
            bytes: (from, to - from),
        };
        self.site.grants.grant(self.actor, self.visit.client.address, given)
    }
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
