//! The workbook has what the CSV has, each cell as what it is.

use super::fixture::{documents, school, tables};
use super::sheet::{Cell, Sheet, read};
use crate::domain::papers::Subject;
use crate::domain::scores::Outcome;
use crate::release::files::{Columns, header, rows};

/// The CSV's rows, without the apostrophes that keep a CSV's cells from being run.
fn csv_rows(schools: &[super::fixture::School]) -> Vec<Vec<String>> {
    let mut text = header(Columns::WithJudgements).into_bytes();
    for (facts, page) in schools {
        text.extend(rows(facts, &page.pupils, Columns::WithJudgements));
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_slice());
    let bare = |cell: &str| match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
        // A control character has no place in a workbook; it is written in words.
        _ => cell.replace('\0', "_x0000_"),
    };
    reader.records().map(|row| row.unwrap().iter().map(bare).collect()).collect()
}

fn results(sheet: &Sheet, expected: &[Vec<String>]) {
    for (number, row) in expected.iter().enumerate() {
        assert_eq!(&sheet.row(number, row.len()), row, "row {number}");
    }
    assert!(sheet.cells.keys().all(|(row, _)| *row < expected.len()));
    let titles = &expected[0];
    for ((row, column), cell) in sheet.cells.iter().filter(|((row, _), _)| *row > 0) {
        let title = titles[*column].as_str();
        let number = ["Raw", "Scaled", "Paper"].iter().any(|part| title.contains(part));
        let fits = match cell {
            Cell::Number(_) => number,
            Cell::Day(_) => title == "DOB",
            Cell::Text(_) => !number && title != "DOB",
        };
        assert!(fits, "{title} of row {row} is {cell:?}");
    }
    assert_eq!((sheet.frozen, sheet.widths), (1, titles.len()));
    assert_eq!(sheet.filter, format!("A1:AC{}", expected.len()));
}

#[test]
fn the_workbook_says_what_the_csv_says() {
    let tables = tables();
    for schools in
        [vec![], vec![school(1, 0)], vec![school(1, 1)], vec![school(1, 30), school(2, 150)]]
    {
        let pupils: Vec<_> =
            schools.iter().map(|(facts, page)| (facts, &page.pupils[..])).collect();
        let workbook = documents(&tables).workbooks.write(&pupils).unwrap();
        let sheets = read(&workbook);
        assert_eq!(sheets.keys().collect::<Vec<_>>(), ["Outcomes", "Raw to scaled", "Results"]);
        results(&sheets["Results"], &csv_rows(&schools));
        let again = documents(&tables).workbooks.write(&pupils).unwrap();
        assert!(workbook == again, "the same results give the same bytes");
    }
}

#[test]
fn the_workbook_has_the_codes_and_the_tables_of_the_year() {
    let tables = tables();
    let sheets = read(&documents(&tables).workbooks.write(&[]).unwrap());
    let codes = &sheets["Outcomes"];
    for (row, (code, words)) in (1..).zip(Outcome::CODE_TABLE) {
        let code = if code.is_empty() { "Blank" } else { code };
        assert_eq!(codes.row(row, 2), [code, words]);
    }
    let scores = &sheets["Raw to scaled"];
    for (place, table) in tables.iter().enumerate() {
        let pair = |row: usize| scores.row(row, 9)[place * 3..place * 3 + 2].to_vec();
        assert_eq!(pair(0)[0], Subject::ALL[place].title());
        assert_eq!(pair(2), ["0", "Too few marks"]);
        for (raw, scaled) in table.rows() {
            assert_eq!(pair(usize::from(raw) + 2), [raw.to_string(), scaled.to_string()]);
        }
    }
}
