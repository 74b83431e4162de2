//! Who signed in for an organisation, who opened its pupils' results, and what was done to its users.

use std::sync::Arc;

use jiff::Timestamp;

use super::away::{Away, reach};
use super::results::Actor;
use crate::node::Node;
use crate::store::Store;
use crate::store::accesses::{AccessRow, Audited, ReadAccesses};

/// Entries of one page.
const PAGE: usize = 50;

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Signed in.
    SignedIn,
    /// Signed out.
    SignedOut,
    /// Was not let in: a wrong password, say.
    Refused,
    /// Opened a page or took a file of results, by the name of the file.
    Opened(String),
    /// Did something to a user, by their email address.
    User(Done, String),
    /// Confirmed the term's review of users.
    Reviewed,
    /// Began to look at the portal as the organisation sees it, for a reason.
    Looked(String),
    /// The look ended.
    LookEnded,
}

/// What was done to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// They were created.
    Created,
    /// What is kept of them, or what they may do, was changed.
    Changed,
    /// They were removed.
    Removed,
    /// They were suspended.
    Suspended,
    /// They were suspended because they had not signed in for long.
    Dormant,
    /// They were let in again.
    Reactivated,
    /// They were invited again.
    Invited,
    /// The time for which they stood in was over.
    CoverEnded,
}

impl Done {
    /// From the audit's word; none of a newer program's.
    fn parse(action: &str) -> Option<Self> {
        Some(match action {
            "user.created" => Self::Created,
            "user.amended" => Self::Changed,
            "user.removed" => Self::Removed,
            "user.suspended" => Self::Suspended,
            "user.dormant" => Self::Dormant,
            "user.reactivated" => Self::Reactivated,
            "user.invited" => Self::Invited,
            "user.cover_ended" => Self::CoverEnded,
            _ => return None,
        })
    }
}

/// One entry of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// When.
    pub at: Timestamp,
    /// Name of the person; none of somebody who has no account any more.
    pub who: Option<String>,
    /// Whether the service did it by itself.
    pub by_itself: bool,
    /// The organisation they acted for, where it is another one.
    pub for_whom: Option<String>,
    /// What they did.
    pub act: Act,
}

/// A page of the record, the newest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its entries.
    pub entries: Vec<Access>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// The last entry of a page: the next page begins behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(Timestamp, i64);

impl Cursor {
    /// From an address; none where nobody can have been given it.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, seq) = text.split_once('.')?;
        Some(Self(Timestamp::from_microsecond(at.parse().ok()?).ok()?, seq.parse().ok()?))
    }

    /// As it stands in an address.
    pub fn in_address(self) -> String {
        format!("{}.{}", self.0.as_microsecond(), self.1)
    }
}

/// Records of organisations, read behind the row policies. Clones share it.
#[derive(Clone, Debug)]
pub struct Accesses {
    node: Node,
    store: Arc<Store>,
}

impl Accesses {
    /// `store` is the database as the role that serves users.
    pub fn new(node: Node, store: Store) -> Self {
        Self { node, store: Arc::new(store) }
    }

    /// A page of the record of the actor's organisation.
    pub async fn of(&self, actor: &Actor, before: Option<Cursor>) -> Result<Page, Away> {
        let work = ReadAccesses {
            organisation: actor.organisation.id,
            before: before.map(|Cursor(at, seq)| (at, seq)),
            count_max: i64::try_from(PAGE + 1).expect("a page is short"),
        };
        let what = "the record of accesses is out of reach";
        let mut rows = reach(&self.store, &self.node, &work, what).await?;
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let next = rows.last().filter(|_| more).map(|row| Cursor(row.at, row.seq));
        let entries = rows.into_iter().filter_map(|row| self.entry(actor, row)).collect();
        Ok(Page { entries, next })
    }

    fn entry(&self, actor: &Actor, row: AccessRow) -> Option<Access> {
        let directory = self.node.directory();
        if let Some(audited) = row.audited {
            return self.audited(actor, row.at, &row.kind, audited);
        }
        let act = match (row.kind.as_str(), row.file) {
            ("signed_in", _) => Act::SignedIn,
            ("signed_out", _) => Act::SignedOut,
            ("refused", _) => Act::Refused,
            (_, file) => Act::Opened(file?),
        };
        let who = row.user.and_then(|id| directory.user(id)).map(|user| user.full_name.clone());
        let other = row.organisation.filter(|id| *id != actor.organisation.id);
        let for_whom = other.and_then(|id| directory.organisation(id)).map(|o| o.name.clone());
        Some(Access { at: row.at, who, by_itself: false, for_whom, act })
    }

    fn audited(&self, actor: &Actor, at: Timestamp, action: &str, told: Audited) -> Option<Access> {
        let act = match action {
            "users.reviewed" => Act::Reviewed,
            "viewing.began" => Act::Looked(told.detail),
            "viewing.ended" => Act::LookEnded,
            action => Act::User(Done::parse(action)?, told.whom),
        };
        let directory = self.node.directory();
        let who = directory.user_named(&told.actor);
        // Somebody of elsewhere, such as the staff, with where they are from.
        let elsewhere = who.filter(|who| !who.is_member(actor.organisation.id, at));
        let for_whom = elsewhere.and_then(|who| {
            let (id, _) = who.organisations(at).next()?;
            directory.organisation(id).map(|organisation| organisation.name.clone())
        });
        let by_itself = !told.actor.contains('@');
        Some(Access { at, who: who.map(|who| who.full_name.clone()), by_itself, for_whom, act })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_what_was_given_out() {
        let cursor = Cursor("2024-07-09T06:30:00.000123Z".parse().unwrap(), 17);
        assert_eq!(Cursor::parse(&cursor.in_address()), Some(cursor));
        for bad in ["", "1", "a.b", "1.2.3", "99999999999999999999.1", "1."] {
            assert_eq!(Cursor::parse(bad), None, "{bad}");
        }
    }
}
