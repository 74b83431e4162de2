//! Data: tables, summaries and lists of tasks.

use askama::Template;
use askama::filters::HtmlSafe;

use super::parts::{Attributes, Classes, Content, Text};
use super::simple::Tag;

/// A content with classes of its own.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Styled {
    /// What it shows.
    pub content: Content,
    /// Added classes.
    pub classes: Classes,
}

impl<T: Into<Content>> From<T> for Styled {
    fn from(content: T) -> Self {
        Self { content: content.into(), classes: Classes::default() }
    }
}

/// One cell of a table.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Cell {
    /// What it shows.
    pub content: Content,
    /// `numeric` aligns numbers.
    pub format: Text,
    /// Columns it spans.
    pub colspan: Option<u32>,
    /// Rows it spans.
    pub rowspan: Option<u32>,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}

impl Cell {
    /// A number, or the heading of a column of numbers.
    pub fn numeric(content: impl Into<Content>) -> Self {
        Self { format: "numeric".into(), ..Self::from(content) }
    }
}

impl<T: Into<Content>> From<T> for Cell {
    fn from(content: T) -> Self {
        Self { content: content.into(), ..Self::default() }
    }
}

/// Rows and columns.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/table.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Table {
    /// What the table shows; every table has one.
    pub caption: Text,
    /// Added classes of the caption, such as `govuk-table__caption--m`.
    pub caption_classes: Classes,
    /// Headings of the columns.
    pub head: Vec<Cell>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// It has a frame of its own to scroll in, for tables wider than a phone.
    #[cfg_attr(test, serde(skip))]
    pub scrolls: bool,
    /// The first cell of each row is its heading.
    pub first_cell_is_header: bool,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for Table {}

/// A link beside a row, such as "Change".
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/action.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Action {
    /// The word.
    pub content: Content,
    /// Where it leads.
    pub href: Text,
    /// What it changes, read aloud after the word.
    pub visually_hidden_text: Text,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
    /// Heading of the card it stands in; the card sets it.
    #[cfg_attr(test, serde(skip))]
    card: Option<Content>,
}
impl HtmlSafe for Action {}

impl Action {
    /// "Change" and what.
    pub fn change(href: impl Into<Text>, what: impl Into<Text>) -> Self {
        Self {
            content: "Change".into(),
            href: href.into(),
            visually_hidden_text: what.into(),
            ..Self::default()
        }
    }

    fn in_card(&self, card: Option<&Card>) -> Self {
        let title = card.map(|card| card.title.content.clone()).filter(|title| !title.is_empty());
        Self { card: title, ..self.clone() }
    }
}

/// The links beside a row or above a card.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Actions {
    /// Each of them.
    pub items: Vec<Action>,
    /// Added classes.
    pub classes: Classes,
}

/// One fact of a summary.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct SummaryRow {
    /// What it is.
    pub key: Styled,
    /// What it says.
    pub value: Styled,
    /// How to change it.
    pub actions: Actions,
    /// Added classes.
    pub classes: Classes,
}

impl SummaryRow {
    /// A fact that cannot be changed here.
    pub fn new(key: impl Into<Styled>, value: impl Into<Styled>) -> Self {
        Self { key: key.into(), value: value.into(), ..Self::default() }
    }

    /// Adds a link.
    #[must_use]
    pub fn action(mut self, action: Action) -> Self {
        self.actions.items.push(action);
        self
    }
}

/// The heading of a card.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct CardTitle {
    /// The words.
    pub content: Content,
    /// Level of the heading; 2 unless said.
    pub heading_level: Option<u8>,
    /// Added classes.
    pub classes: Classes,
}

/// A frame with a heading around a summary.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Card {
    /// Its heading.
    pub title: CardTitle,
    /// Links beside the heading.
    pub actions: Actions,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}

impl Card {
    /// A card with this heading.
    pub fn titled(title: impl Into<Content>) -> Self {
        let title = CardTitle { content: title.into(), ..CardTitle::default() };
        Self { title, ..Self::default() }
    }
}

/// Facts about one thing.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/summary-list.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct SummaryList {
    /// The facts.
    pub rows: Vec<SummaryRow>,
    /// The frame around them.
    pub card: Option<Card>,
    /// Added classes, such as `govuk-summary-list--no-border`.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for SummaryList {}

impl SummaryList {
    fn any_actions(&self) -> bool {
        self.rows.iter().any(|row| !row.actions.items.is_empty())
    }
}

/// How far a task is: a tag, or plain words when it is done.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct TaskStatus {
    /// The tag.
    pub tag: Option<Tag>,
    /// The words in place of a tag, such as "Completed".
    pub content: Content,
    /// Added classes.
    pub classes: Classes,
}

/// One thing to do.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Task {
    /// What to do.
    pub title: Styled,
    /// Where; none while it cannot be started.
    pub href: Text,
    /// Help with it, such as a deadline.
    pub hint: Option<Styled>,
    /// How far it is.
    pub status: TaskStatus,
    /// Added classes.
    pub classes: Classes,
}

impl Task {
    /// A task with a tag as its status.
    pub fn new(title: impl Into<Styled>, href: impl Into<Text>, tag: Tag) -> Self {
        let status = TaskStatus { tag: Some(tag), ..TaskStatus::default() };
        Self { title: title.into(), href: href.into(), status, ..Self::default() }
    }

    /// A task that is done.
    pub fn completed(title: impl Into<Styled>, href: impl Into<Text>) -> Self {
        let status = TaskStatus { content: "Completed".into(), ..TaskStatus::default() };
        Self { title: title.into(), href: href.into(), status, ..Self::default() }
    }

    /// Adds help, such as a deadline.
    #[must_use]
    pub fn hint(self, hint: impl Into<Styled>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Things to do and how far they are.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/task-list.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct TaskList {
    /// The tasks.
    pub items: Vec<Task>,
    /// Begins the ids; `task-list` unless said. Needed when a page has two lists.
    pub id_prefix: Text,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for TaskList {}

impl TaskList {
    fn prefix(&self) -> &str {
        if self.id_prefix.is_empty() { "task-list" } else { &self.id_prefix }
    }
}
