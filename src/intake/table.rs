//! A CSV file with a header: columns found by name in any order, each row with its line.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use csv::ByteRecord;

use super::problems::{Problem, Severity};

/// Longest field that any of our files may hold, in bytes.
const FIELD_BYTES_MAX: usize = 4096;
/// Largest Windows-1252 file, decoded in memory, in bytes.
const EXTRACT_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// Windows-1252, as GIAS writes it.
    Windows1252,
}

/// An open table.
pub struct Table {
    reader: csv::Reader<Box<dyn BufRead>>,
    name: String,
    width: usize,
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
    fields: Vec<&'a str>,
}

impl<'a> Row<'a> {
    /// The field of the wanted column with this number.
    pub fn get(&self, column: usize) -> &'a str {
        self.fields[column]
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
        let fatal = |text: String| Problem::of_file(Severity::Fatal, name, text);
        let mut source = source(&folder.join(name), encoding).map_err(|e| fatal(e.to_string()))?;
        let start = source.fill_buf().map_err(|e| fatal(e.to_string()))?;
        let lines_behind = u64::from(ends_with_return(start));
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source);
        let header = reader.byte_headers().map_err(|e| fatal(e.to_string()))?.clone();
        let titles: Vec<&[u8]> =
            header.iter().map(|t| t.strip_prefix(b"\xef\xbb\xbf").unwrap_or(t)).collect();
        let mut columns = Vec::with_capacity(wanted.len());
        let mut missing = Vec::new();
        for title in wanted {
            match titles.iter().position(|t| *t == title.as_bytes()) {
                Some(column) => columns.push(column),
                None => missing.push(*title),
            }
        }
        if !missing.is_empty() {
            return Err(fatal(format!("column {} is missing from the header", missing.join(", "))));
        }
        let width = header.len();
        let (name, record) = (name.to_owned(), ByteRecord::new());
        Ok(Self { reader, name, width, lines_behind, columns, record })
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
            Err(Problem { line, ..problem })
        };
        if self.record.len() != self.width {
            return damaged(format!(
                "the row has {} fields, the header {}: the file is cut off or damaged here",
                self.record.len(),
                self.width
            ));
        }
        let mut fields = Vec::with_capacity(self.columns.len());
        for &column in &self.columns {
            match std::str::from_utf8(&self.record[column]) {
                Ok(text) if text.len() <= FIELD_BYTES_MAX => fields.push(text),
                Ok(_) => return damaged(format!("a field is longer than {FIELD_BYTES_MAX} bytes")),
                Err(_) => return damaged("a field is not UTF-8".to_owned()),
            }
        }
        Ok(Row { line, fields })
    }
}

/// Whether the first line ends with `\r\n`.
fn ends_with_return(start: &[u8]) -> bool {
    let end = start.iter().position(|byte| *byte == b'\n');
    end.is_some_and(|end| end > 0 && start[end - 1] == b'\r')
}

fn source(path: &Path, encoding: Encoding) -> std::io::Result<Box<dyn BufRead>> {
    let file = File::open(path)?;
    match encoding {
        Encoding::Utf8 => Ok(Box::new(BufReader::with_capacity(256 * 1024, file))),
        Encoding::Windows1252 => {
            if file.metadata()?.len() > EXTRACT_BYTES_MAX {
                return Err(std::io::Error::other("the extract is larger than 512 MiB"));
            }
            let mut bytes = Vec::new();
            file.take(EXTRACT_BYTES_MAX).read_to_end(&mut bytes)?;
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
            Ok(Box::new(Cursor::new(text.into_owned().into_bytes())))
        }
    }
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

    #[test]
    fn the_gias_extract_is_windows_1252() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("g.csv"), b"name\r\nSt Zo\xeb\x92s\r\n").unwrap();
        let mut table =
            Table::open(folder.path(), "g.csv", Encoding::Windows1252, &["name"]).unwrap();
        assert_eq!(table.next_row().unwrap().unwrap().get(0), "St Zo\u{eb}\u{2019}s");
    }
}
