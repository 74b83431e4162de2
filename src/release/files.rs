//! The files of a school: results.csv, the same with teacher assessment, and the common transfer file.

use std::borrow::Cow;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::blob::page::PupilLine;
use crate::domain::papers::Subject;

/// What the files say of the school beside its pupils.
#[derive(Clone, Debug)]
pub struct SchoolFacts {
    /// DfE number.
    pub laestab: u32,
    /// Stable number.
    pub urn: u32,
    /// Name.
    pub name: String,
}

/// Columns before the teacher assessment.
const COLUMNS: [&str; 23] = [
    "DfENumber",
    "URN",
    "SchoolName",
    "UPN",
    "Surname",
    "Forename",
    "MiddleNames",
    "DOB",
    "Sex",
    "GPSPaper1",
    "GPSPaper2",
    "GPSRaw",
    "GPSScaled",
    "GPSOutcome",
    "ReadingRaw",
    "ReadingScaled",
    "ReadingOutcome",
    "MathsPaper1",
    "MathsPaper2",
    "MathsPaper3",
    "MathsRaw",
    "MathsScaled",
    "MathsOutcome",
];
/// Columns of teacher assessment.
const JUDGEMENTS: [&str; 4] = ["WritingTA", "ScienceTA", "ReadingTA", "MathsTA"];
/// Last columns, empty until there are applications and reviews.
const LAST: [&str; 2] = ["SpecialConsideration", "ReviewStatus"];
/// Byte order mark, so that a spreadsheet reads UTF-8.
pub const BOM: &str = "\u{feff}";

/// Which CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// Tests only.
    Tests,
    /// With teacher assessment.
    WithJudgements,
}

/// The titles of the columns.
pub fn titles(columns: Columns) -> Vec<&'static str> {
    let judgements: &[&str] = if columns == Columns::WithJudgements { &JUDGEMENTS } else { &[] };
    [&COLUMNS, judgements, &LAST].concat()
}

/// The header row, with its line end.
pub fn header(columns: Columns) -> String {
    titles(columns).join(",") + "\r\n"
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Words, and numbers that nobody counts with.
    Text(String),
    /// A mark or a score; blank where there is none.
    Number(Option<u16>),
    /// A day as `YYYY-MM-DD`.
    Day(String),
}

/// The rows of a school's pupils.
pub fn rows(school: &SchoolFacts, pupils: &[PupilLine], columns: Columns) -> Vec<u8> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for pupil in pupils {
        let cells = cells(school, pupil, columns).into_iter().map(|cell| match cell {
            Value::Text(text) | Value::Day(text) => safe(&text).into_owned(),
            Value::Number(number) => number.map(|n| n.to_string()).unwrap_or_default(),
        });
        writer.write_record(cells).expect("writing to memory");
    }
    writer.into_inner().expect("writing to memory")
}

/// The cells of a pupil, below [`titles`].
pub fn cells(school: &SchoolFacts, pupil: &PupilLine, columns: Columns) -> Vec<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    let mark = |index: usize| Value::Number(pupil.marks[index].map(u16::from));
    let [gps, reading, maths] = &pupil.results;
    let mut cells = vec![
        Value::Text(school.laestab.to_string()),
        Value::Text(school.urn.to_string()),
        text(&school.name),
        text(&pupil.upn),
        text(&pupil.surname),
        text(&pupil.forename),
        text(&pupil.middle_names),
        Value::Day(pupil.born_on.clone()),
        text(&pupil.sex),
        mark(0),
        mark(1),
    ];
    // Reading has one paper, so its mark is its raw mark.
    for (result, papers) in [(gps, 0..0), (reading, 0..0), (maths, 3..6)] {
        cells.extend(papers.map(mark));
        cells.push(Value::Number(result.raw));
        cells.push(Value::Number(result.scaled.map(u16::from)));
        cells.push(text(&result.outcome));
    }
    if columns == Columns::WithJudgements {
        cells.extend(pupil.judgements.iter().map(|code| text(code)));
    }
    cells.extend([text(""), text("")]);
    cells
}

