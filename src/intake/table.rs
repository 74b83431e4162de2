//! A CSV file with a header: columns found by name in any order, each row with its line.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use csv::ByteRecord;

use super::problems::{Problem, Severity};

/// Longest field that any of our files may hold, in bytes.
const FIELD_BYTES_MAX: usize = 4096;
/// Bytes of a field that a message shows at the most.
const SHOWN_BYTES: usize = 80;
/// Bytes that are read of a file at once.
const READ_BYTES: usize = 256 * 1024;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// Windows-1252, as GIAS writes it. A text that is UTF-8 is refused: it would be read as something else.
    Windows1252,
    /// Field by field what it is: our own deliveries write UTF-8 where GIAS writes Windows-1252.
    Either,
}

impl Encoding {
    /// The text of a field, or what is wrong with it.
    fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, &'static str> {
        match (self, std::str::from_utf8(bytes)) {
            (Self::Windows1252, Ok(text)) if !text.is_ascii() => {
                Err("is UTF-8, not Windows-1252 as GIAS writes it")
            }
            (_, Ok(text)) if text.contains('\0') => Err("is no text: it holds a byte of 0"),
            (_, Ok(text)) => Ok(Cow::Borrowed(text)),
            (Self::Utf8, Err(_)) => Err("is not UTF-8"),
            (Self::Windows1252 | Self::Either, Err(_)) => {
                let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
                // Five bytes mean nothing in Windows-1252; the decoder makes them control characters.
                let is_control = |c: char| ('\u{80}'..'\u{a0}').contains(&c);
                if text.contains(is_control) {
                    return Err("is neither UTF-8 nor Windows-1252");
                }
                Ok(text)
            }
        }
    }
}

/// An open table.
pub struct Table {
    reader: csv::Reader<Box<dyn BufRead>>,
    name: String,
    encoding: Encoding,
    titles: Vec<String>,
    /// The reader counts a line at its `\n`, which in a file with `\r\n` comes after the record.
    lines_behind: u64,
    columns: Vec<usize>,
    record: ByteRecord,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table({})", self.name)
    }
}

/// A row whose wanted fields are UTF-8.
#[derive(Debug)]
pub struct Row<'a> {
    /// Line in the file, from 1.
    pub line: u64,
    fields: Vec<Cow<'a, str>>,
}

impl Row<'_> {
    /// The field of the wanted column with this number.
    pub fn get(&self, column: usize) -> &str {
        &self.fields[column]
    }
}

impl Table {
    /// Opens `folder/name` and finds the wanted columns.
    pub fn open(
        folder: &Path,
        name: &str,
        encoding: Encoding,
        wanted: &[&str],
    ) -> Result<Self, Problem> {
        let fatal = |e: std::io::Error| Problem::of_file(Severity::Fatal, name, e.to_string());
        let file = File::open(folder.join(name)).map_err(fatal)?;
        let source = BufReader::with_capacity(READ_BYTES, file);
        Self::of(name, Box::new(source), encoding, wanted)
    }

