//! Corrections: a changed mark, a script that was withdrawn and found again, served to whom they concern.

use std::path::{Path, PathBuf};
use std::{fs, process};

use super::release::{Readers, json, refused, release, replace};
use crate::expected::{Columns, Delivery, Pupil, Script};
use crate::open::results::{has_the_delivered_scripts, opens_every_script};
use crate::support::{Account, Browser, Demo, all_between, header, sha256, until};

/// A copy of the demo's delivery that a correction changes.
struct Corrected {
    folder: tempfile::TempDir,
    laestab: String,
}

/// A script that is taken away and comes back: its pupil, and its line of the school's list.
struct Lost {
    upn: String,
    line: String,
}

impl Corrected {
    fn of(demo: &Demo, laestab: &str) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let to = folder.path().join("delivery");
        let mut copy = process::Command::new("cp");
        assert!(copy.arg("-rl").arg(demo.text("delivery")).arg(to).status().unwrap().success());
        Self { folder, laestab: laestab.to_owned() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("delivery")
    }

    fn read(&self) -> Delivery {
        Delivery::read(&self.path())
    }

    fn list(&self) -> String {
        format!("scripts/{}/SHA256SUMS", self.laestab)
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    /// Gives a pupil of the school another mark in reading, and says who.
    fn change_a_mark(&self) -> String {
        let marks = self.text("marks.csv");
        let of_school = |line: &&str| {
            line.starts_with(&self.laestab) && line.split(',').nth(2) == Some("reading")
        };
        let row = marks.lines().find(of_school).unwrap();
        let (pupil, mark) = row.rsplit_once(',').unwrap();
        let other = if mark == "31" { 32 } else { 31 };
        replace(&self.path(), "marks.csv", &marks.replacen(row, &format!("{pupil},{other}"), 1));
        pupil.split(',').nth(1).unwrap().to_owned()
    }

    /// Takes away the last script of the last pupil who has any.
    fn lose_a_script(&self) -> Lost {
        let delivery = self.read();
        let pupils = &delivery.schools[&self.laestab].pupils;
        let has = |pupil: &&Pupil| matches!(pupil.script(5), Script::Here(_));
        let upn = &pupils.iter().rev().find(has).unwrap().upn;
        let list = self.text(&self.list());
        let line = list.lines().find(|line| line.ends_with(&format!("{upn}_maths3.pdf"))).unwrap();
        replace(&self.path(), &self.list(), &list.replacen(&format!("{line}\n"), "", 1));
        Lost { upn: upn.clone(), line: line.to_owned() }
    }

    fn find_it_again(&self, lost: &Lost) {
        let list = self.text(&self.list());
        replace(&self.path(), &self.list(), &format!("{list}{}\n", lost.line));
    }

    /// Builds it as the next revision and gives the report.
    fn build(&self, demo: &Demo, reason: &str) -> serde_json::Value {
        json(&release(
            demo,
            &self.order(demo, reason).iter().map(String::as_str).collect::<Vec<_>>(),
        ))
    }

    fn order(&self, demo: &Demo, reason: &str) -> Vec<String> {
        let delivery = self.path();
        let (id, delivery) = (demo.text("release"), delivery.to_str().unwrap());
        let words = ["correct", id, "--delivery", delivery, "--school", &self.laestab];
        let more = ["--reason", reason, "--actor", LOADER, "--json"];
        words.into_iter().chain(more).map(str::to_owned).collect()
    }
}

const LOADER: &str = "data.operator@agency.example";

/// Two officers agree to a revision.
fn agree(demo: &Demo, revision: &str) -> String {
    let id = demo.text("release");
    let officers = demo.accounts("release_officer");
    let [first, second] = [0, 1].map(|place: usize| officers[place].username.as_str());
    for other in [LOADER, "sta.manager@agency.example"] {
        refused(demo, &["propose", id, "--revision", revision, "--actor", other]);
    }
    refused(demo, &["approve", id, "--revision", revision, "--actor", second]);
    release(demo, &["propose", id, "--revision", revision, "--actor", first]);
    for other in [first, LOADER] {
        refused(demo, &["approve", id, "--revision", revision, "--actor", other]);
    }
    release(demo, &["approve", id, "--revision", revision, "--actor", second])
}

/// What everybody who sees the school has is what the corrected delivery says.
async fn all_see(readers: &Readers, delivery: &Delivery) {
    let school = &delivery.schools[&readers.laestab];
    let csv = delivery.csv([school], Columns::Tests, |_| true);
    assert!(readers.school.file(&readers.file("results.csv")).await == csv);
    let rows = std::str::from_utf8(&csv).unwrap().split_once("\r\n").unwrap().1;
    for file in &readers.shared().await[..2] {
        assert!(std::str::from_utf8(file).unwrap().contains(rows), "in the combined file");
    }
    let incoming = readers.secondary.file(&readers.secondary_csv).await;
    let incoming = String::from_utf8(incoming).unwrap();
    let theirs: Vec<&str> =
        incoming.split_inclusive("\r\n").filter(|row| row.starts_with(&readers.laestab)).collect();
    assert!(!theirs.is_empty() && theirs.iter().all(|row| rows.contains(row)));
    let bundle = readers.school.file(&readers.file("scripts.zip")).await;
    has_the_delivered_scripts(bundle, school);
    opens_every_script(&readers.school, school).await;
}

#[tokio::test]
async fn a_changed_mark_and_a_found_script_reach_whom_they_concern() {
    let demo = Demo::of_sample(12, &["--released"]);
    let before = Delivery::read(demo.text("delivery").as_ref());
    let readers = Readers::sign_in(&demo, &before).await;
    let (id, school) = (demo.text("release"), readers.laestab.as_str());
    all_see(&readers, &before).await;
    let old_csv = readers.school.get(&readers.file("results.csv")).await;
    let old_zip = readers.school.get(&readers.file("scripts.zip")).await;
    let other = demo.listed_accounts("school_user").into_iter().find(|a| a.laestab != school);
    let untouched = Untouched::of(&demo, &other.unwrap()).await;

    let corrected = Corrected::of(&demo, school);
    let (upn, lost) = (corrected.change_a_mark(), corrected.lose_a_script());
    let first_objects = demo.objects("scripts.zip");
    let report = corrected.build(&demo, "A script was marked again.");
    assert_eq!(report["revision"], 2);
    let changes = report["schools"][0]["changes"].as_array().unwrap();
    assert!(changes.iter().any(|c| c[0] == upn && c[1] == "Mark of Reading paper"), "{report}");
    assert!(changes.iter().any(|c| c[0] == lost.upn && c[2] == "Here"), "{report}");
    assert_eq!(report, corrected.build(&demo, "Again."), "a second build changes nothing");
    // Nobody sees it before two people have agreed.
    all_see(&readers, &before).await;
    assert!(agree(&demo, "2").contains("messages are queued"));
    let path = readers.file("");
    until("the correction is served", async || {
        readers
            .school
            .page(path.trim_end_matches('/'))
            .await
            .contains("These results were corrected")
    })
    .await;
    let now = corrected.read();
    all_see(&readers, &now).await;
    untouched.is_so().await;
    validators_follow(&readers, [&old_csv, &old_zip]).await;
    says_what_changed(&readers, &upn).await;
    told(&demo, &readers).await;

    // What stayed the same was not written again: the new object is short.
    let mut tails = demo.objects("scripts.zip");
    tails.retain(|path| !first_objects.contains(path));
    assert_eq!(tails.len(), 1, "{tails:?}");
    let (tail, whole) = (fs::metadata(&tails[0]).unwrap().len(), now_length(&readers).await);
    assert!(tail < whole / 2, "{tail} of {whole} bytes were written");

    // The script is found: its old link opens it again.
    corrected.find_it_again(&lost);
    corrected.build(&demo, "A script was found.");
    agree(&demo, "3");
    let opened = async || {
        let page = readers.school.page(&readers.file("scripts")).await;
        page.matches(".pdf\"").count()
    };
    until("the script is back", async || opened().await == all(&before, school)).await;
    all_see(&readers, &corrected.read()).await;
    let history = release(&demo, &["history", id]);
    assert_eq!(history.lines().count(), 3, "{history}");
    assert!(history.contains("A script was found."), "{history}");
    let verified = json(&release(&demo, &["verify", id, "--json"]));
    assert_eq!(verified["damaged"], serde_json::json!([]));
}

fn all(delivery: &Delivery, laestab: &str) -> usize {
    let here = |pupil: &Pupil| {
        (0..6).filter(|paper| matches!(pupil.script(*paper), Script::Here(_))).count()
    };
    delivery.schools[laestab].pupils.iter().map(here).sum()
}

async fn now_length(readers: &Readers) -> u64 {
    let answer = readers.school.get(&readers.file("scripts.zip")).await;
    header(&answer, "content-length").parse().unwrap()
}

/// A school that no correction concerns.
struct Untouched {
    browser: Browser,
    files: Vec<(String, String)>,
}

impl Untouched {
    async fn of(demo: &Demo, account: &Account) -> Self {
        let browser = Browser::signed_in(demo, account).await;
        let mut files = Vec::new();
        for file in ["results.csv", "results.pdf", "scripts.zip"] {
            let path = format!("/results/{}/{file}", account.laestab);
            let answer = browser.get(&path).await;
            files.push((
                path,
                format!("{} {}", header(&answer, "etag"), header(&answer, "last-modified")),
            ));
        }
        Self { browser, files }
    }

