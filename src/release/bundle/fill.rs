//! Puts a school's scripts into its bundle, and the list of them with what is missing.

use std::collections::{HashMap, HashSet};

use super::{BundleError, BundleWriter, Kept};
use crate::blob::pack::{BLOCK_BYTES, Pack, PackId, ScriptsIndex};
use crate::blob::page::{PupilLine, PupilsPage, ScriptState};
use crate::domain::hex::hex;
use crate::domain::papers::Paper;
use crate::intake::delivery::Pupil;
use crate::intake::problems::{Problem, Problems, Severity};
use crate::intake::scripts::SchoolScripts;
use crate::release::school::NotPacked;
use crate::release::shared::Shared;

/// What is bundled: pupils as the page has them, beside the pupils of the delivery, and their scripts.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// Pupils as the page has them.
    pub lines: &'a [PupilLine],
    /// The same pupils as they were delivered.
    pub pupils: &'a [&'a Pupil],
    /// Their scripts.
    pub scripts: &'a SchoolScripts,
}

/// A school as the revision before has it.
#[derive(Clone, Debug)]
pub struct Before {
    /// Its pack.
    pub pack: Pack,
    /// Its page.
    pub page: PupilsPage,
}

/// One script: place of the pupil among the lines, and the paper.
type Script = (usize, Paper);

impl Contents<'_> {
    /// Scripts that are here, by pupil and paper.
    fn here(&self) -> Vec<Script> {
        let all = (0..self.lines.len()).flat_map(|line| Paper::ALL.map(|paper| (line, paper)));
        all.filter(|(line, paper)| self.lines[*line].scripts[paper.index()] == ScriptState::Here)
            .collect()
    }

    fn name(&self, (line, paper): Script) -> String {
        file_name(&self.lines[line], paper)
    }

    /// The scripts at the beginning of the bundle before that are the same now, in its order.
    fn unchanged(&self, before: &Before) -> Vec<Script> {
        let places: HashMap<&str, usize> =
            self.lines.iter().enumerate().map(|(n, l)| (l.reference.as_str(), n)).collect();
        let was: HashMap<&str, &PupilLine> =
            before.page.pupils.iter().map(|l| (l.reference.as_str(), l)).collect();
        let entries = before.pack.index.scripts.iter().flat_map(|bundle| &bundle.entries);
        let same = entries.map_while(|entry| {
            let (reference, paper) =
                (entry.reference.as_str(), Paper::ALL[usize::from(entry.paper)]);
            let (line, was) = (*places.get(reference)?, was.get(reference)?);
            let digest = self.scripts.digest(self.pupils[line].upn, paper)?;
            let is_same = digest.eq_ignore_ascii_case(&hex(&entry.digest))
                && file_name(was, paper) == self.name((line, paper));
            is_same.then_some((line, paper))
        });
        same.collect()
    }
}

/// Writes the bundle of a school. What the bundle before begins with, and did not change, is not written again.
pub async fn write_bundle(
    shared: &Shared<'_>,
    id: PackId,
    contents: Contents<'_>,
    before: Option<&Before>,
    problems: &mut Problems,
) -> Result<ScriptsIndex, NotPacked> {
    let mut order = before.map(|before| contents.unchanged(before)).unwrap_or_default();
    let kept = before.and_then(|before| kept(before, order.len()));
    let first: HashSet<Script> = order.iter().copied().collect();
    order.extend(contents.here().into_iter().filter(|script| !first.contains(script)));
    let key = shared.key(id, "scripts.zip");
    let writer = BundleWriter::begin(shared.blobs, &key, kept);
    let outcome = match fill_bundle(writer, contents, &order, problems).await {
        // The bundle before was laid out otherwise: this one then stands alone.
        Err(NotBundled::Not(BundleError::Kept)) => {
            let writer = BundleWriter::begin(shared.blobs, &key, None);
            fill_bundle(writer, contents, &order, problems).await
        }
        outcome => outcome,
    };
    outcome.map_err(|error| match error {
        NotBundled::Not(BundleError::Blob(error)) => NotPacked::Blob(error),
        NotBundled::Refused => NotPacked::Refused,
        NotBundled::Not(error) => {
            problems.add(Problem::of_file(Severity::Error, &key, error.to_string()));
            NotPacked::Refused
        }
    })
}

