//! The observer: what it sees of a portal that is well, and what it calls a fault.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::observer::Observer;
use crate::support::{Account, Browser, Demo, program, sha256, until};

/// The file of an observer of a demo; `more` is added above its nodes, `nodes` are added to the demo's own.
fn file(demo: &Demo, account: &Account, more: &str, nodes: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, &account.password).unwrap();
    std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
    let origin = demo.text("base_url");
    let port = origin.rsplit(':').next().unwrap();
    let text = format!(
        "origin = \"{origin}\"\nca_file = \"{}\"\nusername = \"{}\"\npassword_file = \"{}\"\nschool = {}\n\
         every_seconds = 2\nmetrics_address = \"127.0.0.1:0\"\n{more}\n[nodes]\none = \"127.0.0.1:{port}\"\n{nodes}\n",
        demo.text("ca_file"),
        account.username,
        password.display(),
        account.laestab
    );
    let path = folder.path().join("observer.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// One look: exit code, and what was seen of each node.
fn look(arguments: &[&str]) -> (i32, Vec<Value>) {
    let output = program().args(["observe", "--once", "--json"]).args(arguments).output().unwrap();
    let seen: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), seen["nodes"].as_array().unwrap().clone())
}

fn look_at(path: &Path) -> (i32, Vec<Value>) {
    look(&["--file", path.to_str().unwrap()])
}

fn steps(node: &Value) -> Vec<&str> {
    node["faults"].as_array().unwrap().iter().map(|f| f["step"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_is_right_is_served_and_everything_else_is_named() {
    let demo = Demo::of_sample(4, &["--released"]);
    let account = demo.account("school_user");
    let path = format!("/results/{}/results.csv", account.laestab);
    let own = sha256(&Browser::signed_in(&demo, &account).await.file(&path).await);

    let opened = "opens = 2024-07-09T07:30:00";
    let right = format!("{opened}\ndigest = \"{own}\"");
    let (_folder, observer) = file(&demo, &account, &right, "");
    let (code, nodes) = look_at(&observer);
    assert_eq!((code, nodes[0]["outcome"].as_str()), (0, Some("served")), "{nodes:?}");
    assert_eq!(nodes[0]["results_sha256"], own);
    assert!(nodes[0]["clock_ahead_seconds"].as_f64().unwrap().abs() < 2.0, "{nodes:?}");
    let now = demo.query("SELECT floor(extract(epoch FROM now()))").await[0][0].parse::<i64>();
    let days = (nodes[0]["certificate_not_after"].as_i64().unwrap() - now.unwrap()) / 86_400;
    assert!((1..4_000).contains(&days), "{days}");
    // It leaves nothing behind: the session is over.
    let ended = "SELECT FROM journal_entries WHERE kind = 'signed_out'";
    until("its session has ended", async || demo.query(ended).await.len() == 1).await;

    // A node that is not there, beside one that is.
    let (_folder, observer) = file(&demo, &account, &right, "two = \"127.0.0.1:1\"");
    let (code, nodes) = look_at(&observer);
    assert_eq!((code, steps(&nodes[0]), steps(&nodes[1])), (1, vec![], vec!["connect"]));

    let wrong = format!("{opened}\ndigest = \"{}\"", "0".repeat(64));
    let (_folder, observer) = file(&demo, &account, &wrong, "");
    assert_eq!(steps(&look_at(&observer).1[0]), ["digest"]);

    let (_folder, observer) = file(&demo, &account, "opens = 2099-07-09T07:30:00", "");
    let (code, nodes) = look_at(&observer);
    assert_eq!((code, steps(&nodes[0])), (1, vec!["embargo"]));

    let stranger = Account { password: "A-wrong-0ne!".to_owned(), ..account.clone() };
    let (_folder, observer) = file(&demo, &stranger, &right, "");
    assert_eq!(steps(&look_at(&observer).1[0]), ["sign_in"]);

    // Results that are held are not given.
    let hold = ["release", "hold", demo.text("release"), "--school", &account.laestab];
    let (code, _, error) = demo.command(&[&hold[..], &["--reason", "A test"]].concat());
    assert_eq!(code, 0, "{error}");
    let (_folder, observer) = file(&demo, &account, opened, "");
    until("the hold is noticed", async || steps(&look_at(&observer).1[0]) == ["results"]).await;

    // Whoever waits in the queue has met no fault.
    let (code, _, error) = demo.command(&["queue", "pause", "--reason", "A test"]);
    assert_eq!(code, 0, "{error}");
    until("it waits", async || {
        let (code, nodes) = look_at(&observer);
        code == 0 && nodes[0]["outcome"] == "waiting" && nodes[0]["position"].as_u64() >= Some(1)
    })
    .await;
}

#[tokio::test]
async fn before_the_instant_nothing_is_given_and_nothing_is_wrong() {
    let demo = Demo::of_sample(4, &["--release-in", "10m"]);
    let ready = demo.data().with_file_name("ready.json");
    let (code, nodes) = look(&["--ready-file", ready.to_str().unwrap()]);
    assert_eq!((code, nodes[0]["outcome"].as_str()), (0, Some("served")), "{nodes:?}");
    assert_eq!(nodes[0]["results_sha256"], Value::Null);
}

#[tokio::test]
async fn it_goes_on_and_tells_prometheus() {
    let demo = Demo::of_sample(4, &["--released"]);
    let (_folder, observer) = file(
        &demo,
        &demo.account("school_user"),
        "opens = 2024-07-09T07:30:00",
        "two = \"127.0.0.1:1\"",
    );
    let mut observer = Observer::start(&["--file", observer.to_str().unwrap()]);
    let metrics = async || reqwest::get(&observer.metrics).await.unwrap().text().await.unwrap();
    until("both nodes were visited twice", async || {
        let text = metrics().await;
        let served = "daybreak_observer_visits_total{node=\"one\",outcome=\"served\"} 2";
        let failed = "daybreak_observer_faults_total{node=\"two\",step=\"connect\"} 2";
        text.contains(served) && text.contains(failed)
    })
    .await;
    assert_eq!(observer.end().code(), Some(0));
}

#[test]
fn a_file_that_cannot_be_meant_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("observer.toml");
    let sample = std::fs::read_to_string("config/observer.toml").unwrap();
    for (was, is, told) in [
        ("every_seconds = 10", "every_seconds = 1", "write 2 to 600"),
        ("every_seconds = 10", "", "every_seconds"),
        ("node-1 = ", "# ", "name between 1 and 64"),
        ("school = ", "scool = ", "scool"),
        ("# opens = 2024-07-09T07:30:00", "opens = 2024-03-31T01:30:00", "exactly once"),
        ("node-1 = \"127.0.0.1:8443\"", "node-1 = \"nowhere\"", "socket address"),
        ("secrets/observer-password", "secrets/none", "secrets/none"),
    ] {
        std::fs::write(&path, sample.replace(was, is)).unwrap();
        let output = program()
            .args(["observe", "--once", "--file", path.to_str().unwrap()])
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(78), "{is}: {error}");
        assert!(error.contains(told), "{is}: {error}");
    }
}
