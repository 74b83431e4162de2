//! Scripts: one by one as byte ranges of the bundle, or the bundle itself.

use std::sync::Arc;

use http::request::Parts;

use super::files::open;
use super::results::{actor, to_sign_in};
use super::sending::{Named, PDF, Read, Sending, ZIP, attachment};
use crate::delivery::{Pack, Part, ScriptEntry};
use crate::domain::ids::Laestab;
use crate::domain::papers::Paper;
use crate::telemetry::service::DownloadKind;
use crate::web::answer::{Answer, fixed, see_other};
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

/// Which bytes of a bundle.
pub(super) enum Bundled {
    /// All of it.
    Whole,
    /// One script, by its place among the entries.
    Script(usize),
}

/// GET /results/{laestab}/scripts/{ref}-{paper}.pdf
pub async fn script(
    site: &Site,
    visit: &Visit,
    request: &Parts,
    laestab: u32,
    reference: &str,
    paper: &str,
) -> Answer {
    let Some(actor) = actor(visit) else { return to_sign_in(request) };
    let right = actor.right(laestab, || None);
    let (Ok(right), Ok(paper)) = (right, paper.parse::<Paper>()) else {
        return fixed(static_pages::not_found());
    };
    if !right.scripts {
        return fixed(static_pages::not_found());
    }
    let school = Laestab::from_number(laestab).ok();
    let pack = open(site, right.audience, school).and_then(|o| Some((o.pack(right.pack)?, o)));
    let Some((pack, opened)) = pack else { return see_other(&format!("/results/{laestab}")) };
    let entries = pack.index.scripts.as_ref().map_or(&[][..], |scripts| &scripts.entries);
    let wanted =
        |e: &ScriptEntry| e.reference == reference && usize::from(e.paper) == paper.index();
    let Some(place) = entries.iter().position(wanted) else {
        return fixed(static_pages::not_found());
    };
    let scripts = right.scripts;
    let revision = pack.index.revision;
    let sent = Sending { site, visit, actor, opened, revision, school: Some(laestab), scripts };
    bundled(&sent, request, pack, Bundled::Script(place)).await
}

/// Answers with bytes of a bundle through the cache.
pub(super) async fn bundled(
    sending: &Sending<'_>,
    request: &Parts,
    pack: Arc<Pack>,
    what: Bundled,
) -> Answer {
    let Some(scripts) = &pack.index.scripts else { return fixed(static_pages::not_found()) };
    let laestab = sending.school.unwrap_or_default();
    let year = sending.opened.year();
    let (named, start, length, digest) = match what {
        Bundled::Whole => {
            let named = Named {
                kind: DownloadKind::Bundle,
                content_type: ZIP,
                disposition: attachment(&laestab.to_string(), year, "scripts.zip"),
                file: "scripts.zip".into(),
            };
            (named, 0, scripts.length, scripts.digest)
        }
        Bundled::Script(place) => {
            let entry = &scripts.entries[place];
            let name = format!("{}-{}.pdf", entry.reference, Paper::ALL[usize::from(entry.paper)]);
            let named = Named {
                kind: DownloadKind::Script,
                content_type: PDF,
                disposition: format!("inline; filename=\"{laestab}-{name}\""),
                file: name.into(),
            };
            (named, entry.offset, entry.length, entry.digest)
        }
    };
    let etag = ["\"", &tag(&digest), "\""].concat();
    let read = Read {
        cache: &sending.site.scripts,
        pack: &pack,
        part: Part::Scripts,
        at: (start, length),
    };
    sending.streamed(request, named, etag, read).await
}

/// The entity tag of a digest, without quotes.
pub(super) fn tag(digest: &[u8; 32]) -> String {
    crate::domain::hex::hex(&digest[..16])
}
