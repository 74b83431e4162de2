//! Every page in its states: words, headings, names; and files to look at.

mod factors;
mod fixture;
mod forms;
mod getting_in;
mod organisation;
mod pupils;
mod staff;
mod states;
mod users;
mod view_as;
mod waiting;
mod welcome;

use std::path::Path;

use crate::web::{assets, words};
use states::states;

#[test]
fn every_page_keeps_the_rules_for_words() {
    for (name, html) in states() {
        assert_eq!(words::check(&html), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn every_page_has_one_heading_and_a_title_that_begins_with_it() {
    for (name, html) in states() {
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        let between = |from: &str, to: &str| {
            let rest = html.split_once(from).unwrap().1;
            rest.split_once(to).unwrap().0.to_owned()
        };
        let title = between("<title>", "</title>");
        let title = title.trim_start_matches("Error: ");
        assert!(title.ends_with(" – Daybreak"), "{name}: {title}");
        let heading = between("<h1", "</h1>");
        let heading = heading.split_once('>').unwrap().1;
        // A question that is the heading of its page has its label in it.
        let heading = heading.rsplit_once("\">").map_or(heading, |(_, label)| label);
        let heading = heading.trim().split('<').next().unwrap();
        let (first, same) = (title.split(':').next().unwrap(), heading.split(':').next().unwrap());
        let first = first.trim_end_matches(" – Daybreak").trim_end_matches(" 2024");
        assert!(same.starts_with(first), "{name}: {title} / {heading}");
    }
}

#[test]
fn no_page_lets_a_name_become_markup() {
    for (name, html) in states() {
        assert!(!html.contains("<script>alert"), "{name}");
        for raw in ["<Khan>", "<Primary>", "\"Bobby\"", " & "] {
            assert!(!html.contains(raw), "{name}: {raw}");
        }
    }
}

#[test]
fn ids_and_places_within_a_page_fit_together() {
    for (name, html) in states() {
        let mut ids: Vec<_> = attribute(&html, "id").collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "{name}: an id stands twice");
        for target in attribute(&html, "href").filter_map(|href| href.strip_prefix('#')) {
            assert!(ids.contains(&target), "{name}: #{target}");
        }
    }
}

#[test]
fn every_link_leads_to_a_route() {
    for (name, html) in states() {
        for href in attribute(&html, "href").chain(attribute(&html, "action")) {
            let known = href.starts_with('#')
                || href.starts_with("/assets/")
                || href.starts_with("https://guidance.assessments.example/")
                || href.starts_with("https://id.example/")
                || crate::web::router::Route::parse(href.split('?').next().unwrap()).is_some();
            assert!(known, "{name}: {href}");
        }
    }
}

/// The page of a state.
fn state(name: &str) -> String {
    let found = states().into_iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no state {name}")).1
}

#[test]
fn who_waits_for_scripts_is_told_that_results_are_ready() {
    says("scripts-busy", &["Results: ready. Scripts: about 4 minutes."], &[]);
    let told = ["Results: ready. Scripts: about 4 minutes.", "at 7:38am at the latest"];
    says("scripts-later", &told, &[]);
    says("scripts", &["Download"], &["about 4 minutes"]);
}

#[track_caller]
fn says(name: &str, there: &[&str], not_there: &[&str]) {
    let html = state(name);
    for words in there {
        assert!(html.contains(words), "{name} lacks {words}");
    }
    for words in not_there {
        assert!(!html.contains(words), "{name} has {words}");
    }
}

#[test]
fn what_is_missing_is_counted_and_named_with_dates() {
    let counted =
        "40 of 41 pupils have all their results. 230 of 232 scripts are here; 2 are being traced.";
    let states = [
        "Script is being traced. Its mark is in the results",
        "Mark and script are being traced",
        "9 July 2024",
        "16 July 2024",
    ];
    says("results", &[&[counted], &states[..]].concat(), &[]);
    says(
        "results-one",
        &["The only pupil has all results. 6 of 6 scripts are here."],
        &["missing\""],
    );
    says("results-all-missing", &["0 of 30 pupils", "All 180 papers"], &["subject\">Absent", "0%"]);
    says("results-none", &["No pupils of yours took the tests."], &["<table"]);
}

#[test]
fn scripts_are_for_the_schools_own_users() {
    says("results", &["scripts.zip", "/results/8882045/scripts\""], &["govuk-back-link"]);
    for other in ["results-trust", "results-secondary"] {
        says(other, &["Mark is being traced"], &["scripts.zip", "/scripts\"", "Script is being"]);
    }
    says("results-secondary", &["Nether Wallop &#38; District Primary"], &[]);
    says("results-no-scripts", &[], &["scripts are here", "scripts.zip"]);
    says("scripts", &["/results/8882045/scripts/r00000-gps1.pdf", "GPS paper 1 of Tola Ade"], &[]);
    says(
        "scripts-all-missing",
        &["180 scripts have been missing since 9 July 2024"],
        &["-gps1.pdf"],
    );
    says("scripts-150", &["href=\"#letter-1\""], &[]);
}

#[test]
fn what_is_held_back_has_no_figures() {
    says("schools-held", &["Held back for now", "2 schools are held back"], &["1.2 MB", "(80%)"]);
    says("schools", &["(80%)", "CSV, 1.2 MB"], &["Held back"]);
    says("results-secondary-cut", &["held back for a check", "(CSV)"], &["results.xml", "kB"]);
}

#[test]
fn every_refusal_reads_the_same_and_no_password_comes_back() {
    let refused = state("sign-in-refused");
    assert!(refused.contains("value=\"amina&#34;&#60;b&#62;@example.org\""));
    assert!(refused.contains("<title>Error: Sign in"));
    let password = refused.split("id=\"password\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(!password.contains("value="), "{password}");
}

#[test]
fn the_calculator_answers_by_the_years_table() {
    let gps = "Raw mark 35 in grammar, punctuation and spelling is a scaled score of 100: expected standard met.";
    says("calculator-answer", &[gps], &["There is a problem"]);
    says(
        "calculator-too-low",
        &["Raw mark 2 in English reading is too low for a scaled score."],
        &[],
    );
    let errors = ["Select a subject", "Raw mark must be a whole number, like 35"];
    says("calculator-errors", &errors, &["id=\"answer\""]);
    says("calculator-too-high", &["Raw mark must be 110 or less"], &["id=\"answer\""]);
}

/// The values of an attribute.
fn attribute<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(['<', '>']).filter_map(move |tag| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(rest.split_once('"')?.0)
    })
}

/// Writes every state to `target/pages`, with styles in reach of a browser.
#[test]
fn the_pages_can_be_looked_at() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pages");
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for asset in assets::ALL {
        std::fs::write(folder.join("assets").join(asset.name), asset.identity).unwrap();
    }
    for (name, html) in states() {
        let html = html.replace("\"/assets/", "\"assets/");
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    }
}
