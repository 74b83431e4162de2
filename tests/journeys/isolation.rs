//! Who may know of what: every kind of account at every kind of address, and a look for foreign pupils.

use reqwest::{Method, StatusCode};

use crate::expected::{Delivery, School};
use crate::support::{Account, Browser, Demo, all_between, header};

const OK: u16 = 200;
const FORBIDDEN: u16 = 403;
const UNKNOWN: u16 = 404;

const PAGES: [&str; 4] = ["", "/gps", "/reading", "/maths"];
const FILES: [&str; 5] =
    ["/results.csv", "/results-with-ta.csv", "/results.xml", "/results.xlsx", "/results.pdf"];

/// What a script's link looks like for every school, taken from the pages of their own users.
struct Links(Vec<(String, String)>);

impl Links {
    async fn collect(demo: &Demo) -> Self {
        let mut links = Vec::new();
        for account in demo.listed_accounts("school_user") {
            let browser = Browser::signed_in(demo, &account).await;
            let page = browser.page(&format!("/results/{}/scripts", account.laestab)).await;
            let before = format!("href=\"/results/{}/scripts/", account.laestab);
            if let Some(first) = all_between(&page, &before, "\"").first() {
                links.push((account.laestab, format!("/scripts/{first}")));
            }
        }
        Self(links)
    }

    fn of(&self, laestab: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == laestab);
        found.map(|(_, link)| link.as_str())
    }
}

/// What an account is to a school.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tie {
    OwnSchool,
    OwnSecondary,
    Member,
    None,
}

fn tie(account: &Account, laestab: &str, school: Option<&School>) -> Tie {
    let group = account.username.split_once('@').unwrap().1.split_once('.').unwrap().0;
    let member = match account.role.as_str() {
        "la_user" | "la_account_manager" => school.is_some_and(|s| s.authority == group),
        "mat_user" => school.is_some_and(|s| s.trusts.iter().any(|trust| trust == group)),
        _ => false,
    };
    match (account.laestab == laestab, school) {
        (true, Some(_)) => Tie::OwnSchool,
        (true, None) => Tie::OwnSecondary,
        (false, _) if member => Tie::Member,
        (false, _) => Tie::None,
    }
}

/// Whether the role's permission opens results at all.
fn opens_results(role: &str) -> bool {
    ["school_user", "school_all", "ks3_user", "la_user", "mat_user"].contains(&role)
}

/// Contract §3: statuses of a school's pages, files, page of scripts, and scripts.
fn expected(role: &str, tie: Tie) -> [u16; 4] {
    match (tie, opens_results(role)) {
        (Tie::OwnSchool, true) => [OK, OK, OK, OK],
        (Tie::OwnSecondary | Tie::Member, true) => [OK, OK, UNKNOWN, UNKNOWN],
        (Tie::OwnSchool | Tie::OwnSecondary, false) => [FORBIDDEN, UNKNOWN, FORBIDDEN, UNKNOWN],
        (Tie::Member | Tie::None, _) => [UNKNOWN; 4],
    }
}

