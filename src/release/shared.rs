//! What every pack of a build shares: the delivery, the tables, the keys, the place to write to.

use std::path::Path;

use aws_lc_rs::hmac;
use jiff::civil::Date;

use super::documents::Documents;
use super::printed::Printed;
use super::workbook::Workbooks;
use crate::blob::manifest::PackEntry;
use crate::blob::pack::{self, Built, Index, Pack, PackId, SectionName};
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

impl<'a> Shared<'a> {
    /// What makes the documents of packs.
    pub fn documents(&self) -> Documents<'a> {
        let (year, release_day, tables) = (self.year, self.release_day, self.tables);
        let printed = Printed { year, release_day, tables };
        Documents { printed, workbooks: Workbooks { tables, release_day } }
    }

    /// The object key of a pack: random to whoever does not hold the secret.
    pub fn key(&self, id: PackId, file: &str) -> String {
        let tag = hmac::sign(&self.reference_key, format!("pack {id:?}").as_bytes());
        format!("releases/{}/{}/1.{file}", self.release, hex(&tag.as_ref()[..16]))
    }

    /// The opaque reference of a pupil.
    pub fn reference(&self, laestab: Laestab, upn: Upn) -> String {
        let text = format!("pupil {laestab} {}", upn.as_str());
        let tag = hmac::sign(&self.reference_key, text.as_bytes());
        hex(&tag.as_ref()[..REFERENCE_BYTES])
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
