//! What a correction changed, pupil by pupil: written by its build, shown with the results.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{PupilLine, ResultLine, ScriptState};
use crate::domain::papers::{Paper, Subject};
use crate::domain::scores::Outcome;

/// What teacher assessment is of, in the order of [`PupilLine::judgements`].
const JUDGED: [&str; 4] = ["writing", "science", "reading", "maths"];

/// A correction of a school's results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// The revision that it made, from 2.
    pub revision: u32,
    /// Why, for the school to read.
    pub reason: String,
    /// What changed, by pupil.
    pub changes: Vec<Change>,
}

/// One thing that a correction changed for one pupil.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// DfE number of the pupil's school.
    pub laestab: u32,
    /// Name of the pupil as lists have it.
    pub pupil: String,
    /// Unique pupil number.
    pub upn: String,
    /// What changed.
    pub what: What,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Change(..)")
    }
}

/// What changed. Papers and subjects are places in `Paper::ALL` and `Subject::ALL`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// The pupil is in the results now.
    Added,
    /// The pupil is not in the results any more.
    Removed,
    /// Name, date of birth or sex.
    Details,
    /// The mark of a paper.
    Mark(u8, Turn<Option<u8>>),
    /// The result of a subject.
    Result(u8, Turn<ResultLine>),
    /// A teacher assessment, by its place in [`PupilLine::judgements`].
    Judgement(u8, Turn<String>),
    /// The script of a paper.
    Script(u8, ScriptTurn),
}

/// From one value to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn<T> {
    /// What it was.
    pub from: T,
    /// What it is now.
    pub to: T,
}

/// What became of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScriptTurn {
    /// It was being traced and is here.
    Found,
    /// It is another one than before.
    Replaced,
    /// It was here and is not the pupil's.
    Withdrawn,
}

impl ScriptTurn {
    /// What it was, and what it is now, in words.
    const fn words(self) -> [&'static str; 2] {
        match self {
            Self::Found => ["Being traced", "Here"],
            Self::Replaced => ["Another script", "Replaced"],
            Self::Withdrawn => ["Here", "Being traced"],
        }
    }
}

impl What {
    /// Whether it is about a script, which only the school's own users learn of.
    pub const fn is_of_script(&self) -> bool {
        matches!(self, Self::Script(..))
    }

    /// Whether the bundle of scripts is another one for it: its folders are named after pupils.
    pub const fn is_in_bundle(&self) -> bool {
        matches!(self, Self::Script(..) | Self::Added | Self::Removed | Self::Details)
    }

    /// What it is about, what that was, and what it is now, in words.
    pub fn row(&self) -> [String; 3] {
        let paper = |place: &u8| Paper::ALL.get(usize::from(*place)).map_or("", |p| p.title());
        match self {
            Self::Added => ["Pupil", "Not in the results", "In the results"].map(str::to_owned),
            Self::Removed => ["Pupil", "In the results", "Not in the results"].map(str::to_owned),
            Self::Details => {
                ["Name, date of birth or sex", "As before", "Corrected"].map(str::to_owned)
            }
            Self::Mark(place, Turn { from, to }) => {
                [format!("Mark of {}", paper(place)), mark(*from), mark(*to)]
            }
            Self::Result(subject, Turn { from, to }) => {
                let title = Subject::ALL.get(usize::from(*subject)).map_or("", |s| s.title());
                [format!("Result in {title}"), result(from), result(to)]
            }
            Self::Judgement(of, Turn { from, to }) => {
                let of = JUDGED.get(usize::from(*of)).copied().unwrap_or_default();
                [format!("Teacher assessment in {of}"), code(from), code(to)]
            }
            Self::Script(place, turn) => {
                let [was, is] = turn.words();
                [format!("Script of {}", paper(place)), was.to_owned(), is.to_owned()]
            }
        }
    }
}

fn mark(mark: Option<u8>) -> String {
    mark.map_or_else(|| "None".to_owned(), |mark| mark.to_string())
}

fn code(code: &str) -> String {
    if code.is_empty() { "None" } else { code }.to_owned()
}

fn result(result: &ResultLine) -> String {
    let words = Outcome::short_words(&result.outcome);
    result.scaled.map_or_else(|| words.to_owned(), |scaled| format!("{scaled}, {words}"))
}

impl Change {
    /// Everything that differs between two states of a school's pupils. `replaced` says whether the
    /// script of a pupil's reference and paper, here before and now, is another one.
    pub fn between(
        before: &[PupilLine],
        after: &[PupilLine],
        replaced: &dyn Fn(&str, Paper) -> bool,
    ) -> Vec<Self> {
        let by_reference = |lines: &'_ [PupilLine]| -> BTreeMap<String, PupilLine> {
            lines.iter().map(|line| (line.reference.clone(), line.clone())).collect()
        };
        let (old, new) = (by_reference(before), by_reference(after));
        let references: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let mut changes = Vec::new();
        for reference in references {
            let (line, whats) = match (old.get(reference), new.get(reference)) {
                (Some(old), Some(new)) => (new, differences(old, new, replaced)),
                (None, Some(new)) => (new, vec![What::Added]),
                (Some(old), None) => (old, vec![What::Removed]),
                (None, None) => continue,
            };
            changes.extend(whats.into_iter().map(|what| Self {
                laestab: line.laestab,
                pupil: line.listed_name(),
                upn: line.upn.clone(),
                what,
            }));
        }
        changes.sort_by(|a, b| (&a.pupil, &a.upn).cmp(&(&b.pupil, &b.upn)));
        changes
    }
}

