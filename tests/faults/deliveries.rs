//! Bad deliveries: each problem with file, line and value, the right exit code, nothing half loaded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_lc_rs::digest::{SHA256, digest};
use daybreak::domain::hex::hex;
use serde_json::Value;

use crate::support::{Demo, program};

/// A sample delivery that a test may spoil.
struct Delivery {
    folder: tempfile::TempDir,
}

impl Delivery {
    fn new(schools: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let status = program()
            .args(["sample-data", "--schools", schools, "--seed", "7", "--out"])
            .arg(folder.path().join("delivery"))
            .status()
            .unwrap();
        assert!(status.success());
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("delivery").join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Makes the manifest true again after a file was changed.
    fn seal(&self, names: &[&str]) {
        let mut manifest: Value = serde_json::from_str(&self.text("manifest.json")).unwrap();
        for name in names {
            let bytes = std::fs::read(self.path(name)).unwrap();
            manifest["files"][name] = hex(digest(&SHA256, &bytes).as_ref()).into();
        }
        self.write("manifest.json", &manifest.to_string());
    }

    /// Adds a row and gives its line.
    fn append(&self, name: &str, row: &str) -> usize {
        let text = self.text(name);
        self.write(name, &format!("{text}{row}\n"));
        self.seal(&[name]);
        text.lines().count() + 1
    }
}

fn build(demo: &Demo, delivery: &Path) -> (i32, Value, String) {
    let delivery = delivery.to_str().unwrap();
    let arguments = ["release", "build", "--year", "2024", "--delivery", delivery, "--json"];
    let (code, out, err) = demo.command(&arguments);
    (code, serde_json::from_str(&out).unwrap_or(Value::Null), err)
}

/// The problem of a report that is about a line of a file.
fn problem<'a>(report: &'a Value, file: &str, line: usize) -> &'a Value {
    let problems = report["problems"].as_array().unwrap();
    let found = problems.iter().find(|p| p["file"] == file && p["line"] == line);
    found.unwrap_or_else(|| {
        panic!("nothing about {file}:{line} in {:#?}", &problems[..problems.len().min(5)])
    })
}

#[test]
fn an_error_refuses_its_school_and_the_others_are_built() {
    let demo = Demo::start(&["--schools", "1", "--released"]);
    let delivery = Delivery::new("5");
    let marks = delivery.text("marks.csv");
    let first: Vec<&str> = marks.lines().nth(1).unwrap().split(',').collect();
    let titles: BTreeMap<&str, usize> = marks.lines().next().unwrap().split(',').zip(0..).collect();
    let school = first[titles["laestab"]];
    let upn = first[titles["upn"]];
    let too_high = delivery.append("marks.csv", &format!("{school},{upn},gps2,21"));
    let unknown = delivery.append("marks.csv", &format!("{school},E888204517042,gps1,12"));
    let other = delivery.append("marks.csv", &format!("{school},{upn},{},1", first[2]));
    let (code, report, _) = build(&demo, &delivery.path(""));
    assert_eq!(code, 65);
    assert_eq!(report["schools"], 4);
    assert_eq!(problem(&report, "marks.csv", too_high)["value"], "21");
    assert!(
        problem(&report, "marks.csv", unknown)["problem"]
            .as_str()
            .unwrap()
            .contains("unknown pupil")
    );
    assert_eq!(problem(&report, "marks.csv", other)["laestab"], school);
    let release = report["release"].as_str().unwrap();
    let officer = demo.account("release_officer").username;
    let at = ["release", "propose", release, "--at", "2024-07-09T06:30:00Z", "--actor", &officer];
    let (code, _, err) = demo.command(&at);
    assert_eq!(code, 1);
    assert!(err.contains(&format!("--without {school}")), "{err}");
    let (code, _, err) = demo.command(&[&at[..], &["--without", school]].concat());
    assert_eq!(code, 0, "{err}");
}

