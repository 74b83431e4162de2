//! Files of results: from memory gzipped where the client takes it, or through a cache; by range where it asks.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::request::Parts;
use http_body_util::Full;

use super::results::{actor, to_sign_in};
use super::scripts::{Bundled, bundled};
use super::sending::{Named, PDF, Read, Sending, attachment};
use crate::admission::Limit;
use crate::delivery::gate::{Closed, Opened};
use crate::delivery::{BadPack, Pack, Part, Section, SectionName, filter};
use crate::domain::calendar::Audience;
use crate::domain::ids::Laestab;
use crate::service::waiting::school_hash;
use crate::telemetry::service::DownloadKind;
use crate::web::answer::{Answer, fix, fixed, see_other, takes_gzip};
use crate::web::body::Counted;
use crate::web::router::File;
use crate::web::serve::Visit;
use crate::web::{Site, later, static_pages};

/// GET /results/{laestab}/{file}, for a file that is in memory
pub fn file(site: &Site, visit: &Visit, request: &Parts, laestab: u32, file: File) -> Answer {
    match of_school(site, visit, request, laestab, file) {
        Ok((sending, pack)) => sending.in_memory(request, &pack, file),
        Err(instead) => *instead,
    }
}

/// GET /results/{laestab}/{file}, for a file that comes through a cache
pub async fn through_cache(
    site: &Site,
    visit: &Visit,
    request: &Parts,
    laestab: u32,
    file: File,
) -> Answer {
    match of_school(site, visit, request, laestab, file) {
        Ok((sending, pack)) if file == File::Bundle => {
            bundled(&sending, request, pack, Bundled::Whole).await
        }
        Ok((sending, pack)) => sending.document(request, &pack, file).await,
        Err(instead) => *instead,
    }
}

/// What somebody is about to be sent of a school, or what they are answered instead.
fn of_school<'a>(
    site: &'a Site,
    visit: &'a Visit,
    request: &Parts,
    laestab: u32,
    file: File,
) -> Result<(Sending<'a>, Arc<Pack>), Box<Answer>> {
    let Some(actor) = actor(visit) else { return Err(Box::new(to_sign_in(request))) };
    let not_found = || Box::new(fixed(static_pages::not_found()));
    let right = actor.right(laestab, || site.gate.outline()).map_err(|_| not_found())?;
    if file == File::Bundle && !right.scripts {
        return Err(not_found());
    }
    let elsewhere = || Box::new(see_other(&format!("/results/{laestab}")));
    let school = Laestab::from_number(laestab).ok();
    let opened = open(site, right.audience, school).ok_or_else(elsewhere)?;
    let pack = opened.pack(right.pack).ok_or_else(elsewhere)?;
    let (scripts, revision) = (right.scripts, pack.index.revision);
    Ok((Sending { site, visit, actor, opened, revision, school: Some(laestab), scripts }, pack))
}

/// GET /results/all.csv, /results/all-with-ta.csv, /results/all.xlsx, /results/all.pdf
pub async fn all(site: &Site, visit: &Visit, request: &Parts, file: File) -> Answer {
    let Some(actor) = actor(visit) else { return to_sign_in(request) };
    let (Some(audience), Some(group)) = (actor.audience(), actor.group()) else {
        return fixed(static_pages::not_found());
    };
    let organisation = school_hash(actor.organisation.id);
    if let Err(slow) = site.waiting.limited(Limit::Organisation, organisation) {
        return later::slowed(slow, &request.headers);
    }
    let Some(opened) = open(site, audience, None) else { return see_other("/results") };
    let Some(pack) = opened.pack(group) else { return see_other("/results") };
    let revision = pack.index.revision;
    let sent = Sending { site, visit, actor, opened, revision, school: None, scripts: false };
    if file.is_in_memory() {
        sent.in_memory(request, &pack, file)
    } else {
        sent.document(request, &pack, file).await
    }
}

/// Section, content type and name of a file; a bundle has none.
fn described(file: File) -> Option<(SectionName, HeaderValue, &'static str)> {
    const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");
    const XML: HeaderValue = HeaderValue::from_static("application/xml; charset=utf-8");
    const XLSX: HeaderValue = HeaderValue::from_static(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    );
    match file {
        File::Csv => Some((SectionName::Csv, CSV, "results.csv")),
        File::CsvWithTa => Some((SectionName::CsvWithTa, CSV, "results-with-ta.csv")),
        File::Ctf => Some((SectionName::Ctf, XML, "results.xml")),
        File::Xlsx => Some((SectionName::Xlsx, XLSX, "results.xlsx")),
        File::Pdf => Some((SectionName::Pdf, PDF, "results.pdf")),
        File::Bundle => None,
    }
}