#[tokio::test]
async fn everybody_gets_what_is_theirs_and_nothing_else() {
    let demo = Demo::released();
    let delivery = Delivery::read(demo.text("delivery").as_ref());
    let links = Links::collect(&demo).await;
    let mut schools: Vec<&str> = delivery.schools.keys().map(String::as_str).collect();
    schools.extend(delivery.year7.keys().map(String::as_str));
    let mut wrong = Vec::new();
    for account in demo.ready_accounts() {
        let browser = Browser::signed_in(&demo, &account).await;
        for laestab in &schools {
            let school = delivery.schools.get(*laestab);
            let tie = tie(&account, laestab, school);
            let [pages, files, list, scripts] = expected(&account.role, tie);
            let script = links.of(laestab);
            let addresses = PAGES.iter().map(|page| (*page, pages));
            let addresses = addresses.chain(FILES.iter().map(|file| (*file, files)));
            let opened = script.map(|script| (script, scripts));
            let scripts = [("/scripts", list), ("/scripts.zip", scripts)];
            for (below, status) in addresses.chain(scripts).chain(opened) {
                let path = format!("/results/{laestab}{below}");
                let answer = browser.request(Method::HEAD, &path).send().await.unwrap();
                if answer.status() != status {
                    let found = answer.status().as_u16();
                    wrong.push(format!("{} {path}: {found} not {status}", account.username));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn common_addresses_open_to_those_whose_permission_they_need() {
    let demo = Demo::released();
    for account in demo.ready_accounts() {
        let browser = Browser::signed_in(&demo, &account).await;
        let opens = opens_results(&account.role);
        let page = if opens { OK } else { FORBIDDEN };
        let combined = ["la_user", "mat_user"].contains(&account.role.as_str());
        let combined = if combined { OK } else { UNKNOWN };
        for (path, status) in [
            ("/results", page),
            ("/results/calculator", page),
            ("/results/all.csv", combined),
            ("/results/all-with-ta.csv", combined),
            ("/results/all.xlsx", combined),
            ("/results/all.pdf", combined),
            ("/results/all.xml", UNKNOWN),
            ("/results/9999999", UNKNOWN),
            ("/results/9999999/results.csv", UNKNOWN),
            ("/metrics", UNKNOWN),
        ] {
            assert_eq!(browser.get(path).await.status(), status, "{} {path}", account.username);
        }
    }
}

#[tokio::test]
async fn somebody_without_a_session_is_sent_to_sign_in_and_back() {
    let demo = Demo::released();
    let browser = Browser::new(&demo);
    let delivery = Delivery::read(demo.text("delivery").as_ref());
    let (known, _) = delivery.schools.first_key_value().unwrap();
    // Whether a school exists cannot be told from outside.
    for laestab in [known.as_str(), "9999999"] {
        for below in
            PAGES.iter().chain(&FILES).chain(&["/scripts", "/scripts.zip", "/scripts/a-gps1.pdf"])
        {
            let path = format!("/results/{laestab}{below}");
            let answer = browser.get(&path).await;
            assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
            assert_eq!(header(&answer, "location"), format!("/sign-in?return_to={path}"));
            assert_eq!(answer.bytes().await.unwrap().len(), 0, "{path}");
        }
    }
    for path in ["/results", "/results/all.csv", "/results/all.pdf", "/results/calculator"] {
        let answer = browser.get(path).await;
        assert_eq!(header(&answer, "location"), format!("/sign-in?return_to={path}"));
    }
}

#[tokio::test]
async fn no_page_of_a_school_names_a_pupil_of_another() {
    let demo = Demo::released();
    let delivery = Delivery::read(demo.text("delivery").as_ref());
    let accounts = demo.listed_accounts("school_user");
    for account in &accounts {
        let browser = Browser::signed_in(&demo, account).await;
        let own: Vec<&str> = delivery.schools[&account.laestab].upns().collect();
        for page in ["/", "/results", "/status", "/help"] {
            names_only(&own, &delivery, page, &browser.page(page).await);
        }
        // Documents are packed: what they say is looked at where they are read.
        for below in PAGES.iter().chain(&FILES[..3]).chain(&["/scripts"]) {
            let path = format!("/results/{}{below}", account.laestab);
            names_only(&own, &delivery, &path, &browser.page(&path).await);
        }
        // A refusal says nothing either.
        for other in accounts.iter().filter(|other| other.laestab != account.laestab) {
            let path = format!("/results/{}", other.laestab);
            let refusal = browser.get(&path).await.text().await.unwrap();
            names_only(&[], &delivery, &path, &refusal);
        }
    }
}

fn names_only(own: &[&str], delivery: &Delivery, path: &str, text: &str) {
    for upn in delivery.schools.values().flat_map(School::upns) {
        assert!(own.contains(&upn) || !text.contains(upn), "{path} names {upn}");
    }
}
