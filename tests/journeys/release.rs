//! A release from its build to its approval by two people, and holds that act within seconds.

use std::fs;
use std::path::Path;

use reqwest::StatusCode;
use serde_json::Value;

use crate::expected::{Columns, Delivery};
use crate::support::{Account, Browser, Demo, header, sha256, until};

/// Runs a command of `release` that must succeed, and gives what it prints.
pub(super) fn release(demo: &Demo, arguments: &[&str]) -> String {
    let (code, out, error) = demo.command(&[&["release"], arguments].concat());
    assert_eq!(code, 0, "release {arguments:?}: {error}");
    out
}

/// Runs a command of `release` that must be refused, and gives why.
pub(super) fn refused(demo: &Demo, arguments: &[&str]) -> String {
    let (code, _, error) = demo.command(&[&["release"], arguments].concat());
    assert_eq!(code, 1, "release {arguments:?}");
    error
}

pub(super) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The users of one school and of those who see its pupils beside it.
pub(super) struct Readers {
    pub(super) laestab: String,
    pub(super) school: Browser,
    pub(super) authority: Browser,
    pub(super) trust: Browser,
    pub(super) secondary: Browser,
    pub(super) secondary_csv: String,
}

impl Readers {
    /// Of a school that is in a trust and sends pupils to a secondary.
    pub(super) async fn sign_in(demo: &Demo, delivery: &Delivery) -> Self {
        let group =
            |trust: &Account| trust.username["user@".len()..].split_once('.').unwrap().0.to_owned();
        let schools = |trust: &Account| {
            let group = group(trust);
            delivery.schools.values().filter(|school| school.trusts.contains(&group)).count()
        };
        // Of several schools, so that the trust keeps some when it loses one.
        let trust = demo.accounts("mat_user").into_iter().max_by_key(schools).unwrap();
        let group = group(&trust);
        let member = |laestab: &str| delivery.schools[laestab].trusts.contains(&group);
        let users = demo.listed_accounts("school_user");
        let school = users.iter().find(|account| member(&account.laestab)).unwrap();
        let authority = demo.accounts("la_user").into_iter();
        let authority = authority.clone().find(|a| school.laestab.starts_with(&a.username[5..8]));
        let pupil = &delivery.schools[&school.laestab].pupils;
        let comes = |laestab: &String| {
            pupil.iter().any(|pupil| delivery.year7[laestab].contains(&pupil.upn))
        };
        let secondaries = demo.listed_accounts("ks3_user").into_iter();
        let secondary = secondaries.clone().find(|account| comes(&account.laestab)).unwrap();
        Self {
            laestab: school.laestab.clone(),
            school: Browser::signed_in(demo, school).await,
            authority: Browser::signed_in(demo, &authority.unwrap()).await,
            trust: Browser::signed_in(demo, &trust).await,
            secondary: Browser::signed_in(demo, &secondary).await,
            secondary_csv: format!("/results/{}/results.csv", secondary.laestab),
        }
    }

    pub(super) fn file(&self, file: &str) -> String {
        format!("/results/{}/{file}", self.laestab)
    }

    /// The three files that hold pupils of the school beside those of others.
    pub(super) async fn shared(&self) -> [Vec<u8>; 3] {
        [
            self.authority.file("/results/all.csv").await,
            self.trust.file("/results/all.csv").await,
            self.secondary.file(&self.secondary_csv).await,
        ]
    }

    async fn is_held(&self) -> bool {
        self.school.page("/results").await.contains("Results are held back for now")
    }
}

/// A file without the rows of a school.
fn without(file: &[u8], laestab: &str) -> Vec<u8> {
    let text = std::str::from_utf8(file).unwrap();
    let rows = text.split_inclusive("\r\n").filter(|row| !row.starts_with(laestab));
    rows.collect::<String>().into_bytes()
}

