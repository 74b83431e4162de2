//! What the letters of results say, and of whom.

use super::fixture::{School, documents, school, tables};
use crate::blob::page::{SchoolLine, ScriptState};
use crate::letters::{Block, Letter, Level, render};
use crate::release::printed::{Group, Member};

/// Everything that a letter says, block by block.
fn said(letter: &Letter) -> Vec<String> {
    let cells = |row: &Vec<crate::letters::Cell>| {
        row.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(" | ")
    };
    let block = |block: &Block| match block {
        Block::Heading(_, text) | Block::Paragraph(text) => vec![text.clone()],
        Block::List(items) => items.clone(),
        Block::Table(table) => table.rows.iter().map(cells).collect(),
        Block::NewPage => vec!["new page".to_owned()],
    };
    letter.blocks.iter().flat_map(block).collect()
}

fn member((facts, page): School) -> Member {
    let count = u32::try_from(page.pupils.len()).unwrap();
    let name = page.name.clone();
    let line = SchoolLine {
        laestab: page.laestab,
        name,
        pupils: count,
        counted: [count; 3],
        achieved: [0; 3],
        corrected: None,
    };
    (facts, page, line)
}

#[test]
fn a_school_reads_of_its_scripts_and_nobody_else_does() {
    let tables = tables();
    let printed = documents(&tables).printed;
    let (facts, page) = school(1, 30);
    assert!(page.pupils.iter().any(|pupil| pupil.scripts.contains(&ScriptState::Traced)));
    let own = said(&printed.school(&facts, &page, true)).join("\n");
    assert!(own.contains("scripts are here;") && own.contains("Script is being traced"));
    let members = [member(school(1, 30)), member(school(2, 0))];
    let number = ("Trust, group UID", "4100".to_owned());
    let group = Group { name: "The Dawn & Dusk Trust", number, schools: &members };
    for letter in [
        printed.school(&facts, &page, false),
        printed.secondary(&facts, &page),
        printed.group(&group),
    ] {
        let all = said(&letter).join("\n");
        // The table of codes says what M stands for; nothing else names a script.
        let all = all.replace("A mark is missing: the script is being traced", "");
        let lower = all.to_lowercase();
        let named = lower.lines().find(|line| line.contains("script"));
        assert_eq!(named, None, "{}", letter.title);
        assert!(all.contains("Mark is being traced"), "{}", letter.title);
    }
}

#[test]
fn every_pupil_has_a_row_and_a_missing_mark_is_no_absence() {
    let tables = tables();
    let (facts, page) = school(1, 150);
    let letter = documents(&tables).printed.school(&facts, &page, false);
    let said = said(&letter);
    for pupil in &page.pupils {
        let start = format!("{} | {} | ", pupil.listed_name(), pupil.upn);
        let row =
            said.iter().find(|row| row.starts_with(&start) && !row.contains("paper")).unwrap();
        let absent = pupil.results.iter().any(|result| result.outcome == "A");
        assert_eq!(row.contains("Absent"), absent, "{row}");
        let missing = pupil.results.iter().any(|result| result.outcome == "M");
        assert_eq!(row.contains("Mark missing: being traced"), missing, "{row}");
    }
}

#[test]
fn each_school_of_a_group_begins_a_page_and_the_keys_stand_once_at_the_end() {
    let tables = tables();
    let members: Vec<Member> = (0..3).map(|n| member(school(n, 12))).collect();
    let number = ("Local authority", "888".to_owned());
    let group = Group { name: "Wallopshire", number, schools: &members };
    let letter = documents(&tables).printed.group(&group);
    let begins = |text: &str| {
        let at = letter.blocks.iter().position(
            |block| matches!(block, Block::Heading(Level::Two, heading) if heading == text),
        );
        matches!(letter.blocks[at.unwrap() - 1], Block::NewPage)
    };
    for (facts, _, _) in &members {
        assert!(begins(&format!("{}, 888/{}", facts.name, facts.laestab % 10_000)));
    }
    assert!(begins("What the outcomes mean"));
    let headings = said(&letter).iter().filter(|text| *text == "What the outcomes mean").count();
    assert_eq!(headings, 1);
}

#[test]
fn letters_of_schools_of_any_size_are_accepted_and_the_same_each_time() {
    let tables = tables();
    for pupils in [0, 1, 12, 150] {
        let (facts, page) = school(1, pupils);
        let letter = documents(&tables).printed.school(&facts, &page, true);
        let pdf = render(&letter).unwrap();
        assert_eq!(pdf, render(&letter).unwrap(), "{pupils} pupils");
    }
}
