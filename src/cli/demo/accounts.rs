//! Sample accounts: one of every role and kind of organisation, one user for every school with pupils.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::folder::Folder;
use crate::cli::exit::Failure;
use crate::cli::load::Loaded;
use crate::cli::system::System;
use crate::cli::user::STAFF;
use crate::config::Role;
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::ids::Laestab;
use crate::intake::delivery::Delivery;
use crate::node::keys::random;
use crate::service::{passwords, totp};
use crate::store::factors::{GiveAuthenticators, IdsOf};
use crate::store::organisations::NameOrganisations;
use crate::store::people::{CreateUsers, NewUser};

/// Users of one transaction.
const BATCH: usize = 500;

/// An account as the ready file and `accounts.csv` name it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) role: String,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) organisation: String,
    pub(super) laestab: String,
    /// For an authenticator app, of those who must have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) totp_secret: Option<String>,
    /// Named in the ready file, not only in `accounts.csv`.
    #[serde(skip)]
    pub(super) shown: bool,
    #[serde(skip)]
    state: &'static str,
    #[serde(skip)]
    memberships: Vec<(i64, Permission)>,
}

/// Staff roles with their permission; a number follows where there are several.
const STAFF_ROLES: [(&str, Permission, u8); 11] = [
    ("caseworker", Permission::Caseworker, 1),
    ("senior_caseworker", Permission::SeniorCaseworker, 1),
    ("sta_manager", Permission::StaManager, 1),
    ("content", Permission::Content, 1),
    ("systems", Permission::Systems, 1),
    ("data_operator", Permission::DataOperator, 1),
    ("release_officer", Permission::ReleaseOfficer, 2),
    ("queue_operator", Permission::QueueOperator, 2),
    ("helpline", Permission::Helpline, 1),
    ("security_admin", Permission::SecurityAdmin, 1),
    ("auditor", Permission::Auditor, 1),
];

/// The two who publish the demo's release.
pub(super) fn release_officers() -> [String; 2] {
    [1, 2].map(|number| format!("release.officer{number}@agency.example"))
}

/// Puts the accounts together.
struct Maker<'a> {
    password: &'a str,
    accounts: Vec<Account>,
}

impl Maker<'_> {
    fn add(
        &mut self,
        role: &str,
        username: String,
        organisation: (&str, String, i64),
        permissions: &[Permission],
        shown: bool,
    ) {
        let (name, laestab, id) = organisation;
        self.accounts.push(Account {
            role: role.to_owned(),
            username,
            password: self.password.to_owned(),
            organisation: name.to_owned(),
            laestab,
            totp_secret: None,
            shown,
            state: "active",
            memberships: permissions.iter().map(|permission| (id, *permission)).collect(),
        });
    }
}

/// How many organisations of a kind are named in the ready file.
const SHOWN: usize = 3;

/// Creates every account; all share one salted hash, so that thousands take no time.
pub(super) async fn make(
    system: &System,
    delivery: &Delivery,
    loaded: &Loaded,
    refused: &BTreeSet<String>,
    password: &str,
) -> Result<Vec<Account>, Failure> {
    let mut maker = Maker { password, accounts: Vec::new() };
    schools(&mut maker, delivery, loaded, refused);
    groups(&mut maker, delivery, loaded);
    others(&mut maker, system).await?;
    let hash = passwords::hash(password);
    let users: Vec<NewUser> = maker.accounts.iter().map(|account| user(account, &hash)).collect();
    let (owner, now) = (system.store(Role::Owner)?, system.clock.now());
    for batch in users.chunks(BATCH) {
        owner.run(now, &CreateUsers(batch.to_vec())).await?;
    }
    give_secrets(system, &mut maker.accounts).await?;
    Ok(maker.accounts)
}

/// Gives every member of staff a secret for an app.
async fn give_secrets(system: &System, accounts: &mut [Account]) -> Result<(), Failure> {
    let is_staff =
        |account: &&mut Account| STAFF_ROLES.iter().any(|(role, ..)| *role == account.role);
    let mut staff: Vec<&mut Account> = accounts.iter_mut().filter(is_staff).collect();
    let keys = system.config.second_factor.keys();
    let keys = keys.map_err(|problem| Failure::configuration(problem.to_string()))?;
    let (owner, now) = (system.store(Role::Owner)?, system.clock.now());
    let names = staff.iter().map(|account| account.username.clone()).collect();
    let ids = owner.run(now, &IdsOf(names)).await?;
    let mut sealed = Vec::new();
    for (account, id) in staff.iter_mut().zip(ids) {
        let secret = random::<{ totp::SECRET_BYTES }>();
        let Some((id, kept)) = id.and_then(|id| Some((id, keys.seal(id, &secret)?))) else {
            continue;
        };
        account.totp_secret = Some(totp::base32(&secret));
        sealed.push((id, kept));
    }
    Ok(owner.run(now, &GiveAuthenticators(sealed, now)).await?)
}

fn user(account: &Account, hash: &str) -> NewUser {
    NewUser {
        username: account.username.clone(),
        full_name: crate::sample::name_of_account(&account.username),
        password_hash: hash.to_owned(),
        // They sign in at once, to whatever they are tried for.
        must_change: false,
        state: account.state,
        memberships: account.memberships.clone(),
    }
}

