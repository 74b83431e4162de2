//! A folder in place of a provider: one file a message, which people read there or on the demo's page.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::{From, Message, Outcome, reason};

/// Longest file that is read.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// Messages that a list shows at the most.
pub const LISTED_MAX: usize = 200;
/// What the name of a message's file ends in.
const ENDING: &str = "eml";

/// A folder of messages.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    from: From,
}

/// A message as the folder has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Name of its file, without the ending.
    pub id: String,
    /// To whom.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// When it was written, as its header says.
    pub date: String,
    /// Text.
    pub body: String,
}

impl Folder {
    /// A folder, made with the first message.
    pub fn new(path: PathBuf, from: From) -> Self {
        Self { path, from }
    }

    /// Writes a message; a second time it is the same file.
    pub(super) fn send(&self, message: &Message) -> Outcome {
        match self.write(message) {
            Ok(()) => Outcome::Taken(None),
            Err(error) => Outcome::Later(reason(&error.to_string())),
        }
    }

    fn write(&self, message: &Message) -> io::Result<()> {
        fs::create_dir_all(&self.path)?;
        let name =
            format!("{}-{}", message.written_at.strftime("%Y%m%dT%H%M%SZ"), message.reference);
        let next = self.path.join(format!(".{name}.next"));
        let mut file = fs::File::create(&next)?;
        file.write_all(eml(&self.from, message).as_bytes())?;
        file.sync_all()?;
        fs::rename(next, self.path.join(format!("{name}.{ENDING}")))
    }
}

/// A message with its head, in UTF-8 throughout (RFC 6532).
fn eml(from: &From, message: &Message) -> String {
    let date = rfc2822::to_string(&message.written_at.to_zoned(jiff::tz::TimeZone::UTC));
    let head = [
        ("From", format!("{} <{}>", from.name, from.address)),
        ("To", message.to.expose().clone()),
        ("Subject", message.subject.expose().clone()),
        ("Date", date.unwrap_or_default()),
        ("Message-ID", message_id(&message.reference, &from.address)),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("MIME-Version", "1.0".to_owned()),
        ("Content-Type", "text/plain; charset=utf-8".to_owned()),
        ("Content-Transfer-Encoding", "8bit".to_owned()),
    ];
    let lines = head.map(|(name, value)| format!("{name}: {}", super::value::one_line(&value)));
    format!("{}\n\n{}", lines.join("\n"), message.body.expose()).replace('\n', "\r\n")
}

/// The same at every try, so that programs for mail know a message that comes twice.
pub(super) fn message_id(reference: &str, from: &str) -> String {
    let host = from.rsplit_once('@').map_or("localhost", |(_, host)| host);
    format!("<{reference}@{host}>")
}

/// The newest messages of a folder first, as many as are shown.
pub fn list(folder: &Path) -> io::Result<Vec<Stored>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let of_message = |name: String| Some(name.strip_suffix(&format!(".{ENDING}"))?.to_owned());
    let mut ids: Vec<String> = names.filter_map(of_message).collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.truncate(LISTED_MAX);
    Ok(ids.iter().filter_map(|id| read(folder, id)).collect())
}

/// One message; none when there is no such file, or it is none of ours.
pub fn read(folder: &Path, id: &str) -> Option<Stored> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if id.is_empty() || !id.chars().all(plain) {
        return None;
    }
    let mut text = String::new();
    let file = fs::File::open(folder.join(format!("{id}.{ENDING}"))).ok()?;
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let header = |name: &str| {
        let value = |line: &'_ str| Some(line.strip_prefix(name)?.strip_prefix(": ")?.to_owned());
        head.split("\r\n").find_map(value).unwrap_or_default()
    };
    Some(Stored {
        id: id.to_owned(),
        to: header("To"),
        subject: header("Subject"),
        date: header("Date"),
        body: body.replace("\r\n", "\n"),
    })
}

/// When a message was written, from the name of its file.
pub fn written_at(id: &str) -> Option<Timestamp> {
    let (stamp, _) = id.split_once('-')?;
    let civil = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", stamp).ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Hidden;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail");
        assert_eq!(list(&path).unwrap(), []);
        let from = From { address: "a@b.example".to_owned(), name: "Results".to_owned() };
        let kept = Folder::new(path.clone(), from);
        let hidden = |text: &str| Hidden::new(text.to_owned());
        let message = |second: i64| Message {
            reference: format!("r{second}"),
            to: hidden("head@school.example"),
            subject: hidden("Zoë\r\nBcc: all@school.example"),
            body: hidden("Dear Zoë,\n\nText.\n"),
            written_at: Timestamp::from_second(1_720_506_600 + second).unwrap(),
        };
        for second in [1, 0, 2, 2] {
            assert_eq!(kept.send(&message(second)), Outcome::Taken(None));
        }
        let found = list(&path).unwrap();
        let ids: Vec<&str> = found.iter().map(|message| message.id.as_str()).collect();
        assert_eq!(ids, ["20240709T063002Z-r2", "20240709T063001Z-r1", "20240709T063000Z-r0"]);
        assert_eq!(found[0].subject, "Zoë Bcc: all@school.example");
        assert_eq!(
            (found[0].body.as_str(), found[0].to.as_str()),
            ("Dear Zoë,\n\nText.\n", "head@school.example")
        );
        assert_eq!(found[0].date, "Tue, 9 Jul 2024 06:30:02 +0000");
        assert_eq!(written_at(ids[1]), Some(message(1).written_at));
        for other in ["", "../mail/20240709T063002Z-r2", "none", "a/b", "."] {
            assert_eq!(read(&path, other), None, "{other}");
        }
    }
}