#[tokio::test]
async fn a_hold_closes_a_school_everywhere_until_it_is_lifted() {
    let demo = Demo::of_sample(12, &["--released"]);
    let delivery = Delivery::read(demo.text("delivery").as_ref());
    let readers = Readers::sign_in(&demo, &delivery).await;
    let (id, officer) = (demo.text("release"), demo.account("release_officer").username);
    let (school, before) = (readers.laestab.as_str(), readers.shared().await);
    let csv = readers.school.file(&readers.file("results.csv")).await;

    for other in ["sta.manager@agency.example", "nobody@agency.example"] {
        refused(&demo, &["hold", id, "--school", school, "--actor", other]);
    }
    assert!(!readers.is_held().await);
    release(&demo, &["hold", id, "--school", school, "--actor", &officer]);
    until("the school is held", async || readers.is_held().await).await;
    for file in ["results.csv", "results.xml", "results.xlsx", "results.pdf", "scripts.zip"] {
        let answer = readers.school.get(&readers.file(file)).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{file}");
        assert_eq!(header(&answer, "location"), format!("/results/{school}"));
        assert_eq!((header(&answer, "etag"), header(&answer, "last-modified")), ("", ""));
    }
    for page in ["gps", "scripts"] {
        assert_eq!(readers.school.get(&readers.file(page)).await.status(), 303, "{page}");
    }
    let answer = readers.authority.get(&readers.file("results.csv")).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    // What cannot be cut is not given out, and not linked, while it names a school that is held.
    for file in ["/results/all.xlsx", "/results/all.pdf"] {
        let answer = readers.authority.get(file).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{file}");
        assert_eq!(header(&answer, "location"), "/results");
        assert!(!readers.authority.page("/results").await.contains(file), "{file}");
    }
    let held = readers.shared().await;
    for (now, before) in held.iter().zip(&before) {
        assert!(now.len() < before.len());
        assert_eq!(*now, without(before, school));
    }
    let upn = &delivery.schools[school].pupils[0].upn;
    assert!(!readers.secondary.page("/results").await.contains(upn));
    assert!(readers.authority.page("/results").await.contains("Held back for now"));
    // Another school goes on.
    let other =
        demo.listed_accounts("school_user").into_iter().find(|a| a.laestab != school).unwrap();
    let other_school = Browser::signed_in(&demo, &other).await;
    let other_csv = format!("/results/{}/results.csv", other.laestab);
    other_school.file(&other_csv).await;

    release(&demo, &["resume", id, "--school", school, "--actor", &officer]);
    until("the school is back", async || !readers.is_held().await).await;
    assert!(readers.shared().await == before);
    assert!(readers.school.file(&readers.file("results.csv")).await == csv);

    release(&demo, &["hold", id, "--actor", &officer]);
    until("all are held", async || readers.is_held().await).await;
    for (browser, file) in [
        (&other_school, other_csv.as_str()),
        (&readers.authority, "/results/all.csv"),
        (&readers.trust, "/results/all.csv"),
        (&readers.secondary, &readers.secondary_csv),
    ] {
        assert_eq!(browser.get(file).await.status(), StatusCode::SEE_OTHER, "{file}");
    }
    assert!(readers.authority.page("/results").await.contains("Results are held back for now"));
    assert!(demo.metric("daybreak_release_state").await > 3.5, "4 is held");
    release(&demo, &["resume", id, "--actor", &officer]);
    until("all are back", async || !readers.is_held().await).await;
    assert!(readers.shared().await == before);
}

/// Copies a delivery and changes it: names that a spreadsheet would run or that need quotes, a corrected
/// mark, and a school that joins its trust only after the results day.
fn change(from: &Path, to: &Path, leaves: &str) {
    let copied = std::process::Command::new("cp").args(["-rl"]).arg(from).arg(to).status();
    assert!(copied.unwrap().success());
    let pupils = fs::read_to_string(to.join("pupils.csv")).unwrap();
    let mut lines: Vec<String> = pupils.lines().map(str::to_owned).collect();
    for (line, [surname, forename, middle]) in lines[1..]
        .iter_mut()
        .zip([["=1+1", "\"Anne \"\"Annie\"\", Jr\"", "-x"], ["@sum", "+44", "Zoë"]])
    {
        let mut cells: Vec<&str> = line.split(',').collect();
        (cells[2], cells[3], cells[4]) = (surname, forename, middle);
        *line = cells.join(",");
    }
    replace(to, "pupils.csv", &(lines.join("\n") + "\n"));
    let marks = fs::read_to_string(to.join("marks.csv")).unwrap();
    let row = marks.lines().nth(1).unwrap().to_owned();
    let (pupil, _) = row.rsplit_once(',').unwrap();
    replace(to, "marks.csv", &marks.replacen(&row, &format!("{pupil},0"), 1));
    let memberships = fs::read_to_string(to.join("gias/grouplinks.csv")).unwrap();
    let member = memberships.lines().find(|line| line.starts_with(leaves)).unwrap();
    let joined = member.split(",Open,").nth(1).unwrap().split(',').next().unwrap();
    let late = member.replacen(&format!(",Open,{joined}"), ",Open,10-07-2024", 1);
    replace(to, "gias/grouplinks.csv", &memberships.replacen(member, &late, 1));
}

