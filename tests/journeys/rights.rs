//! The table of rights, tried: every address as everybody, of their own school, of one below, and of others.

use std::collections::{BTreeMap, BTreeSet};

use daybreak::domain::access::{OrganisationKind, Permission, Permissions};
use daybreak::domain::rights::{Action, Reach};
use daybreak::web::router::{File, NAMES, Route, SchoolPage};
use reqwest::StatusCode;

use crate::support::{Account, Browser, Demo};

/// Addresses by what they open; `{school}` and `{script}` stand for those of a school, `{release}` and `{account}` for
/// any.
const ADDRESSES: &[&str] = &[
    "/results/{school}",
    "/results/{school}/maths",
    "/results/{school}/scripts",
    "/results/{school}/results.csv",
    "/results/{school}/results-with-ta.csv",
    "/results/{school}/results.xml",
    "/results/{school}/results.xlsx",
    "/results/{school}/results.pdf",
    "/results/{school}/scripts.zip",
    "/results/{school}/scripts/{script}",
    "/results",
    "/results/calculator",
    "/results/all.csv",
    "/results/all-with-ta.csv",
    "/results/all.xlsx",
    "/results/all.pdf",
    "/organisation",
    "/organisation/{school}",
    "/organisation/change",
    "/organisation/accesses",
    "/activity",
    "/users",
    "/users/create",
    "/users/review",
    "/staff/view-as",
    "/staff/reconciliation",
    "/staff/reconciliation/{school}",
    "/staff/queue",
    "/staff/queue/report",
    "/staff/releases",
    "/staff/releases/{release}",
    "/staff/users",
    "/staff/users/{account}",
];
/// Addresses that anybody reads, those that take a form only, and those that depend on more than rights: on the person,
/// on a link, on a form, on the days of the year.
const NOBODYS: &[&str] = &[
    "start",
    "sign_in",
    "sign_in_again",
    "sign_in_code",
    "sign_in_service",
    "sign_in_service_back",
    "sign_out",
    "sign_out_service",
    "sign_out_service_back",
    "session",
    "session_left",
    "sessions",
    "second_factor",
    "second_factor_app",
    "second_factor_codes",
    "second_factor_remove",
    "passkeys",
    "queue",
    "forgotten_password",
    "set_up_account",
    "reset_password",
    "account",
    "account_password",
    "account_service",
    "account_switch",
    "request_account",
    "user",
    "users_create_check",
    "users_cover",
    "users_cover_check",
    "staff_queue_approve",
    "help",
    "cookies",
    "accessibility",
    "status",
    "favicon",
    "asset",
    "queue_status",
    "organisation_check",
    // Each form says for whom it is.
    "activity_form",
    "activity_page",
    "view_as_end",
    "mailbox",
    "unknown",
];

/// What somebody is, as the database says.
struct Member {
    kind: OrganisationKind,
    permissions: Permissions,
    own: Option<String>,
    below: BTreeSet<String>,
}

async fn member(demo: &Demo, username: &str) -> Member {
    let sql = format!(
        "SELECT o.id, o.kind, string_agg(m.permission, ','), COALESCE(o.laestab::text, '')
         FROM users u JOIN memberships m ON m.user_id = u.id JOIN organisations o ON o.id = m.organisation_id
         WHERE u.username = '{username}' GROUP BY o.id"
    );
    let row = demo.query(&sql).await.remove(0);
    let kind: OrganisationKind = row[1].parse().unwrap();
    let permissions = row[2].split(',').map(|word| word.parse::<Permission>().unwrap()).collect();
    let below = match kind {
        OrganisationKind::Authority => format!(
            "SELECT laestab FROM organisations WHERE kind = 'school' AND la_code =
             (SELECT la_code FROM organisations WHERE id = {})",
            row[0]
        ),
        _ => format!(
            "SELECT o.laestab FROM organisations o JOIN trust_members t ON t.organisation_id = o.id
             WHERE t.left_on IS NULL AND t.group_uid = (SELECT group_uid FROM organisations WHERE id = {})",
            row[0]
        ),
    };
    let below = demo.query(&below).await.into_iter().map(|mut row| row.remove(0)).collect();
    let own = Some(row[3].clone()).filter(|laestab| !laestab.is_empty());
    Member { kind, permissions, own, below }
}

impl Member {
    /// Whether an action that reaches so far reaches this school.
    fn reaches(&self, reach: Reach, school: &str) -> bool {
        let own = self.own.as_deref() == Some(school);
        match reach {
            Reach::None | Reach::Every => true,
            Reach::Own => own,
            Reach::Below => own || self.below.contains(school),
        }
    }
}

/// A school, and a script of it.
type Schools = BTreeMap<String, String>;

