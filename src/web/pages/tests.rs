//! Every page in its states: words, headings, names; and files to look at.

mod fixture;
mod states;

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
                || crate::web::router::Route::parse(href).is_some();
            assert!(known, "{name}: {href}");
        }
    }
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
