//! A pack: one object with all small files of one organisation, its index first, every part with a digest.
//!
//! Layout: magic (16 bytes), length of the index (4, big-endian), index (JSON), sections one after the other:
//! first those that nodes pin in memory, gzipped, then those that are read when somebody asks, as they are.

use std::io::{self, Read, Write};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

mod counts;
mod encoding;
mod extent;
mod index;

pub use counts::{PaperCounts, Reconciliation};
pub(super) use encoding::digest_text;
pub use extent::{BLOCK_BYTES, Extent, Part, Place};
pub use index::{Index, PackId, ScriptEntry, ScriptsIndex, Section, SectionName, Tail};

/// First bytes of every pack.
const MAGIC: &[u8; 16] = b"DAYBREAK PACK 2\n";
/// Bytes before the index.
const HEAD_BYTES: usize = MAGIC.len() + 4;
/// Largest index, in bytes.
const INDEX_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Largest section once inflated, in bytes.
const SECTION_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A pack whose index and pinned sections have been checked.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Its index.
    pub index: Index,
    /// The object that it was read from.
    key: Arc<str>,
    /// Where the sections begin in that object.
    start: u64,
    pinned: Bytes,
}

/// A pack that was put together.
#[derive(Clone, Debug)]
pub struct Built {
    /// Its bytes.
    pub object: Vec<u8>,
    /// So many of them, from the first, a node keeps.
    pub pinned_length: u64,
    /// SHA-256 of head and index.
    pub index_digest: [u8; 32],
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

/// Puts a pack together.
pub fn build(mut index: Index, files: &[(SectionName, Vec<u8>)]) -> Built {
    let mut body = Vec::new();
    let (pinned, read): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| name.is_pinned());
    for (name, identity) in pinned {
        let gzipped = gzip(identity);
        index.sections.push(section(*name, &body, &gzipped, identity));
        body.extend_from_slice(&gzipped);
    }
    let pinned_body = body.len();
    for (name, identity) in read {
        let blocks = extent::digests(identity);
        let section = section(*name, &body, identity, identity);
        index.sections.push(Section { blocks, ..section });
        body.extend_from_slice(identity);
    }
    let text = serde_json::to_vec(&index).expect("an index is plain data");
    let mut object = Vec::with_capacity(HEAD_BYTES + text.len() + body.len());
    object.extend_from_slice(MAGIC);
    object.extend_from_slice(&u32::try_from(text.len()).expect("below 4 GiB").to_be_bytes());
    object.extend_from_slice(&text);
    let index_digest = sha256(&object);
    let pinned_length = (object.len() + pinned_body) as u64;
    object.extend_from_slice(&body);
    Built { object, pinned_length, index_digest }
}

