//! What a journal holds: ids, never names.

use std::borrow::Cow;
use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Records that nobody waits for and that wait to be written with the next group.
const LATER_MAX: usize = 65_536;
/// How far back a record looks for one of the same download.
const MERGED_MAX: usize = 64;

/// What became of a record that nobody waits for.
#[derive(Debug)]
pub(super) enum Gathered {
    /// It is the first of a group.
    First,
    /// It is with others, or one with one of them.
    More,
    /// Too many wait.
    NoRoom(Box<Record>),
}

/// Adds a record to a group; the ends of one download become one record.
pub(super) fn gather(later: &mut Vec<Record>, record: Record) -> Gathered {
    if let Some(same) = later.iter_mut().rev().take(MERGED_MAX).find(|r| r.goes_on_in(&record)) {
        same.go_on(&record);
        return Gathered::More;
    }
    if later.len() >= LATER_MAX {
        return Gathered::NoRoom(Box::new(record));
    }
    later.push(record);
    if later.len() == 1 { Gathered::First } else { Gathered::More }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A session began.
    SignedIn,
    /// A sign-in was refused.
    Refused,
    /// A session was ended by its user.
    SignedOut,
    /// A page or file of results was allowed, before its first byte.
    Granted,
    /// A granted answer is over.
    Ended,
}

impl Kind {
    /// The word in the database.
    pub const fn key(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::Refused => "refused",
            Self::SignedOut => "signed_out",
            Self::Granted => "granted",
            Self::Ended => "ended",
        }
    }
}

/// What somebody signed in with beside their password; each is good for one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Second {
    /// A code of their app, by the number of its half minute.
    Code(i64),
    /// A recovery code, by its row id.
    Recovery(i64),
    /// A passkey, by its row id.
    Passkey(i64),
    /// The identity service of the sector, in place of the password.
    Service,
}

/// One record. Holds ids, never names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When, in service time.
    pub at: Timestamp,
    /// What.
    pub kind: Kind,
    /// Row id of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<i64>,
    /// Row id of the organisation that the user acted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<i64>,
    /// First bytes of the session id, in hexadecimal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub session: String,
    /// DfE number of the school whose results they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub school: Option<u32>,
    /// Which file.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub file: Cow<'static, str>,
    /// Release that it is of.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub release: String,
    /// First byte and length of what was allowed, or bytes sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<(u64, u64)>,
    /// Whether all of it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
    /// Lane and number of the place in the queue with which somebody signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<(u8, u64)>,
    /// Seconds from that place until somebody was let in, and whether that was longer than they were first told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited: Option<(u16, bool)>,
    /// Event and epoch of that queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<(u32, u16)>,
    /// The whole id of the session that began, so that it can be ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole_session: Option<[u8; 16]>,
    /// Browser and system in words of ours, of a session that began.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub device: String,
    /// What was shown beside the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<Second>,
    /// How often a passkey that was shown has signed, where it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<u32>,
    /// Address of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
}

#[expect(clippy::ptr_arg, reason = "as serde calls it")]
fn is_empty(text: &Cow<'static, str>) -> bool {
    text.is_empty()
}

impl Record {
    /// A record with only its time and kind.
    pub fn new(at: Timestamp, kind: Kind) -> Self {
        Self {
            at,
            kind,
            user: None,
            organisation: None,
            session: String::new(),
            school: None,
            file: Cow::Borrowed(""),
            release: String::new(),
            bytes: None,
            complete: None,
            place: None,
            waited: None,
            queue: None,
            whole_session: None,
            device: String::new(),
            second: None,
            counter: None,
            address: None,
        }
    }

    /// Whether a later record tells of the same download, and how it ended is the same.
    fn goes_on_in(&self, later: &Self) -> bool {
        self.kind == later.kind
            && self.session == later.session
            && (self.user, self.school, self.complete) == (later.user, later.school, later.complete)
            && (&self.file, &self.release) == (&later.file, &later.release)
            && self.bytes.is_some()
    }

    /// Adds the bytes of a later record of the same download.
    fn go_on(&mut self, later: &Self) {
        if let (Some((first, sent)), Some((other, more))) = (&mut self.bytes, later.bytes) {
            *first = (*first).min(other);
            *sent += more;
        }
        self.at = later.at;
    }
}
