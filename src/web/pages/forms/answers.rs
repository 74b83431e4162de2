//! Answers in words: to check before they are sent, and as they were sent.

use askama::Template;

use super::At;
use crate::domain::announced::Stage;
use crate::domain::calendar::instant_in_words;
use crate::domain::forms::{AnswerInWords, Form, InWords, PageInWords, Times};
use crate::service::forms::{State, Submission};
use crate::web::components::{
    Action, Button, Html, NotificationBanner, Panel, SummaryList, SummaryRow,
};
use crate::web::layout::Layout;
use crate::web::pages::activity::HERE;
use crate::web::pages::within;

/// A list a page; `change` gives the address for changing a page, by its place among those that were asked.
fn lists(words: &InWords, change: impl Fn(usize) -> Option<String>) -> Vec<(String, SummaryList)> {
    let list = |(place, (title, answers)): (usize, &PageInWords)| {
        let row = |(label, lines): &AnswerInWords| {
            let row = SummaryRow::new(label.clone(), Html::of(&Lines { lines: lines.clone() }));
            match change(place) {
                Some(href) => row.action(Action::change(href, label.clone())),
                None => row,
            }
        };
        let rows = answers.iter().map(row).collect();
        (title.clone(), SummaryList { rows, ..SummaryList::default() })
    };
    words.pages.iter().enumerate().map(list).collect()
}

/// Lines of an answer.
#[derive(Debug, Template)]
#[template(
    source = "{% for line in lines %}{% if !loop.first %}<br>{% endif %}{{ line }}{% endfor %}",
    ext = "html"
)]
struct Lines {
    lines: Vec<String>,
}
impl askama::filters::HtmlSafe for Lines {}

/// The answers to check before they are sent.
#[derive(Debug, Template)]
#[template(path = "form-check.html")]
pub struct Check {
    layout: Layout,
    action: String,
    answers: Vec<(String, SummaryList)>,
    declaration: String,
    revision: i32,
    version: String,
    closes: String,
}

impl Check {
    /// Title and heading.
    pub const TITLE: &'static str = "Check your answers before sending";

    /// The page.
    pub fn new(layout: Layout, at: At<'_>, draft: &Submission) -> Self {
        let page = |place: usize| {
            let (of, ..) = &at.reading.pages[place];
            at.form.pages[*of].id.as_str()
        };
        let last = at.reading.pages.len().saturating_sub(1);
        let words = InWords::of(at.form, at.reading);
        Self {
            layout: within(layout, HERE).back(at.href(page(last))),
            action: at.href("check"),
            answers: lists(&words, |place| Some(format!("{}?change", at.href(page(place))))),
            declaration: words.declaration,
            revision: draft.revision,
            version: at.form.version.clone(),
            closes: instant_in_words(at.form.closes),
        }
    }

    /// Why it was not sent. The answers are kept.
    #[must_use]
    pub fn refused(mut self, why: String) -> Self {
        self.layout = self.layout.errors(vec![("send".into(), why.into())]);
        self
    }

    fn send() -> Button {
        Button { id: "send".into(), ..Button::submit("Accept and send") }
    }
}

/// What was sent, and what happens next.
#[derive(Debug, Template)]
#[template(path = "form-sent.html")]
pub struct Sent {
    layout: Layout,
    form: Form,
    title: String,
    panel: Option<Panel>,
    by: String,
    facts: SummaryList,
    answers: Vec<(String, SummaryList)>,
    declaration: String,
    is_replaced: bool,
    may_change: bool,
}

impl Sent {
    /// The page, in the words in which it was sent; `is_news` right after that.
    pub fn new(
        layout: Layout,
        form: &Form,
        sent: &Submission,
        stage: Stage,
        is_news: bool,
    ) -> Self {
        let words = sent.in_words.clone().unwrap_or_default();
        let title =
            if is_news { format!("Form sent: {}", words.title) } else { words.title.clone() };
        let (when, by) = sent.sent.clone().unwrap_or((sent.changed_at, sent.changed_by.clone()));
        let facts = [
            ("Reference", sent.reference.clone()),
            ("Sent at", instant_in_words(when)),
            ("Sent by", by.clone()),
        ];
        let rows = facts.into_iter().map(|(key, value)| SummaryRow::new(key, value)).collect();
        let reference =
            Html::trusted(format!("Your reference<br><strong>{}</strong>", sent.reference));
        Self {
            layout: Layout { title: title.into(), ..within(layout, HERE).back(HERE) },
            panel: is_news.then(|| Panel::confirmation("Form sent", reference)),
            by,
            facts: SummaryList { rows, ..SummaryList::default() },
            answers: lists(&words, |_| None),
            title: words.title,
            declaration: words.declaration,
            is_replaced: sent.state == State::Replaced,
            may_change: stage == Stage::Open && form.times == Times::UntilClosed,
            form: form.clone(),
        }
    }

    /// With news above it.
    #[must_use]
    pub fn news(mut self, words: &'static str) -> Self {
        self.layout.banner = Some(NotificationBanner::news(words));
        self
    }

    fn change() -> Button {
        Button::submit("Change what you sent").secondary()
    }

    fn closes(&self) -> String {
        instant_in_words(self.form.closes)
    }
}
