//! The nightly job: today's extract, an older one, none, one that waits for a person, one that is damaged.

use serde_json::Value;

use super::gias::Extract;
use crate::support::{Account, Demo, until};

const SCHOOL_FILE: &str = "gias/edubasealldata.csv";

/// A folder of extracts by day, and a demo that looks there. Its clock stands at 10 July 2024.
pub(super) struct Night {
    pub(super) demo: Demo,
    pub(super) folder: tempfile::TempDir,
    pub(super) operator: Account,
}

impl Night {
    fn with(days: &[(&str, &Extract)], limits: &str) -> Self {
        Self::at(days, limits, in_folder, &["--released"])
    }

    /// The same at another time.
    pub(super) fn as_of(time: &str, days: &[(&str, &Extract)]) -> Self {
        Self::at(days, "", in_folder, &["--as-of", time])
    }

    /// The same with another source that has the files of the folder.
    fn at(
        days: &[(&str, &Extract)],
        limits: &str,
        source: impl FnOnce(&std::path::Path) -> String,
        arguments: &[&str],
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (day, extract) in days {
            put(folder.path(), day, extract);
        }
        let source = source(folder.path());
        let toml = format!(
            "[gias]\n{source}\nschools = \"{{date}}/edubasealldata.csv\"\ngroups = \"{{date}}/groups.csv\"\n\
             memberships = \"{{date}}/grouplinks.csv\"\n{limits}"
        );
        let demo = Demo::configured(6, &toml, arguments);
        let operator = demo.account("data_operator");
        Self { demo, folder, operator }
    }

    /// Waits for a look that ends so.
    pub(super) async fn looked(&self, outcome: &str) {
        let name = format!("daybreak_gias_looks_total{{outcome=\"{outcome}\"}}");
        until(&name, async || self.demo.metric(&name).await > 0.0).await;
    }

