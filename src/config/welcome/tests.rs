//! What of `welcome.toml` is refused, at which line, and what ships.

use std::path::PathBuf;

use super::*;

fn cycles() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/cycles")
}

fn told(text: &str) -> Vec<String> {
    let document = Document::parse(Path::new("w"), text).unwrap();
    let problems = from_document(&document).err().into_iter().flatten();
    problems.map(|p| format!("{}: {}: {}", p.line.unwrap_or(0), p.key, p.what)).collect()
}

#[test]
fn what_ships_has_no_problem_and_something_for_schools() {
    for year in [2024, 2025] {
        let calendar = Calendar::load(&cycles(), year).unwrap_or_else(|found| panic!("{found}"));
        let told = load(&cycles(), &calendar).unwrap_or_else(|found| panic!("{found}"));
        assert!(told.help.is_some() && told.check_accounts.is_some(), "{year}");
        assert!(!told.documents.is_empty() && !told.activities.is_empty(), "{year}");
    }
}

#[test]
fn a_year_without_the_file_tells_its_activities_alone() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = Calendar::load(&cycles(), 2024).unwrap();
    let told = load(folder.path(), &calendar).unwrap();
    let expected = Announced { activities: calendar.activities, ..Announced::default() };
    assert_eq!(told, expected);
}

#[test]
fn whatever_does_not_fit_is_told_with_its_line() {
    assert_eq!(told("colour = 'red'"), ["1: colour: unknown key"]);
    assert_eq!(
        told("[help]\nphone = '12'\nemail = 'nobody'\nhours = 'Monday to Friday'"),
        ["2: help.phone: cannot be used", "3: help.email: cannot be used"]
    );
    assert_eq!(
        told("[check_accounts]\nfrom = 2024-02-09\nuntil = 2024-01-08"),
        ["3: check_accounts.until: is before from"]
    );
    assert_eq!(told("documents = 3"), ["1: documents: is a whole number, not a list of sections"]);
    let document = |href: &str, readers: &str| {
        told(&format!("[[documents]]\nname = 'Guide'\nhref = '{href}'\nfor = [{readers}]"))
    };
    for href in ["http://docs.example/a", "//docs.example", "javascript:alert(1)", "https://docs"] {
        let expected = "3: documents.1.href: is not an address that may be linked";
        assert_eq!(document(href, "'school'"), [expected], "{href}");
    }
    let no_kind = "4: documents.1.for: is missing, or names no kind of organisation";
    for readers in ["", "'scool'", "3"] {
        assert_eq!(document("/help", readers), [no_kind], "{readers}");
    }
    assert_eq!(document("/help", "'school'"), [""; 0]);
    assert_eq!(
        told(
            "[[notices]]\ntitle = ''\nfor = ['school']\npermission = 'king'\nfrom = 'today'\nmore = 1"
        ),
        [
            "1: notices.1.text: is missing",
            "1: notices.1.until: is missing, or is no day",
            "2: notices.1.title: is empty, too long, or has more than one line",
            "4: notices.1.permission: is no permission",
            "5: notices.1.from: is missing, or is no day",
            "6: notices.1.more: unknown key",
        ]
    );
}
