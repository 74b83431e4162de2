//! My activity: where each form of somebody stands. It is derived and never kept.

use jiff::Timestamp;

use crate::domain::announced::Stage;
use crate::domain::forms::{Duty, Form, Times};
use crate::store::forms::{State, Submission};

/// A section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Must be done, and is not.
    Outstanding,
    /// May be done.
    Available,
    /// Was done this year.
    Completed,
}

/// A line of a section.
#[derive(Clone, Debug)]
pub struct Item<'f> {
    /// The form.
    pub form: &'f Form,
    /// Where it stands by the calendar.
    pub stage: Stage,
    /// What is being filled in: how many drafts.
    pub drafts: usize,
    /// What was sent; in the section of what is completed.
    pub sent: Option<Submission>,
}

/// My activity.
#[derive(Clone, Debug)]
pub struct Activity<'f> {
    items: Vec<(Section, Item<'f>)>,
}

impl<'f> Activity<'f> {
    /// Sorts the forms of somebody, and what was filled in, by where they stand.
    pub fn of(forms: impl Iterator<Item = &'f Form>, all: &[Submission], now: Timestamp) -> Self {
        let mut items = Vec::new();
        for form in forms {
            let of_form = || all.iter().filter(|one| one.form == form.slug);
            let (stage, drafts) =
                (form.stage(now), of_form().filter(|one| one.state == State::Draft).count());
            let item = |sent| Item { form, stage, drafts, sent };
            let is_sent = of_form().any(|one| one.state == State::Sent);
            let section = section(form, stage, is_sent, drafts);
            items.extend(section.map(|section| (section, item(None))));
            let sent = of_form().filter(|one| one.state == State::Sent);
            items.extend(sent.map(|one| (Section::Completed, item(Some(one.clone())))));
        }
        items.sort_by_key(|(_, item)| match &item.sent {
            None => (false, item.form.closes.as_second()),
            Some(sent) => (true, -sent.changed_at.as_second()),
        });
        Self { items }
    }

    /// The lines of a section: what closes first, or was sent last, first.
    pub fn section(&self, wanted: Section) -> impl Iterator<Item = &Item<'f>> {
        self.items.iter().filter(move |(section, _)| *section == wanted).map(|(_, item)| item)
    }
}

/// Where a form itself stands, beside what was sent of it.
fn section(form: &Form, stage: Stage, is_sent: bool, drafts: usize) -> Option<Section> {
    match (form.duty, stage, form.times) {
        (Duty::Must, Stage::Open | Stage::Over, _) if !is_sent => Some(Section::Outstanding),
        (Duty::May, Stage::Open, Times::Many) => Some(Section::Available),
        (Duty::May, Stage::Open, _) if !is_sent => Some(Section::Available),
        // What was begun is not forgotten: a change, or what was not sent in time.
        (_, Stage::Open, Times::UntilClosed) | (_, Stage::Over, _) if drafts > 0 => {
            Some(Section::Available)
        }
        _ => None,
    }
}
