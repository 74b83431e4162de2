//! Pupils with odd names, and what can be missing of them.

use super::fixture::{SCHOOL, scores};
use crate::delivery::{PupilLine, ResultLine, ScriptState};
use crate::domain::papers::{Paper, Subject};

const NAMES: [(&str, &str, &str); 8] = [
    ("Ade", "Tola", "Marie"),
    ("Brontë-O'Neill", "Siân", ""),
    ("Łukaszewicz", "Zoë", "Anaïs Élodie"),
    ("<script>alert(1)</script>", "\"Bobby\"", "& Co"),
    ("Wolfeschlegelsteinhausenbergerdorff", "Hubert Blaine", "Adolph Charles David Earl"),
    ("de la Cruz", "María José", ""),
    ("Ng", "Xi", ""),
    ("Al-Khwārizmī", "محمد", ""),
];

/// A pupil who sat everything and whose scripts are all here.
pub(super) fn pupil(n: usize) -> PupilLine {
    let (surname, forename, middle_names) = NAMES[n % NAMES.len()];
    let mark = |paper: Paper| {
        let max = usize::from(paper.max_mark());
        u8::try_from(max / 3 + (n * 7 + paper.index() * 5) % (max * 2 / 3 + 1)).unwrap()
    };
    let marks = Paper::ALL.map(|paper| Some(mark(paper)));
    let mut judgements = ["EXS", "EXS", "", ""].map(str::to_owned);
    if n % 9 == 4 {
        judgements[3] = "PK4".to_owned();
    }
    PupilLine {
        reference: format!("r{n:05}"),
        laestab: SCHOOL,
        school: String::new(),
        upn: format!("A{n:012}"),
        surname: surname.to_owned(),
        forename: forename.to_owned(),
        middle_names: middle_names.to_owned(),
        born_on: "2013-03-27".to_owned(),
        sex: "F".to_owned(),
        results: Subject::ALL.map(|subject| scored(subject, &marks)),
        marks,
        judgements,
        scripts: [ScriptState::Here; 6],
    }
}

fn scored(subject: Subject, marks: &[Option<u8>; 6]) -> ResultLine {
    let papers = subject.papers().iter();
    let raw = papers.map(|paper| u16::from(marks[paper.index()].unwrap())).sum::<u16>();
    let scaled = scores(subject).iter().find(|row| row.0 == raw).map(|row| row.1);
    let outcome = match scaled {
        None => "N",
        Some(100..) => "AS",
        Some(_) => "NS",
    };
    ResultLine { raw: Some(raw), scaled, outcome: outcome.to_owned() }
}

/// The pupil did not sit a subject, for this code.
pub(super) fn without(mut pupil: PupilLine, subject: Subject, code: &str) -> PupilLine {
    for paper in subject.papers() {
        pupil.marks[paper.index()] = None;
        pupil.scripts[paper.index()] = ScriptState::None;
    }
    let outcome = code.to_owned();
    pupil.results[subject as usize] = ResultLine { raw: None, scaled: None, outcome };
    pupil
}

/// The mark and the script of a paper are being traced.
pub(super) fn traced(mut pupil: PupilLine, paper: Paper) -> PupilLine {
    pupil.marks[paper.index()] = None;
    pupil.scripts[paper.index()] = ScriptState::Traced;
    let outcome = "M".to_owned();
    pupil.results[paper.subject() as usize] = ResultLine { raw: None, scaled: None, outcome };
    pupil
}
