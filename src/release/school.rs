//! One school of a release: pupils scored, scripts bundled, files written, packed.

use std::collections::HashSet;
use std::path::Path;

use aws_lc_rs::hmac;

use super::bundle::{BundleError, BundleWriter};
use super::files::{self, BOM, Columns, Party, SchoolFacts};
use super::report::MissingScript;
use super::score;
use crate::blob::manifest::PackEntry;
use crate::blob::pack::{self, Index, PackId, ScriptsIndex, SectionName};
use crate::blob::page::{PupilLine, PupilsPage, ScriptState};
use crate::blob::{BlobError, Blobs};
use crate::domain::hex::hex;
use crate::domain::ids::{Laestab, Upn};
use crate::domain::papers::Paper;
use crate::domain::scores::ConversionTable;
use crate::intake::delivery::{Delivery, Pupil};
use crate::intake::manifest::ScriptSet;
use crate::intake::problems::{Problem, Problems, Severity};
use crate::intake::scripts::SchoolScripts;

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
    /// Digest over the tables: another table is another pack.
    pub tables_digest: [u8; 32],
}

/// Format of what a build writes: a change makes every pack new.
const BUILD_FORMAT: &[u8] = b"daybreak build 1";
/// Bytes of a pupil's reference.
const REFERENCE_BYTES: usize = 10;

