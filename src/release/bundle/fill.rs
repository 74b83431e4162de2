//! Puts a school's scripts into its bundle, and the list of them with what is missing.

use super::{BundleError, BundleWriter};
use crate::blob::pack::{PackId, ScriptsIndex};
use crate::blob::page::{PupilLine, ScriptState};
use crate::domain::hex::hex;
use crate::domain::papers::Paper;
use crate::intake::delivery::Pupil;
use crate::intake::problems::Problems;
use crate::intake::scripts::SchoolScripts;
use crate::release::school::NotPacked;
use crate::release::shared::Shared;

/// Writes the bundle of a school.
pub async fn write_bundle(
    shared: &Shared<'_>,
    id: PackId,
    lines: &[PupilLine],
    pupils: &[&Pupil],
    scripts: &SchoolScripts,
    problems: &mut Problems,
) -> Result<ScriptsIndex, NotPacked> {
    let mut writer = BundleWriter::begin(shared.blobs, &shared.key(id, "scripts.zip"));
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
