//! What is told about tables that are wrong, at which line.

use super::*;

/// A small table that is right; tests change one thing in it.
const GOOD: &str = r#"version = "2024.1"
[[question]]
id = "reason"
type = "one_of"
words = ["illness", "other"]
[[question]]
id = "fit"
type = "yes_no"
asked_if = { reason = "illness" }
[[question]]
id = "day"
type = "date"
optional = true
[[window]]
id = "late"
of = "day"
from = "first_test_day"
to = "5 school days after last_test_day"
[[advice]]
id = "rest"
when = { fit = "no" }
[[row]]
when = [{ late = "after" }, { reason = "other" }]
outcome = "manual"
scope = "none"
[[row]]
when = { fit = "yes" }
outcome = "approved"
scope = "all"
percent = 25
[otherwise]
outcome = "rejected"
scope = "none"
advice = ["rest"]
reasons = ["fit"]
"#;

/// The problems after a change, as `line: key: what`.
fn found(old: &str, new: &str) -> Vec<String> {
    assert!(GOOD.contains(old), "{old}");
    let calendar = Calendar::load(&cycles(), 2024).unwrap();
    told_of(&GOOD.replacen(old, new, 1), calendar.days())
}

fn told_of(text: &str, days: Days) -> Vec<String> {
    let document = Document::parse(Path::new("r"), text).unwrap();
    let Err(problems) = from_document(&document, 2024, days) else { return Vec::new() };
    let told = |problem: &Problem| {
        assert!(!problem.way_out.is_empty());
        let line = problem.line.map_or("-".to_owned(), |line| line.to_string());
        format!("{line}: {}: {}", problem.key, problem.what)
    };
    problems.iter().map(told).collect()
}

#[track_caller]
fn check(old: &str, new: &str, expected: &[&str]) {
    assert_eq!(found(old, new), expected);
}

#[test]
fn the_table_before_the_change_is_right() {
    check("2024.1", "2024.17", &[]);
}

#[test]
fn keys_are_known_and_there() {
    check(
        "words = ",
        "wrods = ",
        &["2: question.1.words: is missing", "5: question.1.wrods: unknown key"],
    );
    check("[[advice]]", "[[advise]]", &["19: advise: unknown key"]);
    check("[[window]]", "[window]", &["14: window: is not a list of sections"]);
    check("version = \"2024.1\"\n", "", &["-: version: is missing"]);
    check("when = { fit = \"yes\" }\n", "", &["26: row.2.when: is missing"]);
}

#[test]
fn values_are_of_the_right_kind() {
    check("\"2024.1\"", "\"2025.1\"", &["1: version: \"2025.1\" is not a version of 2024"]);
    check("\"2024.1\"", "2024.1", &["1: version: 2024.1 is not a version of 2024"]);
    check("\"yes_no\"", "\"yesno\"", &["8: question.2.type: \"yesno\" is not known"]);
    check(
        "optional = true",
        "optional = 'yes'",
        &["13: question.3.optional: is text, not true or false"],
    );
    check("percent = 25", "percent = 26", &["30: row.2.percent: 26 is not known"]);
    check(
        "type = \"date\"",
        "type = \"date\"\nwords = ['x']",
        &["13: question.3.words: is for type \"one_of\" only"],
    );
    check(
        "id = \"fit\"",
        "id = \"Fit\"",
        &[
            "7: question.2.id: a name has small letters, figures and _ only, begins with a letter, and is not longer than 64",
        ],
    );
    check(
        "\"5 school days after last_test_day\"",
        "\"Friday last\"",
        &[
            "18: window.1.to: is not a day, as in \"last_test_day\" or \"5 school days after scheduled_date\"",
        ],
    );
    check("{ fit = \"yes\" }", "true", &["27: row.2.when: is true or false, not a condition"]);
    check("{ fit = \"yes\" }", "{}", &["27: row.2.when: tests nothing"]);
    check(
        "{ fit = \"yes\" }",
        "{ fit = true }",
        &["27: row.2.when.fit: has true or false where a name is wanted"],
    );
}

#[test]
fn names_have_one_meaning_in_their_place() {
    check(
        "fit = \"no\" }",
        "fitness = \"no\" }",
        &["21: advice.1.when: fitness is neither a question nor a window"],
    );
    check("late = \"after\"", "late = \"later\"", &["23: row.1.when: late is never later"]);
    check(
        "reason = \"illness\"",
        "reason = \"ill\"",
        &["9: question.2.asked_if: reason is never ill"],
    );
    check(
        "reason = \"illness\"",
        "late = \"after\"",
        &["9: question.2.asked_if: late is not known yet when this is asked"],
    );
    check(
        "of = \"day\"",
        "of = \"reason\"",
        &["16: window.1.of: reason is not a question with a date"],
    );
    check(
        "\"first_test_day\"",
        "\"1 day after day\"",
        &["17: window.1.from: day is not answered before the date that this window looks at"],
    );
    check(
        "\"first_test_day\"",
        "\"first_day\"",
        &["17: window.1.from: first_day is not a question with a date"],
    );
    let again = "[[advice]]\nid = 'rest'\nwhen = { fit = 'yes' }\n[[row]]";
    check("[[row]]", again, &["23: advice.2.id: rest is the name of something before it"]);
    let again = "[[question]]\nid = 'fit'\ntype = 'yes_no'\n[[window]]";
    check("[[window]]", again, &["15: question.4.id: fit is the name of something before it"]);
    check(
        "reasons = [\"fit\"]",
        "reasons = [\"reason\"]",
        &["35: otherwise.reasons: reason is not a question with yes and no"],
    );
    check(
        "advice = [\"rest\"]",
        "advice = [\"breaks\"]",
        &["34: otherwise.advice: breaks is not an advice of this table"],
    );
}

