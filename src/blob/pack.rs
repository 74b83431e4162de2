//! A pack: one object with all small files of one organisation, its index first, every part with a digest.
//!
//! Layout: magic (16 bytes), length of the index (4, big-endian), index (JSON), sections one after the other.

use std::io::{Read, Write};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

mod encoding;

use encoding::bytes_text;
pub(super) use encoding::digest_text;

/// First bytes of every pack.
const MAGIC: &[u8; 16] = b"DAYBREAK PACK 1\n";
/// Bytes before the index.
const HEAD_BYTES: usize = MAGIC.len() + 4;
/// Largest index, in bytes.
const INDEX_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Largest section once inflated, in bytes.
const SECTION_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// A script bundle is digested and cached in blocks of this many bytes.
pub const BLOCK_BYTES: u64 = 1024 * 1024;

/// Whose pack it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackId {
    /// A school's own results, by DfE number.
    School(u32),
    /// The schools of an authority, by its code.
    Authority(u32),
    /// The schools of a trust, by Group UID.
    Trust(u32),
    /// The incoming pupils of a secondary, by its DfE number.
    Secondary(u32),
}

/// A file within a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SectionName {
    /// What the page shows.
    Page,
    /// `results.csv`.
    Csv,
    /// `results-with-ta.csv`.
    CsvWithTa,
    /// `results.xml`, a common transfer file.
    Ctf,
}

impl SectionName {
    /// Every section, in the order in which packs hold them.
    pub const ALL: [Self; 4] = [Self::Page, Self::Csv, Self::CsvWithTa, Self::Ctf];
}

/// Where a section lies. It is stored gzipped; the identity form is inflated on demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Which file.
    pub name: SectionName,
    /// First byte after the index.
    pub offset: u64,
    /// Length of the gzipped form.
    pub length: u64,
    /// Length of the identity form.
    pub identity_length: u64,
    /// SHA-256 of the gzipped form.
    #[serde(with = "digest_text")]
    pub digest: [u8; 32],
    /// SHA-256 of the identity form.
    #[serde(with = "digest_text")]
    pub identity_digest: [u8; 32],
}

/// One script within the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptEntry {
    /// Opaque reference of the pupil.
    pub reference: String,
    /// Place of the paper in `Paper::ALL`.
    pub paper: u8,
    /// First byte of the PDF in the bundle.
    pub offset: u64,
    /// Its length.
    pub length: u64,
    /// Its SHA-256.
    #[serde(with = "digest_text")]
    pub digest: [u8; 32],
}

/// The bundle of a school's scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptsIndex {
    /// Object that holds it.
    pub key: String,
    /// Its length in bytes.
    pub length: u64,
    /// SHA-256 of the whole.
    #[serde(with = "digest_text")]
    pub digest: [u8; 32],
    /// SHA-256 of each block of [`BLOCK_BYTES`], one after the other.
    #[serde(with = "bytes_text")]
    pub blocks: Vec<u8>,
    /// Scripts in the order of the bundle.
    pub entries: Vec<ScriptEntry>,
}

impl ScriptsIndex {
    /// The digest of a block.
    pub fn block(&self, number: u64) -> Option<&[u8]> {
        let start = usize::try_from(number).ok()?.checked_mul(32)?;
        self.blocks.get(start..start + 32)
    }
}

/// The index of a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Whose it is: a pack in another's place is refused.
    pub id: PackId,
    /// Rises with each correction.
    pub revision: u32,
    /// SHA-256 of everything that it was made from, so that a build can go on where it stopped.
    #[serde(with = "digest_text")]
    pub inputs: [u8; 32],
    /// Files.
    pub sections: Vec<Section>,
    /// The school's scripts, where it has any.
    pub scripts: Option<ScriptsIndex>,
    /// The schools of an authority or trust; for a secondary, those that its pupils come from.
    pub schools: Vec<u32>,
}

/// A pack whose every byte has been checked.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Its index.
    pub index: Index,
    sections: Bytes,
}

/// What is wrong with a pack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPack {
    /// Not a pack, or cut off.
    #[error("it is not a pack or is cut off")]
    Shape,
    /// The index is not the one of the manifest.
    #[error("its index does not match the manifest")]
    Index,
    /// A section is damaged.
    #[error("section {0:?} does not match its digest")]
    Section(SectionName),
    /// It is another organisation's.
    #[error("it belongs to {0:?}")]
    Foreign(PackId),
}

/// Puts a pack together: the object's bytes, and the digest of head and index for the manifest.
pub fn build(mut index: Index, files: &[(SectionName, Vec<u8>)]) -> (Vec<u8>, [u8; 32]) {
    let mut body = Vec::new();
    for (name, identity) in files {
        let gzipped = gzip(identity);
        index.sections.push(Section {
            name: *name,
            offset: body.len() as u64,
            length: gzipped.len() as u64,
            identity_length: identity.len() as u64,
            digest: sha256(&gzipped),
            identity_digest: sha256(identity),
        });
        body.extend_from_slice(&gzipped);
    }
    let text = serde_json::to_vec(&index).expect("an index is plain data");
    let mut object = Vec::with_capacity(HEAD_BYTES + text.len() + body.len());
    object.extend_from_slice(MAGIC);
    object.extend_from_slice(&u32::try_from(text.len()).expect("below 4 GiB").to_be_bytes());
    object.extend_from_slice(&text);
    let index_digest = sha256(&object);
    object.extend_from_slice(&body);
    (object, index_digest)
}

