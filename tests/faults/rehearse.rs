//! The rehearsal of a morning: go on a system that is well, and no-go for each fault that is planted.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::nodes::Node;
use crate::support::observer::Observer;
use crate::support::prometheus::{Alertmanager, Prometheus};
use crate::support::{Account, Demo, program, until};

/// Two passwords at once on each node: more would wait for too long where builds run beside the tests.
const CONFIGURATION: &str = "[passwords]\nhashing_threads = 2\n";
/// Rehearsals of a system that is about to be well: alerts of a busy minute need another one to end.
const TRIES: u32 = 12;

/// Everything that a morning has: two nodes, an observer, Prometheus, Alertmanager, a backup.
struct Stage {
    demo: Demo,
    second: Node,
    _observer: Observer,
    prometheus: Prometheus,
    alertmanager: Alertmanager,
    folder: tempfile::TempDir,
}

/// What came out: exit code and the report.
struct Outcome(i32, Value);

impl Outcome {
    /// Parts that stand against the morning.
    fn against(&self) -> Vec<&str> {
        let parts = self.1["parts"].as_array().unwrap().iter();
        let against = parts.filter(|part| part["verdict"] == "no_go");
        against.map(|part| part["part"].as_str().unwrap()).collect()
    }

    /// Reasons of a part, in one text.
    fn reasons(&self, part: &str) -> String {
        let parts = self.1["parts"].as_array().unwrap().iter();
        let found = parts.filter(|found| found["part"] == part);
        found.map(|found| found["reasons"].to_string()).collect()
    }

    /// It is no-go, and a part gives this reason.
    #[track_caller]
    fn says(&self, part: &str, reason: &str) {
        assert_eq!((self.0, self.1["verdict"].as_str()), (1, Some("no_go")), "{}", self.1);
        assert!(self.reasons(part).contains(reason), "{part}: {reason} in:\n{}", self.1);
    }
}

/// The file of an observer of these nodes, in a folder that has the password too.
fn write_observer(
    folder: &Path,
    demo: &Demo,
    account: &Account,
    more: &str,
    nodes: &[(&str, u16)],
) {
    let password = folder.join("password");
    std::fs::write(&password, &account.password).unwrap();
    std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
    let nodes = nodes.iter().map(|(name, port)| format!("{name} = \"127.0.0.1:{port}\""));
    let nodes = nodes.collect::<Vec<_>>().join("\n");
    let text = format!(
        "origin = \"{}\"\nca_file = \"{}\"\nusername = \"{}\"\npassword_file = \"{}\"\nschool = {}\n\
         every_seconds = 2\nmetrics_address = \"127.0.0.1:0\"\n{more}\n[nodes]\n{nodes}\n",
        demo.text("base_url"),
        demo.text("ca_file"),
        account.username,
        password.display(),
        account.laestab
    );
    std::fs::write(folder.join("observer.toml"), text).unwrap();
}

fn port(demo: &Demo) -> u16 {
    demo.text("base_url").rsplit(':').next().unwrap().parse().unwrap()
}

fn rehearse(demo: &Demo, arguments: &[&str]) -> Outcome {
    let (code, out, error) = demo.command(&[&["rehearse", "--json"], arguments].concat());
    let report = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{code}: {error}"));
    Outcome(code, report)
}

