//! The forms that ship, and files that are wrong.

use std::path::{Path, PathBuf};

use super::*;
use crate::domain::forms::{Context, Reading, filled};

fn cycles() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/cycles")
}

#[test]
fn the_forms_that_ship_are_read_in_each_year() {
    for year in [2024, 2025] {
        let calendar = Calendar::load(&cycles(), year).unwrap();
        let forms = load(&cycles(), &calendar).unwrap_or_else(|found| panic!("{found}"));
        let slugs: Vec<&str> = forms.iter().map(|form| form.slug.as_str()).collect();
        assert_eq!(slugs, ["headteachers-declaration-ks2", "holiday-dates", "test-orders"]);
        let days = calendar.days();
        for form in &forms {
            let sheet = filled(form, Context { days: &days });
            let reading = Reading::of(form, &sheet, Context { days: &days });
            assert_eq!(reading.first_open(), None, "{}: {:?}", form.slug, reading.pages);
            assert!(!reading.pages.is_empty() && reading.kept(&sheet) == sheet, "{}", form.slug);
        }
    }
}

/// A form between these and a page, and what is told of it: line and words.
#[track_caller]
fn told(text: &str) -> Vec<(Option<usize>, String)> {
    let folder = tempfile::tempdir().unwrap();
    let forms = folder.path().join("2024/forms");
    fs::create_dir_all(&forms).unwrap();
    fs::write(forms.join("holiday-dates.toml"), text).unwrap();
    let calendar = Calendar::load(&cycles(), 2024).unwrap();
    let found = load(folder.path(), &calendar).expect_err("it is refused");
    found
        .iter()
        .map(|problem| (problem.line, format!("{} {}", problem.key, problem.what)))
        .collect()
}

const HEAD: &str = "[form]\nversion = \"2024.1\"\ntitle = \"T\"\nfor = [\"school\"]\nduty = \"may\"\nsent = \"once\"\ndeclaration = \"D\"\n";

#[test]
fn every_mistake_is_told_at_its_line() {
    let question = |more: &str| {
        format!(
            "{HEAD}[[page]]\nid = \"p\"\ntitle = \"P\"\n[[page.question]]\nid = \"q\"\nlabel = \"L\"\ncalled = \"the q\"\n{more}"
        )
    };
    for (text, line, what) in [
        (String::new(), None, "form is missing"),
        (HEAD.to_owned(), Some(3), "form.title has no page"),
        (format!("{HEAD}colour = \"red\"\n"), Some(8), "form.colour unknown key"),
        (
            question("type = \"slider\"\n"),
            Some(15),
            "page.1.question.1.type is missing or not known",
        ),
        (question("type = \"text\"\nleast = 1\n"), Some(16), "page.1.question.1.least unknown key"),
        (
            question("type = \"text\"\nmost = 99999\n"),
            Some(16),
            "page.1.question.1.most is out of range",
        ),
        (
            question("type = \"radios\"\n"),
            Some(11),
            "page.1.question.1 has no choice, or one twice",
        ),
        (
            question("type = \"text\"\nasked_if = { other = \"yes\" }\n"),
            Some(16),
            "page.1.question.1.asked_if other is not asked on a page before it, or no word answers it",
        ),
        (
            question("type = \"quantities\"\n"),
            Some(11),
            "page.1.question.1 has no row or column, or one twice",
        ),
        (
            question("type = \"group\"\nitem = \"period\"\nmost = 0\n"),
            Some(17),
            "page.1.question.1.most has no parts, or too many items",
        ),
        (
            question("type = \"text\"\n").replace("id = \"q\"", "id = \"then\""),
            Some(12),
            "page.1.question.1.id then is a name of the pages themselves",
        ),
        (
            question("type = \"day\"\nearliest = \"5 days before easter\"\n"),
            Some(16),
            "page.1.question.1.earliest easter is no day that is known there",
        ),
    ] {
        let found = told(&text);
        assert!(found.contains(&(line, what.to_owned())), "{what}: {found:?}");
    }
    // A form of no activity has no window.
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("2024/forms")).unwrap();
    fs::write(folder.path().join("2024/forms/strange.toml"), question("type = \"text\"\n"))
        .unwrap();
    let calendar = Calendar::load(&cycles(), 2024).unwrap();
    let found = load(folder.path(), &calendar).unwrap_err();
    assert!(found.iter().any(|problem| problem.what.contains("opens and closes strange")));
}

#[test]
fn what_the_guide_writes_is_read() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/add-a-form.md");
    let guide = fs::read_to_string(guide).unwrap();
    let blocks = guide.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let [calendar, form @ ..] = &blocks.collect::<Vec<_>>()[..] else { panic!("blocks of TOML") };
    assert!(calendar.contains("forms = [\"holiday-dates\"]") && form.len() == 2);
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("2024/forms")).unwrap();
    fs::write(folder.path().join("2024/forms/holiday-dates.toml"), form.concat()).unwrap();
    let calendar = Calendar::load(&cycles(), 2024).unwrap();
    // The other forms of the calendar are not in this folder.
    let found = load(folder.path(), &calendar).unwrap_err();
    assert!(
        found.iter().all(|problem| problem.what == "is named in calendar.toml and not there"),
        "{found}"
    );
}
