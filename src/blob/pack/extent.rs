//! Bytes that are read when somebody asks: a bundle of scripts, or a section that is not pinned.

use super::{Pack, SectionName, Tail, sha256};

/// Digested and cached in blocks of this many bytes.
pub const BLOCK_BYTES: u64 = 1024 * 1024;

/// What is read of a pack when somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The bundle of scripts.
    Scripts,
    /// A section that is not pinned.
    Section(SectionName),
}

/// Where such a part lies, and what its bytes must be.
#[derive(Clone, Copy, Debug)]
pub struct Extent<'a> {
    /// Object that holds it.
    pub key: &'a str,
    /// Its first byte in that object.
    pub start: u64,
    /// Its length in bytes.
    pub length: u64,
    blocks: &'a [u8],
    tail: Option<&'a Tail>,
}

/// Where a block lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Object that holds it.
    pub key: &'a str,
    /// Its first byte in that object.
    pub from: u64,
    /// The byte behind its last.
    pub to: u64,
}

impl<'a> Extent<'a> {
    /// Where a block lies; nowhere behind the last.
    pub fn place(&self, number: u64) -> Option<Place<'a>> {
        let from = number.checked_mul(BLOCK_BYTES).filter(|from| *from < self.length)?;
        let to = (from + BLOCK_BYTES).min(self.length);
        let tail = self.tail.filter(|tail| number >= tail.from_block);
        Some(match tail {
            None => Place { key: self.key, from: self.start + from, to: self.start + to },
            Some(tail) => {
                let before = tail.from_block * BLOCK_BYTES;
                Place { key: &tail.key, from: from - before, to: to - before }
            }
        })
    }

    /// Says what is wrong with the bytes of a block, if anything is.
    pub fn check(&self, number: u64, bytes: &[u8]) -> Result<(), String> {
        let start = usize::try_from(number).ok().and_then(|number| number.checked_mul(32));
        let digest = start.and_then(|start| self.blocks.get(start..start.checked_add(32)?));
        if digest == Some(sha256(bytes).as_slice()) {
            return Ok(());
        }
        let from = self.start + number * BLOCK_BYTES;
        Err(format!("block {number} from byte {from} does not match its digest"))
    }
}

impl Pack {
    /// A part that is read when somebody asks; none where the pack has none.
    pub fn extent(&self, part: Part) -> Option<Extent<'_>> {
        match part {
            Part::Scripts => self.index.scripts.as_ref().map(|scripts| Extent {
                key: &scripts.key,
                start: 0,
                length: scripts.length,
                blocks: &scripts.blocks,
                tail: scripts.tail.as_ref(),
            }),
            Part::Section(name) => {
                let section = self.section(name).filter(|_| !name.is_pinned())?;
                let start = self.start + section.offset;
                let (length, blocks) = (section.length, section.blocks.as_slice());
                Some(Extent { key: &self.key, start, length, blocks, tail: None })
            }
        }
    }

    /// Whether an object has every part beside the pinned ones as it should be.
    pub fn is_whole(&self, object: &[u8]) -> bool {
        let read = self.index.sections.iter().filter(|section| !section.name.is_pinned());
        read.into_iter().all(|section| {
            let start = usize::try_from(self.start + section.offset).ok();
            let end = start.zip(usize::try_from(section.length).ok());
            let bytes =
                end.and_then(|(start, length)| object.get(start..start.checked_add(length)?));
            bytes.is_some_and(|bytes| sha256(bytes) == section.digest)
        })
    }

    /// Bytes of the object, from the first, up to the last pinned section.
    pub fn pinned_length(&self) -> u64 {
        self.start + self.pinned.len() as u64
    }

    /// Every part of this pack that is read when somebody asks.
    pub fn parts(&self) -> impl Iterator<Item = Part> + '_ {
        let scripts = self.index.scripts.as_ref().map(|_| Part::Scripts);
        let names = self.index.sections.iter().map(|section| section.name);
        scripts.into_iter().chain(names.filter(|name| !name.is_pinned()).map(Part::Section))
    }
}

/// SHA-256 of each block of a part, one after the other.
pub(super) fn digests(bytes: &[u8]) -> Vec<u8> {
    let block = usize::try_from(BLOCK_BYTES).expect("a mebibyte fits");
    bytes.chunks(block).flat_map(sha256).collect()
}