/// Splits an object into its index, the digest of head and index, and where the sections begin.
pub fn read_index(object: &[u8]) -> Result<(Index, [u8; 32], usize), BadPack> {
    let head = object.get(..HEAD_BYTES).ok_or(BadPack::Shape)?;
    let (magic, length) = head.split_at(MAGIC.len());
    let length = u32::from_be_bytes(length.try_into().expect("four bytes")) as usize;
    if magic != MAGIC || length > INDEX_BYTES_MAX {
        return Err(BadPack::Shape);
    }
    let end = HEAD_BYTES + length;
    let text = object.get(HEAD_BYTES..end).ok_or(BadPack::Shape)?;
    let index = serde_json::from_slice(text).map_err(|_| BadPack::Index)?;
    Ok((index, sha256(&object[..end]), end))
}

impl Pack {
    /// Reads and checks a whole object: the manifest's digest, the owner, and every section.
    pub fn open(object: &Bytes, id: PackId, index_digest: &[u8; 32]) -> Result<Self, BadPack> {
        let (index, found, start) = read_index(object)?;
        if found != *index_digest {
            return Err(BadPack::Index);
        }
        if index.id != id {
            return Err(BadPack::Foreign(index.id));
        }
        // A copy: the pack is pinned for the year, the index text and the read buffer are not.
        let pack = Self { sections: Bytes::copy_from_slice(&object[start..]), index };
        for section in &pack.index.sections {
            let stored = pack.stored(section).ok_or(BadPack::Shape)?;
            if sha256(&stored) != section.digest {
                return Err(BadPack::Section(section.name));
            }
        }
        Ok(pack)
    }

    /// The section of a name.
    pub fn section(&self, name: SectionName) -> Option<&Section> {
        self.index.sections.iter().find(|section| section.name == name)
    }

    /// The gzipped form of a section, by reference.
    pub fn gzipped(&self, section: &Section) -> Bytes {
        self.stored(section).expect("checked when the pack was opened")
    }

    /// The identity form of a section, inflated.
    pub fn identity(&self, section: &Section) -> Result<Vec<u8>, BadPack> {
        let stored = self.gzipped(section);
        let mut identity = Vec::new();
        let read =
            GzDecoder::new(stored.as_ref()).take(SECTION_BYTES_MAX).read_to_end(&mut identity);
        match read {
            Ok(_) if identity.len() as u64 == section.identity_length => Ok(identity),
            _ => Err(BadPack::Section(section.name)),
        }
    }

    fn stored(&self, section: &Section) -> Option<Bytes> {
        let start = usize::try_from(section.offset).ok()?;
        let end = start.checked_add(usize::try_from(section.length).ok()?)?;
        (end <= self.sections.len()).then(|| self.sections.slice(start..end))
    }
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// Gzip without a time stamp, so that the same bytes give the same bytes.
fn gzip(identity: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(identity).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Index {
        Index {
            id: PackId::School(8_882_045),
            revision: 1,
            inputs: [7; 32],
            sections: Vec::new(),
            scripts: None,
            schools: Vec::new(),
        }
    }

    #[test]
    fn what_was_packed_comes_out_again() {
        let csv = b"a,b\r\n".repeat(100);
        let (object, digest) = build(index(), &[(SectionName::Csv, csv.clone())]);
        let pack = Pack::open(&object.into(), PackId::School(8_882_045), &digest).unwrap();
        let section = pack.section(SectionName::Csv).unwrap();
        assert_eq!(pack.identity(section).unwrap(), csv);
        assert!(pack.gzipped(section).len() < csv.len());
    }

    #[test]
    fn any_flipped_byte_is_found_and_a_foreign_pack_refused() {
        let (object, digest) = build(index(), &[(SectionName::Csv, b"mark".to_vec())]);
        for place in 0..object.len() {
            let mut damaged = object.clone();
            damaged[place] ^= 1;
            let opened = Pack::open(&damaged.into(), PackId::School(8_882_045), &digest);
            assert!(opened.is_err(), "byte {place}");
        }
        let cut = Bytes::copy_from_slice(&object[..object.len() - 1]);
        assert_eq!(
            Pack::open(&cut, PackId::School(8_882_045), &digest).unwrap_err(),
            BadPack::Shape
        );
        assert_eq!(
            Pack::open(&object.into(), PackId::School(8_882_046), &digest).unwrap_err(),
            BadPack::Foreign(PackId::School(8_882_045))
        );
    }
}
