//! Reads a workbook as a spreadsheet would: sheets, cells with their kinds, frozen rows, widths.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// A sheet.
#[derive(Debug, Default)]
pub struct Sheet {
    /// Cells by row and column, from 0.
    pub cells: BTreeMap<(usize, usize), Cell>,
    /// Rows that stay when the sheet is scrolled.
    pub frozen: usize,
    /// Columns whose width is set.
    pub widths: usize,
    /// The cells that the filter covers.
    pub filter: String,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text: never run.
    Text(String),
    /// A number that is shown as one.
    Number(f64),
    /// A day as `YYYY-MM-DD`, from a number that is shown as one.
    Day(String),
}

impl Sheet {
    /// What a row says, as a CSV would have it; blank where there is no cell.
    pub fn row(&self, row: usize, columns: usize) -> Vec<String> {
        let cell = |column| match self.cells.get(&(row, column)) {
            None => String::new(),
            Some(Cell::Text(text) | Cell::Day(text)) => text.clone(),
            Some(Cell::Number(number)) => number.to_string(),
        };
        (0..columns).map(cell).collect()
    }
}

/// Every sheet by its name.
pub fn read(workbook: &[u8]) -> BTreeMap<String, Sheet> {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let strings = texts(&part("xl/sharedStrings.xml"));
    let styles = part("xl/styles.xml");
    let names = part("xl/workbook.xml");
    let names = tags(&names, "sheet").into_iter().map(|sheet| attribute(&sheet, "name").unwrap());
    let sheets = (1..).zip(names).map(|(number, name)| {
        (name, sheet(&part(&format!("xl/worksheets/sheet{number}.xml")), &strings))
    });
    let sheets: BTreeMap<String, Sheet> = sheets.collect();
    let has_days =
        sheets.values().flat_map(|s| s.cells.values()).any(|c| matches!(c, Cell::Day(_)));
    assert_eq!(styles.contains("yyyy-mm-dd"), has_days);
    sheets
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|a| a.key.as_ref() == name)?;
    Some(found.value.into_owned())
}

fn tags(xml: &str, name: &str) -> Vec<BytesStart<'static>> {
    let mut reader = Reader::from_str(xml);
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == name => {
                found.push(tag.into_owned());
            }
            Event::Eof => return found,
            _ => (),
        }
    }
}

fn entity(name: &str) -> &str {
    match name {
        "apos" => "'",
        "amp" => "&",
        "quot" => "\"",
        "lt" => "<",
        "gt" => ">",
        other => panic!("&{other};"),
    }
}

/// The shared strings.
fn texts(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let mut found: Vec<String> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == "si" => found.push(String::new()),
            Event::Text(text) if !found.is_empty() => {
                found.last_mut().unwrap().push_str(&text.xml10_content());
            }
            Event::GeneralRef(name) => {
                found.last_mut().unwrap().push_str(entity(&name.xml10_content()));
            }
            Event::Eof => return found,
            _ => (),
        }
    }
}

fn sheet(xml: &str, strings: &[String]) -> Sheet {
    assert!(!xml.contains("<f>") && !xml.contains("<f "), "a formula");
    let mut sheet =
        Sheet { widths: tags(xml, "col").iter().map(columns).sum(), ..Sheet::default() };
    for pane in tags(xml, "pane") {
        sheet.frozen = attribute(&pane, "ySplit").unwrap().parse().unwrap();
        assert_eq!(attribute(&pane, "state").as_deref(), Some("frozen"));
    }
    for filter in tags(xml, "autoFilter") {
        sheet.filter = attribute(&filter, "ref").unwrap();
    }
    let mut reader = Reader::from_str(xml);
    let mut cell = None;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == "c" => cell = Some(tag.into_owned()),
            Event::Text(text) => {
                let Some(tag) = &cell else { continue };
                let value = text.xml10_content().into_owned();
                let value = match attribute(tag, "t").as_deref() {
                    Some("s") => Cell::Text(strings[value.parse::<usize>().unwrap()].clone()),
                    None if attribute(tag, "s").is_some() => Cell::Day(day(&value)),
                    None => Cell::Number(value.parse().unwrap()),
                    Some(kind) => panic!("a cell of kind {kind}"),
                };
                sheet.cells.insert(place(&attribute(tag, "r").unwrap()), value);
            }
            Event::End(tag) if tag.name().as_ref() == "c" => cell = None,
            Event::Eof => return sheet,
            _ => (),
        }
    }
}

/// How many columns an element is about.
fn columns(tag: &BytesStart<'_>) -> usize {
    let number = |name| attribute(tag, name).unwrap().parse::<usize>().unwrap();
    number("max") + 1 - number("min")
}

/// Days are counted from the end of 1899.
fn day(serial: &str) -> String {
    let days: i64 = serial.parse().unwrap();
    let first = jiff::civil::date(1899, 12, 30);
    first.checked_add(jiff::Span::new().days(days)).unwrap().to_string()
}

/// `C7` as row 6 and column 2.
fn place(reference: &str) -> (usize, usize) {
    let digits = reference.find(|c: char| c.is_ascii_digit()).unwrap();
    let column = reference[..digits].bytes().fold(0, |n, b| n * 26 + usize::from(b - b'A') + 1);
    (reference[digits..].parse::<usize>().unwrap() - 1, column - 1)
}
