//! Pages of forms: the start, a page of questions, the answers to check, what was sent.

use askama::Template;

use super::activity::{HERE, href};
use super::within;
use crate::domain::announced::Stage;
use crate::domain::calendar::{day, day_in_words, instant_in_words};
use crate::domain::forms::{
    AnswerInWords, Form, InWords, Problem, Question, Reading, Sheet, Times, field_names,
};
use crate::service::forms::{State, Submission, seen};
use crate::web::components::{Button, Html, NotificationBanner, Text};
use crate::web::layout::Layout;

mod answers;
mod control;

pub use answers::{Check, Sent};
use control::Shown;

/// The start of a form: what it is for, until when, and what there is of it.
#[derive(Debug, Template)]
#[template(path = "form.html")]
pub struct Start {
    layout: Layout,
    form: Form,
    stage: Stage,
    drafts: Vec<Submission>,
    sent: Vec<Submission>,
}

impl Start {
    /// The page; `all` is what there is of this form, the newest first.
    pub fn new(layout: Layout, form: &Form, stage: Stage, all: Vec<Submission>) -> Self {
        let layout = Layout { title: form.title.clone().into(), ..within(layout, HERE).back(HERE) };
        let (drafts, sent) = all.into_iter().partition(|one| one.state == State::Draft);
        Self { layout, form: form.clone(), stage, drafts, sent }
    }

    /// With news above it.
    #[must_use]
    pub fn news(mut self, words: &'static str) -> Self {
        self.layout.banner = Some(NotificationBanner::news(words));
        self
    }

    /// Why nothing was begun.
    #[must_use]
    pub fn refused(mut self, why: String) -> Self {
        self.layout = self.layout.errors(vec![("begin".into(), why.into())]);
        self
    }

    fn href(&self, one: &Submission) -> String {
        format!("{}/{}", href(&self.form.slug), one.reference)
    }

    fn opens(&self) -> String {
        instant_in_words(self.form.opens)
    }

    fn closes(&self) -> String {
        instant_in_words(self.form.closes)
    }

    fn at(one: &Submission) -> String {
        instant_in_words(one.changed_at)
    }

    /// What the button says, if something can be begun.
    fn begin(&self) -> Option<Button> {
        let words = match (self.form.times, self.drafts.is_empty(), self.counts()) {
            (Times::Many, false, _) => "Start another",
            (Times::Once | Times::UntilClosed, false, _) => "Continue",
            (Times::Many, true, _) | (_, true, false) => "Start now",
            (Times::UntilClosed, true, true) => "Change what you sent",
            (Times::Once, true, true) => return None,
        };
        let button = Button { id: "begin".into(), ..Button::submit(words) };
        (self.stage == Stage::Open).then_some(button)
    }

    fn counts(&self) -> bool {
        self.sent.iter().any(|one| one.state == State::Sent)
    }
}

/// A page of questions.
#[derive(Debug, Template)]
#[template(path = "form-page.html")]
pub struct Questions {
    layout: Layout,
    action: String,
    text: Vec<String>,
    /// The heading, where no question is it.
    heading: Option<String>,
    controls: Vec<Html>,
    to_check: bool,
    /// What the page held when it was shown.
    seen: String,
    /// What somebody else has saved meanwhile: who, and each question with the lines of its answer.
    overtaken: Option<(String, Vec<AnswerInWords>)>,
}

/// A page of a form that somebody is at.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The form.
    pub form: &'a Form,
    /// What people call the draft.
    pub reference: &'a str,
    /// What was typed, read.
    pub reading: &'a Reading<'a>,
    /// Place of the page.
    pub page: usize,
    /// Whether they came from the answers to check.
    pub to_check: bool,
}

impl At<'_> {
    /// The address of a page of the draft.
    pub fn href(&self, page: &str) -> String {
        format!("{}/{}/{page}", href(&self.form.slug), self.reference)
    }

    fn back(&self) -> String {
        match self.reading.before(self.page) {
            _ if self.to_check => self.href("check"),
            Some(before) => self.href(self.form.pages[before].id.as_str()),
            None => href(&self.form.slug),
        }
    }
}

impl Questions {
    /// The page with what was typed; `problems` are told where something was sent.
    pub fn new(
        layout: Layout,
        at: At<'_>,
        typed: &Sheet,
        problems: &[Problem],
        more: usize,
    ) -> Self {
        let page = &at.form.pages[at.page];
        let answered = at.reading.pages.iter().find(|(place, ..)| *place == at.page);
        let asked: Vec<&Question> =
            answered.iter().flat_map(|(_, answers, _)| answers).map(|a| a.question).collect();
        let is_heading = asked.len() == 1 && page.text.is_empty() && can_head(asked[0]);
        let shown = Shown { typed, problems, is_heading, more };
        let controls = asked.iter().map(|of| shown.control(of, of.id.as_str())).collect();
        let errors = problems.iter().map(|p| (Text::from(p.field.clone()), p.says.clone().into()));
        let title = if is_heading { asked[0].label.clone() } else { page.title.clone() };
        let layout = Layout { title: title.into(), ..within(layout, HERE).back(at.back()) };
        Self {
            layout: layout.errors(errors.collect()),
            action: at.href(page.id.as_str()),
            text: page.text.clone(),
            heading: (!is_heading).then(|| page.title.clone()),
            controls,
            to_check: at.to_check,
            seen: seen(page, typed),
            overtaken: None,
        }
    }

    /// Somebody else has saved the page since it was opened: theirs stands beside what was typed, which is not saved.
    #[must_use]
    pub fn overtaken(mut self, at: At<'_>, theirs: &Submission, read: &Reading<'_>) -> Self {
        let page = &at.form.pages[at.page];
        let first = field_names(page).into_iter().next().unwrap_or_default();
        let told = "Somebody else saved this page since you opened it. Check yours against theirs, and save it again";
        self.layout = self.layout.errors(vec![(first.into(), told.into())]);
        let words = InWords::of(at.form, read);
        let place = read.pages.iter().position(|(of, ..)| *of == at.page);
        let answers = place.map(|place| words.pages[place].1.clone()).unwrap_or_default();
        self.seen = seen(page, &theirs.answers);
        self.overtaken = Some((theirs.changed_by.clone(), answers));
        self
    }

    fn go_on() -> Button {
        Button::submit("Save and continue")
    }

    fn later() -> Button {
        Button::submit("Save and come back later").secondary().sending("then", "later")
    }
}

/// Whether a question can be the heading of its page.
fn can_head(question: &Question) -> bool {
    use crate::domain::forms::Kind;
    !matches!(question.kind, Kind::Group(_) | Kind::Quantities(..) | Kind::Confirm(_))
}

/// Whether a draft is really to be thrown away.
#[derive(Debug, Template)]
#[template(path = "form-discard.html")]
pub struct Discarding {
    layout: Layout,
    action: String,
    back: String,
    form: String,
    saved: String,
}

impl Discarding {
    /// Title and heading.
    pub const TITLE: &'static str = "Are you sure you want to discard this form?";

    /// The page.
    pub fn new(layout: Layout, form: &Form, draft: &Submission) -> Self {
        let back = href(&form.slug);
        Self {
            layout: within(layout, HERE).back(back.clone()),
            action: format!("{back}/{}/discard", draft.reference),
            back,
            form: form.title.clone(),
            saved: format!("{} on {}", draft.changed_by, day_in_words(day(draft.changed_at))),
        }
    }

    fn discard() -> Button {
        Button::submit("Discard this form").warning()
    }
}
