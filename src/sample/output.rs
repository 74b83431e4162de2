//! The folder being written: digests of all files, clear errors, nothing half-finished under the final name.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};

use super::{Plan, SCHOOLS_MAX, Scripts, YEARS};
use crate::domain::papers::Subject;

/// Why no sample was written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// None, or more than the country has.
    #[error("a sample has 1 to {SCHOOLS_MAX} schools, not {asked}")]
    Schools {
        /// What the plan says.
        asked: u32,
    },
    /// A year without two-digit UPN years or GIAS dates.
    #[error("the year {asked} is not between {} and {}", YEARS.start(), YEARS.end())]
    Year {
        /// What the plan says.
        asked: u16,
    },
    /// The tables are not those of GPS, reading and maths in this order.
    #[error("expected the conversion table of {}, found {}", expected.key(), found.key())]
    Table {
        /// The subject of the place.
        expected: Subject,
        /// The subject of the table.
        found: Subject,
    },
    /// Something is there already; nothing was changed.
    #[error("{} is not an empty folder: choose another, or remove it", path.display())]
    NotEmpty {
        /// The folder asked for.
        path: PathBuf,
    },
    /// No space left; what was written has been removed.
    #[error("the disk is full: cannot write {}", path.display())]
    DiskFull {
        /// The file that did not fit.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Any other refusal of the file system; what was written has been removed.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A worker ended without its result.
    #[error("a worker stopped before school {place}")]
    Worker {
        /// Place of the school in the sample.
        place: usize,
    },
}

impl SampleError {
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path, source }
            }
            _ => Self::Write { path, source },
        }
    }
}

/// Rows of a CSV file in memory; UTF-8 unless the caller hands other bytes.
#[derive(Debug)]
pub(super) struct Rows(csv::Writer<Vec<u8>>);

impl Rows {
    pub(super) fn new() -> Self {
        Self(csv::Writer::from_writer(Vec::new()))
    }

    pub(super) fn push<C: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.0.write_record(cells).expect("memory takes all, and rows of a file are equally long");
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0.into_inner().expect("memory takes all")
    }
}

/// A file that is being written, with its running digest.
#[derive(Debug)]
pub(super) struct Table {
    name: &'static str,
    path: PathBuf,
    file: io::BufWriter<File>,
    digest: Digest,
}

impl Table {
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), SampleError> {
        self.digest.0.update(bytes);
        self.file.write_all(bytes).map_err(SampleError::at(&self.path))
    }

    pub(super) fn row<C: AsRef<[u8]>>(
        &mut self,
        cells: impl IntoIterator<Item = C>,
    ) -> Result<(), SampleError> {
        let mut rows = Rows::new();
        rows.push(cells);
        self.append(&rows.into_bytes())
    }
}

/// A running SHA-256.
pub(super) struct Digest(Context);

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest")
    }
}

/// The SHA-256 of some bytes in lower-case hexadecimal.
pub(super) fn hex_digest(bytes: &[u8]) -> String {
    hex(digest(bytes).as_ref())
}

/// The SHA-256 of some bytes.
pub(super) fn digest(bytes: &[u8]) -> aws_lc_rs::digest::Digest {
    aws_lc_rs::digest::digest(&SHA256, bytes)
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|half| char::from(DIGITS[usize::from(half)]))
        .collect()
}

/// A sibling of the final folder, which becomes it at the end. Dropped earlier, it removes itself.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    out: PathBuf,
    digests: BTreeMap<String, String>,
    finished: bool,
}

#[derive(serde::Serialize)]
struct Manifest<'a> {
    year: u16,
    seed: u64,
    schools: u32,
    scripts: &'static str,
    files: &'a BTreeMap<String, String>,
}

impl Folder {
    /// Refuses a folder with anything in it; removes what a killed run for the same folder left behind.
    pub(super) fn create(out: &Path) -> Result<Self, SampleError> {
        let empty = match fs::read_dir(out) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        let (true, Some(name)) = (empty, out.file_name()) else {
            return Err(SampleError::NotEmpty { path: out.to_owned() });
        };
        let root = out.with_file_name(format!(".{}.partial", name.to_string_lossy()));
        if root.exists() {
            fs::remove_dir_all(&root).map_err(SampleError::at(&root))?;
        }
        fs::create_dir_all(root.join("gias")).map_err(SampleError::at(&root))?;
        Ok(Self { root, out: out.to_owned(), digests: BTreeMap::new(), finished: false })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Begins a file with its header.
    pub(super) fn table(&self, name: &'static str, columns: &[&str]) -> Result<Table, SampleError> {
        let path = self.root.join(name);
        let file = File::create_new(&path).map_err(SampleError::at(&path))?;
        let file = io::BufWriter::with_capacity(256 * 1024, file);
        let mut table = Table { name, path, file, digest: Digest(Context::new(&SHA256)) };
        table.row(columns)?;
        Ok(table)
    }

    /// Ends a file and notes its digest.
    pub(super) fn keep(&mut self, mut table: Table) -> Result<(), SampleError> {
        table.file.flush().map_err(SampleError::at(&table.path))?;
        self.note(table.name.to_owned(), hex(table.digest.0.finish().as_ref()));
        Ok(())
    }

    /// Notes the digest of a file written by somebody else.
    pub(super) fn note(&mut self, name: String, digest: String) {
        self.digests.insert(name, digest);
    }

    /// Writes the manifest and gives the folder its name.
    pub(super) fn finish(mut self, plan: &Plan) -> Result<(), SampleError> {
        let manifest = Manifest {
            year: plan.year,
            seed: plan.seed,
            schools: plan.schools,
            scripts: Scripts::key(plan.scripts),
            files: &self.digests,
        };
        let mut text = serde_json::to_vec_pretty(&manifest).expect("strings and numbers");
        text.push(b'\n');
        let path = self.root.join("manifest.json");
        let written = File::create_new(&path).and_then(|mut file| {
            file.write_all(&text)?;
            file.sync_all()
        });
        written.map_err(SampleError::at(&path))?;
        fs::rename(&self.root, &self.out).map_err(SampleError::at(&self.out))?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: the caller gets the error that led here, and the next run removes the rest.
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}