/// A cell that a spreadsheet would run is made text.
fn safe(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// Subject and component names of the transfer file. The official names are in a data set that is not
/// public with the format; they are kept here in one place until it is.
const CTF_SUBJECTS: [(Subject, &str); 3] =
    [(Subject::Gps, "GPS"), (Subject::Reading, "ENG"), (Subject::Maths, "MAT")];
const CTF_JUDGEMENTS: [&str; 4] = ["WRI", "SCI", "ENG", "MAT"];

/// Between whom pupils are transferred: a school hands on its own, a secondary receives from many.
#[derive(Clone, Copy, Debug)]
pub enum Party<'a> {
    /// The school that entered the pupils.
    Source(&'a SchoolFacts),
    /// The secondary that takes them in.
    Destination(&'a SchoolFacts),
}

/// A common transfer file.
pub fn transfer_file(party: Party<'_>, year: u16, pupils: &[PupilLine]) -> Vec<u8> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    write_transfer(&mut writer, party, year, pupils).expect("writing to memory");
    writer.into_inner()
}

type Xml = Writer<Vec<u8>>;

fn write_transfer(
    writer: &mut Xml,
    party: Party<'_>,
    year: u16,
    pupils: &[PupilLine],
) -> std::io::Result<()> {
    let (element, school) = match party {
        Party::Source(school) => ("SourceSchool", school),
        Party::Destination(school) => ("DestSchool", school),
    };
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer.create_element("CTfile").write_inner_content(|w| {
        w.create_element("Header").write_inner_content(|w| {
            text(w, "DocumentName", "Common Transfer File")?;
            text(w, "CTFversion", &format!("{}.0", (year - 1) % 100))?;
            text(w, "DocumentQualifier", "partial")?;
            text(w, "SupplierID", "Daybreak")?;
            w.create_element(element).write_inner_content(|w| {
                text(w, "LEA", &(school.laestab / 10_000).to_string())?;
                text(w, "Estab", &format!("{:04}", school.laestab % 10_000))?;
                text(w, "URN", &school.urn.to_string())?;
                text(w, "SchoolName", &school.name)?;
                text(w, "AcademicYear", &(year - 1).to_string())
            })?;
            Ok(())
        })?;
        w.create_element("CTFpupilData").write_inner_content(|w| {
            pupils.iter().try_for_each(|pupil| write_pupil(w, year, pupil))
        })?;
        Ok(())
    })?;
    Ok(())
}

fn write_pupil(writer: &mut Xml, year: u16, pupil: &PupilLine) -> std::io::Result<()> {
    writer.create_element("Pupil").write_inner_content(|w| {
        text(w, "UPN", &pupil.upn)?;
        text(w, "Surname", &pupil.surname.to_uppercase())?;
        text(w, "Forename", &pupil.forename.to_uppercase())?;
        text(w, "DOB", &pupil.born_on)?;
        text(w, "Sex", &pupil.sex)?;
        w.create_element("StageAssessments").write_inner_content(|w| {
            w.create_element("KeyStage").write_inner_content(|w| {
                text(w, "Stage", "KS2")?;
                write_tests(w, year, pupil)?;
                for (subject, code) in CTF_JUDGEMENTS.iter().zip(&pupil.judgements) {
                    if !code.is_empty() {
                        assessment(w, year, [subject, "TA", "TOT", "NC"], code)?;
                    }
                }
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(())
}

fn write_tests(writer: &mut Xml, year: u16, pupil: &PupilLine) -> std::io::Result<()> {
    for ((_, subject), result) in CTF_SUBJECTS.iter().zip(&pupil.results) {
        if let Some(raw) = result.raw {
            assessment(writer, year, [subject, "TT", "TOT", "NM"], &raw.to_string())?;
        }
        if let Some(scaled) = result.scaled {
            assessment(writer, year, [subject, "TT", "TOT", "NS"], &scaled.to_string())?;
        }
        assessment(writer, year, [subject, "TT", "TOT", "NC"], &result.outcome)?;
    }
    Ok(())
}

/// One assessment: subject, method, component and qualifier, then the result.
fn assessment(writer: &mut Xml, year: u16, names: [&str; 4], result: &str) -> std::io::Result<()> {
    writer.create_element("StageAssessment").write_inner_content(|w| {
        text(w, "Locale", "ENG")?;
        text(w, "Year", &year.to_string())?;
        text(w, "Subject", names[0])?;
        text(w, "Method", names[1])?;
        text(w, "Component", names[2])?;
        text(w, "ResultStatus", "R")?;
        text(w, "ResultQualifier", names[3])?;
        text(w, "Result", result)
    })?;
    Ok(())
}

fn text(writer: &mut Xml, name: &str, value: &str) -> std::io::Result<()> {
    writer.create_element(name).write_text_content(BytesText::new(value))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_would_run_is_made_text() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+44", "'+44"),
            ("-a", "'-a"),
            ("@a", "'@a"),
            ("O'Hara", "O'Hara"),
            ("'Amato", "'Amato"),
        ] {
            assert_eq!(safe(cell), written);
        }
    }

    #[test]
    fn the_header_is_the_one_that_schools_software_reads() {
        assert_eq!(
            header(Columns::Tests),
            "DfENumber,URN,SchoolName,UPN,Surname,Forename,MiddleNames,DOB,Sex,GPSPaper1,GPSPaper2,GPSRaw,GPSScaled,GPSOutcome,ReadingRaw,ReadingScaled,ReadingOutcome,MathsPaper1,MathsPaper2,MathsPaper3,MathsRaw,MathsScaled,MathsOutcome,SpecialConsideration,ReviewStatus\r\n"
        );
        assert!(header(Columns::WithJudgements).ends_with(
            "MathsOutcome,WritingTA,ScienceTA,ReadingTA,MathsTA,SpecialConsideration,ReviewStatus\r\n"
        ));
    }
}
