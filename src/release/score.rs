//! A pupil's delivery to a pupil's line: the year's tables and the order of the codes.

use crate::blob::page::{PupilLine, ResultLine, ScriptState};
use crate::domain::codes::TaCode;
use crate::domain::ids::Laestab;
use crate::domain::papers::Subject;
use crate::domain::scores::{ConversionTable, SubjectResult};
use crate::intake::delivery::Pupil;

/// Scores one pupil.
pub fn line(
    tables: &[ConversionTable; 3],
    pupil: &Pupil,
    laestab: Laestab,
    reference: String,
    scripts: [ScriptState; 6],
) -> PupilLine {
    PupilLine {
        reference,
        laestab: laestab.number(),
        school: String::new(),
        upn: pupil.upn.as_str().to_owned(),
        surname: pupil.surname.clone(),
        forename: pupil.forename.clone(),
        middle_names: pupil.middle_names.clone(),
        born_on: pupil.born_on.to_string(),
        sex: pupil.sex.key().to_owned(),
        marks: pupil.marks,
        results: Subject::ALL.map(|subject| result(&tables[subject as usize], pupil, subject)),
        judgements: pupil.judgements.map(|code| code.map_or("", TaCode::key).to_owned()),
        scripts,
    }
}

fn result(table: &ConversionTable, pupil: &Pupil, subject: Subject) -> ResultLine {
    let marks: Vec<Option<u8>> =
        subject.papers().iter().map(|paper| pupil.marks[paper.index()]).collect();
    let place = subject as usize;
    let decided =
        SubjectResult::decide(table, pupil.registrations[place], pupil.attendance[place], &marks);
    ResultLine {
        raw: decided.raw,
        scaled: decided.scaled,
        outcome: decided.outcome.code().to_owned(),
    }
}