/// Each school with the address of one of its scripts, as its own users see it.
async fn schools(demo: &Demo) -> Schools {
    let mut schools = Schools::new();
    for user in demo.listed_accounts("school_user") {
        if schools.contains_key(&user.laestab) {
            continue;
        }
        let browser = Browser::signed_in(demo, &user).await;
        let page = browser.page(&format!("/results/{}/scripts", user.laestab)).await;
        let before = format!("/results/{}/scripts/", user.laestab);
        let Some((_, after)) = page.split_once(&before) else { continue };
        schools.insert(user.laestab, after.split('"').next().unwrap().to_owned());
    }
    schools
}

/// The action that opens an address.
fn action(path: &str) -> Action {
    let route = Route::parse(path).unwrap_or_else(|| panic!("{path} is no address"));
    let name = match route {
        // Parts of results that have rights of their own.
        Route::School(_, SchoolPage::Scripts) | Route::File(_, File::Bundle) => "script",
        route => NAMES[route.place()],
    };
    let opens = |action: &Action| action.rights().addresses.iter().any(|known| known == name);
    Action::ALL.iter().copied().find(opens).unwrap_or_else(|| panic!("nothing opens {path}"))
}

#[tokio::test]
async fn every_address_as_everybody() {
    let demo = Demo::released();
    let schools = schools(&demo).await;
    let mut roles = BTreeSet::new();
    let one_of_each = |account: &Account| roles.insert(account.role.clone());
    let accounts: Vec<Account> = demo.ready_accounts().into_iter().filter(one_of_each).collect();
    let (mut tried, mut wrong) = (0, Vec::new());
    for account in &accounts {
        let who = member(&demo, &account.username).await;
        let browser = Browser::signed_in(&demo, account).await;
        for school in chosen(&who, &schools) {
            for address in ADDRESSES {
                let path = filled(address, school, &schools[school], demo.text("release"));
                let status = browser.get(&path).await.status();
                tried += 1;
                let expected = expected(&who, school, &path);
                if !expected.contains(&status) {
                    wrong.push(format!(
                        "{} ({:?}) {path}: {status}, not {expected:?}",
                        account.role, who.kind
                    ));
                }
            }
        }
    }
    for address in ADDRESSES {
        let (school, script) = schools.first_key_value().unwrap();
        let path = filled(address, school, script, demo.text("release"));
        let status = Browser::new(&demo).get(&path).await.status();
        tried += 1;
        if status != StatusCode::SEE_OTHER {
            wrong.push(format!("nobody {path}: {status}"));
        }
    }
    println!("{tried} requests of {} roles", accounts.len());
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

/// An address with what stands for something put in.
fn filled(address: &str, school: &str, script: &str, release: &str) -> String {
    let filled = address.replace("{school}", school).replace("{script}", script);
    filled.replace("{release}", release).replace("{account}", "1")
}

/// Own, one below, and two of others.
fn chosen<'a>(who: &Member, schools: &'a Schools) -> Vec<&'a str> {
    let of = |wanted: &dyn Fn(&str) -> bool, most: usize| {
        schools.keys().map(String::as_str).filter(|s| wanted(s)).take(most).collect::<Vec<_>>()
    };
    let own = of(&|school| who.own.as_deref() == Some(school), 1);
    let below = of(&|school| who.below.contains(school), 1);
    let others = of(&|s| who.own.as_deref() != Some(s) && !who.below.contains(s), 2);
    [own, below, others].concat()
}

fn expected(who: &Member, school: &str, path: &str) -> Vec<StatusCode> {
    let action = action(path);
    let of_school = path.contains(school);
    let unknown = vec![StatusCode::NOT_FOUND];
    match action.reach(who.kind, who.permissions) {
        Some(reach) if of_school && !who.reaches(reach, school) => unknown,
        // Secondaries have theirs a day later: until then files lead to the page.
        Some(_) if who.kind == OrganisationKind::Secondary => {
            vec![StatusCode::OK, StatusCode::SEE_OTHER]
        }
        // Staff have their users beside everybody's accounts.
        Some(_) if who.kind == OrganisationKind::Staff && path == "/users" => {
            vec![StatusCode::SEE_OTHER]
        }
        Some(_) => vec![StatusCode::OK],
        None if of_school && who.own.as_deref() != Some(school) => unknown,
        None => {
            let refused = action.rights().refused;
            let is_page = !path.rsplit('/').next().unwrap().contains('.');
            vec![StatusCode::from_u16(if is_page { refused.page } else { refused.file }).unwrap()]
        }
    }
}

/// An address that nobody has thought of would be tried as nobody.
#[test]
fn every_address_is_tried_or_is_anybodys() {
    let tried: BTreeSet<&str> = ADDRESSES
        .iter()
        .map(|address| filled(address, "8882045", "a-gps1.pdf", "2024-1f3a9c20"))
        .map(|path| NAMES[Route::parse(&path).unwrap().place()])
        .collect();
    for name in NAMES {
        assert!(tried.contains(name) != NOBODYS.contains(&name), "{name}");
    }
    let opened = Action::ALL.iter().flat_map(|action| &action.rights().addresses);
    opened.for_each(|name| assert!(NAMES.contains(&name.as_str()), "{name} is no address"));
}