/// Why there is no bundle.
enum NotBundled {
    /// It could not be written.
    Not(BundleError),
    /// A script is not what was delivered; it is among the problems.
    Refused,
}

impl From<BundleError> for NotBundled {
    fn from(error: BundleError) -> Self {
        Self::Not(error)
    }
}

/// The whole blocks of the bundle before that hold nothing but its first `scripts` scripts. Of one that
/// was corrected itself only those of its first object, so that no bundle lies in more than two.
fn kept(before: &Before, scripts: usize) -> Option<Kept> {
    let bundle = before.pack.index.scripts.as_ref()?;
    let last = bundle.entries.get(scripts.checked_sub(1)?)?;
    let blocks = (last.offset + last.length) / BLOCK_BYTES;
    let blocks = bundle.tail.as_ref().map_or(blocks, |tail| blocks.min(tail.from_block));
    (blocks > 0).then(|| Kept { before: bundle.clone(), blocks })
}

/// Writes every script in this order, then the list.
async fn fill_bundle(
    mut writer: BundleWriter,
    contents: Contents<'_>,
    order: &[Script],
    problems: &mut Problems,
) -> Result<ScriptsIndex, NotBundled> {
    match write_scripts(&mut writer, contents, order, problems).await {
        Ok(written) => Ok(writer.finish(&list(contents, &written)).await?),
        Err(error) => {
            writer.abort().await;
            Err(error)
        }
    }
}

/// Digest and length of each script that was written.
type Written = HashMap<Script, (String, usize)>;

async fn write_scripts(
    writer: &mut BundleWriter,
    contents: Contents<'_>,
    order: &[Script],
    problems: &mut Problems,
) -> Result<Written, NotBundled> {
    let mut written = Written::new();
    for &(line, paper) in order {
        match contents.scripts.load(contents.pupils[line].upn, paper) {
            Err(problem) => problems.add(problem),
            Ok(pdf) => {
                let index = u8::try_from(paper.index()).expect("six papers");
                let reference = &contents.lines[line].reference;
                let name = contents.name((line, paper));
                let digest = writer.script(&name, reference, index, &pdf).await?;
                written.insert((line, paper), (hex(&digest), pdf.len()));
            }
        }
    }
    if written.len() == order.len() { Ok(written) } else { Err(NotBundled::Refused) }
}

/// `MANIFEST.csv`: every script by pupil and paper, also those that are being traced.
fn list(contents: Contents<'_>, written: &Written) -> Vec<u8> {
    let mut list =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut row = |cells: [&str; 4]| list.write_record(cells).expect("writing to memory");
    row(["file", "sha256", "bytes", "state"]);
    for (place, line) in contents.lines.iter().enumerate() {
        for paper in Paper::ALL {
            let name = file_name(line, paper);
            match (line.scripts[paper.index()], written.get(&(place, paper))) {
                (ScriptState::Traced, _) => row([&name, "", "", "being traced"]),
                (ScriptState::Here, Some((digest, bytes))) => {
                    row([&name, digest, &bytes.to_string(), "delivered"]);
                }
                _ => (),
            }
        }
    }
    list.into_inner().expect("writing to memory")
}

/// `<Surname>_<Forename>_<UPN>/<paper>.pdf`.
fn file_name(line: &PupilLine, paper: Paper) -> String {
    format!("{}/{paper}.pdf", folder_name(line))
}

/// `<Surname>_<Forename>_<UPN>`, without what a file system takes for something else.
fn folder_name(line: &PupilLine) -> String {
    let clean = |name: &str| -> String {
        let bad = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
        name.chars().map(|c| if bad(c) { '_' } else { c }).collect()
    };
    format!("{}_{}_{}", clean(&line.surname), clean(&line.forename), line.upn)
}