impl Stage {
    async fn set(demo: Demo) -> Self {
        let second = Node::start(&demo);
        let folder = tempfile::tempdir().unwrap();
        let account = demo.account("school_user");
        let nodes = [("node-1", port(&demo)), ("node-2", second.portal.port())];
        write_observer(folder.path(), &demo, &account, "", &nodes);
        let observer = folder.path().join("observer.toml");
        let observer = Observer::start(&["--file", observer.to_str().unwrap()]);
        let alertmanager = Alertmanager::start();
        let ops = second.ops.to_string();
        let nodes = [demo.text("ops_url").trim_start_matches("http://"), &ops];
        let prometheus = Prometheus::start(&nodes, observer.address());
        prometheus.tell(&alertmanager.address);
        let stage = Self { demo, second, _observer: observer, prometheus, alertmanager, folder };
        stage.back_up("to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"')").await;
        until("Alertmanager hears that alarms work", async || {
            let alerts = stage.alertmanager.json("alerts").await;
            alerts.as_array().is_some_and(|alerts| !alerts.is_empty())
        })
        .await;
        stage
    }

    /// There is one backup, of this time.
    async fn back_up(&self, at: &str) {
        let base = self.folder.path().join("base");
        let _none = std::fs::remove_dir_all(&base);
        let name = self.demo.query(&format!("SELECT {at}")).await[0][0].clone();
        std::fs::create_dir_all(base.join(&name)).unwrap();
        std::fs::write(base.join(&name).join("backup_manifest"), "{}").unwrap();
    }

    /// The file of the rehearsal, with what is changed of it.
    fn file(&self, change: impl FnOnce(&mut toml::Table)) -> PathBuf {
        let text = format!(
            "observer = \"observer.toml\"\n[ops]\nnode-1 = \"{}\"\nnode-2 = \"{}\"\n[morning]\n\
             served_within_minutes = 15\n[limits]\ndisk_free_gigabytes_min = 0.5\n[backups]\nfolder = \"{}\"\n\
             [alarms]\nprometheus = \"{}\"\nalertmanager = \"{}\"\n",
            self.demo.text("ops_url"),
            self.second.ops,
            self.folder.path().join("base").display(),
            self.prometheus.url,
            self.alertmanager.address
        );
        let mut file: toml::Table = text.parse().unwrap();
        change(&mut file);
        let path = self.folder.path().join("rehearsal.toml");
        std::fs::write(&path, file.to_string()).unwrap();
        path
    }

    fn rehearse_with(&self, change: impl FnOnce(&mut toml::Table)) -> Outcome {
        let file = self.file(change);
        rehearse(&self.demo, &["--file", file.to_str().unwrap()])
    }

    fn rehearse(&self) -> Outcome {
        self.rehearse_with(|_| ())
    }

    /// A limit of the file.
    fn limited(&self, key: &str, value: impl Into<toml::Value>) -> Outcome {
        self.rehearse_with(|file| {
            let limits = file["limits"].as_table_mut().unwrap();
            limits.insert(key.to_owned(), value.into());
        })
    }

    /// Rehearses until nothing stands against the morning.
    async fn is_go(&self) -> Outcome {
        let mut last = Value::Null;
        for _ in 0..TRIES {
            let outcome = self.rehearse();
            if outcome.0 == 0 {
                assert_eq!(outcome.1["verdict"], "go");
                return outcome;
            }
            last = outcome.1;
            tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        }
        panic!("never go: {last}");
    }

    /// Waits until a metric of the second node has a value.
    async fn second_says(&self, line: &str) {
        until(line, async || {
            let answer = reqwest::get(format!("http://{}/metrics", self.second.ops)).await;
            let Ok(answer) = answer else { return false };
            answer.text().await.is_ok_and(|text| text.lines().any(|own| own == line))
        })
        .await;
    }
}

#[tokio::test]
async fn a_system_that_is_well_is_go_and_each_planted_fault_is_no_go() {
    let demo = Demo::configured(4, CONFIGURATION, &["--release-in", "2h"]);
    until("nothing is wrong", async || demo.command(&["doctor"]).0 == 0).await;
    alone(&demo);
    let mut stage = Stage::set(demo).await;
    let go = stage.is_go().await;
    figures(&stage, &go.1);
    published(&stage);
    files(&stage).await;
    watchers(&stage).await;
    database(&stage).await;
    waiting_room(&stage).await;
    second_node(&mut stage).await;
    stage.is_go().await;
}

/// A demo has nobody who watches it: that is said, and no go unless somebody says so.
fn alone(demo: &Demo) {
    let ready = demo.data().with_file_name("ready.json");
    let ready = ["--ready-file", ready.to_str().unwrap()];
    let silent = rehearse(demo, &ready);
    assert_eq!(silent.against(), ["backups", "prometheus", "alertmanager"], "{}", silent.1);
    silent.says("backups", "not checked: the file does not say where to look");
    let without = ["--without", "backups", "--without", "prometheus", "--without", "alertmanager"];
    let Outcome(code, report) = rehearse(demo, &[&ready[..], &without].concat());
    assert_eq!((code, report["verdict"].as_str()), (0, Some("go")), "{report}");
    assert_eq!(report["parts"][11]["verdict"], "left_out");
}

/// What a rehearsal that is go tells of the morning.
fn figures(stage: &Stage, report: &Value) {
    assert_eq!((&report["nodes"], report["parts"].as_array().unwrap().len()), (&2.into(), 12));
    let opens = stage.demo.text("release_at");
    assert_eq!(report["opens"], opens);
    let [rush, hour, away] = &report["mornings"].as_array().unwrap()[..] else {
        panic!("{report}")
    };
    assert_eq!((&rush["crowd"], &hour["crowd"]), (&"first_minute".into(), &"as_in_2024".into()));
    assert_eq!(away["crowd"], "first_minute_one_away");
    assert_eq!((&rush["nodes"], &away["nodes"]), (&2.into(), &1.into()));
    // Real counts: every organisation of the demo that somebody may sign in for.
    assert!(rush["people"].as_u64().unwrap() > 4, "{rush}");
    for part in ["50", "90", "99", "100"] {
        assert!(rush["seconds_to"][part].as_f64().is_some(), "{rush}");
    }
}

/// Both files of the report are there, and name no machine.
fn published(stage: &Stage) {
    let folder = stage.folder.path().join("report");
    let file = stage.file(|file| {
        // Somewhere where nobody answers: the reason names the address on the terminal alone.
        file["ops"].as_table_mut().unwrap().insert("node-2".to_owned(), "127.0.0.1:1".into());
    });
    let place = ["--file", file.to_str().unwrap(), "--report", folder.to_str().unwrap()];
    let outcome = rehearse(&stage.demo, &place);
    outcome.says("prometheus", "it does not read node-2 at 127.0.0.1:1");
    let [html, json] = ["report.html", "report.json"]
        .map(|name| std::fs::read_to_string(folder.join(name)).unwrap());
    for text in [&html, &json] {
        assert!(text.contains("it does not read node-2 at (address)"), "{text}");
        let account = stage.demo.account("school_user");
        for hidden in ["127.0.0.1", "localhost", &account.username, &account.password] {
            assert!(!text.contains(hidden), "{hidden} in:\n{text}");
        }
    }
    assert!(html.contains("<b>NO-GO</b>"));
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["verdict"], "no_go");
}

