//! The delivery as an outsider finds it: read back from disk, file by file.

mod delivery;
mod organisations;
mod results;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Plan, Progress, SampleError, Scripts, Summary, write};
use crate::domain::papers::Subject;
use crate::domain::scores::ConversionTable;

/// The tables of a year, from the configuration that the program is delivered with.
fn tables(year: u16) -> [ConversionTable; 3] {
    Subject::ALL.map(|subject| {
        let path = format!("config/cycles/{year}/scores/{}.csv", subject.key());
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("raw,scaled"), "{path}");
        assert_eq!(lines.by_ref().take(3).collect::<Vec<_>>(), ["0,N", "1,N", "2,N"], "{path}");
        let rows: Vec<(u16, u8)> = lines
            .map(|line| line.split_once(',').unwrap())
            .map(|(raw, scaled)| (raw.parse().unwrap(), scaled.parse().unwrap()))
            .collect();
        ConversionTable::new(subject, &rows).unwrap()
    })
}

fn plan(schools: u32, seed: u64, scripts: Scripts) -> Plan {
    Plan { year: 2024, schools, seed, scripts }
}

/// A delivery on disk that goes away with the value.
struct Delivery {
    folder: tempfile::TempDir,
    summary: Summary,
}

impl Delivery {
    fn write(plan: &Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let summary = write(plan, &tables(2024), &folder.path().join("out"), &mut |_| ()).unwrap();
        Self { folder, summary }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// The rows of a UTF-8 file by column name.
    fn rows(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        parse(&fs::read(self.path().join(name)).unwrap())
    }

    /// The establishments, decoded from Windows-1252.
    fn establishments(&self) -> Vec<BTreeMap<String, String>> {
        let bytes = fs::read(self.path().join("gias/edubasealldata.csv")).unwrap();
        parse(encoding_rs::WINDOWS_1252.decode(&bytes).0.as_bytes())
    }

    /// Every file with its bytes.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        gather(&self.path(), &self.path(), &mut files);
        files
    }
}

fn parse(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(bytes).into_deserialize().map(Result::unwrap).collect()
}

fn gather(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read(&path).unwrap());
        }
    }
}