/// Writes a file of a delivery anew, with its digest in the manifest.
pub(super) fn replace(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
    let (old, new) = (sha256(&fs::read(&path).unwrap()), sha256(text.as_bytes()));
    assert!(manifest.contains(&old), "{file} is in the manifest");
    for (path, text) in
        [(path, text), (folder.join("manifest.json"), &manifest.replace(&old, &new))]
    {
        // The copy shares its files with the original until it is written.
        fs::remove_file(&path).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[tokio::test]
async fn a_release_takes_two_people_and_a_corrected_one_follows_it() {
    let demo = Demo::of_sample(12, &["--released"]);
    let original = Delivery::read(demo.text("delivery").as_ref());
    let readers = Readers::sign_in(&demo, &original).await;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let place = folder.path().join("delivery");
    let school_csv = readers.school.file(&readers.file("results.csv")).await;
    let urn = String::from_utf8(school_csv.clone()).unwrap();
    let urn = urn.lines().nth(1).unwrap().split(',').nth(1).unwrap().to_owned();
    change(demo.text("delivery").as_ref(), &place, &urn);
    let delivery = Delivery::read(&place);

    let place = place.to_str().unwrap();
    let loader = "data.operator@agency.example";
    let order = ["build", "--year", "2024", "--delivery", place, "--actor", loader, "--json"];
    let built = json(&release(&demo, &order));
    assert_eq!(built, json(&release(&demo, &order)), "a second build changes nothing");
    let id = built["release"].as_str().unwrap();
    assert_ne!(id, demo.text("release"));
    assert_eq!(built["schools"], delivery.schools.len());
    let pupils: usize = delivery.schools.values().map(|school| school.pupils.len()).sum();
    assert_eq!(built["pupils"], pupils);
    let verified = json(&release(&demo, &["verify", id, "--json"]));
    assert_eq!(verified["damaged"], serde_json::json!([]));

    let officers = demo.accounts("release_officer");
    let [first, second] = [0, 1].map(|place: usize| officers[place].username.as_str());
    let at = "2024-07-09T07:30:00+01:00";
    for other in [loader, "sta.manager@agency.example", "nobody@agency.example"] {
        let why = refused(&demo, &["propose", id, "--at", at, "--actor", other]);
        assert!(why.contains("release officer") || why.contains("somebody else decides"), "{why}");
    }
    refused(&demo, &["approve", id, "--actor", first]);
    release(&demo, &["propose", id, "--at", at, "--actor", first]);
    for other in [first, loader] {
        refused(&demo, &["approve", id, "--actor", other]);
    }
    assert!(readers.school.file(&readers.file("results.csv")).await == school_csv);
    let stage = |id: &str| {
        let list = release(&demo, &["list", "--json"]);
        let line = list.lines().map(json).find(|line| line["release"] == id).unwrap();
        line["stage"].as_str().unwrap().to_owned()
    };
    assert_eq!((stage(demo.text("release")), stage(id)), ("approved".into(), "proposed".into()));
    release(&demo, &["approve", id, "--actor", second]);
    assert_eq!(stage(id), "approved");
    refused(&demo, &["approve", id, "--actor", second]);

    serves(&demo, &delivery, &readers).await;
    let status = json(&release(&demo, &["status", id, "--json"]));
    assert_eq!(status["stage"], "approved");
    assert_eq!(status["opens"], "2024-07-09T06:30:00Z");
    assert_eq!(status["nodes"].as_array().unwrap().len(), 1);
    for command in ["verify", "status", "propose", "approve", "hold"] {
        let rest: &[&str] = match command {
            "propose" => &["--at", at, "--actor", first],
            "approve" => &["--actor", first],
            _ => &[],
        };
        let (code, _, _) = demo.command(&[&["release", command, "2024-00000000"], rest].concat());
        assert_eq!(code, 1, "{command} of a release that is not there");
    }
}

/// The corrected release is what everybody gets.
async fn serves(demo: &Demo, delivery: &Delivery, readers: &Readers) {
    let changed = |surname: &str| {
        let mut schools = delivery.schools.values();
        schools.find(|school| school.pupils.iter().any(|p| p.surname == surname)).unwrap()
    };
    let school = changed("=1+1");
    let users = demo.listed_accounts("school_user");
    let user = users.iter().find(|account| account.laestab == school.laestab).unwrap();
    let browser = Browser::signed_in(demo, user).await;
    let path = format!("/results/{}/results.csv", school.laestab);
    let expected = delivery.csv([school], Columns::Tests, |_| true);
    let served = async || browser.page(&path).await;
    until("the corrected release is served", async || served().await.contains("=1+1")).await;
    let text = String::from_utf8(expected).unwrap();
    assert_eq!(served().await, text);
    assert!(text.contains(",'=1+1,\"Anne \"\"Annie\"\", Jr\",'-x,"), "{text}");
    assert!(browser.page(&format!("/results/{}", school.laestab)).await.contains("=1+1"));

    // Membership is that of the results day: the trust has lost the school, the authority has not.
    let laestab = &readers.laestab;
    assert_eq!(readers.trust.get(&readers.file("results.csv")).await.status(), 404);
    let combined = readers.trust.file("/results/all.csv").await;
    let combined = String::from_utf8(combined).unwrap();
    assert!(combined.lines().count() > 1 && !combined.contains(laestab.as_str()));
    assert_eq!(readers.authority.get(&readers.file("results.csv")).await.status(), 200);
}