#[test]
fn a_delivery_that_is_cut_off_or_stale_is_refused_whole() {
    let demo = Demo::start(&["--schools", "1", "--released"]);
    let delivery = Delivery::new("2");
    let before = demo.command(&["release", "list", "--json"]).1;
    let marks = delivery.text("marks.csv");
    delivery.write("marks.csv", &marks[..marks.len() - 9]);
    let (code, report, err) = build(&demo, &delivery.path(""));
    assert_eq!((code, &report["schools"]), (65, &Value::from(0)), "{err}");
    let text = report["problems"].to_string();
    assert!(
        text.contains("does not match its digest") && text.contains("the file is cut off"),
        "{text}"
    );
    delivery.seal(&["marks.csv"]);
    let (code, report, _) = build(&demo, &delivery.path(""));
    assert_eq!(code, 65);
    problem(&report, "marks.csv", marks.lines().count());
    delivery.write("marks.csv", &marks.replacen("mark", "points", 1));
    delivery.seal(&["marks.csv"]);
    let (code, report, _) = build(&demo, &delivery.path(""));
    assert_eq!(code, 65);
    assert!(report["problems"].to_string().contains("column mark is missing"));
    assert_eq!(demo.command(&["release", "list", "--json"]).1, before, "nothing was loaded");
}

#[test]
fn a_script_that_is_no_pdf_refuses_its_school() {
    let demo = Demo::start(&["--schools", "1", "--released"]);
    let delivery = Delivery::new("2");
    let folder = std::fs::read_dir(delivery.path("scripts")).unwrap().next().unwrap().unwrap();
    let school = folder.file_name().into_string().unwrap();
    let list = format!("scripts/{school}/SHA256SUMS");
    let sums = delivery.text(&list);
    let (old, file) = sums.lines().next().unwrap().split_once("  ").unwrap();
    let html = "<html>not a script</html>";
    delivery.write(&format!("scripts/{school}/{file}"), html);
    delivery.write(&list, &sums.replace(old, &hex(digest(&SHA256, html.as_bytes()).as_ref())));
    delivery.seal(&[&list]);
    let (code, report, _) = build(&demo, &delivery.path(""));
    assert_eq!((code, &report["schools"]), (65, &Value::from(1)));
    assert_eq!(report["refused"], serde_json::json!([school]));
    assert!(report["problems"].to_string().contains("is not a PDF"));
}

#[test]
fn a_wrong_conversion_table_is_named_by_check_and_build() {
    let folder = tempfile::tempdir().unwrap();
    let cycles = folder.path().join("cycles");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/cycles");
    assert!(Command::new("cp").arg("-r").args([&source, &cycles]).status().unwrap().success());
    let table = cycles.join("2024/scores/gps.csv");
    let text = std::fs::read_to_string(&table).unwrap();
    std::fs::write(&table, text.replace("\n35,100", "\n35,98")).unwrap();
    let out = folder.path().join("out");
    let output = program()
        .args(["sample-data", "--schools", "1", "--cycles"])
        .arg(&cycles)
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(78));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("gps.csv") && said.contains("scaled score falls at raw mark 35"),
        "{said}"
    );
    assert!(!out.exists());
}

#[test]
fn a_full_disk_stops_the_build_which_then_goes_on() {
    let demo = Demo::start(&["--schools", "1", "--released"]);
    let delivery = Delivery::new("3");
    // Files may not grow beyond 100 kB in this process: writing fails as on a full disk.
    let limited = "trap '' XFSZ; ulimit -f 100; exec \"$@\"";
    let output = Command::new("bash")
        .args(["-c", limited, "bash", env!("CARGO_BIN_EXE_daybreak")])
        .args(["release", "build", "--year", "2024", "--delivery"])
        .arg(delivery.path(""))
        .arg("--data")
        .arg(demo.data())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("goes on from there") && said.contains("scripts.zip"), "{said}");
    let (code, report, err) = build(&demo, &delivery.path(""));
    assert_eq!((code, &report["schools"]), (0, &Value::from(3)), "{err}");
    let release = report["release"].as_str().unwrap();
    assert_eq!(demo.command(&["release", "verify", release]).0, 0);
}

#[test]
fn an_unknown_configuration_key_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("daybreak.toml");
    std::fs::write(&file, "[server]\norigin = \"https://localhost\"\nadresses = []\n").unwrap();
    let output = program().args(["check", "--config"]).arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("daybreak.toml:3") && said.contains("addresses"), "{said}");
}