/// Faults of what the file names.
async fn files(stage: &Stage) {
    let own_name = "was not rehearsed";
    let forgotten =
        stage.rehearse_with(|file| drop(file["ops"].as_table_mut().unwrap().remove("node-2")));
    forgotten.says("nodes", own_name);
    stage
        .limited("certificate_days_min", 100_000)
        .says("certificates", "node-2: its certificate ends in");
    stage.limited("disk_free_gigabytes_min", 1e9).says("disks", "node-2: ");
    stage.back_up("'20200101T011500Z'").await;
    stage.rehearse().says("backups", "hours old");
    std::fs::remove_dir_all(stage.folder.path().join("base")).unwrap();
    std::fs::create_dir(stage.folder.path().join("base")).unwrap();
    stage.rehearse().says("backups", "there is no complete backup");
    stage.back_up("to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"')").await;
    let crowd = stage.rehearse_with(|file| {
        let morning = file["morning"].as_table_mut().unwrap();
        morning.insert("sign_ins".to_owned(), 20_000.into());
        morning.insert("served_within_minutes".to_owned(), 1.into());
    });
    crowd.says("morning", "Everybody within the first minute: the longest wait would be");
    let unmeant = stage.file(|file| drop(file.insert("opps".to_owned(), 1.into())));
    let (code, _, error) = stage.demo.command(&["rehearse", "--file", unmeant.to_str().unwrap()]);
    assert!(code == 78 && error.contains("opps"), "{code}: {error}");
}

/// Faults of who watches and who is called.
async fn watchers(stage: &Stage) {
    let (prometheus, alertmanager) = (&stage.prometheus, &stage.alertmanager);
    prometheus.reload(|text| text.replace("/*.yml", "/data.yml"));
    let nodes = "count(ALERTS{alertname=\"AlarmsWork\"})";
    until("rules are gone", async || prometheus.ask(nodes).await == Ok(Vec::new())).await;
    stage.rehearse().says("prometheus", "rules are missing: AlarmsWork, ");
    prometheus.reload(str::to_owned);

    let first = stage.demo.text("ops_url").trim_start_matches("http://");
    prometheus.read(&[first]);
    let up = "count(up{job=\"daybreak\"}) == 1";
    until("one node is read", async || prometheus.ask(up).await.is_ok_and(|v| v.len() == 1)).await;
    stage.rehearse().says("prometheus", "it does not read node-2");
    prometheus.read(&[first, &stage.second.ops.to_string()]);

    // Everything goes to somebody who has neither telephone nor address.
    alertmanager
        .reload(|_| "route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n".to_owned());
    until("nobody is called", async || alertmanager.json("receivers").await[0]["name"] == "nobody")
        .await;
    stage.rehearse().says("alertmanager", "an alert of severity page calls nobody");
    alertmanager.reload(str::to_owned);
}

/// Faults that the database tells of.
async fn database(stage: &Stage) {
    let demo = &stage.demo;
    let node =
        "INSERT INTO nodes SELECT 'third', max(seen_at) - interval '5 minutes', '{}' FROM nodes";
    demo.query(node).await;
    stage.rehearse().says("doctor", "node `third` was last seen");
    demo.query("DELETE FROM nodes WHERE id = 'third'").await;

    demo.query(
        "INSERT INTO outbox (cause, recipient, organisation_id, template, content, queued_at, state, due_at)
         SELECT 'rehearsal', 'ada@school.example', min(id), 'invitation', '{}', now(), 'failed', NULL FROM organisations",
    )
    .await;
    stage.rehearse().says("doctor", "1 emails failed");
    demo.query("DELETE FROM outbox WHERE cause = 'rehearsal'").await;

    let release = demo.text("release");
    demo.query(&format!("UPDATE releases SET stage = 'proposed' WHERE id = '{release}'")).await;
    stage.rehearse().says("release", "nobody has approved it");
    demo.query(&format!("UPDATE releases SET stage = 'approved' WHERE id = '{release}'")).await;
}

/// Faults of the waiting room: while it is paused nobody is sent to it.
async fn waiting_room(stage: &Stage) {
    let (code, _, error) = stage.demo.command(&["queue", "pause", "--reason", "A test"]);
    assert_eq!(code, 0, "{error}");
    stage.second_says("daybreak_waiting_room_mode 1").await;
    let paused = stage.rehearse();
    paused.says("queue", "node-2: the waiting room is paused");
    paused.says("nodes", "visits ended early: the waiting room is paused");
    paused.says("capacity", "fewer than 8 passwords were measured");
    let (code, _, error) = stage.demo.command(&["queue", "resume", "--reason", "A test"]);
    assert_eq!(code, 0, "{error}");
    stage.second_says("daybreak_waiting_room_mode 0").await;
}

/// Faults of one node: its clock, its memory, and that it is gone.
async fn second_node(stage: &mut Stage) {
    stage.second.kill();
    let gone = stage.rehearse();
    gone.says("nodes", "node-2: its ops listener gives no figures: no answer");
    gone.says("release", "not every node tells what it has in memory");

    stage.second.restart(&stage.demo, 10);
    stage.second_says("daybreak_release_preloaded_ratio 1").await;
    stage.rehearse().says("clocks", "node-2: its service time is +");
    stage.second.kill();

    let (blobs, aside) =
        (PathBuf::from(stage.demo.text("blob_dir")), stage.demo.data().join("aside"));
    std::fs::rename(&blobs, &aside).unwrap();
    std::fs::create_dir(&blobs).unwrap();
    stage.second.restart(&stage.demo, 0);
    stage.second_says("daybreak_release_state 2").await;
    stage.rehearse().says("release", "node-2: 0% of the release is in memory");
    std::fs::remove_dir_all(&blobs).unwrap();
    std::fs::rename(&aside, &blobs).unwrap();
    stage.second_says("daybreak_release_preloaded_ratio 1").await;
}

#[tokio::test]
async fn results_that_are_early_or_other_than_expected_are_no_go() {
    let demo = Demo::configured(4, CONFIGURATION, &["--released"]);
    let folder = tempfile::tempdir().unwrap();
    let account = demo.account("school_user");
    let file = folder.path().join("rehearsal.toml");
    let text = format!("observer = \"observer.toml\"\n[ops]\none = \"{}\"\n", demo.text("ops_url"));
    std::fs::write(&file, text).unwrap();
    let met = |more: &str| {
        write_observer(folder.path(), &demo, &account, more, &[("one", port(&demo))]);
        rehearse(&demo, &["--file", file.to_str().unwrap()])
    };
    let early = met("opens = 2099-07-09T07:30:00");
    early.says("nodes", "one: embargo: ");
    early.says("release", "no release waits to be opened");
    let other = format!("opens = 2024-07-09T07:30:00\ndigest = \"{}\"", "0".repeat(64));
    met(&other).says("nodes", "one: digest: ");
}

#[test]
fn what_cannot_be_left_out_is_wrong_usage() {
    let output = program().args(["rehearse", "--without", "capacity"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