    /// The runs, newest first.
    pub(super) fn runs(&self) -> Vec<Value> {
        let (code, out, error) = self.demo.command(&["gias", "show", "--json"]);
        assert_eq!(code, 0, "{error}");
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(super) async fn names(&self) -> Vec<Vec<String>> {
        self.demo
            .query("SELECT laestab FROM organisations WHERE name = 'Renamed School' ORDER BY 1")
            .await
    }

    fn decide(&self, what: &str, run: &Value, actor: &str) -> (i32, String, String) {
        let run = run["run"].to_string();
        self.demo.command(&["gias", what, &run, "--actor", actor])
    }
}

fn in_folder(folder: &std::path::Path) -> String {
    format!("folder = \"{}\"", folder.display())
}

pub(super) fn put(folder: &std::path::Path, day: &str, extract: &Extract) {
    let to = folder.join(day);
    std::fs::create_dir_all(&to).unwrap();
    for file in std::fs::read_dir(extract.path().join("gias")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// An extract with so many schools of another name.
pub(super) fn renamed(count: usize) -> Extract {
    let extract = Extract::of_sample();
    extract.edit(SCHOOL_FILE, |column, rows| {
        let open = rows.iter_mut().filter(|row| row[column("EstablishmentStatus (code)")] == "1");
        for row in open.take(count) {
            "Renamed School".clone_into(&mut row[column("EstablishmentName")]);
        }
    });
    extract
}

#[tokio::test]
async fn the_newest_extract_of_the_week_is_taken_over() {
    let (older, newer) = (renamed(1), renamed(2));
    let night =
        Night::with(&[("20240703", &older), ("20240706", &newer), ("20240711", &older)], "");
    night.looked("applied").await;
    assert_eq!(night.names().await.len(), 2);
    let runs = night.runs();
    assert_eq!(runs.len(), 1);
    assert_eq!(
        (&runs[0]["state"], &runs[0]["extract_on"]),
        (&"applied".into(), &"2024-07-06".into())
    );
    assert_eq!(runs[0]["report"]["counts"]["renamed"], 2);
    let taken = night.demo.metric("daybreak_gias_taken_over_timestamp_seconds").await;
    assert!(taken > 1_720_000_000.0, "{taken}");
    // Of one turn: no node begins it again for a while.
    let leases =
        night.demo.query("SELECT name FROM leases WHERE until > '2024-07-09 06:00Z'").await;
    assert!(leases.contains(&vec!["gias".to_owned()]), "{leases:?}");
    let audit = night
        .demo
        .query("SELECT actor FROM audit WHERE action = 'gias.taken_over' ORDER BY seq DESC LIMIT 1")
        .await;
    assert_eq!(audit, [["gias"]]);
}

#[tokio::test]
async fn an_extract_of_last_week_is_too_old() {
    let extract = renamed(1);
    let night = Night::with(&[("20240701", &extract)], "");
    night.looked("nothing").await;
    assert_eq!(night.names().await.len(), 0);
    assert_eq!(night.runs().len(), 0);
}

#[tokio::test]
async fn too_many_changes_wait_until_somebody_approves() {
    let extract = renamed(3);
    let night = Night::with(&[("20240709", &extract)], "renamed_max = 2");
    night.looked("held").await;
    assert_eq!(night.names().await.len(), 0);
    until("the metric shows it", async || night.demo.metric("daybreak_gias_held").await > 0.5)
        .await;
    let run = night.runs().remove(0);
    assert_eq!(run["state"], "held");
    assert_eq!(run["report"]["beyond"], serde_json::json!([["renamed", 3, 2]]));
    let (code, shown, _) = night.demo.command(&["gias", "show", &run["run"].to_string()]);
    assert_eq!(code, 0);
    assert!(shown.contains("3 changed names of schools (more than the limit of 2)"), "{shown}");

    let (code, _, error) = night.decide("approve", &run, "nobody@agency.example");
    assert_eq!(code, 1);
    assert!(error.contains("no active data operator"), "{error}");
    // Other files than those that were looked at.
    put(night.folder.path(), "20240709", &renamed(4));
    let (code, _, error) = night.decide("approve", &run, &night.operator.username);
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("is not the one that was looked at any more"), "{error}");
    assert_eq!(night.names().await.len(), 0);
    put(night.folder.path(), "20240709", &extract);
    let (code, out, error) = night.decide("approve", &run, &night.operator.username);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("3 changed names of schools") && out.contains("Taken over."), "{out}");
    assert_eq!(night.names().await.len(), 3);
    let again = night.decide("approve", &run, &night.operator.username);
    assert_eq!(again.0, 1, "decided once");
    let decided = night
        .demo
        .query(
            "SELECT actor, action FROM audit WHERE action LIKE 'gias.%' ORDER BY seq DESC LIMIT 2",
        )
        .await;
    assert!(decided.iter().all(|row| row[0] == night.operator.username), "{decided:?}");
    assert_eq!(night.demo.command(&["audit", "verify"]).0, 0);
}

#[tokio::test]
async fn what_waits_can_be_dropped_and_what_is_damaged_is_refused() {
    let extract = renamed(3);
    let night = Night::with(&[("20240709", &extract)], "renamed_max = 0");
    night.looked("held").await;
    let run = night.runs().remove(0);
    let (code, out, error) = night.decide("drop", &run, &night.operator.username);
    assert_eq!(
        (code, out.trim()),
        (0, format!("Dropped run {}. Nothing was changed.", run["run"]).as_str()),
        "{error}"
    );
    assert_eq!((night.names().await.len(), &night.runs()[0]["state"]), (0, &"dropped".into()));
    assert_eq!(night.decide("drop", &run, &night.operator.username).0, 1, "once");

    let damaged = renamed(1);
    damaged.edit(SCHOOL_FILE, |_, rows| rows.insert(1, rows[0].clone()));
    let night = Night::with(&[("20240708", &damaged)], "");
    night.looked("refused").await;
    assert_eq!(night.names().await.len(), 0);
    let run = night.runs().remove(0);
    assert_eq!(run["state"], "refused");
    let problem = run["report"]["problems"][0].as_str().unwrap();
    assert!(problem.contains("20240708/edubasealldata.csv:3: URN"), "{problem}");
}

/// Serves the files of a folder over HTTP for as long as the test lives; gives the address.
fn serve(folder: &std::path::Path) -> String {
    use std::io::{BufRead, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = std::io::BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> =
                lines.map(|line| line.unwrap()).take_while(|line| !line.is_empty()).collect();
            let path = head[0].split(' ').nth(1).unwrap().trim_start_matches('/');
            let (status, body) = match std::fs::read(folder.join(path)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&body).unwrap();
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn an_extract_is_fetched_from_an_address() {
    let extract = renamed(2);
    let address = |folder: &std::path::Path| format!("address = \"{}\"", serve(folder));
    let night = Night::at(&[("20240708", &extract)], "", address, &["--released"]);
    night.looked("applied").await;
    assert_eq!(night.names().await.len(), 2);
    assert_eq!(night.runs()[0]["extract_on"], "2024-07-08");
}
