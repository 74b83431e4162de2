//! The directory as its sealed files hold it: all of it, and beside it those who changed since.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Changed, Directory, Organisation, User};
use crate::domain::access::{Permission, Permissions};
use crate::domain::passwords::Kept;
use crate::domain::roles::Roles;
use crate::node::factors::{Factors, Link};
use crate::telemetry::Hidden;

/// All of it.
#[derive(Serialize, Deserialize)]
pub(in crate::node) struct File {
    organisations: Vec<OrganisationLine>,
    users: Vec<UserLine>,
    // These are missing from the files of the version before.
    #[serde(default)]
    cover: Vec<CoverLine>,
    #[serde(default)]
    passwords: Vec<PasswordLine>,
    #[serde(default)]
    factors: Vec<(i64, Factors)>,
    #[serde(default)]
    links: Vec<Link>,
    #[serde(default)]
    roles: Vec<Roles>,
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
    passwords: Vec<PasswordLine>,
    // None in the files of the version before, which read everybody when these changed.
    #[serde(default)]
    factors: Option<Vec<(i64, Factors)>>,
    #[serde(default)]
    links: Vec<Link>,
    #[serde(default)]
    roles: Vec<Roles>,
}

#[derive(Serialize, Deserialize)]
struct OrganisationLine(i64, String, String, Option<u32>, Option<u16>, Option<u32>);

#[derive(Serialize, Deserialize)]
struct UserLine(i64, String, String, String, u32, bool, Vec<(i64, Vec<String>)>);

/// User, when the password was set, and whether another one is asked for.
#[derive(Serialize, Deserialize)]
struct PasswordLine(i64, Option<Timestamp>, bool);

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
            passwords: directory.passwords.iter().map(password).collect(),
            factors: directory.factors.iter().map(|(id, own)| (*id, Factors::clone(own))).collect(),
            links: directory.links.values().flatten().cloned().collect(),
            roles: directory.roles.values().map(|own| Roles::clone(own)).collect(),
            stamp,
        }
    }
}

impl Changes {
    pub(in crate::node) fn new(directory: &Directory, asked: &BTreeSet<i64>, stamp: u64) -> Self {
        let users = || asked.iter().filter_map(|id| directory.by_id.get(id)).map(AsRef::as_ref);
        let ids: Vec<i64> = asked.iter().copied().collect();
        let (factors, links) = directory.factors_of(&ids);
        let roles = directory.roles_of(&ids);
        Self {
            stamp,
            asked: ids,
            users: users().map(line).collect(),
            cover: users().flat_map(cover).collect(),
            passwords: directory
                .passwords
                .iter()
                .filter(|(id, _)| asked.contains(id))
                .map(password)
                .collect(),
            factors: Some(factors),
            links,
            roles,
        }
    }

    /// Whom they are about.
    pub(in crate::node) fn asked(&self) -> BTreeSet<i64> {
        self.asked.iter().copied().collect()
    }

    pub(in crate::node) fn apply(self, directory: &Directory) -> Directory {
        let asked = self.asked;
        let (factors, links) = match self.factors {
            Some(factors) => (factors, self.links),
            None => directory.factors_of(&asked),
        };
        let changed = Changed {
            users: read_users(self.users, self.cover),
            passwords: self.passwords.into_iter().map(read_password).collect(),
            factors,
            links,
            roles: self.roles,
        };
        directory.changed(&asked, changed)
    }
}

impl Directory {
    /// What these users sign in with beside their passwords, and their accounts of an identity service.
    fn factors_of(&self, users: &[i64]) -> (Vec<(i64, Factors)>, Vec<Link>) {
        let own = |id: &i64| self.factors.get(id).map(|own| (*id, Factors::clone(own)));
        let links = users.iter().filter_map(|id| self.links.get(id)).flatten().cloned();
        (users.iter().filter_map(own).collect(), links.collect())
    }

    /// What an identity service last said of these users.
    fn roles_of(&self, users: &[i64]) -> Vec<Roles> {
        let theirs = self.roles.values().filter(|roles| users.contains(&roles.user));
        theirs.map(|own| Roles::clone(own)).collect()
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
            .with_passwords(file.passwords.into_iter().map(read_password))
            .with(file.factors, file.links)
            .with_roles(file.roles)
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

fn password((id, kept): (&i64, &Kept)) -> PasswordLine {
    PasswordLine(*id, kept.set_at, kept.must_change)
}

fn read_password(PasswordLine(id, set_at, must_change): PasswordLine) -> (i64, Kept) {
    (id, Kept { set_at, must_change })
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
        let roles = Roles {
            user: 7,
            organisation: 3,
            issuer: "https://id.example".to_owned(),
            place: "place".to_owned(),
            codes: None,
            looked_up_at: "2024-07-09T06:30:00Z".parse().unwrap(),
        };
        let directory = directory.with_passwords([(7, kept)]).with_roles(vec![roles.clone()]);
        let text = serde_json::to_string(&File::new(&directory, 1)).unwrap();
        let again = Directory::from(serde_json::from_str::<File>(&text).unwrap());
        assert_eq!((again.password(7), again.password(8)), (kept, Kept::default()));
        assert_eq!(again.roles(7, 3).map(|own| Roles::clone(own)), Some(roles));
        assert_eq!(serde_json::from_str::<Before>(&text).unwrap().users.len(), 1);
    }
}
