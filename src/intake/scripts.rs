//! Scripts of a delivery: which files a school has, and their bytes checked against its digests.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};

use super::manifest::{DeliveryManifest, ScriptSet};
use super::pdf;
use super::problems::{Problem, Problems, Severity};
use crate::domain::hex::hex;
use crate::domain::ids::{Laestab, Upn};
use crate::domain::papers::Paper;

/// Name of a school's list of digests.
const SUMS: &str = "SHA256SUMS";
/// Largest script, in bytes.
const SCRIPT_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// The scripts that a delivery lists for one school.
#[derive(Clone, Debug)]
pub struct SchoolScripts {
    folder: PathBuf,
    laestab: Laestab,
    /// Expected digest in hexadecimal by pupil and paper.
    listed: BTreeMap<(Upn, Paper), String>,
    /// SHA-256 of the list itself.
    pub list_digest: [u8; 32],
}

impl SchoolScripts {
    /// Reads a school's list; a delivery without scripts, or a school without, has none.
    pub fn read(
        delivery: &Path,
        manifest: &DeliveryManifest,
        laestab: Laestab,
        pupils: &HashSet<Upn>,
        problems: &mut Problems,
    ) -> Self {
        let folder = delivery.join("scripts").join(laestab.to_string());
        let mut scripts = Self { folder, laestab, listed: BTreeMap::new(), list_digest: [0; 32] };
        if manifest.scripts == ScriptSet::None {
            return scripts;
        }
        let name = format!("scripts/{laestab}/{SUMS}");
        let text = match fs::read(scripts.folder.join(SUMS)) {
            Ok(text) => text,
            Err(_) if !manifest.files.contains_key(&name) => return scripts,
            Err(error) => {
                problems.add(scripts.error(&name, 0, "", error.to_string()));
                return scripts;
            }
        };
        let found = digest(&SHA256, &text);
        let expected = manifest.files.get(&name).map(String::as_str).unwrap_or_default();
        if !hex(found.as_ref()).eq_ignore_ascii_case(expected) {
            let text = "does not match its digest in manifest.json";
            problems.add(scripts.error(&name, 0, "", text.to_owned()));
        }
        scripts.list_digest = found.as_ref().try_into().expect("SHA-256 has 32 bytes");
        scripts.parse(&name, &String::from_utf8_lossy(&text), pupils, problems);
        scripts
    }

    fn parse(&mut self, name: &str, text: &str, pupils: &HashSet<Upn>, problems: &mut Problems) {
        for (number, line) in (1..).zip(text.lines()) {
            let parsed = line.split_once("  ").and_then(|(sum, file)| Some((sum, key(file)?)));
            let Some((sum, (upn, paper))) = parsed else {
                let text = "expected a digest, two spaces and <upn>_<paper>.pdf";
                problems.add(self.error(name, number, line, text.to_owned()));
                continue;
            };
            if !pupils.contains(&upn) {
                let text = "the pupil is not in pupils.csv for this school";
                problems.add(self.error(name, number, upn.as_str(), text.to_owned()));
            } else if self.listed.insert((upn, paper), sum.to_owned()).is_some() {
                problems.add(self.error(name, number, line, "is listed twice".to_owned()));
            }
        }
    }

    fn error(&self, file: &str, line: u64, value: &str, problem: String) -> Problem {
        Problem {
            line,
            laestab: Some(self.laestab),
            field: if value.is_empty() { String::new() } else { "script".to_owned() },
            value: value.to_owned(),
            ..Problem::of_file(Severity::Error, file, problem)
        }
    }

    /// Whether a script was delivered.
    pub fn has(&self, upn: Upn, paper: Paper) -> bool {
        self.listed.contains_key(&(upn, paper))
    }

    /// The digest that the delivery gives for a script, in hexadecimal.
    pub fn digest(&self, upn: Upn, paper: Paper) -> Option<&str> {
        self.listed.get(&(upn, paper)).map(String::as_str)
    }

    /// The bytes of a script that was delivered, checked: right digest, and a whole PDF.
    pub fn load(&self, upn: Upn, paper: Paper) -> Result<Vec<u8>, Problem> {
        let file = format!("{upn}_{paper}.pdf", upn = upn.as_str());
        let name = format!("scripts/{}/{file}", self.laestab);
        let refuse = |text: String| self.error(&name, 0, "", text);
        let path = self.folder.join(&file);
        let size = fs::metadata(&path).map_err(|e| refuse(e.to_string()))?.len();
        if size > SCRIPT_BYTES_MAX {
            return Err(refuse(format!("is larger than {SCRIPT_BYTES_MAX} bytes")));
        }
        let bytes = fs::read(&path).map_err(|e| refuse(e.to_string()))?;
        pdf::check(&bytes).map_err(|bad| refuse(bad.to_string()))?;
        let expected = self.listed.get(&(upn, paper)).map(String::as_str).unwrap_or_default();
        if !hex(digest(&SHA256, &bytes).as_ref()).eq_ignore_ascii_case(expected) {
            return Err(refuse(format!("does not match its digest in {SUMS}")));
        }
        Ok(bytes)
    }
}

/// Reads `<upn>_<paper>.pdf`.
fn key(file: &str) -> Option<(Upn, Paper)> {
    let (upn, paper) = file.trim().strip_suffix(".pdf")?.split_once('_')?;
    Some((upn.parse().ok()?, paper.parse().ok()?))
}