/// The release when it is open; a look before its instant is counted.
pub(super) fn open(site: &Site, audience: Audience, school: Option<Laestab>) -> Option<Opened> {
    match site.gate.open(audience, school) {
        Ok(opened) => Some(opened),
        Err(closed) => {
            if matches!(closed, Closed::Before(_)) {
                site.metrics.embargo_refusals.inc();
            }
            None
        }
    }
}

/// A section with its name, and the schools whose rows are left out of it.
type Prepared<'p> = (&'p Section, Named, Option<BTreeSet<u32>>);

impl Sending<'_> {
    /// The section of a file with its name, and the schools whose rows are left out of it.
    fn prepared<'p>(&self, pack: &'p Pack, file: File) -> Result<Prepared<'p>, Box<Answer>> {
        let described = described(file).and_then(|(name, content_type, word)| {
            Some((pack.section_for(name, self.scripts)?, content_type, word))
        });
        let Some((section, content_type, word)) = described else {
            return Err(Box::new(fixed(static_pages::not_found())));
        };
        let held = self.site.gate.held(&self.opened);
        let touched = pack.index.schools.iter().any(|school| held.contains(school));
        // Only rows that name their school can be left out; other files cannot be sent in part.
        if touched && !section.name.is_cuttable() {
            return Err(Box::new(see_other("/results")));
        }
        let prefix = self.school.map_or_else(|| "all".to_owned(), |school| school.to_string());
        let named = Named {
            kind: DownloadKind::Results,
            content_type,
            disposition: attachment(&prefix, self.opened.year(), word),
            file: word.into(),
        };
        Ok((section, named, touched.then_some(held)))
    }

    /// Answers with a section that is read when somebody asks.
    async fn document(&self, request: &Parts, pack: &Arc<Pack>, file: File) -> Answer {
        match self.prepared(pack, file) {
            Ok((section, named, _)) => {
                let etag = ["\"", &super::scripts::tag(&section.identity_digest), "\""].concat();
                let part = Part::Section(section.name);
                let at = (0, section.length);
                let read = Read { cache: &self.site.documents, pack, part, at };
                self.streamed(request, named, etag, read).await
            }
            Err(instead) => *instead,
        }
    }

    /// Answers with a section that is in memory, without the rows of schools that are held.
    fn in_memory(&self, request: &Parts, pack: &Pack, file: File) -> Answer {
        let (section, mut named, cut) = match self.prepared(pack, file) {
            Ok(prepared) => prepared,
            Err(instead) => return *instead,
        };
        let whole = cut.is_none() && !request.headers.contains_key(header::RANGE);
        let gzip = whole && takes_gzip(&request.headers);
        let Ok((bytes, etag)) = form(pack, section, cut.as_ref(), gzip) else {
            return fixed(static_pages::store_away());
        };
        let length = bytes.as_ref().map_or(section.identity_length, |bytes| bytes.len() as u64);
        let (mut answer, wanted) = self.head(request, &mut named, etag, length);
        fix(&mut answer, header::VARY, "Accept-Encoding");
        if gzip {
            fix(&mut answer, header::CONTENT_ENCODING, "gzip");
        }
        let Some((from, to)) = wanted else { return answer };
        let part = match bytes {
            Some(bytes) => bytes.slice(index(from)..index(to)),
            None => match pack.identity_part(section, from, to) {
                Ok(part) => part.into(),
                Err(_) => return fixed(static_pages::store_away()),
            },
        };
        let grant = self.grant(named, from, to);
        *answer.body_mut() = Body::new(Counted::new(Full::new(part), grant));
        answer
    }
}

/// The form of a section that is sent, with its entity tag. None is the identity form of all of it, which is
/// inflated once it is known how much of it is wanted.
fn form(
    pack: &Pack,
    section: &Section,
    cut: Option<&BTreeSet<u32>>,
    gzip: bool,
) -> Result<(Option<Bytes>, String), BadPack> {
    let tag = super::scripts::tag(&section.identity_digest);
    Ok(match cut {
        Some(held) => {
            let left = filter::without_schools(&pack.identity(section)?, held);
            (Some(left.into()), format!("\"{tag}-{}\"", filter::tag(held)))
        }
        None if gzip => (Some(pack.gzipped(section)), format!("\"{tag}-gz\"")),
        None => (None, ["\"", &tag, "\""].concat()),
    })
}

/// A place in something that is in memory.
fn index(place: u64) -> usize {
    usize::try_from(place).expect("within something in memory")
}
