//! Where the extracts of the national register are: a folder or an address, a set of files a day.

use std::path::PathBuf;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::{Bytes, BytesMut};
use jiff::ToSpan;
use jiff::civil::Date;
use reqwest::StatusCode;

use crate::intake::gias::{Content, Extract, FILE_BYTES_MAX, Part, read_file};

/// An extract that is older than this many days is not taken.
const DAYS_BACK: i64 = 7;
/// Wait for a connection.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// Wait for a whole file.
const FILE_WAIT: Duration = Duration::from_mins(5);
/// Addresses that one leads to at the most.
const REDIRECTS_MAX: usize = 3;

/// Where files are.
#[derive(Clone, Debug)]
pub enum Place {
    /// A folder.
    Folder(PathBuf),
    /// An address, without a slash at its end.
    Address(String),
}

/// Names of the files of a day: `{date}` stands for `YYYYMMDD`.
#[derive(Clone, Debug)]
pub struct Names {
    /// Every school.
    pub schools: String,
    /// Every group.
    pub groups: String,
    /// Who is a member of which group.
    pub memberships: String,
    /// Which school went on as which; empty if nobody says.
    pub successors: String,
}

/// Where extracts are, and what they are called.
#[derive(Clone, Debug)]
pub struct Source {
    place: Place,
    names: Names,
    client: reqwest::Client,
}

/// Why a file is not had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file that cannot be read.
    #[error("{0} cannot be read")]
    File(String, #[source] std::io::Error),
    /// An address that does not answer.
    #[error("{0} did not answer")]
    Address(String, #[source] reqwest::Error),
    /// An answer that is not the file.
    #[error("{0} answered {1}")]
    Status(String, StatusCode),
    /// More than anybody would send.
    #[error("{0} is larger than {FILE_BYTES_MAX} bytes")]
    TooLarge(String),
}

/// The extract of a day.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The day.
    pub on: Date,
    /// SHA-256 of all its files together.
    pub digest: Vec<u8>,
    /// The files.
    pub extract: Extract,
}

impl Source {
    /// A source; nothing is asked yet.
    pub fn new(place: Place, names: Names) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_WAIT)
            .timeout(FILE_WAIT)
            .redirect(reqwest::redirect::Policy::limited(REDIRECTS_MAX))
            .build()?;
        Ok(Self { place, names, client })
    }

    /// The newest extract of today or the days before that is newer than what was seen.
    pub async fn newest(
        &self,
        today: Date,
        seen: Option<Date>,
    ) -> Result<Option<Fetched>, SourceError> {
        for back in 0..=DAYS_BACK {
            let on = today.saturating_sub(back.days());
            if seen.is_some_and(|seen| seen >= on) {
                return Ok(None);
            }
            // In the morning not all files of a day need be there yet: then it is the day before's turn.
            if let Some(fetched) = self.of(on).await? {
                return Ok(Some(fetched));
            }
        }
        Ok(None)
    }

    /// The extract of a day, if all its files are there.
    pub async fn of(&self, on: Date) -> Result<Option<Fetched>, SourceError> {
        let date = on.strftime("%Y%m%d").to_string();
        let mut context = Context::new(&SHA256);
        let mut parts = Vec::new();
        let Names { schools, groups, memberships, successors } = &self.names;
        let wanted = [schools, groups, memberships, successors];
        for pattern in wanted.into_iter().filter(|pattern| !pattern.is_empty()) {
            let name = pattern.replace("{date}", &date);
            let Some(bytes) = self.file(&name).await? else { return Ok(None) };
            context.update(&(bytes.len() as u64).to_be_bytes());
            context.update(&bytes);
            parts.push(Part { name, content: Content::Bytes(bytes) });
        }
        let mut parts = parts.into_iter();
        let (Some(schools), Some(groups), Some(memberships)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Ok(None);
        };
        let extract = Extract { schools, groups, memberships, successors: parts.next() };
        Ok(Some(Fetched { on, digest: context.finish().as_ref().to_vec(), extract }))
    }

    async fn file(&self, name: &str) -> Result<Option<Bytes>, SourceError> {
        match &self.place {
            Place::Address(address) => self.fetch(format!("{address}/{name}")).await,
            Place::Folder(folder) => {
                let path = folder.join(name);
                let shown = path.display().to_string();
                let read = tokio::task::spawn_blocking(move || read_file(&path)).await;
                match read.unwrap_or_else(|stopped| Err(std::io::Error::other(stopped))) {
                    Ok(bytes) => Ok(Some(bytes)),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(SourceError::File(shown, error)),
                }
            }
        }
    }

    async fn fetch(&self, address: String) -> Result<Option<Bytes>, SourceError> {
        let away =
            |error: reqwest::Error| SourceError::Address(address.clone(), error.without_url());
        let mut answer = self.client.get(&address).send().await.map_err(away)?;
        match answer.status() {
            StatusCode::OK => (),
            StatusCode::NOT_FOUND => return Ok(None),
            other => return Err(SourceError::Status(address, other)),
        }
        let mut bytes = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(away)? {
            if (bytes.len() + chunk.len()) as u64 > FILE_BYTES_MAX {
                return Err(SourceError::TooLarge(address));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes.freeze()))
    }
}