fn differences(
    old: &PupilLine,
    new: &PupilLine,
    replaced: &dyn Fn(&str, Paper) -> bool,
) -> Vec<What> {
    let place = |n: usize| u8::try_from(n).expect("a handful");
    let mut all = Vec::new();
    if details(old) != details(new) {
        all.push(What::Details);
    }
    for paper in Paper::ALL.map(Paper::index) {
        let turn = Turn { from: old.marks[paper], to: new.marks[paper] };
        if turn.from != turn.to {
            all.push(What::Mark(place(paper), turn));
        }
    }
    for (subject, (from, to)) in old.results.iter().zip(&new.results).enumerate() {
        if from != to {
            all.push(What::Result(place(subject), Turn { from: from.clone(), to: to.clone() }));
        }
    }
    for (of, (from, to)) in old.judgements.iter().zip(&new.judgements).enumerate() {
        if from != to {
            all.push(What::Judgement(place(of), Turn { from: from.clone(), to: to.clone() }));
        }
    }
    all.extend(Paper::ALL.into_iter().filter_map(|paper| script(old, new, paper, replaced)));
    all
}

fn details(line: &PupilLine) -> [&str; 6] {
    [&line.upn, &line.surname, &line.forename, &line.middle_names, &line.born_on, &line.sex]
}

fn script(
    old: &PupilLine,
    new: &PupilLine,
    paper: Paper,
    replaced: &dyn Fn(&str, Paper) -> bool,
) -> Option<What> {
    use ScriptState::Here;
    let turn = match (old.scripts[paper.index()], new.scripts[paper.index()]) {
        (Here, Here) if replaced(&new.reference, paper) => ScriptTurn::Replaced,
        (Here, Here) => return None,
        (_, Here) => ScriptTurn::Found,
        (Here, _) => ScriptTurn::Withdrawn,
        _ => return None,
    };
    Some(What::Script(u8::try_from(paper.index()).expect("six papers"), turn))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pupil(reference: &str) -> PupilLine {
        let result = || ResultLine { raw: Some(50), scaled: Some(99), outcome: "NS".to_owned() };
        PupilLine {
            reference: reference.to_owned(),
            laestab: 8_882_045,
            school: String::new(),
            upn: format!("Z{reference}"),
            surname: "Ade".to_owned(),
            forename: reference.to_owned(),
            middle_names: String::new(),
            born_on: "2013-01-01".to_owned(),
            sex: "F".to_owned(),
            marks: [Some(10); 6],
            results: [result(), result(), result()],
            judgements: [const { String::new() }; 4],
            scripts: [ScriptState::Here; 6],
        }
    }

    fn words(before: &[PupilLine], after: &[PupilLine]) -> Vec<String> {
        let replaced = |reference: &str, paper| reference == "other" && paper == Paper::Gps1;
        Change::between(before, after, &replaced).iter().map(|c| c.what.row().join("; ")).collect()
    }

    #[test]
    fn nothing_differs_from_itself_whatever_the_order() {
        let (a, b) = (pupil("a"), pupil("b"));
        assert!(words(&[a.clone(), b.clone()], &[b, a]).is_empty());
    }

    #[test]
    fn each_difference_is_named_with_what_it_was() {
        let before = pupil("a");
        let mut after = before.clone();
        after.marks[2] = Some(12);
        after.results[1] =
            ResultLine { raw: Some(52), scaled: Some(101), outcome: "AS".to_owned() };
        after.judgements[0] = "EXS".to_owned();
        after.scripts[3] = ScriptState::Traced;
        let found = words(&[before], &[after]);
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!(found[0], "Mark of Reading paper; 10; 12");
        assert!(found[1].contains("; 99, ") && found[1].contains("; 101, "), "{found:?}");
        assert_eq!(found[2], "Teacher assessment in writing; None; EXS");
        assert!(found[3].ends_with("; Here; Being traced"), "{found:?}");
    }

    #[test]
    fn pupils_and_scripts_that_come_and_go_are_named() {
        let (gone, come, mut found) = (pupil("gone"), pupil("come"), pupil("found"));
        let mut traced = found.clone();
        traced.scripts[5] = ScriptState::Traced;
        found.surname = "Other".to_owned();
        let all = words(&[gone, traced, pupil("other")], &[come, found, pupil("other")]);
        let expected = [
            "Not in the results; In the results",
            "In the results; Not in the results",
            "Another script; Replaced",
            "As before; Corrected",
            "Being traced; Here",
        ];
        assert_eq!(all.len(), expected.len(), "{all:?}");
        for (words, expected) in all.iter().zip(expected) {
            assert!(words.ends_with(expected), "{words} is not {expected}");
        }
    }
}
