//! What people type, and what they are told.

use super::*;
use crate::domain::calendar::BankHolidays;
use crate::domain::forms::{Choice, Days, Group, Kind, Page};
use crate::domain::rules::Condition;

fn id(text: &str) -> crate::domain::rules::Id {
    text.parse().unwrap()
}

fn question(name: &str, kind: Kind) -> Question {
    Question {
        id: id(name),
        label: name.to_owned(),
        hint: String::new(),
        called: format!("the {name}"),
        kind,
        optional: false,
        asked_if: Condition::always(),
    }
}

fn choices(words: &[&str]) -> Vec<Choice> {
    let choice =
        |word: &&str| Choice { id: id(word), label: (*word).to_owned(), hint: String::new() };
    words.iter().map(choice).collect()
}

fn page(name: &str, asked_if: Condition, questions: Vec<Question>) -> Page {
    Page { id: id(name), title: name.to_owned(), text: Vec::new(), asked_if, questions }
}

fn form(pages: Vec<Page>) -> Form {
    Form {
        slug: "a-form".to_owned(),
        version: "2024.1".to_owned(),
        title: String::new(),
        about: Vec::new(),
        readers: crate::domain::announced::Readers::default(),
        opens: jiff::Timestamp::MIN,
        closes: jiff::Timestamp::MAX,
        duty: crate::domain::forms::Duty::May,
        times: crate::domain::forms::Times::Many,
        after: Vec::new(),
        pages,
        declaration: String::new(),
        next: Vec::new(),
        guidance: Vec::new(),
    }
}

fn calendar() -> Calendar {
    let day = |text: &str| text.parse().unwrap();
    Calendar {
        first_test: day("2024-05-13"),
        last_test: day("2024-05-16"),
        bank_holidays: BankHolidays::new([day("2024-05-06")]),
    }
}

fn sheet(pairs: &[(&str, &str)]) -> Sheet {
    pairs.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect()
}

/// What is told about one question, field by field.
#[track_caller]
fn told(kind: Kind, typed: &[(&str, &str)]) -> Vec<(String, String)> {
    let form = form(vec![page("p", Condition::always(), vec![question("q", kind)])]);
    assert_eq!(form.flaws(), []);
    let days = calendar();
    let reading = Reading::of(&form, &sheet(typed), Context { days: &days });
    let problems = reading.problems(0).unwrap().iter();
    problems.map(|problem| (problem.field.clone(), problem.says.clone())).collect()
}

#[track_caller]
fn is_told(kind: Kind, typed: &[(&str, &str)], field: &str, says: &str) {
    assert_eq!(told(kind, typed), [(field.to_owned(), says.to_owned())]);
}

#[test]
fn what_is_missing_is_named() {
    is_told(Kind::Text(5), &[("q", "  ")], "q", "Enter the q");
    is_told(Kind::Radios(choices(&["a", "b"])), &[], "q", "Select the q");
    is_told(Kind::Checkboxes(choices(&["a", "b"])), &[], "q-a", "Select the q");
    is_told(Kind::Confirm("Yes".to_owned()), &[], "q", "Confirm the q");
    is_told(Kind::Day(Days::default()), &[], "q-day", "Enter the q");
    is_told(Kind::Phone, &[], "q", "Enter the q");
}

#[test]
fn what_does_not_fit_is_told_and_what_fits_is_taken() {
    is_told(Kind::Text(5), &[("q", "abcdéf")], "q", "The q must be 5 characters or less");
    is_told(
        Kind::Text(9),
        &[("q", "a\nb")],
        "q",
        "The q must only have characters that can be typed",
    );
    assert_eq!(told(Kind::LongText(9), &[("q", "a\r\nb")]), []);
    is_told(Kind::Number(1, 9), &[("q", "10")], "q", "The q must be between 1 and 9");
    is_told(Kind::Radios(choices(&["a"])), &[("q", "z")], "q", "Select the q");
    is_told(
        Kind::Email,
        &[("q", "a at b")],
        "q",
        crate::domain::contact::Contact::typed("", "a at b").unwrap_err().email.unwrap(),
    );
    assert_eq!(told(Kind::Checkboxes(choices(&["a", "b"])), &[("q-b", "yes")]), []);
}

