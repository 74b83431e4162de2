//! My activity: what is to be done, may be done, and was done.

use askama::Template;

use super::within;
use crate::domain::announced::Stage;
use crate::domain::calendar::{day, day_in_words, instant_in_words};
use crate::domain::forms::Duty;
use crate::domain::wording::count;
use crate::service::forms::{Activity, Item, Section};
use crate::web::components::{Colour, Html, Table, Tag, Task, TaskList};
use crate::web::layout::Layout;

/// Its address.
pub const HERE: &str = "/activity";

/// My activity.
#[derive(Debug, Template)]
#[template(path = "activity.html")]
pub struct MyActivity {
    layout: Layout,
    outstanding: TaskList,
    available: TaskList,
    completed: Table,
}

impl MyActivity {
    /// Title and heading.
    pub const TITLE: &'static str = "My activity";

    /// The page.
    pub fn new(layout: Layout, activity: &Activity<'_>) -> Self {
        let list = |section, id_prefix: &'static str| TaskList {
            items: activity.section(section).map(task).collect(),
            id_prefix: id_prefix.into(),
            ..TaskList::default()
        };
        Self {
            layout: within(layout, HERE),
            outstanding: list(Section::Outstanding, "outstanding"),
            available: list(Section::Available, "available"),
            completed: completed(activity),
        }
    }
}

/// The address of a form.
pub fn href(slug: &str) -> String {
    format!("{HERE}/{slug}")
}

fn task(item: &Item<'_>) -> Task {
    let form = item.form;
    let (words, colour) = match (item.stage, item.drafts) {
        (Stage::Over, _) if form.duty == Duty::Must => ("Overdue".to_owned(), Colour::Red),
        (Stage::Over, _) => ("Closed, not sent".to_owned(), Colour::Grey),
        (_, 0) => ("Not started".to_owned(), Colour::Blue),
        (_, 1) => ("Begun, not sent".to_owned(), Colour::Teal),
        (_, drafts) => {
            (format!("{} begun, not sent", count(drafts, "form", "forms")), Colour::Teal)
        }
    };
    let closes = instant_in_words(form.closes);
    let hint = match item.stage {
        Stage::Over => format!("Closed at {closes}"),
        Stage::Open | Stage::Coming => format!("Closes at {closes}"),
    };
    Task::new(form.title.clone(), href(&form.slug), Tag::new(words, colour)).hint(hint)
}

fn completed(activity: &Activity<'_>) -> Table {
    let row = |item: &Item<'_>| {
        let sent = item.sent.as_ref()?;
        let (at, by) = sent.sent.as_ref()?;
        let link = Link {
            href: format!("{}/{}", href(&sent.form), sent.reference),
            words: item.form.title.clone(),
        };
        let cells = [day_in_words(day(*at)), by.clone(), sent.reference.clone()];
        Some([Html::of(&link).into()].into_iter().chain(cells.map(Into::into)).collect())
    };
    Table {
        caption: "What was sent this year".into(),
        caption_classes: "govuk-visually-hidden".into(),
        head: ["Form", "Sent on", "Sent by", "Reference"].map(Into::into).into(),
        rows: activity.section(Section::Completed).filter_map(row).collect(),
        scrolls: true,
        ..Table::default()
    }
}

/// A link within a cell.
#[derive(Debug, Template)]
#[template(source = "<a class=\"govuk-link\" href=\"{{ href }}\">{{ words }}</a>", ext = "html")]
struct Link {
    href: String,
    words: String,
}
impl askama::filters::HtmlSafe for Link {}
