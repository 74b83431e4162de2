//! Somebody tries the rules of a year: answers go in as lines, outcomes come out in their places.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::support::program;

const FORMS: [&str; 4] =
    ["additional-time", "compensatory-marks", "timetable-variation", "special-consideration"];

/// `rules evaluate` of a form in a year, with the configuration that ships.
fn rules(form: &str, year: &str) -> Command {
    let mut command = program();
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["rules", "evaluate", form, "--year", year])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The end of a command that was fed some bytes.
fn fed(mut command: Command, bytes: &[u8]) -> Output {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that refuses its arguments does not read.
    let _written = stdin.write_all(bytes);
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// The code and the lines of an evaluation.
fn evaluated(form: &str, year: &str, bytes: &[u8]) -> (Option<i32>, Vec<String>) {
    let output = fed(rules(form, year), bytes);
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text.lines().map(str::to_owned).collect())
}

#[test]
fn each_form_answers_in_the_words_of_the_contract() {
    let needs = r#""ehc_plan":"no","modified_papers":"no","writing":"no","processing":"no","hearing":"yes","vision":"no","concentration":"yes""#;
    let sure = r#""took_tests":"yes","programme_complete":"yes","at_standard":"yes","fit":"yes""#;
    for (form, answers, expected) in [
        (
            "additional-time",
            format!(r#"{{{needs},"reading":"no","eal":"yes"}}"#),
            r#"{"outcome":"approved","scope":"maths","percent":25,"advice":["translation","compensatory_marks","rest_breaks"],"reasons":[],"rules":"2024.1"}"#,
        ),
        (
            "compensatory-marks",
            r#"{"takes_paper_1":"yes","cannot_access_paper_2":"no"}"#.to_owned(),
            r#"{"outcome":"blocked","scope":"none","percent":null,"advice":[],"reasons":[],"rules":"2024.1"}"#,
        ),
        (
            "timetable-variation",
            r#"{"reason":"funeral","back_and_fit":"yes","no_contact":"no","no_internet":"yes","security_kept":"yes","authorised":"no"}"#.to_owned(),
            r#"{"outcome":"rejected","scope":"none","percent":null,"advice":[],"reasons":["no_contact","authorised"],"rules":"2024.1"}"#,
        ),
        (
            "special-consideration",
            format!(r#"{{"reason":"death",{sure},"event_date":"2023-05-13"}}"#),
            r#"{"outcome":"approved","scope":"all","percent":null,"advice":[],"reasons":[],"rules":"2024.1"}"#,
        ),
    ] {
        let (code, lines) = evaluated(form, "2024", answers.as_bytes());
        assert_eq!((code, lines), (Some(0), vec![expected.to_owned()]), "{form}");
    }
}

#[test]
fn all_cases_of_additional_time_come_out_in_order() {
    let questions = [
        "ehc_plan",
        "modified_papers",
        "reading",
        "writing",
        "processing",
        "eal",
        "hearing",
        "vision",
        "concentration",
    ];
    let yes = |case: usize, question: usize| case >> question & 1 == 1;
    let mut text = String::new();
    for case in 0..512 {
        let word = |question| if yes(case, question) { "yes" } else { "no" };
        let pairs = questions.iter().enumerate();
        let answers: serde_json::Map<String, Value> =
            pairs.map(|(at, id)| ((*id).to_owned(), json!(word(at)))).collect();
        text.push_str(&Value::Object(answers).to_string());
        text.push('\n');
    }
    let (code, lines) = evaluated("additional-time", "2025", text.as_bytes());
    assert_eq!((code, lines.len()), (Some(0), 512));
    for (case, line) in lines.iter().enumerate() {
        let outcome: Value = serde_json::from_str(line).unwrap();
        let any = |questions: &[usize]| questions.iter().any(|question| yes(case, *question));
        let expected = match (any(&[1]), any(&[0]), any(&[2, 3, 4]), any(&[5])) {
            (true, _, _, _) => json!(["entitled", "all", 100]),
            (_, true, _, _) => json!(["entitled", "all", 25]),
            (_, _, true, _) => json!(["approved", "all", 25]),
            (_, _, _, true) => json!(["approved", "maths", 25]),
            _ => json!(["not_awarded", "none", null]),
        };
        let told = json!([outcome["outcome"], outcome["scope"], outcome["percent"]]);
        assert_eq!(told, expected, "{line}");
        let asked = !any(&[0, 1]);
        let advice = ["translation", "compensatory_marks", "modified_papers", "rest_breaks"];
        let given = (5..9).zip(advice).filter(|(need, _)| asked && any(&[*need]));
        let given: Vec<&str> = given.map(|(_, advice)| advice).collect();
        assert_eq!(outcome["advice"], json!(given), "{line}");
        assert_eq!(outcome["rules"], "2025.1");
    }
}

#[test]
fn a_bad_line_keeps_its_place_and_the_others_go_on() {
    let good = r#"{"takes_paper_1":"yes","cannot_access_paper_2":"yes"}"#;
    let long = format!("{{\"takes_paper_1\":\"{}\"}}", "y".repeat(70_000));
    let lines: Vec<Vec<u8>> = vec![
        good.into(),
        "".into(),
        "{\"takes_paper_1\":".into(),
        "[\"yes\",\"yes\"]".into(),
        " \t\r".into(),
        "{\"takes_paper_1\":\"yes\"}".into(),
        "{\"takes_paper_1\":\"maybe\",\"cannot_access_paper_2\":\"yes\"}".into(),
        "{\"takes_paper_1\":\"yes\",\"cannot_access_paper_2\":true}".into(),
        "{\"takes_paper_1\":\"yes\",\"cannot_access_paper_2\":\"yes\",\"paper\":\"2\"}".into(),
        "{\"takes_paper_1\":\"yes\",\"takes_paper_1\":\"no\"}".into(),
        b"{\"takes_paper_1\":\"\xff\"}".into(),
        long.into(),
        good.into(),
    ];
    let (code, told) = evaluated("compensatory-marks", "2024", &lines.join(&b'\n'));
    assert_eq!(code, Some(65));
    let told: Vec<Value> = told.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let places = told.iter().map(|line| {
        if line["outcome"].is_string() {
            return line["outcome"].clone();
        }
        assert!(line["error"].as_str().is_some_and(|error| !error.is_empty()), "{line}");
        json!([line["line"], line["field"]])
    });
    let expected = [
        json!("approved"),
        json!([3, null]),
        json!([4, null]),
        json!([6, "cannot_access_paper_2"]),
        json!([7, "takes_paper_1"]),
        json!([8, "cannot_access_paper_2"]),
        json!([9, "paper"]),
        json!([10, "takes_paper_1"]),
        json!([11, null]),
        json!([12, null]),
        json!("approved"),
    ];
    assert_eq!(places.collect::<Vec<_>>(), expected);
}

#[test]
fn dates_that_are_none_are_told_and_nothing_is_nothing() {
    let sure = r#""took_tests":"yes","programme_complete":"yes","at_standard":"yes","fit":"yes""#;
    let dates = ["2023-02-29", "13/05/2024", "2024-5-13", "20240513", "", "2024-05-13T09:00"];
    let line = |date: &&str| format!(r#"{{"reason":"death",{sure},"event_date":"{date}"}}"#);
    let text: Vec<String> = dates.iter().map(line).collect();
    let (code, told) = evaluated("special-consideration", "2024", text.join("\n").as_bytes());
    assert_eq!((code, told.len()), (Some(65), dates.len()));
    for (number, line) in (1..).zip(told) {
        let start = format!(r#"{{"line":{number},"field":"event_date","error":"#);
        assert!(line.starts_with(&start), "{line}");
    }
    assert_eq!(evaluated("special-consideration", "2024", b""), (Some(0), vec![]));
}

#[test]
fn whoever_waits_for_an_outcome_has_it_before_the_next_question() {
    let mut child = rules("compensatory-marks", "2024").spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut outcomes = BufReader::new(child.stdout.take().unwrap()).lines();
    for (word, outcome) in [("yes", "approved"), ("no", "blocked")] {
        let answers = json!({ "takes_paper_1": word, "cannot_access_paper_2": "yes" });
        writeln!(stdin, "{answers}").unwrap();
        let line: Value = serde_json::from_str(&outcomes.next().unwrap().unwrap()).unwrap();
        assert_eq!(line["outcome"], outcome);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn forms_and_years_that_are_not_there_are_told() {
    let code = |form: &str, year: &str| {
        let output = fed(rules(form, year), b"");
        assert!(output.stdout.is_empty());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (form, message) = code("early-opening", "2024");
    assert_eq!(form, Some(2));
    assert!(FORMS.iter().all(|form| message.contains(form)), "{message}");
    assert_eq!(code(FORMS[0], "twenty").0, Some(2));
    let (year, message) = code(FORMS[0], "2031");
    assert_eq!(year, Some(78));
    assert!(message.contains("2031/calendar.toml: cannot be read"), "{message}");
    let help = program().args(["rules", "evaluate", "--help"]).output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().starts_with("Examples:"));
}

/// Copies the cycles that ship into a folder with a configuration beside them.
fn copied(folder: &Path) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/cycles");
    for year in ["2024", "2025"] {
        let rules = folder.join("cycles").join(year).join("rules");
        fs::create_dir_all(&rules).unwrap();
        fs::copy(shipped.join(year).join("calendar.toml"), rules.with_file_name("calendar.toml"))
            .unwrap();
        for form in FORMS {
            let file = format!("{form}.toml");
            fs::copy(shipped.join(year).join("rules").join(&file), rules.join(&file)).unwrap();
        }
    }
    fs::write(folder.join("daybreak.toml"), "[cycles]\nyear = 2025\n").unwrap();
}

#[test]
fn a_table_that_leaves_a_case_open_decides_nothing_and_check_says_so() {
    let folder = tempfile::tempdir().unwrap();
    copied(folder.path());
    let file = folder.path().join("cycles/2024/rules/compensatory-marks.toml");
    let text = fs::read_to_string(&file).unwrap();
    let line = 1 + text.lines().position(|line| line.starts_with("when")).unwrap();
    fs::write(&file, text.replace("cannot_access_paper_2 = \"yes\"", "paper_2 = \"yes\"")).unwrap();
    let told = format!(
        "{}:{line}: row.1.when: paper_2 is neither a question nor a window; ",
        file.display()
    );
    let configured = |mut command: Command| {
        command.arg("--config").arg(folder.path().join("daybreak.toml"));
        fed(command, b"{}\n")
    };
    let output = configured(rules("compensatory-marks", "2024"));
    assert_eq!((output.status.code(), output.stdout.len()), (Some(78), 0));
    assert!(String::from_utf8(output.stderr).unwrap().contains(&told), "{told}");
    // Another table of the same year is not held up.
    assert_eq!(configured(rules("additional-time", "2024")).status.code(), Some(65));
    let mut check = program();
    check.arg("check").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = configured(check);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert_eq!(message.matches("/rules/").count(), 1, "{message}");
    assert!(message.contains(&told), "{message}");
}
