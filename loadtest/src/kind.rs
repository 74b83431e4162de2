//! Kinds of requests, as the report tells them apart.

use serde::Serialize;

/// What a request was for. A closed list: nothing from outside makes a new row in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// `GET /sign-in`: the form, or the waiting page.
    Door,
    /// The post of name and password.
    SignIn,
    /// A page of results, the countdown included.
    Page,
    /// `results.csv` and `results-with-ta.csv`.
    Csv,
    /// `results.xml`, the common transfer file.
    Xml,
    /// `results.pdf`.
    Pdf,
    /// `results.xlsx`.
    Xlsx,
    /// One script, a PDF file.
    Script,
    /// `scripts.zip`, all scripts of a school.
    Scripts,
    /// `GET /queue/status`.
    Poll,
    /// Style sheets, scripts and pictures of the first page.
    Asset,
    /// A file of another school, which has to be refused.
    Foreign,
}

impl Kind {
    /// All kinds, in the order of the report.
    pub(crate) const ALL: [Self; 12] = [
        Self::Door,
        Self::SignIn,
        Self::Page,
        Self::Csv,
        Self::Xml,
        Self::Pdf,
        Self::Xlsx,
        Self::Script,
        Self::Scripts,
        Self::Poll,
        Self::Asset,
        Self::Foreign,
    ];

    /// Its name for people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Door => "sign-in page",
            Self::SignIn => "sign-in",
            Self::Page => "results page",
            Self::Csv => "csv",
            Self::Xml => "xml",
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
            Self::Script => "one script",
            Self::Scripts => "scripts.zip",
            Self::Poll => "queue poll",
            Self::Asset => "asset",
            Self::Foreign => "foreign file",
        }
    }

    /// Whether it counts as a download of the hour's figures.
    pub(crate) fn is_download(self) -> bool {
        match self {
            Self::Csv | Self::Xml | Self::Pdf | Self::Xlsx | Self::Script | Self::Scripts => true,
            Self::Door | Self::SignIn | Self::Page | Self::Poll | Self::Asset | Self::Foreign => {
                false
            }
        }
    }
}