#[test]
fn days_keep_within_their_bounds() {
    let day = |d: &'static str, m: &'static str| [("q-day", d), ("q-month", m), ("q-year", "2024")];
    let bounds = Days {
        earliest: Some("5 days before first_test_day".parse().unwrap()),
        latest: Some("2024-05-16".parse().unwrap()),
        school_day: false,
    };
    let kind = || Kind::Day(bounds.clone());
    assert_eq!(told(kind(), &day("8", "5")), []);
    assert_eq!(told(kind(), &day("16", "May")), []);
    is_told(kind(), &day("7", "5"), "q-day", "The q must be the same as or after 8 May 2024");
    is_told(kind(), &day("17", "5"), "q-day", "The q must be the same as or before 16 May 2024");
    is_told(kind(), &[("q-day", "8"), ("q-year", "2024")], "q-month", "The q must include a month");
    let school = || Kind::Day(Days { school_day: true, ..Days::default() });
    let says = "The q must be a Monday to Friday that is not a bank holiday";
    is_told(school(), &day("6", "5"), "q-day", says);
    is_told(school(), &day("4", "5"), "q-day", says);
    assert_eq!(told(school(), &day("7", "5")), []);
}

#[test]
fn tables_of_numbers_and_groups_tell_each_field() {
    let table = Kind::Quantities(choices(&["gps", "maths"]), choices(&["braille"]), 99);
    is_told(
        table,
        &[("q-maths-braille", "x"), ("q-gps-braille", "3")],
        "q-maths-braille",
        "maths, braille must be a number",
    );
    let table = Kind::Quantities(choices(&["gps"]), choices(&["braille"]), 99);
    is_told(table, &[("q-gps-braille", "0")], "q-gps-braille", "Enter the q");
    let group = || {
        let to = Days { earliest: Some("from".parse().unwrap()), ..Days::default() };
        let parts =
            vec![question("from", Kind::Day(Days::default())), question("to", Kind::Day(to))];
        Kind::Group(Group { item: "period".to_owned(), parts, least: 1, most: 3 })
    };
    assert_eq!(told(group(), &[]).len(), 2, "one must be there");
    let item = |number: usize, from: &str, to: &str| {
        let mut fields = Vec::new();
        for (part, day) in [("from", from), ("to", to)] {
            for (of, text) in [("day", day), ("month", "4"), ("year", "2024")] {
                fields.push((format!("q-{number}-{part}-{of}"), text.to_owned()));
            }
        }
        fields
    };
    let typed = |items: Vec<Vec<(String, String)>>| items.concat();
    let told_of = |pairs: &[(String, String)]| {
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        told(group(), &pairs)
    };
    assert_eq!(told_of(&typed(vec![item(1, "2", "2"), item(3, "5", "9")])), []);
    let wrong = told_of(&typed(vec![item(1, "2", "3"), item(2, "5", "4")]));
    let says = "The to must be the same as or after 5 April 2024";
    assert_eq!(wrong, [("q-2-to-day".to_owned(), says.to_owned())]);
}

#[test]
fn answers_lead_through_pages_and_hidden_ones_are_not_kept() {
    let yes = || {
        let test = crate::domain::rules::Test { id: id("more"), words: vec![id("yes")] };
        Condition::any_of(vec![vec![test]])
    };
    let form = form(vec![
        page(
            "first",
            Condition::always(),
            vec![question("more", Kind::Radios(choices(&["yes", "no"])))],
        ),
        page("second", yes(), vec![question("what", Kind::Text(9))]),
        page("third", Condition::always(), vec![question("who", Kind::Text(9))]),
    ]);
    assert_eq!(form.flaws(), []);
    let days = calendar();
    let read = |pairs: &[(&str, &str)]| Reading::of(&form, &sheet(pairs), Context { days: &days });
    let reading = read(&[("more", "yes")]);
    assert_eq!(
        (reading.after(0), reading.before(2), reading.first_open()),
        (Some(1), Some(1), Some(1))
    );
    let typed = [("more", "no"), ("what", "hidden"), ("who", "me"), ("other", "x")];
    let reading = read(&typed);
    assert_eq!(
        (reading.after(0), reading.problems(1), reading.first_open()),
        (Some(2), None, None)
    );
    assert_eq!(reading.kept(&sheet(&typed)), sheet(&[("more", "no"), ("who", "me")]));
    // An unanswered question leads through no page that asks for its answer.
    assert_eq!(read(&[]).after(0), Some(2));
}
