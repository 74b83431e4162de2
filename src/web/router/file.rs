//! Files of results by their names.

/// A file of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// `results.csv`.
    Csv,
    /// `results-with-ta.csv`.
    CsvWithTa,
    /// `results.xml`.
    Ctf,
    /// `results.xlsx`.
    Xlsx,
    /// `results.pdf`.
    Pdf,
    /// `scripts.zip`.
    Bundle,
}

impl File {
    /// Whether a node keeps it in memory.
    pub const fn is_in_memory(self) -> bool {
        matches!(self, Self::Csv | Self::CsvWithTa | Self::Ctf)
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "results.csv" => Some(Self::Csv),
            "results-with-ta.csv" => Some(Self::CsvWithTa),
            "results.xml" => Some(Self::Ctf),
            "results.xlsx" => Some(Self::Xlsx),
            "results.pdf" => Some(Self::Pdf),
            "scripts.zip" => Some(Self::Bundle),
            _ => None,
        }
    }
}
