//! Three nodes under load while keys change: rotated, nobody notices; revoked, they are good for nothing anywhere.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

use super::nodes::Node;
use crate::support::{Account, Browser, Demo, cookie_set, hidden, program, standing, until};

/// Between two requests of somebody.
const PAUSE: Duration = Duration::from_millis(60);
/// A revocation holds everywhere within a second; a machine that builds something else meanwhile is slower.
const REVOKED_WITHIN: Duration = Duration::from_secs(5);
/// The rings.
const RINGS: [&str; 3] = ["session", "form", "queue"];

/// A demo and two nodes beside it.
struct Three {
    demo: Demo,
    nodes: [Node; 2],
}

impl Three {
    /// Three nodes that know each other and everybody.
    async fn start() -> Self {
        let demo = Demo::of_sample(12, &["--released", "--admission-rate", "50"]);
        let nodes = [Node::start(&demo), Node::start(&demo)];
        let three = Self { demo, nodes };
        let alone = "SELECT count(*), bool_or(alone) FROM waiting_nodes JOIN waiting_queues
            USING (event, epoch) WHERE seen_ms > time_ms - 1000 AND NOT gone";
        until("three nodes share the queue", async || {
            three.demo.query(alone).await == [["3", "f"]]
        })
        .await;
        three
    }

    fn bases(&self) -> [&str; 3] {
        [self.demo.text("base_url"), &self.nodes[0].base, &self.nodes[1].base]
    }

    /// A browser of somebody who is signed in at one node, and whom all of them know.
    async fn signed_in(&self, account: &Account) -> Browser {
        let browser = Browser::signed_in(&self.demo, account).await;
        for base in self.bases() {
            until("every node knows them", async || {
                browser.clone().at(base).get("/account/sessions").await.status() == StatusCode::OK
            })
            .await;
        }
        browser
    }
}

