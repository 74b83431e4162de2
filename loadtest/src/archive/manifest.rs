//! `MANIFEST.csv`: every script of the school, those that are missing too.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Delivered;
use crate::fault::Fault;

/// A line of the manifest.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    file: String,
    sha256: String,
    bytes: Option<u32>,
    state: String,
}

/// Lines by file.
pub(super) fn read(text: &[u8]) -> Result<BTreeMap<String, Line>, Fault> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut lines = BTreeMap::new();
    for line in csv::Reader::from_reader(text).into_deserialize() {
        let line: Line = line.map_err(|_| Fault::Contents)?;
        if lines.insert(line.file.clone(), line).is_some() {
            return Err(Fault::Contents);
        }
    }
    Ok(lines)
}

/// Each file is listed with its length, and with its digest where that was made; what is listed without
/// a digest has a state, and is not in the archive.
pub(super) fn check(
    lines: &BTreeMap<String, Line>,
    delivered: &Delivered<'_>,
) -> Result<(), Fault> {
    let files = lines.values().filter(|line| !line.sha256.is_empty()).count();
    let right = |line: &Line| match delivered.get(line.file.as_str()) {
        None => line.sha256.is_empty() && !line.state.is_empty(),
        Some(entry) => {
            let digest = entry.digest.is_none_or(|digest| hex(&digest) == line.sha256);
            line.bytes == Some(entry.bytes) && line.sha256.len() == 64 && digest
        }
    };
    if files == delivered.len() && lines.values().all(right) {
        Ok(())
    } else {
        Err(Fault::Contents)
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
