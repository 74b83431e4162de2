//! What every pack of a build shares: the delivery, the tables, the keys, the place to write to.

use std::collections::HashMap;
use std::path::Path;

use aws_lc_rs::hmac;
use jiff::civil::Date;

use super::bundle::Before;
use super::documents::Documents;
use super::printed::Printed;
use super::workbook::Workbooks;
use super::{Order, Source};
use crate::blob::manifest::PackEntry;
use crate::blob::pack::{self, Built, Index, Pack, PackId, ScriptsIndex, SectionName};
use crate::blob::page::PupilsPage;
use crate::blob::{BlobError, Blobs};
use crate::domain::hex::hex;
use crate::domain::ids::{Laestab, Upn};
use crate::domain::scores::ConversionTable;
use crate::intake::delivery::Delivery;

/// Bytes of a pupil's reference.
const REFERENCE_BYTES: usize = 10;

/// What every pack of a build shares.
#[derive(Debug)]
pub struct Shared<'a> {
    /// Release name.
    pub release: &'a str,
    /// 1 for the release as it is first built, more for corrections.
    pub revision: u32,
    /// Why it is corrected.
    pub reason: &'a str,
    /// The packs of the revision before; none when there is none.
    pub before: HashMap<PackId, PackEntry>,
    /// Cycle.
    pub year: u16,
    /// Folder of the delivery.
    pub folder: &'a Path,
    /// What was delivered.
    pub delivery: &'a Delivery,
    /// The year's tables.
    pub tables: &'a [ConversionTable; 3],
    /// Where packs go.
    pub blobs: &'a Blobs,
    /// Secret of keys and references.
    pub reference_key: hmac::Key,
    /// Schools get their results then; trust membership is that of this day.
    pub release_day: Date,
    /// Digest over year, day and tables, which all packs show: another is another pack.
    pub facts_digest: [u8; 32],
}

/// Which revision is built, and on what.
#[derive(Debug)]
pub struct Revised<'a> {
    /// 1 for the release as it is first built, more for corrections.
    pub revision: u32,
    /// Why it is corrected, for the schools to read.
    pub reason: &'a str,
    /// The packs of the revision before.
    pub before: HashMap<PackId, PackEntry>,
}

impl Revised<'_> {
    /// The release as it is first built.
    pub fn first() -> Self {
        Self { revision: 1, reason: "", before: HashMap::new() }
    }
}

impl<'a> Shared<'a> {
    /// What the packs of a revision share.
    pub fn new(order: &Order<'a>, source: Source<'a>, revised: Revised<'a>) -> Self {
        let Revised { revision, reason, before } = revised;
        let Source { folder, delivery, tables, blobs } = source;
        let facts = format!("{} {} {tables:?}", order.year, order.release_day);
        Self {
            release: order.release,
            revision,
            reason,
            before,
            year: order.year,
            folder,
            delivery,
            tables,
            blobs,
            reference_key: hmac::Key::new(hmac::HMAC_SHA256, order.reference_key),
            release_day: order.release_day,
            facts_digest: pack::sha256(facts.as_bytes()),
        }
    }

    /// What makes the documents of packs.
    pub fn documents(&self) -> Documents<'a> {
        let (year, release_day, tables) = (self.year, self.release_day, self.tables);
        let printed = Printed { year, release_day, tables };
        Documents { printed, workbooks: Workbooks { tables, release_day } }
    }

    /// The object key of a pack: random to whoever does not hold the secret.
    pub fn key(&self, id: PackId, file: &str) -> String {
        let tag = hmac::sign(&self.reference_key, format!("pack {id:?}").as_bytes());
        let (release, revision) = (self.release, self.revision);
        format!("releases/{release}/{}/{revision}.{file}", hex(&tag.as_ref()[..16]))
    }

    /// The opaque reference of a pupil.
    pub fn reference(&self, laestab: Laestab, upn: Upn) -> String {
        let text = format!("pupil {laestab} {}", upn.as_str());
        let tag = hmac::sign(&self.reference_key, text.as_bytes());
        hex(&tag.as_ref()[..REFERENCE_BYTES])
    }

    /// A school or secondary as the revision before has it; none when that has none.
    pub async fn school_before(&self, id: PackId) -> Result<Option<Before>, BlobError> {
        let Some(entry) = self.before.get(&id) else { return Ok(None) };
        let pack = entry.open(self.blobs).await?;
        let page = read_page(&entry.key, &pack)?;
        Ok(Some(Before { pack, page }))
    }

    /// The index of a pack of this revision, still without sections.
    pub fn index(
        &self,
        id: PackId,
        inputs: [u8; 32],
        scripts: Option<ScriptsIndex>,
        schools: Vec<u32>,
    ) -> Index {
        Index {
            id,
            revision: self.revision,
            inputs,
            sections: Vec::new(),
            scripts,
            schools,
            reconciliation: None,
        }
    }

    /// The pack that an earlier run of this build finished at every copy, if it was made from the same inputs.
    pub async fn finished(
        &self,
        id: PackId,
        inputs: &[u8; 32],
    ) -> Result<Option<(PackEntry, Index)>, BlobError> {
        let mut found = None;
        for copy in self.blobs.copies() {
            found = self.finished_at(&copy, id, inputs).await?;
            if found.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn finished_at(
        &self,
        copy: &Blobs,
        id: PackId,
        inputs: &[u8; 32],
    ) -> Result<Option<(PackEntry, Index)>, BlobError> {
        let key = self.key(id, "results");
        let object = match copy.get(&key).await {
            Ok(object) => object,
            Err(BlobError::Missing(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Ok((index, index_digest, _)) = pack::read_index(&object) else { return Ok(None) };
        let opened = Pack::open(&key, &object, id, &index_digest).ok();
        let same = |pack: &Pack| pack.index.inputs == *inputs && pack.is_whole(&object);
        Ok(opened.filter(same).map(|pack| {
            let (length, pinned_length) = (object.len() as u64, pack.pinned_length());
            (PackEntry { id, key, length, pinned_length, index_digest }, index)
        }))
    }

    /// Writes a pack and gives its line of the manifest.
    pub async fn write(
        &self,
        index: Index,
        files: &[(SectionName, Vec<u8>)],
    ) -> Result<PackEntry, BlobError> {
        let id = index.id;
        let key = self.key(id, "results");
        let Built { object, pinned_length, index_digest } = pack::build(index, files);
        let length = object.len() as u64;
        self.blobs.put(&key, object.into()).await?;
        Ok(PackEntry { id, key, length, pinned_length, index_digest })
    }
}

/// The page of a school's or secondary's pack.
pub fn read_page(key: &str, pack: &Pack) -> Result<PupilsPage, BlobError> {
    let damaged = |what: &str| BlobError::Damaged { key: key.to_owned(), what: what.to_owned() };
    let section = pack.section(SectionName::Page).ok_or_else(|| damaged("it has no page"))?;
    let text = pack.identity(section).map_err(|bad| damaged(&bad.to_string()))?;
    serde_json::from_slice(&text).map_err(|_| damaged("its page is unreadable"))
}