fn section(name: SectionName, before: &[u8], stored: &[u8], identity: &[u8]) -> Section {
    Section {
        name,
        offset: before.len() as u64,
        length: stored.len() as u64,
        identity_length: identity.len() as u64,
        digest: sha256(stored),
        identity_digest: sha256(identity),
        blocks: Vec::new(),
    }
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
    /// Reads and checks the beginning of an object, at least up to its last pinned section: the manifest's
    /// digest, the owner, where each section lies, and the bytes of every pinned one.
    pub fn open(
        key: &str,
        object: &Bytes,
        id: PackId,
        index_digest: &[u8; 32],
    ) -> Result<Self, BadPack> {
        let (index, found, start) = read_index(object)?;
        if found != *index_digest {
            return Err(BadPack::Index);
        }
        if index.id != id {
            return Err(BadPack::Foreign(index.id));
        }
        let end = start.saturating_add(pinned_bytes(&index)?);
        // A copy: the pack is pinned for the year, the index text and the read buffer are not.
        let pinned = Bytes::copy_from_slice(object.get(start..end).ok_or(BadPack::Shape)?);
        let pack = Self { index, key: key.into(), start: start as u64, pinned };
        for section in pack.index.sections.iter().filter(|section| section.name.is_pinned()) {
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

    /// The section of a name as somebody may have it: what it says of scripts is for those who may open them.
    pub fn section_for(&self, name: SectionName, may_open_scripts: bool) -> Option<&Section> {
        let own = self.section(SectionName::PdfWithScripts);
        let own = own.filter(|_| may_open_scripts && name == SectionName::Pdf);
        own.or_else(|| self.section(name))
    }

    /// The gzipped form of a pinned section, by reference.
    pub fn gzipped(&self, section: &Section) -> Bytes {
        self.stored(section).expect("checked when the pack was opened")
    }

    /// The identity form of a pinned section, inflated.
    pub fn identity(&self, section: &Section) -> Result<Vec<u8>, BadPack> {
        self.inflated(section, 0, SECTION_BYTES_MAX, section.identity_length)
    }

    /// Bytes `from..to` of the identity form of a pinned section: nothing behind them is inflated.
    pub fn identity_part(&self, section: &Section, from: u64, to: u64) -> Result<Vec<u8>, BadPack> {
        self.inflated(section, from, to.min(SECTION_BYTES_MAX), to - from)
    }

    /// Bytes `from..to` of what a section inflates to, as far as there are any; there must be `length` of them.
    fn inflated(
        &self,
        section: &Section,
        from: u64,
        to: u64,
        length: u64,
    ) -> Result<Vec<u8>, BadPack> {
        let stored = self.gzipped(section);
        let mut text = GzDecoder::new(stored.as_ref()).take(to);
        let mut part = Vec::new();
        let read = io::copy(&mut text.by_ref().take(from), &mut io::sink())
            .and_then(|_| text.read_to_end(&mut part));
        match read {
            Ok(_) if part.len() as u64 == length => Ok(part),
            _ => Err(BadPack::Section(section.name)),
        }
    }

    fn stored(&self, section: &Section) -> Option<Bytes> {
        let start = usize::try_from(section.offset).ok()?;
        let end = start.checked_add(usize::try_from(section.length).ok()?)?;
        (end <= self.pinned.len()).then(|| self.pinned.slice(start..end))
    }
}

/// Bytes of all pinned sections. Sections lie one behind the other, the pinned ones first, and one that is
/// not pinned is stored as it is: an index that says anything else was not written by [`build`].
fn pinned_bytes(index: &Index) -> Result<usize, BadPack> {
    let (mut end, mut pinned) = (0_u64, 0);
    for section in &index.sections {
        let is_pinned = section.name.is_pinned();
        let as_it_is = section.length == section.identity_length
            && section.digest == section.identity_digest
            && section.blocks.len() as u64 == 32 * section.length.div_ceil(BLOCK_BYTES);
        let form_is_right = if is_pinned { section.blocks.is_empty() } else { as_it_is };
        if section.offset != end || (is_pinned && pinned != end) || !form_is_right {
            return Err(BadPack::Shape);
        }
        end = end.checked_add(section.length).ok_or(BadPack::Shape)?;
        pinned = if is_pinned { end } else { pinned };
    }
    usize::try_from(pinned).map_err(|_| BadPack::Shape)
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
            reconciliation: None,
        }
    }

    fn open(object: Vec<u8>, digest: &[u8; 32]) -> Result<Pack, BadPack> {
        Pack::open("key", &object.into(), PackId::School(8_882_045), digest)
    }

    #[test]
    fn what_was_packed_comes_out_again() {
        let (csv, pdf) = (b"a,b\r\n".repeat(100), vec![7; 3_000_000]);
        let files = [(SectionName::Pdf, pdf.clone()), (SectionName::Csv, csv.clone())];
        let built = build(index(), &files);
        let head = built.object[..usize::try_from(built.pinned_length).unwrap()].to_vec();
        for object in [head, built.object.clone()] {
            let pack = open(object, &built.index_digest).unwrap();
            let section = pack.section(SectionName::Csv).unwrap();
            assert_eq!(pack.identity(section).unwrap(), csv);
            assert_eq!(pack.identity_part(section, 7, 33).unwrap(), csv[7..33]);
            assert!(pack.identity_part(section, 7, csv.len() as u64 + 1).is_err());
            assert!(pack.gzipped(section).len() < csv.len());
            let extent = pack.extent(Part::Section(SectionName::Pdf)).unwrap();
            let start = usize::try_from(extent.start).unwrap();
            assert_eq!(built.object[start..], pdf);
            for (number, block) in (0..).zip(pdf.chunks(1024 * 1024)) {
                let from = extent.start + number * BLOCK_BYTES;
                let to = from + block.len() as u64;
                assert_eq!(extent.place(number), Some(Place { key: "key", from, to }));
                assert_eq!(extent.check(number, block), Ok(()));
            }
            assert_eq!(extent.place(3), None);
            let mut changed = pdf[..1024 * 1024].to_vec();
            changed[0] ^= 1;
            assert!(extent.check(0, &changed).is_err());
            assert!(pack.extent(Part::Section(SectionName::Csv)).is_none(), "it is in memory");
            assert!(pack.extent(Part::Scripts).is_none());
        }
    }

    #[test]
    fn any_flipped_byte_is_found_and_a_foreign_pack_refused() {
        let built = build(index(), &[(SectionName::Csv, b"mark".to_vec())]);
        let (object, digest) = (built.object, built.index_digest);
        for place in 0..object.len() {
            let mut damaged = object.clone();
            damaged[place] ^= 1;
            assert!(open(damaged, &digest).is_err(), "byte {place}");
        }
        let cut = object[..object.len() - 1].to_vec();
        assert_eq!(open(cut, &digest).unwrap_err(), BadPack::Shape);
        let other = Pack::open("key", &object.into(), PackId::School(8_882_046), &digest);
        assert_eq!(other.unwrap_err(), BadPack::Foreign(PackId::School(8_882_045)));
    }

    #[test]
    fn an_index_that_was_not_written_here_is_refused() {
        let files = [(SectionName::Csv, b"mark".to_vec()), (SectionName::Pdf, vec![7; 9])];
        let index = read_index(&build(index(), &files).object).unwrap().0;
        assert_eq!(pinned_bytes(&index).unwrap() as u64, index.sections[0].length);
        let changes: [fn(&mut Index); 6] = [
            |index| index.sections[1].offset += 1,
            |index| index.sections[1].length += 1,
            |index| index.sections[1].identity_digest[0] ^= 1,
            |index| index.sections[1].blocks.clear(),
            |index| index.sections[0].blocks.push(0),
            |index| index.sections.swap(0, 1),
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut other = index.clone();
            change(&mut other);
            assert_eq!(pinned_bytes(&other), Err(BadPack::Shape), "change {number}");
        }
    }
}
