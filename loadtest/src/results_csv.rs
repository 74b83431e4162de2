//! A school's `results.csv`: every row must be of that school, whole, and in the order of the contract.

use std::collections::BTreeSet;

use crate::fault::Fault;

/// Columns that both files of results have, by their names.
const COLUMNS: [&str; 25] = [
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
    "SpecialConsideration",
    "ReviewStatus",
];
/// Where teacher assessments stand in the file that has them.
const TEACHER_ASSESSMENT: [&str; 4] = ["WritingTA", "ScienceTA", "ReadingTA", "MathsTA"];
/// They come before the last two columns.
const BEFORE: usize = COLUMNS.len() - 2;

/// What a right file says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The school's name, alike in every row.
    pub(crate) school: String,
    /// The unique pupil numbers.
    pub(crate) upns: BTreeSet<String>,
}

/// Reads the file of one school.
pub(crate) fn read(text: &[u8], laestab: &str, with_ta: bool) -> Result<Contents, Fault> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").ok_or(Fault::Format)?;
    if !text.ends_with(b"\r\n") {
        return Err(Fault::Format);
    }
    let mut rows = csv::Reader::from_reader(text);
    let mut columns = COLUMNS.to_vec();
    if with_ta {
        columns.splice(BEFORE..BEFORE, TEACHER_ASSESSMENT);
    }
    if rows.headers().map_err(|_| Fault::Format)? != columns {
        return Err(Fault::Contents);
    }
    let mut contents = Contents { school: String::new(), upns: BTreeSet::new() };
    for row in rows.records() {
        let row = row.map_err(|_| Fault::Format)?;
        add(&mut contents, &row, laestab)?;
    }
    if contents.upns.is_empty() { Err(Fault::Contents) } else { Ok(contents) }
}

fn add(contents: &mut Contents, row: &csv::StringRecord, laestab: &str) -> Result<(), Fault> {
    let (number, school, upn) = (&row[0], &row[2], &row[3]);
    if number != laestab {
        return Err(Fault::WrongSchool);
    }
    if contents.school.is_empty() {
        school.clone_into(&mut contents.school);
    }
    if school.is_empty() || school != contents.school {
        return Err(Fault::WrongSchool);
    }
    let outcomes = [(11, 12, 13), (14, 15, 16), (20, 21, 22)];
    let sound = outcomes
        .iter()
        .all(|(raw, scaled, outcome)| is_sound(&row[*raw], &row[*scaled], &row[*outcome]));
    if upn.len() != 13 || !sound || !contents.upns.insert(upn.to_owned()) {
        return Err(Fault::Contents);
    }
    Ok(())
}

/// Whether raw mark, scaled score and outcome of a subject go together.
fn is_sound(raw: &str, scaled: &str, outcome: &str) -> bool {
    let score: Option<u32> = scaled.parse().ok();
    let mark: Option<u32> = raw.parse().ok();
    match outcome {
        "AS" => mark.is_some() && score.is_some_and(|score| (100..=120).contains(&score)),
        "NS" => mark.is_some() && score.is_some_and(|score| (80..100).contains(&score)),
        "N" => mark.is_some_and(|mark| mark <= 2) && scaled.is_empty(),
        _ => raw.is_empty() && scaled.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "2132011,136504,Hill School,K213201117209,Yusuf,Dylan,,2013-02-22,M,31,17,48,106,AS,20,95,NS,25,12,17,54,100,AS,,";

    fn file(rows: &[&str]) -> Vec<u8> {
        let rows: String = rows.iter().map(|row| (*row).to_owned() + "\r\n").collect();
        format!("\u{feff}{}\r\n{rows}", COLUMNS.join(",")).into_bytes()
    }

    #[track_caller]
    fn refused(rows: &[&str], fault: Fault) {
        assert_eq!(read(&file(rows), "2132011", false), Err(fault));
    }

    #[test]
    fn a_right_file_is_read() {
        let second = ROW.replace("K213201117209", "A213201117210");
        let contents = read(&file(&[ROW, &second]), "2132011", false).unwrap();
        assert_eq!((contents.school.as_str(), contents.upns.len()), ("Hill School", 2));
    }

    #[test]
    fn one_row_of_another_school_is_found() {
        let other = ROW.replace("2132011,136504", "2132048,136505").replace("K2132", "B2132");
        refused(&[ROW, &other], Fault::WrongSchool);
    }

    #[test]
    fn impossible_results_are_found() {
        refused(&[&ROW.replace("48,106,AS", "48,99,AS")], Fault::Contents);
        refused(&[&ROW.replace("20,95,NS", ",95,A")], Fault::Contents);
        refused(&[&ROW.replace("20,95,NS", "5,,N")], Fault::Contents);
        refused(&[ROW, ROW], Fault::Contents);
        refused(&[], Fault::Contents);
    }

    #[test]
    fn a_pupil_without_a_result_is_right() {
        for gone in [",,A", ",,M", ",,B", "2,,N"] {
            let row = ROW.replace("20,95,NS", gone);
            assert!(read(&file(&[&row]), "2132011", false).is_ok(), "{gone}");
        }
    }

    #[test]
    fn a_file_that_is_cut_is_found() {
        let whole = file(&[ROW]);
        assert_eq!(read(&whole[..whole.len() - 3], "2132011", false), Err(Fault::Format));
        assert_eq!(read(b"", "2132011", false), Err(Fault::Format));
        assert_eq!(read(&whole, "2132011", true), Err(Fault::Contents));
    }
}
