//! The directory snapshot: organisations, users and what they may do, in memory on every node.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::domain::access::{OrganisationKind, Permission, Permissions};
use crate::domain::passwords::Kept;
use crate::telemetry::Hidden;

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Row id.
    pub id: i64,
    /// What it is.
    pub kind: OrganisationKind,
    /// Its name.
    pub name: String,
    /// DfE number of a school.
    pub laestab: Option<u32>,
    /// Authority code.
    pub la_code: Option<u16>,
    /// Group UID of a trust.
    pub group_uid: Option<u32>,
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// Row id.
    pub id: i64,
    /// Email address in lower case.
    pub username: String,
    /// Name to greet them with.
    pub full_name: String,
    /// Password hash in PHC format.
    pub password_hash: Hidden<String>,
    /// Sessions of an older epoch are over.
    pub epoch: u32,
    /// May sign in.
    pub active: bool,
    /// Organisation with what they may do there.
    pub memberships: Vec<(i64, Permissions)>,
}

impl User {
    /// What the user may do in an organisation.
    pub fn permissions_in(&self, organisation: i64) -> Permissions {
        let found = self.memberships.iter().find(|(id, _)| *id == organisation);
        found.map_or_else(Permissions::default, |(_, permissions)| *permissions)
    }
}

/// Everybody and everything that may sign in.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    by_name: HashMap<String, Arc<User>>,
    /// By row id, which nobody outside chooses: a quick hash is enough.
    by_id: FxHashMap<i64, Arc<User>>,
    organisations: FxHashMap<i64, Arc<Organisation>>,
    /// What is known of passwords, by row id of the user.
    passwords: FxHashMap<i64, Kept>,
    /// Organisations by their names in small letters, to be searched.
    names: Vec<(String, Arc<Organisation>)>,
}

impl Directory {
    /// Builds the snapshot.
    pub fn new(organisations: Vec<Organisation>, users: Vec<User>) -> Self {
        let mut directory = Self::default();
        for organisation in organisations {
            let organisation = Arc::new(organisation);
            directory.names.push((organisation.name.to_lowercase(), Arc::clone(&organisation)));
            directory.organisations.insert(organisation.id, organisation);
        }
        for user in users {
            let user = Arc::new(user);
            directory.by_id.insert(user.id, Arc::clone(&user));
            directory.by_name.insert(user.username.clone(), user);
        }
        directory
    }

    /// The same with what is known of passwords.
    #[must_use]
    pub fn with_passwords(mut self, passwords: impl IntoIterator<Item = (i64, Kept)>) -> Self {
        self.passwords = passwords.into_iter().collect();
        self
    }

    /// What is known of a user's password.
    pub fn password(&self, user: i64) -> Kept {
        self.passwords.get(&user).copied().unwrap_or_default()
    }

    /// Every user.
    pub fn people(&self) -> impl Iterator<Item = &Arc<User>> {
        self.by_id.values()
    }

    /// A user by email address; case and outer spaces do not matter.
    pub fn user_named(&self, username: &str) -> Option<&Arc<User>> {
        self.by_name.get(&username.trim().to_lowercase())
    }

    /// A user by row id.
    pub fn user(&self, id: i64) -> Option<&Arc<User>> {
        self.by_id.get(&id)
    }

    /// An organisation by row id.
    pub fn organisation(&self, id: i64) -> Option<&Arc<Organisation>> {
        self.organisations.get(&id)
    }

    /// Every organisation.
    pub fn organisations(&self) -> impl Iterator<Item = &Organisation> {
        self.organisations.values().map(Arc::as_ref)
    }

    /// Organisations whose names hold a text in small letters.
    pub fn organisations_called(&self, text: &str) -> impl Iterator<Item = &Arc<Organisation>> {
        self.names.iter().filter(move |(name, _)| name.contains(text)).map(|(_, found)| found)
    }

    /// A school by its DfE number.
    pub fn school(&self, laestab: u32) -> Option<&Arc<Organisation>> {
        self.organisations.values().find(|found| found.laestab == Some(laestab))
    }

