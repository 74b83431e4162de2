//! The index of a pack: whose it is, which files it holds, where each lies and what its bytes must be.

use serde::{Deserialize, Serialize};

use super::encoding::{bytes_text, digest_text};

/// Whose pack it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackId {
    /// A school's own results, by DfE number.
    School(u32),
    /// The schools of an authority, by its code.
    Authority(u32),
    /// The schools of a trust, by Group UID.
    Trust(u32),
    /// The incoming pupils of a secondary, by its DfE number.
    Secondary(u32),
}

/// A file within a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SectionName {
    /// What the page shows.
    Page,
    /// `results.csv`.
    Csv,
    /// `results-with-ta.csv`.
    CsvWithTa,
    /// `results.xml`, a common transfer file.
    Ctf,
    /// `results.xlsx`.
    Xlsx,
    /// `results.pdf`.
    Pdf,
    /// `results.pdf` for those who may open scripts: it says which are missing.
    PdfWithScripts,
}

impl SectionName {
    /// Every section, in the order in which packs hold them.
    pub const ALL: [Self; 7] = [
        Self::Page,
        Self::Csv,
        Self::CsvWithTa,
        Self::Ctf,
        Self::Xlsx,
        Self::Pdf,
        Self::PdfWithScripts,
    ];

    /// Whether its rows name their school, so that those of one school can be left out.
    pub const fn is_cuttable(self) -> bool {
        matches!(self, Self::Csv | Self::CsvWithTa)
    }

    /// Whether nodes keep it in memory. The others are compressed by their own format already.
    pub const fn is_pinned(self) -> bool {
        match self {
            Self::Page | Self::Csv | Self::CsvWithTa | Self::Ctf => true,
            Self::Xlsx | Self::Pdf | Self::PdfWithScripts => false,
        }
    }
}

/// Where a section lies. One that is pinned is stored gzipped, and its identity form inflated on demand;
/// any other is stored as it is, and both forms are the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Which file.
    pub name: SectionName,
    /// First byte after the index.
    pub offset: u64,
    /// Length of the stored form.
    pub length: u64,
    /// Length of the identity form.
    pub identity_length: u64,
    /// SHA-256 of the stored form.
    #[serde(with = "digest_text")]
    pub digest: [u8; 32],
    /// SHA-256 of the identity form.
    #[serde(with = "digest_text")]
    pub identity_digest: [u8; 32],
    /// SHA-256 of each block of [`super::BLOCK_BYTES`] of a section that is not pinned.
    #[serde(with = "bytes_text", default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<u8>,
}

/// One script within the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptEntry {
    /// Opaque reference of the pupil.
    pub reference: String,
    /// Place of the paper in `Paper::ALL`.
    pub paper: u8,
    /// First byte of the PDF in the bundle.
    pub offset: u64,
    /// Its length.
    pub length: u64,
    /// Its SHA-256.
    #[serde(with = "digest_text")]
    pub digest: [u8; 32],
}

/// The bundle of a school's scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptsIndex {
    /// Object that holds it.
    pub key: String,
    /// Its length in bytes.
    pub length: u64,
    /// SHA-256 of the whole.
    #[serde(with = "digest_text")]
    pub digest: [u8; 32],
    /// SHA-256 of each block of [`super::BLOCK_BYTES`], one after the other.
    #[serde(with = "bytes_text")]
    pub blocks: Vec<u8>,
    /// Scripts in the order of the bundle.
    pub entries: Vec<ScriptEntry>,
    /// Where a corrected bundle goes on: what stayed the same is not written again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tail: Option<Tail>,
}

/// The blocks of a corrected bundle that are not those of the bundle before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tail {
    /// Object that holds them.
    pub key: String,
    /// The first of them; all before it lie in the object of the bundle before.
    pub from_block: u64,
}

/// The index of a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Whose it is: a pack in another's place is refused.
    pub id: PackId,
    /// Rises with each correction.
    pub revision: u32,
    /// SHA-256 of everything that it was made from, so that a build can go on where it stopped.
    #[serde(with = "digest_text")]
    pub inputs: [u8; 32],
    /// Files.
    pub sections: Vec<Section>,
    /// The school's scripts, where it has any.
    pub scripts: Option<ScriptsIndex>,
    /// The schools of an authority or trust; for a secondary, those that its pupils come from.
    pub schools: Vec<u32>,
    /// What was expected of a school, what came, and what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciliation: Option<super::Reconciliation>,
}
