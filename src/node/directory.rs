//! The directory snapshot: organisations, users and what they may do, in memory on every node.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::factors::{Factors, Link};
use crate::domain::access::{OrganisationKind, Permissions};
use crate::domain::passwords::Kept;
use crate::domain::roles::Roles;
use crate::telemetry::Hidden;

pub(super) mod kept;

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
    /// Organisations where they stand in for a while, from when and until when.
    pub cover: Vec<(i64, Timestamp, Timestamp)>,
}

impl User {
    /// Whether the user belongs to an organisation at this instant.
    pub fn is_member(&self, organisation: i64, now: Timestamp) -> bool {
        let is_it = |id: i64| id == organisation;
        self.memberships.iter().any(|(id, _)| is_it(*id))
            && self
                .cover
                .iter()
                .all(|(id, from, until)| !is_it(*id) || (*from <= now && now < *until))
    }

    /// The organisations that the user belongs to at this instant.
    pub fn organisations(&self, now: Timestamp) -> impl Iterator<Item = (i64, Permissions)> {
        self.memberships.iter().copied().filter(move |(id, _)| self.is_member(*id, now))
    }

    /// What the user may do in an organisation.
    pub fn permissions_in(&self, organisation: i64) -> Permissions {
        let found = self.memberships.iter().find(|(id, _)| *id == organisation);
        found.map_or_else(Permissions::default, |(_, permissions)| *permissions)
    }
}

