//! The directory as its sealed files hold it: all of it, and beside it those who changed since.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Directory, Organisation, User};
use crate::domain::access::{Permission, Permissions};
use crate::telemetry::Hidden;

/// All of it.
#[derive(Serialize, Deserialize)]
pub(in crate::node) struct File {
    organisations: Vec<OrganisationLine>,
    users: Vec<UserLine>,
    // Both are missing from the files of the version before.
    #[serde(default)]
    cover: Vec<CoverLine>,
    /// Names this file to the one with the changes.
    #[serde(default)]
    pub(in crate::node) stamp: u64,
}

/// Those who changed since a file was written, as they are now.
#[derive(Default, Serialize, Deserialize)]
pub(in crate::node) struct Changes {
    /// Of that file; the changes of another one are older than this one.
    pub(in crate::node) stamp: u64,
    asked: Vec<i64>,
    users: Vec<UserLine>,
    cover: Vec<CoverLine>,
}

#[derive(Serialize, Deserialize)]
struct OrganisationLine(i64, String, String, Option<u32>, Option<u16>, Option<u32>);

#[derive(Serialize, Deserialize)]
struct UserLine(i64, String, String, String, u32, bool, Vec<(i64, Vec<String>)>);

/// User, organisation, from when, until when.
#[derive(Serialize, Deserialize)]
struct CoverLine(i64, i64, Timestamp, Timestamp);

impl File {
    pub(in crate::node) fn new(directory: &Directory, stamp: u64) -> Self {
        let organisation = |o: &Organisation| {
            let kind = o.kind.key().to_owned();
            OrganisationLine(o.id, kind, o.name.clone(), o.laestab, o.la_code, o.group_uid)
        };
        let users = || directory.by_id.values().map(AsRef::as_ref);
        Self {
            organisations: directory.organisations().map(organisation).collect(),
            users: users().map(line).collect(),
            cover: users().flat_map(cover).collect(),
            stamp,
        }
    }
}

impl Changes {
    pub(in crate::node) fn new(directory: &Directory, asked: &BTreeSet<i64>, stamp: u64) -> Self {
        let users = || asked.iter().filter_map(|id| directory.by_id.get(id)).map(AsRef::as_ref);
        Self {
            stamp,
            asked: asked.iter().copied().collect(),
            users: users().map(line).collect(),
            cover: users().flat_map(cover).collect(),
        }
    }

    /// Whom they are about.
    pub(in crate::node) fn asked(&self) -> BTreeSet<i64> {
        self.asked.iter().copied().collect()
    }

    pub(in crate::node) fn apply(self, directory: &Directory) -> Directory {
        let asked = self.asked.clone();
        directory.changed(&asked, read_users(self.users, self.cover))
    }
}

impl From<File> for Directory {
    fn from(file: File) -> Self {
        let organisation = |line: OrganisationLine| {
            let OrganisationLine(id, kind, name, laestab, la_code, group_uid) = line;
            let kind = kind.parse().ok()?;
            Some(Organisation { id, kind, name, laestab, la_code, group_uid })
        };
        let organisations = file.organisations.into_iter().filter_map(organisation).collect();
        Self::new(organisations, read_users(file.users, file.cover))
    }
}

fn line(user: &User) -> UserLine {
    let words = |p: &Permissions| p.iter().map(|p| p.key().to_owned()).collect();
    let memberships = user.memberships.iter().map(|(id, p)| (*id, words(p))).collect();
    UserLine(
        user.id,
        user.username.clone(),
        user.full_name.clone(),
        user.password_hash.expose().clone(),
        user.epoch,
        user.active,
        memberships,
    )
}

fn cover(user: &User) -> impl Iterator<Item = CoverLine> {
    user.cover
        .iter()
        .map(|(organisation, from, until)| CoverLine(user.id, *organisation, *from, *until))
}

fn read_users(users: Vec<UserLine>, cover: Vec<CoverLine>) -> Vec<User> {
    let mut standing_in: HashMap<i64, Vec<(i64, Timestamp, Timestamp)>> = HashMap::new();
    for CoverLine(user, organisation, from, until) in cover {
        standing_in.entry(user).or_default().push((organisation, from, until));
    }
    let permissions = |words: Vec<String>| -> Permissions {
        words.iter().filter_map(|word| word.parse::<Permission>().ok()).collect()
    };
    let read = |line: UserLine| {
        let UserLine(id, username, full_name, hash, epoch, active, memberships) = line;
        let memberships =
            memberships.into_iter().map(|(id, words)| (id, permissions(words))).collect();
        let password_hash = Hidden::new(hash);
        let cover = standing_in.remove(&id).unwrap_or_default();
        User { id, username, full_name, password_hash, epoch, active, memberships, cover }
    };
    users.into_iter().map(read).collect()
}
