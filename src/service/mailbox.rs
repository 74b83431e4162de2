//! The demo's mailbox: emails that went to a folder, for whoever tries the service out. No server has it.

use std::path::PathBuf;

use crate::mail::folder;
pub use crate::mail::folder::Stored;

/// A folder of emails that may be read by everybody.
#[derive(Clone, Debug)]
pub struct Mailbox {
    folder: PathBuf,
    origin: String,
}

/// A piece of an email's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Text(String),
    /// An address of this service, as a path.
    Link(String),
}

impl Mailbox {
    /// The mailbox in a folder; addresses of `origin` are links in it.
    pub fn new(folder: PathBuf, origin: &str) -> Self {
        Self { folder, origin: origin.to_owned() }
    }

    /// The newest emails first; an unreadable folder has none.
    pub fn list(&self) -> Vec<Stored> {
        folder::list(&self.folder).unwrap_or_default()
    }

    /// One email with its text in lines.
    pub fn read(&self, id: &str) -> Option<(Stored, Vec<Vec<Piece>>)> {
        let stored = folder::read(&self.folder, id)?;
        let lines = stored.body.lines().filter(|line| !line.trim().is_empty());
        let lines = lines.map(|line| self.pieces(line)).collect();
        Some((stored, lines))
    }

    /// A line with the addresses of this service as links; all others stay text.
    fn pieces(&self, line: &str) -> Vec<Piece> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~?=&%".contains(c);
        let piece = |word: &str| match word.trim_end().strip_prefix(&self.origin) {
            Some(path)
                if path.starts_with('/') && !path.starts_with("//") && path.chars().all(plain) =>
            {
                Piece::Link(path.to_owned())
            }
            _ => Piece::Text(word.to_owned()),
        };
        line.split_inclusive(' ').map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_service_are_links() {
        let mailbox = Mailbox::new(PathBuf::new(), "https://localhost:8443");
        let links = |line: &str| {
            let link = |piece| match piece {
                Piece::Link(path) => Some(path),
                Piece::Text(_) => None,
            };
            mailbox.pieces(line).into_iter().filter_map(link).collect::<Vec<_>>()
        };
        assert_eq!(links("See https://localhost:8443/help or call."), ["/help"]);
        for other in [
            "https://evil.example/help",
            "https://localhost:8443.evil.example/",
            "https://localhost:8443@evil.example/",
            "https://localhost:8443//evil.example",
            "https://localhost:8443/\"onclick",
            "javascript:https://localhost:8443/help",
        ] {
            assert_eq!(links(other), Vec::<String>::new(), "{other}");
        }
    }
}
