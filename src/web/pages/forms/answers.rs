//! Answers in words: to check before they are sent, and as they were sent.

use askama::Template;

use super::At;
use crate::domain::announced::Stage;
use crate::domain::calendar::instant_in_words;
use crate::domain::forms::{Answered, Form, Times, said};
use crate::service::forms::Submission;
use crate::web::components::{Action, Button, Html, Panel, SummaryList, SummaryRow};
use crate::web::layout::Layout;
use crate::web::pages::activity::HERE;
use crate::web::pages::within;

/// The answers in words, a list a page; with links for changing them in a draft.
fn answers(at: At<'_>, may_change: bool) -> Vec<(String, SummaryList)> {
    let mut all = Vec::new();
    for (place, answers, _) in &at.reading.pages {
        let page = &at.form.pages[*place];
        let row = |answered: &Answered<'_>| {
            let words = answered.answer.as_ref().map(|answer| said(answered.question, answer));
            let value = Lines { lines: words.unwrap_or_else(|| vec!["Not complete".to_owned()]) };
            let row = SummaryRow::new(answered.question.label.clone(), Html::of(&value));
            let change = format!("{}?change", at.href(page.id.as_str()));
            if may_change {
                row.action(Action::change(change, answered.question.called.clone()))
            } else {
                row
            }
        };
        let rows = answers.iter().map(row).collect();
        all.push((page.title.clone(), SummaryList { rows, ..SummaryList::default() }));
    }
    all
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
    closes: String,
}

impl Check {
    /// Title and heading.
    pub const TITLE: &'static str = "Check your answers before sending";

    /// The page.
    pub fn new(layout: Layout, at: At<'_>, draft: &Submission) -> Self {
        let last = at.reading.pages.last().map_or(0, |(place, ..)| *place);
        let back = at.href(at.form.pages[last].id.as_str());
        Self {
            layout: within(layout, HERE).back(back),
            action: at.href("check"),
            answers: answers(at, true),
            declaration: at.form.declaration.clone(),
            revision: draft.revision,
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
    panel: Option<Panel>,
    facts: SummaryList,
    answers: Vec<(String, SummaryList)>,
    is_replaced: bool,
    may_change: bool,
}

impl Sent {
    /// The page; `is_news` right after it was sent.
    pub fn new(layout: Layout, at: At<'_>, sent: &Submission, stage: Stage, is_news: bool) -> Self {
        let form = at.form;
        let title = if is_news { format!("Form sent: {}", form.title) } else { form.title.clone() };
        let layout = Layout { title: title.into(), ..within(layout, HERE).back(HERE) };
        let (when, by) = sent.sent.clone().unwrap_or((sent.changed_at, sent.changed_by.clone()));
        let facts = [
            ("Reference", sent.reference.clone()),
            ("Sent at", instant_in_words(when)),
            ("Sent by", by),
        ];
        let rows = facts.into_iter().map(|(key, value)| SummaryRow::new(key, value)).collect();
        let words = Html::trusted(format!("Your reference<br><strong>{}</strong>", sent.reference));
        Self {
            layout,
            panel: is_news.then(|| Panel::confirmation("Form sent", words)),
            facts: SummaryList { rows, ..SummaryList::default() },
            answers: answers(at, false),
            is_replaced: sent.state == "replaced",
            may_change: stage == Stage::Open && form.times == Times::UntilClosed,
            form: form.clone(),
        }
    }

    fn change() -> Button {
        Button::submit("Change what you sent").secondary()
    }

    fn closes(&self) -> String {
        instant_in_words(self.form.closes)
    }
}
