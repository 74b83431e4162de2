//! What letters hold to: pages, heads, wrapping, tags, and the same bytes each time.

use super::elements::Role;
use super::flow::{Laid, Run, lay_out};
use super::{Block, Cell, Column, Group, Letter, Level, Orientation, Table, render};

fn letter(blocks: Vec<Block>) -> Letter {
    let heading = Block::Heading(Level::One, "Results".to_owned());
    Letter {
        title: "Results of a school".to_owned(),
        foot: "A school".to_owned(),
        orientation: Orientation::Landscape,
        blocks: std::iter::once(heading).chain(blocks).collect(),
    }
}

fn table(rows: usize, name: &str) -> Block {
    let group = |heading: &str, columns| Group { heading: heading.to_owned(), columns };
    let row =
        |n: usize| vec![Cell::from(format!("{name} {n}")), n.to_string().into(), "Met".into()];
    let columns = vec![
        Column::words("Pupil", 20.0),
        Column::numbers("Raw", 8.0),
        Column::words("Outcome", 20.0),
    ];
    Block::Table(Table {
        summary: "Pupils".to_owned(),
        columns,
        groups: vec![group("", 1), group("Reading", 2)],
        rows: (0..rows).map(row).collect(),
        first_cell_is_heading: true,
    })
}

fn texts(runs: &[Run]) -> Vec<String> {
    runs.iter().map(|run| run.lines.iter().map(|line| line.text.as_str()).collect()).collect()
}

/// Baselines of a page lie within its margins, and everything on it between the sides.
fn fits(laid: &Laid) {
    for (number, sheet) in laid.sheets.iter().enumerate() {
        for line in sheet.runs.iter().flat_map(|run| &run.lines) {
            let right = line.x + line.style.weight.face().width(&line.text, line.style.size);
            assert!(line.baseline > 40.0 && line.baseline < laid.height - 50.0, "page {number}");
            assert!(line.x >= 39.0 && right <= laid.width - 39.0, "page {number}: {}", line.text);
        }
    }
}

#[test]
fn the_head_of_a_table_is_on_every_page_and_means_something_once() {
    let laid = lay_out(&letter(vec![table(100, "Ade, Tola")]));
    fits(&laid);
    assert!(laid.sheets.len() > 2);
    let head = ["Pupil", "Reading", "Raw", "Outcome"];
    let mut rows = 0;
    for (number, sheet) in laid.sheets.iter().enumerate() {
        // The letter's heading stands before the first.
        let runs = &sheet.runs[usize::from(number == 0)..];
        assert_eq!(texts(&runs[..4]), head, "page {number}");
        assert_eq!(runs[..4].iter().all(|run| run.owner.is_some()), number == 0, "page {number}");
        assert!(runs[4..].iter().all(|run| run.owner.is_some()));
        assert_eq!(runs[4..].len() % 3, 0, "a row is never split");
        rows += runs[4..].len() / 3;
    }
    assert_eq!(rows, 100);
    let roles = laid.elements.list().iter().map(|(role, _)| role);
    let count = |wanted: fn(&Role) -> bool| roles.clone().filter(|role| wanted(role)).count();
    assert_eq!(count(|role| *role == Role::Head), 1);
    assert_eq!(count(|role| matches!(role, Role::ColumnHeading(_))), 4);
    assert_eq!(count(|role| matches!(role, Role::RowHeading(_))), 100);
    assert_eq!(count(|role| matches!(role, Role::Cell(_))), 200);
    assert_eq!(count(|role| *role == Role::Row), 102);
}

#[test]
fn long_names_wrap_within_their_column_and_numbers_stand_at_the_right() {
    let long = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewiss, Hubert Blaine";
    let laid = lay_out(&letter(vec![table(12, long)]));
    fits(&laid);
    let row = laid.sheets[0].runs.iter().position(|run| run.lines[0].text.starts_with("Wolfe"));
    let [name, number, _] = &laid.sheets[0].runs[row.unwrap()..][..3] else {
        panic!("three cells")
    };
    assert!(name.lines.len() >= 3, "{:?}", name.lines);
    assert_eq!(texts(std::slice::from_ref(name)), [format!("{long} 0")], "nothing is lost");
    let end = |run: &Run| {
        let line = &run.lines[0];
        line.x + line.style.weight.face().width(&line.text, line.style.size)
    };
    let ends: Vec<f32> = laid
        .sheets
        .iter()
        .flat_map(|sheet| &sheet.runs)
        .filter(|run| run.lines[0].text.parse::<u32>().is_ok())
        .map(end)
        .collect();
    assert!(ends.len() == 12 && ends.iter().all(|other| (other - end(number)).abs() < 0.01));
}

#[test]
fn a_heading_stays_with_what_follows_and_a_new_page_is_never_empty() {
    let heading = |text: &str| Block::Heading(Level::Two, text.to_owned());
    for rows in 20..40 {
        let blocks = vec![table(rows, "Ade"), heading("Next"), table(3, "Brown")];
        let laid = lay_out(&letter(blocks));
        fits(&laid);
        let of = |text: &str| {
            laid.sheets.iter().position(|sheet| texts(&sheet.runs).iter().any(|t| t == text))
        };
        assert_eq!(of("Next"), of("Brown 0"), "{rows} rows before");
    }
    let blocks = vec![Block::NewPage, heading("A"), Block::NewPage, Block::NewPage, heading("B")];
    let laid = lay_out(&letter(blocks));
    assert_eq!(laid.sheets.iter().map(|s| s.section.as_str()).collect::<Vec<_>>(), ["", "A", "B"]);
    assert!(laid.sheets.iter().all(|sheet| !sheet.runs.is_empty()));
}

#[test]
fn running_text_goes_on_over_the_end_of_a_page() {
    let text = "One thought and another thought. ".repeat(300);
    let items = vec!["first".to_owned(), text.clone()];
    let laid = lay_out(&letter(vec![Block::Paragraph(text.clone()), Block::List(items)]));
    fits(&laid);
    assert!(laid.sheets.len() > 2);
    let all: String = laid.sheets.iter().flat_map(|sheet| texts(&sheet.runs)).collect();
    assert_eq!(all, format!("Results{}•first•{}", text.trim(), text.trim()));
}

#[test]
fn the_same_letter_gives_the_same_bytes_and_any_letter_is_accepted() {
    let odd = "\u{0}\u{feff}\u{fffe}😀名\u{202e}x̂\u{e000}=1+1<&>\t\r\n";
    let blocks =
        vec![Block::Paragraph(odd.to_owned()), Block::List(vec![odd.to_owned()]), table(2, odd)];
    let letter = letter(blocks);
    let pdf = render(&letter).unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7"));
    assert_eq!(pdf, render(&letter).unwrap());
}
