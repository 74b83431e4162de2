//! One school of a release: pupils scored, scripts bundled, files written, packed.

use std::collections::HashSet;

use super::bundle::{Contents, write_bundle};
use super::correction;
use super::files::{self, BOM, Columns, Party, SchoolFacts};
use super::reconcile::reconcile;
use super::report::MissingScript;
use super::score;
use super::shared::Shared;
use crate::blob::BlobError;
use crate::blob::manifest::PackEntry;
use crate::blob::pack::{self, Index, PackId, ScriptsIndex, SectionName};
use crate::blob::page::{Correction, PupilLine, PupilsPage, ScriptState};
use crate::domain::ids::{Laestab, Upn};
use crate::domain::papers::Paper;
use crate::intake::delivery::Pupil;
use crate::intake::manifest::ScriptSet;
use crate::intake::problems::{Problem, Problems, Severity};
use crate::intake::scripts::SchoolScripts;

/// Format of what a build writes: a change makes every pack new.
const BUILD_FORMAT: &[u8] = b"daybreak build 3";
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
    let id = PackId::School(laestab.number());
    let before = shared.school_before(id).await?;
    let mut lines: Vec<PupilLine> =
        pupils.iter().map(|pupil| line(shared, laestab, pupil, &scripts)).collect();
    let leaves_scripts = manifest.scripts == ScriptSet::None;
    let untouched = before.as_ref().filter(|_| leaves_scripts);
    if let Some(before) = untouched {
        correction::keep_scripts(&mut lines, &before.page);
    }
    let missing = report_missing(&lines, laestab, problems);
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
    let bundle = match untouched {
        Some(before) => before.pack.index.scripts.clone(),
        None if leaves_scripts => None,
        None => {
            let contents = Contents { lines: &lines, pupils: &pupils, scripts: &scripts };
            Some(write_bundle(shared, id, contents, before.as_ref(), problems).await?)
        }
    };
    let corrections = match &before {
        None => Vec::new(),
        Some(before) => {
            correction::corrections(shared, laestab, before, &lines, bundle.as_ref(), problems)?
        }
    };
    let count = bundle.clone();
    let scripts_delivered = !leaves_scripts || before.is_some_and(|b| b.page.scripts_delivered);
    let counted = reconcile(&lines, &pupils, &scripts, scripts_delivered);
    let index = shared.index(id, inputs, bundle, Vec::new());
    let index = Index { reconciliation: Some(counted), ..index };
    let entry = shared
        .write(index, &school_files(shared, laestab, lines.clone(), corrections, scripts_delivered))
        .await?;
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
    if let Some(before) = shared.before.get(&PackId::School(laestab.number())) {
        all.extend_from_slice(&before.index_digest);
    }
    all.extend_from_slice(&shared.facts_digest);
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
    corrections: Vec<Correction>,
    scripts_delivered: bool,
) -> Vec<(SectionName, Vec<u8>)> {
    let facts = facts(shared, laestab);
    let transfer = files::transfer_file(Party::Source(&facts), shared.year, &pupils);
    let group = (facts, pupils);
    let [csv, csv_with_ta] = tables(std::slice::from_ref(&group));
    let (facts, pupils) = group;
    let page = PupilsPage {
        name: facts.name.clone(),
        laestab: laestab.number(),
        pupils,
        scripts_delivered,
        corrections,
    };
    let mut files = vec![
        (SectionName::Page, serde_json::to_vec(&page).expect("plain data")),
        csv,
        csv_with_ta,
        (SectionName::Ctf, transfer),
    ];
    let documents = shared.documents();
    files.extend(documents.workbook(&[(&facts, &page.pupils)]));
    files.extend(documents.pdf(SectionName::Pdf, &documents.printed.school(&facts, &page, false)));
    if page.scripts_delivered {
        let own = documents.printed.school(&facts, &page, true);
        files.extend(documents.pdf(SectionName::PdfWithScripts, &own));
    }
    files
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