fn schools(
    maker: &mut Maker<'_>,
    delivery: &Delivery,
    loaded: &Loaded,
    refused: &BTreeSet<String>,
) {
    use Permission::{AccessArrangements, AccountManager, User};
    const ROLES: [(&str, &str, &[Permission]); 4] = [
        ("school_user", "user", &[User]),
        ("school_account_manager", "manager", &[AccountManager]),
        ("school_access_arrangements", "access", &[AccessArrangements]),
        ("school_all", "all", &[AccountManager, User, AccessArrangements]),
    ];
    let mut seen = 0;
    let name = |laestab: &Laestab| delivery.register.schools[laestab].name.as_str();
    for laestab in delivery.schools.keys().filter(|s| !refused.contains(&s.to_string())) {
        let Some((id, _)) = loaded.schools.get(laestab) else { continue };
        seen += 1;
        for (role, word, permissions) in ROLES {
            // Every school has its user; a few have all the roles.
            if role == "school_user" || seen <= SHOWN {
                let organisation = (name(laestab), laestab.to_string(), *id);
                let username = format!("{word}@{laestab}.school.example");
                maker.add(role, username, organisation, permissions, seen <= SHOWN);
            }
        }
    }
    let secondaries = loaded.schools.iter().filter(|(laestab, (_, kind))| {
        *kind == OrganisationKind::Secondary && delivery.year7.contains_key(laestab)
    });
    for (place, (laestab, (id, _))) in secondaries.enumerate() {
        for (role, word, permission) in
            [("ks3_user", "user", User), ("ks3_account_manager", "manager", AccountManager)]
        {
            let organisation = (name(laestab), laestab.to_string(), *id);
            let username = format!("{word}@{laestab}.secondary.example");
            maker.add(role, username, organisation, &[permission], place < 2);
        }
    }
    if let Some(suspended) = maker.accounts.first().cloned() {
        let username = suspended.username.replace("user@", "suspended@");
        let state = "suspended";
        maker.accounts.push(Account { username, state, shown: false, ..suspended });
    }
}

fn groups(maker: &mut Maker<'_>, delivery: &Delivery, loaded: &Loaded) {
    use Permission::{AccountManager, User};
    let mut pupils_in: BTreeMap<_, usize> = BTreeMap::new();
    let mut in_trust: BTreeMap<_, usize> = BTreeMap::new();
    for laestab in delivery.schools.keys() {
        let school = &delivery.register.schools[laestab];
        *pupils_in.entry(school.authority).or_default() += 1;
        for (trust, _) in &school.trusts {
            *in_trust.entry(*trust).or_default() += 1;
        }
    }
    for (place, code) in pupils_in.keys().enumerate() {
        let Some(id) = loaded.authorities.get(code) else { continue };
        let name = delivery.register.authorities[code].as_str();
        for (role, word, permission) in
            [("la_user", "user", User), ("la_account_manager", "manager", AccountManager)]
        {
            let username = format!("{word}@{code}.authority.example");
            maker.add(role, username, (name, String::new(), *id), &[permission], place < 2);
        }
    }
    for (place, group) in in_trust.keys().enumerate() {
        let Some(id) = loaded.trusts.get(group) else { continue };
        let name = delivery.register.trusts[group].as_str();
        let username = format!("user@{group}.trust.example");
        maker.add("mat_user", username, (name, String::new(), *id), &[User], place < 2);
    }
}

async fn others(maker: &mut Maker<'_>, system: &System) -> Result<(), Failure> {
    use OrganisationKind::{Agency, Provider, Staff};
    use Permission::{Approver, Editor, Manager, Marker, Viewer};
    const NAMES: [(OrganisationKind, &str); 4] = [
        (Staff, STAFF),
        (Agency, "Larkfield Marking"),
        (Provider, "Harrowmere Teacher Training"),
        (Provider, "Quillbrook University"),
    ];
    let organisations = NAMES.map(|(kind, name)| (kind, name.to_owned())).to_vec();
    let (owner, now) = (system.store(Role::Owner)?, system.clock.now());
    let ids = owner.run(now, &NameOrganisations { organisations, now }).await?;
    let at = |place: usize| (NAMES[place].1, String::new(), ids[place]);
    for (role, permission, count) in STAFF_ROLES {
        for number in 1..=count {
            let suffix = if count > 1 { number.to_string() } else { String::new() };
            let username = format!("{}{suffix}@agency.example", role.replace('_', "."));
            maker.add(role, username, at(0), &[permission], true);
        }
    }
    maker.add("marker", "marker@marking.example".to_owned(), at(1), &[Marker], true);
    for (place, host) in [(2, "harrowmere"), (3, "quillbrook")] {
        for permission in [Viewer, Editor, Approver, Manager] {
            let role = format!("provider_{permission}");
            let username = format!("{permission}@{host}.provider.example");
            maker.add(&role, username, at(place), &[permission], true);
        }
    }
    Ok(())
}

/// Name of the list for load tests.
pub(super) const ACCOUNTS_CSV: &str = "accounts.csv";

/// Writes the lists of accounts into the folder.
pub(super) fn write(folder: &Folder, accounts: &[Account]) -> Result<(), Failure> {
    let active = accounts.iter().filter(|account| account.state == "active");
    let rows = active.map(|a| format!("{},{},{},{}\n", a.username, a.password, a.role, a.laestab));
    let text = format!("username,password,role,laestab\n{}", rows.collect::<String>());
    folder.write(ACCOUNTS_CSV, text.as_bytes())?;
    let others = accounts.iter().filter(|account| account.state != "active");
    let rows = others
        .map(|a| format!("{},{},{},{},{}\n", a.username, a.password, a.role, a.laestab, a.state));
    let text = format!("username,password,role,laestab,state\n{}", rows.collect::<String>());
    folder.write("accounts_other.csv", text.as_bytes())?;
    let shown: Vec<&Account> = accounts.iter().filter(|account| account.shown).collect();
    let text = serde_json::to_string_pretty(&shown).expect("plain data");
    folder.write("accounts.json", text.as_bytes())
}
