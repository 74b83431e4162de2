//! The delivery's manifest: a digest for every file, so that a cut or stale file is known at once.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use serde::Deserialize;

use super::problems::{Problem, Problems, Severity};
use crate::domain::hex::hex;

/// Name of the file.
pub const MANIFEST: &str = "manifest.json";
/// Largest manifest, in bytes.
const MANIFEST_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Files that every delivery has beside its scripts.
pub const FILES: [&str; 8] = [
    "gias/edubasealldata.csv",
    "gias/groups.csv",
    "gias/grouplinks.csv",
    "pupils.csv",
    "attendance.csv",
    "marks.csv",
    "teacher_assessment.csv",
    "year7.csv",
];

/// Which scripts a delivery has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScriptSet {
    /// Each page its own image.
    Full,
    /// Page images shared.
    Sparse,
    /// No scripts: none is missing.
    None,
}

/// A delivery's manifest.
#[derive(Clone, Debug, Deserialize)]
pub struct DeliveryManifest {
    /// Which scripts there are.
    pub scripts: ScriptSet,
    /// SHA-256 in hexadecimal by path within the delivery.
    #[serde(alias = "digests")]
    pub files: BTreeMap<String, String>,
    /// SHA-256 of the manifest itself.
    #[serde(skip)]
    pub digest: [u8; 32],
}

/// Reads the manifest and compares every file outside `scripts/` with it.
pub fn read(folder: &Path, problems: &mut Problems) -> Option<DeliveryManifest> {
    let mut fatal = |file: &str, text: String| {
        problems.add(Problem::of_file(Severity::Fatal, file, text));
    };
    let mut manifest = match parse(folder) {
        Ok(manifest) => manifest,
        Err(text) => {
            fatal(MANIFEST, text);
            return None;
        }
    };
    for file in FILES {
        let Some(expected) = manifest.files.get(file) else {
            fatal(MANIFEST, format!("no digest for {file}"));
            continue;
        };
        match digest_of(&folder.join(file)) {
            Ok(digest) if hex(&digest).eq_ignore_ascii_case(expected) => (),
            Ok(_) => fatal(
                file,
                "does not match its digest in manifest.json: the file is cut off or changed, or the manifest is stale".to_owned(),
            ),
            Err(error) => fatal(file, error.to_string()),
        }
    }
    manifest.digest = digest_of(&folder.join(MANIFEST)).ok()?;
    Some(manifest)
}

fn parse(folder: &Path) -> Result<DeliveryManifest, String> {
    let file = File::open(folder.join(MANIFEST)).map_err(|e| e.to_string())?;
    let mut text = String::new();
    file.take(MANIFEST_BYTES_MAX).read_to_string(&mut text).map_err(|e| e.to_string())?;
    serde_json::from_str(&text).map_err(|e| format!("is not a delivery manifest: {e}"))
}

/// SHA-256 of a file, read in pieces.
pub fn digest_of(path: &Path) -> std::io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(context.finish().as_ref().try_into().expect("SHA-256 has 32 bytes"));
        }
        context.update(&buffer[..read]);
    }
}