    /// How many users it holds.
    pub fn users(&self) -> usize {
        self.by_id.len()
    }
}

/// The directory as its sealed file holds it.
#[derive(Serialize, Deserialize)]
pub(super) struct File {
    organisations: Vec<OrganisationLine>,
    users: Vec<UserLine>,
    /// A file of before this was kept has none.
    #[serde(default)]
    passwords: Vec<PasswordLine>,
}

#[derive(Serialize, Deserialize)]
struct OrganisationLine(i64, String, String, Option<u32>, Option<u16>, Option<u32>);

/// User, when the password was set, and whether another one is asked for.
#[derive(Serialize, Deserialize)]
struct PasswordLine(i64, Option<Timestamp>, bool);

#[derive(Serialize, Deserialize)]
struct UserLine(i64, String, String, String, u32, bool, Vec<(i64, Vec<String>)>);

impl From<&Directory> for File {
    fn from(directory: &Directory) -> Self {
        let organisation = |o: &Arc<Organisation>| {
            let kind = o.kind.key().to_owned();
            OrganisationLine(o.id, kind, o.name.clone(), o.laestab, o.la_code, o.group_uid)
        };
        let words = |p: &Permissions| p.iter().map(|p| p.key().to_owned()).collect();
        let user = |u: &Arc<User>| {
            let memberships = u.memberships.iter().map(|(id, p)| (*id, words(p))).collect();
            let hash = u.password_hash.expose().clone();
            UserLine(
                u.id,
                u.username.clone(),
                u.full_name.clone(),
                hash,
                u.epoch,
                u.active,
                memberships,
            )
        };
        let password = |(id, kept): (&i64, &Kept)| PasswordLine(*id, kept.set_at, kept.must_change);
        Self {
            organisations: directory.organisations.values().map(organisation).collect(),
            users: directory.by_id.values().map(user).collect(),
            passwords: directory.passwords.iter().map(password).collect(),
        }
    }
}

impl From<File> for Directory {
    fn from(file: File) -> Self {
        let organisation = |line: OrganisationLine| {
            let OrganisationLine(id, kind, name, laestab, la_code, group_uid) = line;
            let kind = kind.parse().ok()?;
            Some(Organisation { id, kind, name, laestab, la_code, group_uid })
        };
        let permissions = |words: Vec<String>| -> Permissions {
            words.iter().filter_map(|word| word.parse::<Permission>().ok()).collect()
        };
        let user = |line: UserLine| {
            let UserLine(id, username, full_name, hash, epoch, active, memberships) = line;
            let memberships =
                memberships.into_iter().map(|(id, words)| (id, permissions(words))).collect();
            let password_hash = Hidden::new(hash);
            User { id, username, full_name, password_hash, epoch, active, memberships }
        };
        let password = |PasswordLine(id, set_at, must_change)| (id, Kept { set_at, must_change });
        Self::new(
            file.organisations.into_iter().filter_map(organisation).collect(),
            file.users.into_iter().map(user).collect(),
        )
        .with_passwords(file.passwords.into_iter().map(password))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The version before knows two lists and passes over what else there is.
    #[derive(Deserialize)]
    struct Before {
        users: Vec<UserLine>,
    }

    #[test]
    fn a_file_of_the_version_before_is_read_and_it_reads_ours() {
        let before = r#"{"organisations":[],"users":[[7,"a@b.example","Ann","hash",3,true,[]]]}"#;
        let directory = Directory::from(serde_json::from_str::<File>(before).unwrap());
        assert_eq!((directory.users(), directory.password(7)), (1, Kept::default()));
        let set_at = Some("2024-07-09T06:30:00Z".parse().unwrap());
        let kept = Kept { set_at, must_change: true };
        let text =
            serde_json::to_string(&File::from(&directory.with_passwords([(7, kept)]))).unwrap();
        let again = Directory::from(serde_json::from_str::<File>(&text).unwrap());
        assert_eq!((again.password(7), again.password(8)), (kept, Kept::default()));
        assert_eq!(serde_json::from_str::<Before>(&text).unwrap().users.len(), 1);
    }
}