    async fn is_so(&self) {
        for (path, before) in &self.files {
            let answer = self.browser.get(path).await;
            let now = format!("{} {}", header(&answer, "etag"), header(&answer, "last-modified"));
            assert_eq!((answer.status().as_u16(), &now), (200, before), "{path}");
        }
    }
}

/// Old validators bring the corrected file, whole; the new date is that of the correction.
async fn validators_follow(readers: &Readers, old: [&reqwest::Response; 2]) {
    for (file, old) in ["results.csv", "scripts.zip"].into_iter().zip(old) {
        for (name, value) in [
            ("if-none-match", header(old, "etag")),
            ("if-modified-since", header(old, "last-modified")),
        ] {
            let get = readers.school.request(reqwest::Method::GET, &readers.file(file));
            let answer = get.header(name, value).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{file} {name}");
        }
        let get = readers.school.request(reqwest::Method::GET, &readers.file(file));
        let get = get.header("range", "bytes=0-99").header("if-range", header(old, "etag"));
        assert_eq!(get.send().await.unwrap().status(), 200, "{file} if-range");
        let new = readers.school.get(&readers.file(file)).await;
        assert_ne!(header(&new, "last-modified"), header(old, "last-modified"), "{file}");
    }
}

/// The school reads what changed, what of its files is old, and no more of that once it has them again.
async fn says_what_changed(readers: &Readers, upn: &str) {
    let base = readers.file("");
    let page = readers.school.page(base.trim_end_matches('/')).await;
    assert!(page.contains("Mark of Reading paper") && page.contains(upn));
    assert!(page.contains("A script was marked again."), "the reason");
    assert!(page.contains("Results to print") && !page.contains("Download them again: Results to"));
    let list = readers.authority.page("/results").await;
    assert!(list.contains("The results of 1 school were corrected"), "the authority's list");
    // Whoever may not open scripts is not told of them.
    let theirs = readers.authority.page(base.trim_end_matches('/')).await;
    assert!(theirs.contains("Mark of Reading paper") && !theirs.contains("Script of"));
}

/// Everybody who may open the results has one email, and nobody else has.
async fn told(demo: &Demo, readers: &Readers) {
    let rows = demo
        .query(
            "SELECT count(*), count(DISTINCT recipient), bool_and(EXISTS (
                SELECT FROM users u JOIN memberships m ON m.user_id = u.id
                WHERE u.username = recipient AND m.permission = 'user' AND u.state = 'active'))
             FROM outbox WHERE template = 'results-corrected'",
        )
        .await;
    assert_eq!((&rows[0][0], rows[0][2].as_str()), (&rows[0][1], "t"));
    let schools = demo
        .query(&format!(
            "SELECT DISTINCT o.laestab FROM outbox b JOIN organisations o ON o.id = b.organisation_id
             WHERE o.kind = 'school' AND o.laestab <> {}",
            readers.laestab
        ))
        .await;
    assert!(schools.is_empty(), "{schools:?}");
    let left = "SELECT count(*) FROM outbox WHERE state <> 'sent'";
    until("all are sent", async || demo.query(left).await == [["0"]]).await;
    let files = fs::read_dir(demo.text("mail_dir")).unwrap().count();
    assert_eq!(files.to_string(), rows[0][0]);
    reads_the_email(demo, readers).await;
}