/// What is known now of some users.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// Those who are there.
    pub users: Vec<User>,
    /// What is known of their passwords.
    pub passwords: Vec<(i64, Kept)>,
    /// What they sign in with beside those.
    pub factors: Vec<(i64, Factors)>,
    /// Their accounts of an identity service.
    pub links: Vec<Link>,
    /// What that service last said of them.
    pub roles: Vec<Roles>,
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
    /// Of those who have any, by row id of the user.
    factors: FxHashMap<i64, Arc<Factors>>,
    /// Accounts of an identity service, by row id of the user: next to never more than one.
    links: FxHashMap<i64, Vec<Link>>,
    /// What an identity service last said, by row ids of user and organisation.
    roles: FxHashMap<(i64, i64), Arc<Roles>>,
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

    /// The same with what is known now of those asked for; whoever of them is not among the users is gone.
    #[must_use]
    pub fn changed(&self, asked: &[i64], changed: Changed) -> Self {
        let mut directory = self.clone();
        for id in asked {
            directory.passwords.remove(id);
            directory.factors.remove(id);
            if let Some(old) = directory.by_id.remove(id) {
                directory.by_name.remove(&old.username);
            }
        }
        for user in changed.users {
            let user = Arc::new(user);
            directory.by_id.insert(user.id, Arc::clone(&user));
            directory.by_name.insert(user.username.clone(), user);
        }
        directory.passwords.extend(changed.passwords);
        let own = changed.factors.into_iter().map(|(user, own)| (user, Arc::new(own)));
        directory.factors.extend(own);
        directory.links.retain(|user, _| !asked.contains(user));
        directory.take_links(changed.links);
        directory.roles.retain(|(user, _), _| !asked.contains(user));
        directory.roles.extend(changed.roles.into_iter().map(by_place));
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

    /// The same with what users sign in with beside their passwords, and accounts of an identity service.
    #[must_use]
    pub fn with(mut self, factors: Vec<(i64, Factors)>, links: Vec<Link>) -> Self {
        self.factors = factors.into_iter().map(|(user, own)| (user, Arc::new(own))).collect();
        self.links = FxHashMap::default();
        self.take_links(links);
        self
    }

    fn take_links(&mut self, links: Vec<Link>) {
        for link in links {
            self.links.entry(link.user).or_default().push(link);
        }
    }

    /// The same with what an identity service last said of its users.
    #[must_use]
    pub fn with_roles(mut self, roles: Vec<Roles>) -> Self {
        self.roles = roles.into_iter().map(by_place).collect();
        self
    }

    /// What an identity service last said of a user in an organisation.
    pub fn roles(&self, user: i64, organisation: i64) -> Option<&Arc<Roles>> {
        self.roles.get(&(user, organisation))
    }

    /// The account of an identity service that signs in as a user.
    pub fn account_at(&self, issuer: &str, user: i64) -> Option<&Link> {
        self.links.get(&user)?.iter().find(|link| link.issuer == issuer)
    }

    /// What a user signs in with beside the password, if anything.
    pub fn factors(&self, user: i64) -> Option<&Arc<Factors>> {
        self.factors.get(&user).filter(|factors| factors.are_set_up())
    }

    /// The user as whom an account of an identity service signs in.
    pub fn linked(&self, issuer: &str, subject: &str) -> Option<&Arc<User>> {
        let same = |link: &&Link| link.issuer == issuer && link.subject == subject;
        self.links.values().flatten().find(same).and_then(|link| self.user(link.user))
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

fn by_place(roles: Roles) -> ((i64, i64), Arc<Roles>) {
    ((roles.user, roles.organisation), Arc::new(roles))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: i64, username: &str) -> User {
        User {
            id,
            username: username.to_owned(),
            full_name: "Ann".to_owned(),
            password_hash: Hidden::new(String::new()),
            epoch: 1,
            active: true,
            memberships: vec![(7, Permissions::default()), (8, Permissions::default())],
            cover: Vec::new(),
        }
    }

    fn app() -> Factors {
        Factors { secret: Some(vec![1]), ..Factors::default() }
    }

    fn roles(user: i64, code: &str) -> Roles {
        Roles {
            user,
            organisation: 7,
            issuer: "https://id.example".to_owned(),
            place: "place".to_owned(),
            codes: Some(vec![code.to_owned()]),
            looked_up_at: "2024-07-09T06:30:00Z".parse().unwrap(),
        }
    }

    fn link(user: i64, subject: &str) -> Link {
        Link {
            issuer: "https://id.example".to_owned(),
            subject: subject.to_owned(),
            user,
            since: None,
        }
    }

    #[test]
    fn those_who_changed_are_replaced_and_the_others_stay() {
        let all = vec![user(1, "a"), user(2, "b"), user(3, "c")];
        let kept = Kept { set_at: None, must_change: true };
        let before = Directory::new(Vec::new(), all)
            .with_passwords([(1, kept), (3, kept)])
            .with(vec![(1, app()), (4, app())], vec![link(1, "x"), link(4, "z")])
            .with_roles(vec![roles(1, "old"), roles(2, "old"), roles(4, "old")]);
        // One has another's old address now, and one is gone.
        let changed = Changed {
            users: vec![user(2, "a"), user(1, "d")],
            passwords: vec![(2, kept)],
            factors: vec![(2, app())],
            links: vec![link(2, "y")],
            roles: vec![roles(2, "new")],
        };
        let after = before.changed(&[1, 2, 3], changed);
        let found = |name: &str| after.user_named(name).map(|user| user.id);
        assert_eq!(
            [found("a"), found("b"), found("c"), found("d")],
            [Some(2), None, None, Some(1)]
        );
        assert_eq!((after.users(), before.users()), (2, 3));
        let passwords = [1, 2, 3].map(|id| after.password(id).must_change);
        assert_eq!(passwords, [false, true, false]);
        let factors = [1, 2, 4].map(|id| after.factors(id).is_some());
        assert_eq!(factors, [false, true, true], "one that was not asked for stays");
        let linked = [1, 2, 4].map(|id| after.account_at("https://id.example", id).is_some());
        assert_eq!(linked, [false, true, true]);
        assert!(after.account_at("https://other.example", 2).is_none());
        let codes = [1, 2, 4].map(|id| after.roles(id, 7).and_then(|roles| roles.codes.clone()));
        let code = |text: &str| Some(vec![text.to_owned()]);
        assert_eq!(codes, [None, code("new"), code("old")]);
        assert!(after.roles(2, 8).is_none());
    }

    #[test]
    fn whoever_stands_in_belongs_there_between_two_instants() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (from, until) = (at("2024-07-07T23:00:00Z"), at("2024-07-12T23:00:00Z"));
        let cover = User { cover: vec![(7, from, until)], ..user(1, "a") };
        for (now, is) in [
            ("2024-07-07T22:59:59Z", false),
            ("2024-07-07T23:00:00Z", true),
            ("2024-07-12T22:59:59Z", true),
            ("2024-07-12T23:00:00Z", false),
        ] {
            assert_eq!(cover.is_member(7, at(now)), is, "{now}");
            assert!(cover.is_member(8, at(now)) && !cover.is_member(9, at(now)));
        }
    }
}
