//! `results.xlsx`: the cells of the CSV with their types, the codes, and the year's tables.

use jiff::civil::Date;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, IgnoreError, Workbook, Worksheet, XlsxError,
};

use super::files::{Columns, SchoolFacts, Value, cells, titles};
use crate::blob::page::PupilLine;
use crate::domain::scores::{ConversionTable, LEAST_SCORED_RAW, Outcome};

/// Schools with their pupils, in the order of the file.
pub type Schools<'a> = [(&'a SchoolFacts, &'a [PupilLine])];

/// Widest column, in characters.
const WIDTH_MAX: usize = 40;
/// Room for the arrow of the filter beside a heading, in characters.
const ARROW: usize = 4;

/// What all workbooks of a build share.
#[derive(Clone, Copy, Debug)]
pub struct Workbooks<'a> {
    /// The year's tables.
    pub tables: &'a [ConversionTable; 3],
    /// Stands in the file as the day on which it was made, so that the same results give the same bytes.
    pub release_day: Date,
}

impl Workbooks<'_> {
    /// Writes the workbook of some schools.
    pub fn write(&self, schools: &Schools<'_>) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let day = self.release_day;
        let (year, month, on) = (day.year().unsigned_abs(), day.month(), day.day());
        let made = ExcelDateTime::from_ymd(year, month.unsigned_abs(), on.unsigned_abs())?;
        let properties = DocProperties::new().set_creation_datetime(&made);
        book.set_properties(&properties.set_title("Key stage 2 results").set_author("Daybreak"));
        results(book.add_worksheet(), schools)?;
        outcomes(book.add_worksheet())?;
        self.scores(book.add_worksheet())?;
        book.save_to_buffer()
    }

    /// Each subject's raw marks and scaled scores, side by side.
    fn scores(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        sheet.set_name("Raw to scaled")?.set_freeze_panes(2, 0)?;
        for (place, table) in self.tables.iter().enumerate() {
            let column = number(place * 3);
            let subject = table.subject();
            sheet.merge_range(0, column, 0, column + 1, subject.title(), &heading())?;
            sheet.write_with_format(1, column, "Raw mark", &heading())?;
            sheet.write_with_format(1, column + 1, "Scaled score", &heading())?;
            sheet.set_column_width(column, 18)?.set_column_width(column + 1, 18)?;
            let unscored = (0..LEAST_SCORED_RAW).map(|raw| (raw, None));
            let scored = table.rows().map(|(raw, scaled)| (raw, Some(scaled)));
            for (row, (raw, scaled)) in (2..).zip(unscored.chain(scored)) {
                sheet.write(row, column, raw)?;
                match scaled {
                    Some(scaled) => sheet.write(row, column + 1, scaled)?,
                    None => sheet.write(row, column + 1, Outcome::short_words("N"))?,
                };
            }
        }
        Ok(())
    }
}

fn heading() -> Format {
    Format::new().set_bold().set_align(FormatAlign::Left)
}

/// A column of a sheet; there are never more than a few dozen.
fn number(column: usize) -> u16 {
    u16::try_from(column).expect("a few dozen columns")
}

fn results(sheet: &mut Worksheet, schools: &Schools<'_>) -> Result<(), XlsxError> {
    let titles = titles(Columns::WithJudgements);
    let mut widths: Vec<usize> = titles.iter().map(|title| title.len() + ARROW).collect();
    sheet.set_name("Results")?.set_freeze_panes(1, 0)?;
    for (column, title) in titles.iter().enumerate() {
        sheet.write_with_format(0, number(column), *title, &heading())?;
    }
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let pupils = schools.iter().flat_map(|(facts, pupils)| pupils.iter().map(move |p| (facts, p)));
    let mut row = 0;
    for (facts, pupil) in pupils {
        row += 1;
        for (column, value) in cells(facts, pupil, Columns::WithJudgements).iter().enumerate() {
            widths[column] = widths[column].max(write(sheet, (row, number(column)), value, &day)?);
        }
    }
    sheet.autofilter(0, 0, row, number(titles.len() - 1))?;
    for (column, width) in widths.into_iter().enumerate() {
        let width = u32::try_from(width.min(WIDTH_MAX)).expect("at most a few characters");
        sheet.set_column_width(number(column), width + 1)?;
    }
    // DfE numbers and URNs are names, not quantities: no warning that they are text.
    sheet.ignore_error_range(1, 0, row.max(1), 1, IgnoreError::NumberStoredAsText)?;
    Ok(())
}

/// Writes a cell as what it is, and gives its width in characters. Text is never taken for a formula.
fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    value: &Value,
    day: &Format,
) -> Result<usize, XlsxError> {
    match value {
        Value::Text(text) if text.is_empty() => Ok(0),
        Value::Number(None) => Ok(0),
        Value::Text(text) => {
            sheet.write_string(row, column, text)?;
            Ok(text.chars().count())
        }
        Value::Number(Some(number)) => {
            sheet.write_number(row, column, *number)?;
            Ok(3)
        }
        Value::Day(text) => {
            match ExcelDateTime::parse_from_str(text) {
                Ok(date) => sheet.write_datetime_with_format(row, column, date, day)?,
                Err(_) => sheet.write_string(row, column, text)?,
            };
            Ok(text.len())
        }
    }
}

fn outcomes(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("Outcomes")?.set_freeze_panes(1, 0)?;
    sheet.set_column_width(0, 10)?.set_column_width(1, 60)?;
    sheet.write_with_format(0, 0, "Code", &heading())?;
    sheet.write_with_format(0, 1, "Meaning", &heading())?;
    for (row, (code, words)) in (1..).zip(Outcome::CODE_TABLE) {
        sheet.write_string(row, 0, if code.is_empty() { "Blank" } else { code })?;
        sheet.write_string(row, 1, words)?;
    }
    Ok(())
}