/// The email stands in the demo's mailbox, and leads to the results.
async fn reads_the_email(demo: &Demo, readers: &Readers) {
    let is_theirs = |a: &Account| a.laestab == readers.laestab;
    let user = demo.listed_accounts("school_user").into_iter().find(is_theirs).unwrap().username;
    let list = readers.school.page("/demo/mailbox").await;
    assert!(list.contains("A real service has no such page"), "{list}");
    let entries = all_between(&list, "<li>", "</li>");
    let entry = entries.into_iter().find(|entry| entry.contains(&format!("To {user}"))).unwrap();
    let address = all_between(entry, "href=\"", "\"")[0];
    let email = readers.school.page(address).await;
    assert!(email.contains("were corrected") && email.contains("You get this email because"));
    assert!(email.contains("href=\"/results\""), "{email}");
    let missing = readers.school.get("/demo/mailbox/20240709T000000Z-none").await;
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn a_correction_that_is_not_one_is_refused_and_changes_nothing() {
    let demo = Demo::of_sample(12, &["--released"]);
    let id = demo.text("release");
    let account = demo.account("school_user");
    let corrected = Corrected::of(&demo, &account.laestab);
    let browser = Browser::signed_in(&demo, &account).await;
    let csv = format!("/results/{}/results.csv", account.laestab);
    let before = sha256(&browser.file(&csv).await);
    let run = |words: &[String]| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (code, _, error) = demo.command(&[&["release"], words.as_slice()].concat());
        (code, error)
    };
    let order = |change: &dyn Fn(&mut Vec<String>)| {
        let mut order = corrected.order(&demo, "Why.");
        order.retain(|word| word != "--json");
        change(&mut order);
        order
    };
    // Nothing differs; a school that is not there; no reason; no such release; a number that is none.
    let (code, error) = run(&order(&|_| ()));
    assert!(code == 65 && error.contains("nothing differs from revision 1"), "{error}");
    let (code, error) = run(&order(&|o| "8889999".clone_into(&mut o[5])));
    assert!(code == 65 && error.contains("no pupils of this school"), "{error}");
    for (place, word, expected) in [(7, " ", 2), (1, "2024-00000000", 1), (5, "123", 2)] {
        let (code, error) = run(&order(&|o| word.clone_into(&mut o[place])));
        assert_eq!(code, expected, "{word}: {error}");
    }
    // Of two that were built on the same revision only one can be served.
    corrected.change_a_mark();
    assert_eq!(run(&order(&|_| ())).0, 0);
    spoil_a_mark_of(&corrected.path(), &account.laestab);
    let (code, error) = run(&order(&|_| ()));
    assert!(code == 65 && error.contains("marks.csv"), "{error}");
    let corrected_again = Corrected::of(&demo, &account.laestab);
    corrected_again.lose_a_script();
    let second = corrected_again.build(&demo, "Another.")["revision"].to_string();
    assert_eq!(sha256(&browser.file(&csv).await), before);
    let history = json(&release(&demo, &["history", id, "--json"]));
    let built = |line: &&serde_json::Value| line["stage"] == "built" && line["revision"] != second;
    let first = history.as_array().unwrap().iter().find(built).unwrap()["revision"].to_string();
    agree(&demo, &first);
    let officer = demo.account("release_officer").username;
    let why = refused(&demo, &["propose", id, "--revision", &second, "--actor", &officer]);
    assert!(why.contains("build the correction again"), "{why}");
    refused(&demo, &["propose", id, "--revision", "99", "--actor", &officer]);
}

/// Gives a pupil of the school a mark above the maximum.
fn spoil_a_mark_of(delivery: &Path, laestab: &str) {
    let marks = fs::read_to_string(delivery.join("marks.csv")).unwrap();
    let row = marks.lines().find(|line| line.starts_with(laestab)).unwrap();
    let (pupil, _) = row.rsplit_once(',').unwrap();
    replace(delivery, "marks.csv", &marks.replacen(row, &format!("{pupil},99"), 1));
}