    /// Finds the wanted columns of a table that comes from anywhere; `name` is for messages.
    pub fn of(
        name: &str,
        mut source: Box<dyn BufRead>,
        encoding: Encoding,
        wanted: &[&str],
    ) -> Result<Self, Problem> {
        let fatal = |text: String| Problem::of_file(Severity::Fatal, name, text);
        let start = source.fill_buf().map_err(|e| fatal(e.to_string()))?;
        if start.is_empty() {
            return Err(fatal("the file is empty".to_owned()));
        }
        let lines_behind = u64::from(ends_with_return(start));
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source);
        let header = reader.byte_headers().map_err(|e| fatal(e.to_string()))?.clone();
        let titles: Vec<String> = header
            .iter()
            .map(|t| String::from_utf8_lossy(t.strip_prefix(b"\xef\xbb\xbf").unwrap_or(t)).into())
            .collect();
        let mut columns = Vec::with_capacity(wanted.len());
        let mut missing = Vec::new();
        for title in wanted {
            match titles.iter().position(|t| t == title) {
                Some(column) => columns.push(column),
                None => missing.push(*title),
            }
        }
        if !missing.is_empty() {
            let text = format!("column {} is missing from the header", missing.join(", "));
            return Err(Problem { line: 1, ..fatal(text) });
        }
        let (name, record) = (name.to_owned(), ByteRecord::new());
        Ok(Self { reader, name, encoding, titles, lines_behind, columns, record })
    }

    /// File name within its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The next row, none at the end. A row that cannot be read is a fatal problem; reading may go on.
    pub fn next_row(&mut self) -> Option<Result<Row<'_>, Problem>> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Some(self.row()),
            Ok(false) => None,
            Err(error) => {
                let text = format!("cannot be read further: {error}");
                self.record.clear();
                Some(Err(Problem::of_file(Severity::Fatal, &self.name, text)))
            }
        }
    }

    fn row(&self) -> Result<Row<'_>, Problem> {
        let line = self.record.position().map_or(0, csv::Position::line) + self.lines_behind;
        let damaged = |text: String| {
            let problem = Problem::of_file(Severity::Fatal, &self.name, text);
            Problem { line, ..problem }
        };
        let (width, found) = (self.titles.len(), self.record.len());
        if found != width {
            let last = self.titles.get(found.saturating_sub(1)).map_or("", String::as_str);
            return Err(damaged(format!(
                "the row has {found} fields, the header {width}: the file is cut off or damaged \
                 here, at column {last}"
            )));
        }
        let mut fields = Vec::with_capacity(self.columns.len());
        for &column in &self.columns {
            let bytes = &self.record[column];
            let wrong = |text: String| Problem {
                field: self.titles[column].clone(),
                value: String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN_BYTES)]).into_owned(),
                ..damaged(text)
            };
            if bytes.len() > FIELD_BYTES_MAX {
                return Err(wrong(format!("is longer than {FIELD_BYTES_MAX} bytes")));
            }
            fields.push(self.encoding.decode(bytes).map_err(|text| wrong(text.to_owned()))?);
        }
        Ok(Row { line, fields })
    }
}

/// Whether the first line ends with `\r\n`.
fn ends_with_return(start: &[u8]) -> bool {
    let end = start.iter().position(|byte| *byte == b'\n');
    end.is_some_and(|end| end > 0 && start[end - 1] == b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_a_cut_row_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let text = b"\xef\xbb\xbfmark,upn\r\n12,A\r\n\"1\r\n3\",B\r\n7\r\n";
        std::fs::write(folder.path().join("marks.csv"), text).unwrap();
        let mut table =
            Table::open(folder.path(), "marks.csv", Encoding::Utf8, &["upn", "mark"]).unwrap();
        let row = table.next_row().unwrap().unwrap();
        assert_eq!((row.line, row.get(0), row.get(1)), (2, "A", "12"));
        assert_eq!(table.next_row().unwrap().unwrap().get(0), "B");
        let problem = table.next_row().unwrap().unwrap_err();
        assert_eq!((problem.line, problem.severity), (5, Severity::Fatal));
        assert!(table.next_row().is_none());
        let missing =
            Table::open(folder.path(), "marks.csv", Encoding::Utf8, &["paper"]).unwrap_err();
        assert_eq!(missing.problem, "column paper is missing from the header");
    }

    #[track_caller]
    fn decoded(encoding: Encoding, bytes: &[u8], expected: Result<&str, &str>) {
        let text = [b"other,name\r\nx,".as_slice(), bytes, b"\r\n"].concat();
        let source = Box::new(std::io::Cursor::new(text));
        let mut table = Table::of("g.csv", source, encoding, &["name"]).unwrap();
        let read = table.next_row().unwrap();
        let read = read.map(|row| row.get(0).to_owned());
        let expected = expected.map_err(|what| (2, "name".to_owned(), what.to_owned()));
        let told = read.map_err(|problem| (problem.line, problem.field, problem.problem));
        assert_eq!(told, expected.map(str::to_owned));
    }

    #[test]
    fn the_gias_extract_is_windows_1252_and_nothing_else() {
        use Encoding::{Either, Utf8, Windows1252};
        let (windows, utf8) = (b"St Zo\xeb\x92s".as_slice(), "St Zo\u{eb}\u{2019}s".as_bytes());
        let name = Ok("St Zo\u{eb}\u{2019}s");
        decoded(Windows1252, windows, name);
        decoded(Windows1252, utf8, Err("is UTF-8, not Windows-1252 as GIAS writes it"));
        decoded(Utf8, utf8, name);
        decoded(Utf8, windows, Err("is not UTF-8"));
        decoded(Either, windows, name);
        decoded(Either, utf8, name);
        decoded(Either, b"St \x81", Err("is neither UTF-8 nor Windows-1252"));
        decoded(Windows1252, b"S\0t\0", Err("is no text: it holds a byte of 0"));
    }
}