impl Shared<'_> {
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

    /// The pack that an earlier run of this build finished, if it was made from the same inputs.
    pub async fn finished(
        &self,
        id: PackId,
        inputs: &[u8; 32],
    ) -> Result<Option<(PackEntry, Index)>, BlobError> {
        let key = self.key(id, "results");
        let object = match self.blobs.get(&key).await {
            Ok(object) => object,
            Err(BlobError::Missing(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Ok((index, index_digest, _)) = pack::read_index(&object) else { return Ok(None) };
        if index.inputs != *inputs || pack::Pack::open(&object, id, &index_digest).is_err() {
            return Ok(None);
        }
        let length = object.len() as u64;
        Ok(Some((PackEntry { id, key, length, index_digest }, index)))
    }

    /// Writes a pack and gives its line of the manifest.
    pub async fn write(
        &self,
        index: Index,
        files: &[(SectionName, Vec<u8>)],
    ) -> Result<PackEntry, BlobError> {
        let id = index.id;
        let key = self.key(id, "results");
        let (object, index_digest) = pack::build(index, files);
        let length = object.len() as u64;
        self.blobs.put(&key, object.into()).await?;
        Ok(PackEntry { id, key, length, index_digest })
    }
}

/// A school that was packed.
#[derive(Debug)]
pub struct PackedSchool {
    /// Its line of the manifest.
    pub entry: PackEntry,
    /// Pupils in its files.
    pub pupils: u64,
    /// Scripts in its bundle.
    pub scripts: u64,
    /// Scripts that are being traced.
    pub missing: Vec<MissingScript>,
}

/// Why a school was not packed.
#[derive(Debug)]
pub enum NotPacked {
    /// Its data has errors; they are among the problems.
    Refused,
    /// Nothing further can be written: the build stops.
    Blob(BlobError),
}

impl From<BlobError> for NotPacked {
    fn from(error: BlobError) -> Self {
        Self::Blob(error)
    }
}

/// Packs a school: first its scripts, then, as the sign that all is there, its results.
pub async fn pack_school(
    shared: &Shared<'_>,
    laestab: Laestab,
    problems: &mut Problems,
) -> Result<PackedSchool, NotPacked> {
    let pupils: Vec<&Pupil> =
        shared.delivery.schools[&laestab].iter().filter(|pupil| !pupil.is_gone()).collect();
    let everybody: HashSet<Upn> =
        shared.delivery.schools[&laestab].iter().map(|pupil| pupil.upn).collect();
    let errors = problems.errors();
    let manifest = &shared.delivery.manifest;
    let scripts = SchoolScripts::read(shared.folder, manifest, laestab, &everybody, problems);
    if problems.errors() > errors {
        return Err(NotPacked::Refused);
    }
    let lines: Vec<PupilLine> =
        pupils.iter().map(|pupil| line(shared, laestab, pupil, &scripts)).collect();
    let missing = report_missing(&lines, laestab, problems);
    let id = PackId::School(laestab.number());
    let inputs = inputs(shared, laestab, &lines, &scripts);
    let packed = |entry, bundle: Option<&ScriptsIndex>| PackedSchool {
        entry,
        pupils: lines.len() as u64,
        scripts: bundle.map_or(0, |b| b.entries.len() as u64),
        missing,
    };
    if let Some((entry, index)) = shared.finished(id, &inputs).await? {
        return Ok(packed(entry, index.scripts.as_ref()));
    }
    let bundle = match manifest.scripts {
        ScriptSet::None => None,
        _ => Some(write_bundle(shared, id, &lines, &pupils, &scripts, problems).await?),
    };
    let count = bundle.clone();
    let index = Index {
        id,
        revision: 1,
        inputs,
        sections: Vec::new(),
        scripts: bundle,
        schools: Vec::new(),
    };
    let entry = shared.write(index, &school_files(shared, laestab, lines.clone())).await?;
    Ok(packed(entry, count.as_ref()))
}

fn line(
    shared: &Shared<'_>,
    laestab: Laestab,
    pupil: &Pupil,
    scripts: &SchoolScripts,
) -> PupilLine {
    let state = |paper: Paper| {
        if scripts.has(pupil.upn, paper) {
            ScriptState::Here
        } else if shared.delivery.manifest.scripts != ScriptSet::None && pupil.expects_script(paper)
        {
            ScriptState::Traced
        } else {
            ScriptState::None
        }
    };
    score::line(
        shared.tables,
        pupil,
        laestab,
        shared.reference(laestab, pupil.upn),
        Paper::ALL.map(state),
    )
}

/// Names what is missing: each script, and each mark that keeps a result back.
fn report_missing(
    lines: &[PupilLine],
    laestab: Laestab,
    problems: &mut Problems,
) -> Vec<MissingScript> {
    let mut missing = Vec::new();
    let mut warn = |file: &str, upn: &str, text: String| {
        problems.add(Problem {
            laestab: Some(laestab),
            field: "upn".to_owned(),
            value: upn.to_owned(),
            ..Problem::of_file(Severity::Warning, file, text)
        });
    };
    for line in lines {
        for paper in Paper::ALL {
            let unmarked = line.results[paper.subject() as usize].outcome == "M";
            if unmarked && line.marks[paper.index()].is_none() {
                warn("marks.csv", &line.upn, format!("no mark for {paper}"));
            }
            if line.scripts[paper.index()] == ScriptState::Traced {
                warn("scripts", &line.upn, format!("no script of {paper}"));
                missing.push(MissingScript {
                    laestab: laestab.to_string(),
                    upn: line.upn.clone(),
                    paper: paper.key(),
                });
            }
        }
    }
    missing
}

/// Everything that the pack is made from.
fn inputs(
    shared: &Shared<'_>,
    laestab: Laestab,
    lines: &[PupilLine],
    scripts: &SchoolScripts,
) -> [u8; 32] {
    let facts = facts(shared, laestab);
    let mut all = BUILD_FORMAT.to_vec();
    all.extend_from_slice(&shared.tables_digest);
    all.extend_from_slice(&scripts.list_digest);
    all.extend_from_slice(format!("{facts:?}").as_bytes());
    serde_json::to_writer(&mut all, lines).expect("plain data");
    pack::sha256(&all)
}

/// What the register says of a school.
pub fn facts(shared: &Shared<'_>, laestab: Laestab) -> SchoolFacts {
    let school = &shared.delivery.register.schools[&laestab];
    SchoolFacts { laestab: laestab.number(), urn: school.urn.number(), name: school.name.clone() }
}

fn school_files(
    shared: &Shared<'_>,
    laestab: Laestab,
    pupils: Vec<PupilLine>,
) -> Vec<(SectionName, Vec<u8>)> {
    let facts = facts(shared, laestab);
    let transfer = files::transfer_file(Party::Source(&facts), shared.year, &pupils);
    let group = (facts, pupils);
    let [csv, csv_with_ta] = tables(std::slice::from_ref(&group));
    let (facts, pupils) = group;
    let page = PupilsPage {
        name: facts.name,
        laestab: laestab.number(),
        pupils,
        scripts_delivered: shared.delivery.manifest.scripts != ScriptSet::None,
    };
    let page = serde_json::to_vec(&page).expect("plain data");
    vec![(SectionName::Page, page), csv, csv_with_ta, (SectionName::Ctf, transfer)]
}

/// Both CSVs of pupils, grouped by the school that entered them.
pub fn tables(schools: &[(SchoolFacts, Vec<PupilLine>)]) -> [(SectionName, Vec<u8>); 2] {
    let csv = |columns| {
        let mut text = format!("{BOM}{}", files::header(columns)).into_bytes();
        for (facts, pupils) in schools {
            text.extend(files::rows(facts, pupils, columns));
        }
        text
    };
    [
        (SectionName::Csv, csv(Columns::Tests)),
        (SectionName::CsvWithTa, csv(Columns::WithJudgements)),
    ]
}

async fn write_bundle(
    shared: &Shared<'_>,
    id: PackId,
    lines: &[PupilLine],
    pupils: &[&Pupil],
    scripts: &SchoolScripts,
    problems: &mut Problems,
) -> Result<ScriptsIndex, NotPacked> {
    let mut writer =
        BundleWriter::begin(shared.blobs, &shared.key(id, "scripts.zip")).await.map_err(stopped)?;
    match fill_bundle(&mut writer, lines, pupils, scripts, problems).await {
        Ok(manifest) => writer.finish(&manifest).await.map_err(stopped),
        Err(error) => {
            writer.abort().await;
            Err(error)
        }
    }
}

fn stopped(error: BundleError) -> NotPacked {
    match error {
        BundleError::Blob(error) => NotPacked::Blob(error),
        BundleError::TooLarge => NotPacked::Refused,
    }
}

/// Writes every script and gives the text of `MANIFEST.csv`.
async fn fill_bundle(
    writer: &mut BundleWriter,
    lines: &[PupilLine],
    pupils: &[&Pupil],
    scripts: &SchoolScripts,
    problems: &mut Problems,
) -> Result<Vec<u8>, NotPacked> {
    let mut manifest =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut row = |cells: [&str; 4]| manifest.write_record(cells).expect("writing to memory");
    row(["file", "sha256", "bytes", "state"]);
    let mut refused = false;
    for (line, pupil) in lines.iter().zip(pupils) {
        for paper in Paper::ALL {
            let name = format!("{}/{paper}.pdf", folder_name(line));
            match line.scripts[paper.index()] {
                ScriptState::None => (),
                ScriptState::Traced => row([&name, "", "", "being traced"]),
                ScriptState::Here => match scripts.load(pupil.upn, paper) {
                    Err(problem) => {
                        problems.add(problem);
                        refused = true;
                    }
                    Ok(pdf) => {
                        let index = u8::try_from(paper.index()).expect("six papers");
                        let script = writer.script(&name, &line.reference, index, &pdf);
                        let digest = script.await.map_err(stopped)?;
                        row([&name, &hex(&digest), &pdf.len().to_string(), "delivered"]);
                    }
                },
            }
        }
    }
    if refused { Err(NotPacked::Refused) } else { Ok(manifest.into_inner().expect("in memory")) }
}

/// `<Surname>_<Forename>_<UPN>`, without what a file system takes for something else.
fn folder_name(line: &PupilLine) -> String {
    let clean = |name: &str| -> String {
        let bad = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
        name.chars().map(|c| if bad(c) { '_' } else { c }).collect()
    };
    format!("{}_{}_{}", clean(&line.surname), clean(&line.forename), line.upn)
}
