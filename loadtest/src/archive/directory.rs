//! The central directory at the end of an archive, against the entries that came before it.

use super::{Entry, number};
use crate::fault::Fault;

/// Length of a directory entry without its name, extra field and comment.
const ENTRY_BYTES: usize = 46;
/// Length of the record at the very end, without a comment.
const END_BYTES: usize = 22;
/// What 32-bit fields hold when the number stands in the 64-bit record.
const ELSEWHERE: u32 = u32::MAX;

/// Compares the directory, which begins at `offset`, with the entries. A 64-bit record between the two
/// is passed over: archives above 4 GiB have one, and their entries are compared all the same.
pub(super) fn check(bytes: &[u8], offset: u64, entries: &[Entry]) -> Result<(), Fault> {
    let mut rest = bytes;
    for entry in entries {
        rest = compare(rest, entry)?;
    }
    let directory = (bytes.len() - rest.len()) as u64;
    let end = rest.len().checked_sub(END_BYTES).ok_or(Fault::Format)?;
    let end = &rest[end..];
    if !end.starts_with(b"PK\x05\x06") || rest.starts_with(b"PK\x01\x02") {
        return Err(Fault::Format);
    }
    let count = number(end, 10, 2);
    let (length, begin) = (number(end, 12, 4), number(end, 16, 4));
    let agrees = |field: u32, real: u64| field == ELSEWHERE || u64::from(field) == real;
    let counted = count == u32::from(u16::MAX) || count as usize == entries.len();
    if counted && agrees(length, directory) && agrees(begin, offset) {
        Ok(())
    } else {
        Err(Fault::Contents)
    }
}

/// Compares one entry; gives back what follows it.
fn compare<'a>(bytes: &'a [u8], entry: &Entry) -> Result<&'a [u8], Fault> {
    if bytes.len() < ENTRY_BYTES || !bytes.starts_with(b"PK\x01\x02") {
        return Err(Fault::Format);
    }
    let lengths = [28, 30, 32].map(|at| number(bytes, at, 2) as usize);
    let whole = ENTRY_BYTES + lengths.iter().sum::<usize>();
    let name = bytes.get(ENTRY_BYTES..ENTRY_BYTES + lengths[0]).ok_or(Fault::Format)?;
    let begin = number(bytes, 42, 4);
    let same = name == entry.name.as_bytes()
        && number(bytes, 16, 4) == entry.crc
        && number(bytes, 24, 4) == entry.bytes
        && (begin == ELSEWHERE || u64::from(begin) == entry.offset);
    if !same {
        return Err(Fault::Contents);
    }
    bytes.get(whole..).ok_or(Fault::Format)
}
