//! From rows of the database to what a node knows of organisations and people.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::domain::access::{Permission, Permissions};
use crate::domain::passwords::Kept;
use crate::node::directory::{Changed, Directory, Organisation, User};
use crate::node::factors::{Factors, Link, Passkey};
use crate::store::directory::{DirectoryRows, OrganisationRow, UserRow};
use crate::store::factors::{FactorRows, LinkRow};

/// Everybody.
pub(super) fn directory(rows: DirectoryRows) -> Directory {
    let (factors, links) = factors(rows.factors);
    let organisation = |row: OrganisationRow| Organisation {
        id: row.id,
        kind: row.kind,
        name: row.name,
        laestab: row.laestab.and_then(|n| u32::try_from(n).ok()),
        la_code: row.la_code.and_then(|n| u16::try_from(n).ok()),
        group_uid: row.group_uid.and_then(|n| u32::try_from(n).ok()),
    };
    let organisations = rows.organisations.into_iter().map(organisation).collect();
    Directory::new(organisations, users(rows.users, rows.memberships, rows.cover))
        .with_passwords(rows.passwords.into_iter().map(password))
        .with(factors, links)
        .with_roles(rows.roles)
}

/// Those who changed.
pub(super) fn changed(rows: DirectoryRows) -> Changed {
    let (factors, links) = factors(rows.factors);
    Changed {
        users: users(rows.users, rows.memberships, rows.cover),
        passwords: rows.passwords.into_iter().map(password).collect(),
        factors,
        links,
        roles: rows.roles,
    }
}

fn password((id, set_at, must_change): (i64, Option<Timestamp>, bool)) -> (i64, Kept) {
    (id, Kept { set_at, must_change })
}

fn users(
    rows: Vec<UserRow>,
    memberships: Vec<(i64, i64, Permission)>,
    cover: Vec<(i64, i64, Timestamp, Timestamp)>,
) -> Vec<User> {
    let mut permissions: HashMap<i64, Vec<(i64, Permissions)>> = HashMap::new();
    for (user, organisation, permission) in memberships {
        let memberships = permissions.entry(user).or_default();
        match memberships.iter_mut().find(|(id, _)| *id == organisation) {
            Some((_, set)) => set.insert(permission),
            None => memberships.push((organisation, [permission].into_iter().collect())),
        }
    }
    let mut standing_in: HashMap<i64, Vec<(i64, Timestamp, Timestamp)>> = HashMap::new();
    for (user, organisation, from, until) in cover {
        standing_in.entry(user).or_default().push((organisation, from, until));
    }
    let user = |row: UserRow| User {
        memberships: permissions.remove(&row.id).unwrap_or_default(),
        cover: standing_in.remove(&row.id).unwrap_or_default(),
        id: row.id,
        username: row.username,
        full_name: row.full_name,
        password_hash: row.password_hash,
        epoch: row.epoch.unsigned_abs(),
        active: row.active,
    };
    rows.into_iter().map(user).collect()
}

/// Second factors by user, and accounts of an identity service.
fn factors(rows: FactorRows) -> (Vec<(i64, Factors)>, Vec<Link>) {
    let mut by_user: HashMap<i64, Factors> = HashMap::new();
    for (user, secret, confirmed) in rows.authenticators {
        let own = by_user.entry(user).or_default();
        (own.secret, own.confirmed) = (Some(secret), confirmed);
    }
    for (user, id, hash) in rows.recovery_codes {
        by_user.entry(user).or_default().recovery_codes.push((id, hash));
    }
    for (user, id, name, key) in rows.passkeys {
        by_user.entry(user).or_default().passkeys.push(Passkey { id, name, key });
    }
    let link = |row: LinkRow| Link {
        issuer: row.issuer,
        subject: row.subject,
        user: row.user,
        since: row.since,
    };
    (by_user.into_iter().collect(), rows.links.into_iter().map(link).collect())
}