/// Runs a command that reads a line, while requests go on; gives exit code, stdout and stderr.
async fn typed(demo: &Demo, arguments: &[&str], line: &str) -> (i32, String, String) {
    let mut command = program();
    command.args(arguments).arg("--data").arg(demo.data());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let line = format!("{line}\n");
    let run = move || {
        let mut child = command.spawn().unwrap();
        // One that refuses at once reads nothing.
        let _unread = child.stdin.take().unwrap().write_all(line.as_bytes());
        child.wait_with_output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// The same as somebody with a name.
async fn named(
    demo: &Demo,
    arguments: &[&str],
    who: &Account,
    line: &str,
) -> (i32, String, String) {
    typed(demo, &[arguments, &["--actor", &who.username]].concat(), line).await
}

/// Number and state of every key of a ring, the newest first, as the command lists them.
async fn listed(demo: &Demo, ring: &str) -> Vec<(String, String)> {
    let (_, out, _) = typed(demo, &["keys", "--json"], "").await;
    let told: Value = serde_json::from_str(&out).unwrap();
    let rows = told["keys"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == ring).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let keys = row["keys"].as_array().unwrap().iter();
    keys.map(|key| (text(&key["id"]), text(&key["state"]))).collect()
}

/// The same without the numbers.
async fn states(demo: &Demo, ring: &str) -> Vec<String> {
    listed(demo, ring).await.into_iter().map(|(_, state)| state).collect()
}

/// Lets six minutes pass for every key of a ring: what was made just now signs.
async fn age(demo: &Demo, ring: &str) {
    let sql = "UPDATE key_rings SET made_at = made_at - interval '6 minutes' WHERE purpose = ";
    demo.query(&format!("{sql}'{ring}'")).await;
}

/// What people met while something was done to the keys.
#[derive(Default)]
struct Met {
    stop: AtomicBool,
    turn: AtomicUsize,
    answers: AtomicUsize,
    failures: Mutex<Vec<String>>,
}

impl Met {
    /// The next node.
    fn node<'a>(&self, three: &'a Three) -> &'a str {
        three.bases()[self.turn.fetch_add(1, Relaxed) % 3]
    }

    fn note(&self, what: &str, right: bool, seen: impl std::fmt::Debug) {
        self.answers.fetch_add(1, Relaxed);
        if !right {
            self.failures.lock().unwrap().push(format!("{what}: {seen:?}"));
        }
    }

    /// Reads results, a page that asks the database, and sends a form that seals the session anew: each at another node.
    async fn read_and_send(&self, three: &Three, browser: &Browser, laestab: &str) {
        let csv = format!("/results/{laestab}/results.csv");
        while !self.stop.load(Relaxed) {
            let answer = browser.clone().at(self.node(three)).get(&csv).await;
            self.note(&csv, answer.status() == StatusCode::OK, answer.status());
            let answer = browser.clone().at(self.node(three)).get("/account/sessions").await;
            let status = answer.status();
            let page = answer.text().await.unwrap_or_default();
            self.note("/account/sessions", status == StatusCode::OK, status);
            if status == StatusCode::OK {
                let token = hidden(&page, "_csrf");
                let there = browser.clone().at(self.node(three));
                let answer = there.post("/session", &[("_csrf", &token)]).await;
                let sealed = cookie_set(&answer, "__Host-sid").is_some();
                self.note("/session", sealed, answer.status());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Asks where somebody stands, at one node after the other: the position never rises.
    async fn wait_in_queue(&self, three: &Three, browser: &Browser) {
        let mut lowest = u64::MAX;
        while !self.stop.load(Relaxed) {
            let now = standing(&browser.clone().at(self.node(three))).await;
            let position = now["position"].as_u64().filter(|position| *position <= lowest);
            self.note("/queue/status", position.is_some(), (&now, lowest));
            lowest = position.unwrap_or(lowest);
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Lets nobody in any more, and gives somebody who waits at each node.
async fn waiting(three: &Three) -> Vec<Browser> {
    assert_eq!(three.demo.command(&["queue", "pause"]).0, 0);
    let mut people = Vec::new();
    for base in three.bases() {
        let mut browser = Browser::new(&three.demo).at(base);
        until("a place in the queue", async || {
            // Whoever was still let in makes room for somebody else.
            browser = Browser::new(&three.demo).at(base);
            let answer = browser.get("/sign-in").await;
            cookie_set(&answer, "__Host-wr").is_some() && cookie_set(&answer, "__Host-wp").is_none()
        })
        .await;
        people.push(browser);
    }
    people
}

/// The key that signs places at a node.
async fn place_key(demo: &Demo, base: &str) -> u8 {
    let answer = Browser::forgetful(demo).at(base).get("/sign-in").await;
    cookie_set(&answer, "__Host-wr").map_or(0, |text| URL_SAFE_NO_PAD.decode(text).unwrap()[1])
}

/// The key that seals sessions at a node.
async fn session_key(browser: &Browser, base: &str) -> u8 {
    let there = browser.clone().at(base);
    let token = hidden(&there.page("/account/sessions").await, "_csrf");
    let answer = there.post("/session", &[("_csrf", &token)]).await;
    URL_SAFE_NO_PAD.decode(cookie_set(&answer, "__Host-sid").unwrap()).unwrap()[0]
}

/// Rotates each ring, twice at once, and waits until every node signs with the new key.
async fn rotate_all(three: &Three, browser: &Browser) {
    let demo = &three.demo;
    for ring in RINGS {
        age(demo, ring).await;
        let rotate = ["keys", "rotate", ring];
        let both = tokio::join!(typed(demo, &rotate, ""), typed(demo, &rotate, ""));
        let both = [both.0, both.1];
        let mut codes = [both[0].0, both[1].0];
        codes.sort_unstable();
        assert_eq!(codes, [0, 1], "{both:?}");
        let refused = both.iter().find(|(code, ..)| *code == 1).unwrap();
        assert!(refused.2.contains("is on its way"), "{refused:?}");
        assert_eq!(states(demo, ring).await, ["to come", "signs"], "{ring}");
        age(demo, ring).await;
        assert_eq!(listed(demo, ring).await[0], ("2".to_owned(), "signs".to_owned()));
        for base in three.bases() {
            until("the new key signs there", async || match ring {
                "queue" => place_key(demo, base).await == 2,
                "session" => session_key(browser, base).await == 2,
                // It is masked; the list and the nodes' own count of keys have to do.
                _ => true,
            })
            .await;
        }
    }
}

/// A connection as the role that serves people.
#[expect(clippy::disallowed_methods, reason = "it ends with its client")]
async fn as_app(demo: &Demo, password: Option<&str>) -> tokio_postgres::Client {
    let mut settings: tokio_postgres::Config = demo.text("database_url").parse().unwrap();
    settings.user("daybreak_app");
    if let Some(password) = password {
        settings.password(password);
    }
    let (client, connection) = settings.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Every node opens connections to the database of which it had none.
async fn crowd(three: &Three, browser: &Browser, people: usize, met: &Met) {
    for base in three.bases() {
        let one = || async { browser.clone().at(base).get("/account/sessions").await.status() };
        let all = futures_util::future::join_all((0..people).map(|_| one())).await;
        let right = all.iter().all(|status| *status == StatusCode::OK);
        met.note("people at once", right, all);
    }
}

/// Changes a password as the documentation says: first the file, which all three nodes read, then the role. Gives how
/// many connections the nodes opened between the two, and how many afterwards.
async fn change_password(three: &Three, browser: &Browser, met: &Met) -> (i64, i64) {
    const NEW: &str = "another-password";
    let client = as_app(&three.demo, None).await;
    let count = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'daybreak_app' AND backend_start > $1";
    let now = "SELECT clock_timestamp()";
    let began: jiff::Timestamp = client.query_one(now, &[]).await.unwrap().get(0);
    let file = three.demo.data().join("secrets/app.password");
    let next = file.with_extension("next");
    fs::write(&next, NEW).unwrap();
    fs::set_permissions(&next, fs::metadata(&file).unwrap().permissions()).unwrap();
    fs::rename(&next, &file).unwrap();
    crowd(three, browser, 8, met).await;
    let between: jiff::Timestamp = client.query_one(now, &[]).await.unwrap().get(0);
    client.batch_execute(&format!("ALTER ROLE daybreak_app PASSWORD '{NEW}'")).await.unwrap();
    crowd(three, browser, 16, met).await;
    let client = as_app(&three.demo, Some(NEW)).await;
    let since = async |from: &jiff::Timestamp| -> i64 {
        client.query_one(count, &[from]).await.unwrap().get(0)
    };
    let (all, after) = (since(&began).await, since(&between).await);
    assert!(all > after && after > 1, "{all} {after}");
    (all - after, after)
}

#[tokio::test]
async fn rings_rotate_and_a_password_changes_under_load_and_nobody_notices() {
    let three = Three::start().await;
    let schools = three.demo.accounts("school_user");
    let mut users = Vec::new();
    for school in schools.iter().take(2) {
        users.push((three.signed_in(school).await, school.laestab.clone()));
    }
    let another = three.signed_in(&schools[2]).await;
    let waiting = waiting(&three).await;
    let met = Met::default();
    let load = async {
        let reading =
            users.iter().map(|(browser, laestab)| met.read_and_send(&three, browser, laestab));
        let waiting = waiting.iter().map(|browser| met.wait_in_queue(&three, browser));
        tokio::join!(
            futures_util::future::join_all(reading),
            futures_util::future::join_all(waiting)
        )
    };
    let changes = async {
        rotate_all(&three, &another).await;
        let opened = change_password(&three, &another, &met).await;
        println!(
            "connections opened after the file was changed and after the role was: {opened:?}"
        );
        // With what the new keys sign as well as with what the old ones signed.
        tokio::time::sleep(20 * PAUSE).await;
        met.stop.store(true, Relaxed);
    };
    tokio::join!(load, changes);
    let failures = met.failures.into_inner().unwrap();
    let answers = met.answers.load(Relaxed);
    println!("{answers} answers of three nodes while three rings and a password changed");
    assert!(failures.is_empty(), "{} of {answers}: {failures:?}", failures.len());
    assert!(answers > 200, "{answers}");
    let acts = "SELECT action, subject FROM audit WHERE action LIKE 'key.%' ORDER BY seq";
    let expected = RINGS.map(|ring| vec!["key.added".to_owned(), format!("{ring} 2")]);
    assert_eq!(three.demo.query(acts).await, expected);
}

/// Time until a session is worth nothing at any node.
async fn gone_everywhere(three: &Three, cookie: &str, path: &str, began: Instant) -> Duration {
    let browser = Browser::forgetful(&three.demo);
    let each = three.bases().map(async |base| {
        loop {
            let request = browser.clone().at(base).request(Method::GET, path);
            let answer = request.header("cookie", cookie).send().await.unwrap();
            if answer.status() == StatusCode::SEE_OTHER {
                return began.elapsed();
            }
            assert!(began.elapsed() < Duration::from_secs(20), "still good at {base}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    futures_util::future::join_all(each).await.into_iter().max().unwrap()
}

#[tokio::test]
async fn a_revoked_key_is_worth_nothing_on_three_nodes_and_other_rings_go_on() {
    let three = Three::start().await;
    let demo = &three.demo;
    let school = demo.account("school_user");
    let answer = Browser::new(demo).sign_in(&school.username, &school.password).await;
    let cookie = format!("__Host-sid={}", cookie_set(&answer, "__Host-sid").unwrap());
    let csv = format!("/results/{}/results.csv", school.laestab);
    for base in three.bases() {
        until("every node takes the session", async || {
            let at = Browser::forgetful(demo).at(base);
            at.get_with(&csv, &cookie).await.status() == StatusCode::OK
        })
        .await;
    }
    let form = Browser::new(demo);
    let token = hidden(&form.sign_in_form().await, "_csrf");

    // Whoever does not type the name has done nothing; nor has whoever asks alone.
    let revoke = ["keys", "revoke", "session", "1", "--reason", "A backup was lost"];
    let (code, _, err) = typed(demo, &revoke, "session 2").await;
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("signs in again") && err.contains("nothing was done"), "{err}");
    let first = demo.account("security_admin");
    let second = demo.twin(&first, "second").await;
    let (code, out, err) = named(demo, &revoke, &first, "session 1").await;
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("keys approve 1"), "{out}");
    let approve = ["keys", "approve", "1"];
    assert_eq!(named(demo, &approve, &first, "session 1").await.0, 1, "one's own");
    assert_eq!(named(demo, &approve, &school, "session 1").await.0, 1, "no right");
    let (_, shown, _) = demo.command(&["keys"]);
    assert!(shown.contains("session 1 (A backup was lost), asked for by"), "{shown}");
    let at = Browser::forgetful(demo);
    assert_eq!(at.get_with(&csv, &cookie).await.status(), StatusCode::OK, "only asked for");

    let gone = async {
        until("the database knows", async || {
            let sql = "SELECT count(*) FROM key_rings WHERE revoked_at IS NOT NULL";
            demo.query(sql).await == [["1"]]
        })
        .await;
        gone_everywhere(&three, &cookie, &csv, Instant::now()).await
    };
    let ((code, out, err), gone) = tokio::join!(named(demo, &approve, &second, "session 1"), gone);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("Revoked session 1 on every node"), "{out}");
    println!(
        "a revoked key is worth nothing on three nodes after {gone:?}, as far as the test can see"
    );
    assert!(gone < REVOKED_WITHIN, "{gone:?}");

    // Forms that were open before are of another ring; the new session is of the new key, at once.
    let fields = [
        ("_csrf", token.as_str()),
        ("username", school.username.as_str()),
        ("password", school.password.as_str()),
    ];
    let answer = form.post("/sign-in", &fields).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let cookie = format!("__Host-sid={}", cookie_set(&answer, "__Host-sid").unwrap());
    for base in three.bases() {
        let at = Browser::forgetful(demo).at(base);
        assert_eq!(at.get_with(&csv, &cookie).await.status(), StatusCode::OK, "{base}");
    }
    let ring = listed(demo, "session").await;
    assert_eq!(ring, [("2", "signs"), ("1", "revoked")].map(|(a, b)| (a.into(), b.into())));
    let acts = "SELECT action, subject, detail FROM audit WHERE action LIKE 'key.%' ORDER BY seq";
    let lost = "A backup was lost";
    let expected =
        [["key.revocation_proposed", "session 1", lost], ["key.revoked", "session 1", lost]];
    assert_eq!(demo.query(acts).await, expected);
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);

    demo.stop_postgres();
    let all = ["keys", "revoke", "form", "all", "--reason", "A backup was lost"];
    assert_eq!(typed(demo, &all, "form all").await.0, 69);
    assert_eq!(demo.command(&["keys", "rotate", "form"]).0, 69);
    let (code, out, _) = demo.command(&["keys"]);
    assert!(code == 1 && out.contains("the key rings are not seen"), "{out}");
    demo.start_postgres();
}

#[tokio::test]
async fn whoever_shows_a_place_of_a_revoked_key_is_told_and_has_a_new_one() {
    let three = Three::start().await;
    let demo = &three.demo;
    let school = demo.account("school_user");
    let signed_in = three.signed_in(&school).await;
    let waiting = waiting(&three).await;
    let all = ["keys", "revoke", "queue", "all", "--reason", "Places were made up"];
    let (code, out, err) = typed(demo, &all, "queue all").await;
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("in the queue. Without the key") && out.contains("Revoked queue 1"),
        "{err}{out}"
    );
    for (browser, base) in waiting.iter().zip(three.bases()) {
        until("the old place is not read", async || {
            let now = standing(&browser.clone().at(base)).await;
            now["position"].is_null()
        })
        .await;
        let answer = browser.clone().at(base).get("/sign-in").await;
        let place = cookie_set(&answer, "__Host-wr").expect("a new place");
        assert_eq!(URL_SAFE_NO_PAD.decode(&place).unwrap()[1], 2);
        assert!(answer.text().await.unwrap().contains("We could not read the place"));
        let now = standing(browser).await;
        assert!(now["position"].is_u64(), "the new place is good everywhere: {now}");
    }
    let page = signed_in.get("/account/sessions").await;
    assert_eq!(page.status(), StatusCode::OK, "nobody is signed out");
}

#[tokio::test]
async fn a_node_that_lost_its_key_begins_anew_and_says_so() {
    let demo = Demo::of_sample(4, &["--released"]);
    let mut second = Node::start(&demo);
    let school = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &school).await;
    let csv = format!("/results/{}/results.csv", school.laestab);
    let there = browser.clone().at(&second.base);
    let serves = async || {
        let answer = there.request(Method::GET, &csv).send().await;
        answer.is_ok_and(|answer| answer.status() == StatusCode::OK)
    };
    until("the second node serves", serves).await;
    second.kill();
    fs::remove_file(second.state().join("node.key")).unwrap();
    second.restart(&demo, 0);
    until("the second node serves again", serves).await;
    let log = second.log();
    for file in ["directory", "keys", "plan"] {
        let said = log
            .lines()
            .filter(|line| line.contains("another node.key"))
            .any(|line| line.contains(file));
        assert!(said, "{file}:\n{log}");
    }
    let mode = fs::metadata(second.state().join("node.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn an_old_key_of_columns_goes_when_all_is_sealed_anew() {
    let mut demo = Demo::of_sample(4, &["--released"]);
    let auditor = demo.account("auditor");
    Browser::signed_in(&demo, &auditor).await;
    let file = demo.data().join("secrets/second-factor.key");
    let old = fs::read_to_string(&file).unwrap().trim().to_owned();
    let new = "5a".repeat(32);
    fs::write(&file, format!("{new} {old}\n")).unwrap();
    let (code, _, err) = demo.command(&["keys", "reseal"]);
    assert!(code == 1 && err.contains("do not seal under key"), "{err}");
    let again = |demo: &mut Demo| {
        demo.signal("-TERM");
        demo.wait_end();
        demo.restart();
    };
    again(&mut demo);
    // A code of before there were names of keys.
    demo.query(
        "INSERT INTO recovery_codes (user_id, hash, made_at)
         SELECT user_id, '\\x00', made_at FROM authenticators LIMIT 1",
    )
    .await;
    let mut out = String::new();
    until("the node has said under which key it seals", async || {
        let (code, said, _) = demo.command(&["keys", "reseal"]);
        out = said;
        code == 0
    })
    .await;
    let count = demo.query("SELECT count(*) FROM authenticators").await[0][0].clone();
    assert!(out.contains(&format!("Sealed {count} secrets again")), "{out}");
    assert!(out.contains("Still needed") && out.contains("1 recovery code of 1 person"), "{out}");
    demo.query("DELETE FROM recovery_codes WHERE key_name IS NULL").await;
    let (code, out, _) = demo.command(&["keys", "reseal"]);
    assert_eq!(code, 0);
    assert!(out.contains("Sealed 0 secrets") && out.contains("Not needed any more"), "{out}");
    fs::write(&file, format!("{new}\n")).unwrap();
    again(&mut demo);
    Browser::signed_in(&demo, &auditor).await;

    // The command and the doctor look at the files themselves.
    assert_eq!(demo.command(&["keys"]).0, 0);
    let node_key = demo.data().join("state/node.key");
    for (path, told) in [(&file, "second_factor.key_file"), (&node_key, "is not its owner's alone")]
    {
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        let (code, out, _) = demo.command(&["keys"]);
        assert!(code == 1 && out.contains(told) && out.contains("Next: run: chmod"), "{out}");
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    demo.query(
        "UPDATE key_rings SET made_at = made_at - interval '13 hours' WHERE purpose = 'form'",
    )
    .await;
    until("a node has renewed the ring", async || {
        states(&demo, "form").await == ["to come", "signs"]
    })
    .await;
}
