//! Invented pupils, some with names that break careless programs.

use jiff::civil::date;

use super::super::documents::Documents;
use super::super::files::SchoolFacts;
use super::super::printed::Printed;
use super::super::workbook::Workbooks;
use crate::blob::page::{PupilLine, PupilsPage, ResultLine, ScriptState};
use crate::domain::papers::{Paper, Subject};
use crate::domain::scores::{ConversionTable, Outcome};

/// Names that break careless programs.
pub(super) const HOSTILE: [(&str, &str); 10] = [
    ("=1+1", "@SUM(A1)"),
    ("<&> \"Ade\"", "O'Hara-O’Neill"),
    ("Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewiss", "Hubert"),
    ("Smith", "🦊 Fox"),
    ("שלום", "مرحبا"),
    ("Zoe\u{308}", "e\u{301}lodie"),
    ("Nguyễn", "Ŵyn Ŷsgol"),
    ("Łukaszewicz", "Şerife İpek"),
    ("\u{202e}evil", "nul\u{0}byte"),
    ("名前", "Ελένη Жанна"),
];

/// A school and its pupils.
pub(super) type School = (SchoolFacts, PupilsPage);

/// The year's real table of a subject.
pub(super) fn tables() -> [ConversionTable; 3] {
    Subject::ALL.map(|subject| {
        let root = env!("CARGO_MANIFEST_DIR");
        let path = format!("{root}/config/cycles/2024/scores/{}.csv", subject.key());
        let text = std::fs::read_to_string(path).unwrap();
        let rows = text.lines().skip(1).filter_map(|line| line.split_once(','));
        let rows: Vec<(u16, u8)> = rows
            .filter_map(|(raw, scaled)| Some((raw.parse().ok()?, scaled.trim().parse().ok()?)))
            .collect();
        ConversionTable::new(subject, &rows).unwrap()
    })
}

pub(super) fn documents(tables: &[ConversionTable; 3]) -> Documents<'_> {
    let release_day = date(2024, 7, 9);
    let printed = Printed { year: 2024, release_day, tables };
    Documents { printed, workbooks: Workbooks { tables, release_day } }
}

pub(super) fn facts(number: u32) -> SchoolFacts {
    let names =
        ["St Mary's \"C of E\" <Primary> School", "Ysgol Tŷ'r Felin", "Nether Wallop Primary"];
    let name = names[number as usize % 3].to_owned();
    SchoolFacts { laestab: 8_882_000 + number, urn: 100_000 + number, name }
}

/// A school with so many pupils; the first ones have hostile names.
pub(super) fn school(number: u32, pupils: usize) -> School {
    let facts = facts(number);
    let tables = tables();
    let pupils = (0..pupils).map(|n| pupil(&tables, facts.laestab, n)).collect();
    let (name, laestab) = (facts.name.clone(), facts.laestab);
    (facts, PupilsPage { name, laestab, pupils, scripts_delivered: true, corrections: Vec::new() })
}

fn pupil(tables: &[ConversionTable; 3], laestab: u32, n: usize) -> PupilLine {
    let (surname, forename) = HOSTILE.get(n).copied().unwrap_or((
        ["Ade", "Brown", "Clarke", "Davies", "Featherstonehaugh-Wriothesley"][n % 5],
        ["Tola", "Maisie", "Oliver", "Zainab", "Bartholomew"][n / 5 % 5],
    ));
    let code = Outcome::CODE_TABLE[n % Outcome::CODE_TABLE.len()].0;
    let result = |subject: usize| {
        let raw = u16::try_from((n * 7 + subject * 13) % 50).unwrap();
        let blank = subject == n % 3 && n % 4 == 3;
        let scaled = tables[subject].scaled(raw).filter(|_| !blank);
        let outcome = match scaled {
            _ if blank && !["AS", "NS", "N"].contains(&code) => code,
            None => "N",
            Some(100..) => "AS",
            Some(_) => "NS",
        };
        let raw = (!blank).then_some(raw);
        ResultLine {
            raw,
            scaled,
            outcome: if blank && outcome == "N" { "M" } else { outcome }.into(),
        }
    };
    let scripts = Paper::ALL
        .map(|paper| if n % 9 == paper.index() { ScriptState::Traced } else { ScriptState::Here });
    let results = [0, 1, 2].map(result);
    let mut marks = [30, 10, 25, 5, 20, 30].map(Some);
    for subject in Subject::ALL.into_iter().filter(|s| results[*s as usize].outcome == "M") {
        marks[subject.papers()[0].index()] = None;
    }
    PupilLine {
        reference: format!("{n:020}"),
        laestab,
        school: String::new(),
        upn: format!("A{:012}", 820_000_000_000_usize + laestab as usize * 100 + n),
        surname: surname.to_owned(),
        forename: forename.to_owned(),
        middle_names: if n.is_multiple_of(3) { "Marie" } else { "" }.to_owned(),
        born_on: format!("20{:02}-0{}-1{}", 12 + n % 2, 1 + n % 9, n % 10),
        sex: "F".to_owned(),
        marks,
        results,
        judgements: ["EXS", "HNM", "", "PK6"].map(str::to_owned),
        scripts,
    }
}
