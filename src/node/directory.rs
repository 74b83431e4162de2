//! The directory snapshot: organisations, users and what they may do, in memory on every node.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::factors::{Factors, Link};
use crate::domain::access::{OrganisationKind, Permission, Permissions};
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
    /// Of those who have any, by row id of the user.
    factors: FxHashMap<i64, Arc<Factors>>,
    links: Vec<Link>,
}

impl Directory {
    /// Builds the snapshot.
    pub fn new(organisations: Vec<Organisation>, users: Vec<User>) -> Self {
        let mut directory = Self::default();
        for organisation in organisations {
            directory.organisations.insert(organisation.id, Arc::new(organisation));
        }
        for user in users {
            let user = Arc::new(user);
            directory.by_id.insert(user.id, Arc::clone(&user));
            directory.by_name.insert(user.username.clone(), user);
        }
        directory
    }

    /// The same with what users sign in with beside their passwords, and accounts of an identity service.
    #[must_use]
    pub fn with(mut self, factors: Vec<(i64, Factors)>, links: Vec<Link>) -> Self {
        self.factors = factors.into_iter().map(|(user, own)| (user, Arc::new(own))).collect();
        self.links = links;
        self
    }

    /// What a user signs in with beside the password, if anything.
    pub fn factors(&self, user: i64) -> Option<&Arc<Factors>> {
        self.factors.get(&user).filter(|factors| factors.are_set_up())
    }

    /// The user as whom an account of an identity service signs in.
    pub fn linked(&self, issuer: &str, subject: &str) -> Option<&Arc<User>> {
        let same = |link: &&Link| link.issuer == issuer && link.subject == subject;
        self.links.iter().find(same).and_then(|link| self.user(link.user))
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
    /// A file of before there were any has none.
    #[serde(default)]
    factors: Vec<(i64, Factors)>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Serialize, Deserialize)]
struct OrganisationLine(i64, String, String, Option<u32>, Option<u16>, Option<u32>);

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
        Self {
            organisations: directory.organisations.values().map(organisation).collect(),
            users: directory.by_id.values().map(user).collect(),
            factors: directory.factors.iter().map(|(id, own)| (*id, Factors::clone(own))).collect(),
            links: directory.links.clone(),
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
        Self::new(
            file.organisations.into_iter().filter_map(organisation).collect(),
            file.users.into_iter().map(user).collect(),
        )
        .with(file.factors, file.links)
    }
}