#[test]
fn what_changes_nothing_is_told() {
    check("advice = [\"rest\"]\n", "", &["20: advice.1.id: rest is used nowhere"]);
    check("late = \"after\"", "reason = \"other\"", &["15: window.1.id: late is used nowhere"]);
    let other = "[[question]]\nid = 'other'\ntype = 'yes_no'\n[[window]]";
    check("[[window]]", other, &["15: question.4.id: other is used nowhere"]);
}

#[test]
fn outcomes_do_not_contradict_themselves() {
    check(
        "scope = \"all\"",
        "scope = \"none\"",
        &["29: row.2.scope: scope does not go with this outcome"],
    );
    check(
        "outcome = \"manual\"\nscope = \"none\"",
        "outcome = \"manual\"\nscope = \"maths\"\npercent = 25",
        &[
            "25: row.1.scope: scope does not go with this outcome",
            "26: row.1.percent: percent does not go with this outcome",
        ],
    );
}

#[test]
fn every_case_is_gone_through() {
    // A row for cases that those before it have decided.
    let earlier = "[[row]]\nwhen = { reason = ['illness', 'other'] }\noutcome = 'manual'\nscope = 'none'\n[[row]]\nwhen = { fit";
    check(
        "[[row]]\nwhen = { fit",
        earlier,
        &[
            "30: row.3: no case comes here: the rows before it decide all",
            "35: otherwise: no case comes here: the rows before it decide all",
        ],
    );
    // Before the tests is inside of no window that ends before it begins.
    check(
        "late = \"after\" }",
        "late = \"inside\" }, { late = \"before\" }, { late = \"after\" }",
        &[],
    );
    check("\"first_test_day\"", "\"1 month after last_test_day\"", &[]);
    check(
        "[{ late = \"after\" }, { reason = \"other\" }]",
        "{ late = \"after\", fit = \"yes\" }",
        &["35: otherwise.reasons: rejects a case without a reason (late before, reason other)"],
    );
    // What is only asked of an answer that excludes it.
    let never = "[[question]]\nid = 'why'\ntype = 'yes_no'\nasked_if = { fit = 'yes', reason = 'other' }\n[[window]]";
    let text = GOOD
        .replace("[[window]]", never)
        .replace("{ reason = \"other\" }]", "{ reason = \"other\" }, { why = \"yes\" }]");
    let days = Calendar::load(&cycles(), 2024).unwrap().days();
    assert_eq!(told_of(&text, days), ["17: question.4.asked_if: no case asks this question"]);
}

#[test]
fn a_table_that_cannot_be_gone_through_is_refused() {
    let question = |number: u32| format!("[[question]]\nid = 'q{number}'\ntype = 'yes_no'\n");
    let questions: String = (0..20).map(question).collect();
    let tests: Vec<String> = (0..20).map(|number| format!("q{number} = 'yes'")).collect();
    let row = format!("when = {{ {}, fit = \"yes\" }}", tests.join(", "));
    let text = GOOD.replace("[[window]]", &format!("{questions}[[window]]"));
    let text = text.replace("when = { fit = \"yes\" }", &row);
    let days = Calendar::load(&cycles(), 2024).unwrap().days();
    let what = "the questions make more than 100000 cases, too many to prove the table";
    assert_eq!(told_of(&text, days), [format!("2: question.1: {what}")]);
}

#[test]
fn school_days_need_bank_holidays() {
    let mut days = Calendar::load(&cycles(), 2024).unwrap().days();
    days.bank_holidays = crate::domain::calendar::BankHolidays::default();
    let what = "counts school days, and the calendar of the year names no bank holidays";
    assert_eq!(told_of(GOOD, days), [format!("18: window.1.to: {what}")]);
}

#[test]
fn a_form_without_a_table_is_a_problem_and_so_is_a_broken_one() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("2024/rules");
    fs::create_dir_all(&rules).unwrap();
    let names = ["additional-time", "compensatory-marks", "special-consideration"];
    for name in names {
        fs::write(rules.join(format!("{name}.toml")), GOOD.replace("illness", "ill")).unwrap();
    }
    fs::write(rules.join("compensatory-marks.toml"), "version = ").unwrap();
    fs::write(rules.join("special-consideration.toml"), GOOD.replace("yes_no", "no_yes")).unwrap();
    let told: Vec<_> = check_year(folder.path());
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("compensatory-marks.toml:1:"), "{told:?}");
    assert!(told[1].contains("timetable-variation.toml: cannot be read"), "{told:?}");
    assert!(told[2].contains("special-consideration.toml:8: question.2.type:"), "{told:?}");
    assert_eq!(years(folder.path()), [2024]);
}

fn check_year(cycles: &Path) -> Vec<String> {
    super::super::check(cycles, 2024, None).iter().map(ToString::to_string).collect()
}
