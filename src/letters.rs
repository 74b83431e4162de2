//! A typed letter in, tagged PDF bytes out: headings, paragraphs, lists and tables on A4.
//!
//! Every letter is PDF/UA-1, and krilla checks that while it writes. The same letter gives the same bytes.

mod compact;
mod elements;
mod face;
mod flow;
mod paint;
mod table;

/// A page of A4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orientation {
    /// Upright.
    Portrait,
    /// On its side, for wide tables.
    Landscape,
}

/// A letter.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The title of the document: readers show it in place of the file's name.
    pub title: String,
    /// What stands at the foot of every page, before the heading that the page belongs to.
    pub foot: String,
    /// How the pages lie.
    pub orientation: Orientation,
    /// What it says, in reading order. The first is a heading of level one.
    pub blocks: Vec<Block>,
}

/// How much a heading covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The letter.
    One,
    /// A part of it; named at the foot of its pages.
    Two,
    /// A part of a part.
    Three,
}

/// A part of a letter.
#[derive(Clone, Debug)]
pub enum Block {
    /// A heading; it stays with what follows.
    Heading(Level, String),
    /// Running text.
    Paragraph(String),
    /// A list with bullets.
    List(Vec<String>),
    /// A table.
    Table(Table),
    /// What follows begins a new page.
    NewPage,
}

/// A table. Its head is repeated on every page; a row is never split.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What it shows, for those who hear it.
    pub summary: String,
    /// Columns from left to right.
    pub columns: Vec<Column>,
    /// Headings above the columns' own, in order; each covers some columns.
    pub groups: Vec<Group>,
    /// Rows.
    pub rows: Vec<Vec<Cell>>,
    /// Whether the first cell of a row is its heading.
    pub first_cell_is_heading: bool,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its heading; a table without any has no head.
    pub heading: String,
    /// Its part of the width of the page, in per cent.
    pub percent: f32,
    /// Where its text stands.
    pub align: Align,
}

/// A heading above columns.
#[derive(Clone, Debug)]
pub struct Group {
    /// The heading; without one, the column below reaches up to the top.
    pub heading: String,
    /// So many columns.
    pub columns: usize,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// So many columns.
    pub columns: usize,
}

/// Where the text of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left: words.
    Left,
    /// At the right: numbers.
    Right,
}

/// Why a letter has no PDF: a fault of the program, never of what the letter says.
#[derive(Debug, thiserror::Error)]
#[error("the PDF was refused: {0}")]
pub struct Refused(String);

impl Column {
    /// A column of words.
    pub fn words(heading: impl Into<String>, percent: f32) -> Self {
        Self { heading: heading.into(), percent, align: Align::Left }
    }

    /// A column of numbers.
    pub fn numbers(heading: impl Into<String>, percent: f32) -> Self {
        Self { heading: heading.into(), percent, align: Align::Right }
    }
}

impl Cell {
    /// A cell over several columns.
    pub fn over(columns: usize, text: impl Into<String>) -> Self {
        Self { text: text.into(), columns }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::over(1, text)
    }
}

/// Lays a letter out and writes it.
pub fn render(letter: &Letter) -> Result<Vec<u8>, Refused> {
    let pdf = paint::paint(letter, &flow::lay_out(letter))?;
    compact::compact(&pdf).ok_or_else(|| Refused("it is not what krilla writes".to_owned()))
}

#[cfg(test)]
mod tests;
