//! The states of forms: those that ship, page by page, empty, wrong and filled in.

use std::path::Path;

use super::fixture::{at, frame};
use crate::config::{Calendar, forms};
use crate::domain::announced::Stage;
use crate::domain::forms::{Context, Form, InWords, Reading, Sheet, filled};
use crate::domain::rules::Days;
use crate::service::forms::{Activity, State, Submission};
use crate::web::pages::activity::MyActivity;
use crate::web::pages::forms::{At, Check, Discarding, Questions, Sent, Start};

type Named = (&'static str, String);

/// What ships for 2024.
fn shipped() -> (Vec<Form>, Days) {
    let cycles = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/cycles");
    let calendar = Calendar::load(&cycles, 2024).unwrap_or_else(|found| panic!("{found}"));
    let forms = forms::load(&cycles, &calendar).unwrap_or_else(|found| panic!("{found}"));
    (forms, calendar.days())
}

fn submission(form: &Form, state: State, answers: &Sheet) -> Submission {
    let now = at("2023-11-02T10:15:00Z");
    Submission {
        id: 1,
        form: form.slug.clone(),
        year: 2024,
        version: form.version.clone(),
        reference: "HD4-7KQ-M9X".to_owned(),
        state,
        answers: answers.clone(),
        revision: 3,
        changed_at: now,
        changed_by: "Amira <Khan>".to_owned(),
        sent: (state != State::Draft).then(|| (now, "Amira <Khan>".to_owned())),
        in_words: None,
    }
}

/// Names of states are for good: there are as many as there are pages of forms.
fn named(name: String, html: String) -> Named {
    (name.leak(), html)
}

pub(super) fn states() -> Vec<Named> {
    let (forms, days) = shipped();
    let all = forms.iter().flat_map(|form| of_form(form, &days)).collect();
    [activity(&forms), all].concat()
}

fn activity(forms: &[Form]) -> Vec<Named> {
    let page = |name: &str, all: &[Submission], now: &str| {
        let activity = Activity::of(forms.iter(), all, at(now));
        let html = MyActivity::new(frame(MyActivity::TITLE), &activity).to_string();
        named(format!("activity-{name}"), html)
    };
    let [declaration, holidays, orders] = forms else { panic!("three forms ship") };
    let some = [
        submission(holidays, State::Sent, &Sheet::new()),
        submission(holidays, State::Draft, &Sheet::new()),
        submission(orders, State::Draft, &Sheet::new()),
        submission(declaration, State::Draft, &Sheet::new()),
    ];
    vec![
        page("none", &[], "2023-09-01T10:00:00Z"),
        page("autumn", &[], "2023-11-01T10:00:00Z"),
        page("begun", &some, "2023-11-10T10:00:00Z"),
        page("overdue", &some, "2024-06-01T10:00:00Z"),
    ]
}

fn of_form(form: &Form, days: &Days) -> Vec<Named> {
    let context = Context { days };
    let sheet = filled(form, context);
    let of = |state| submission(form, state, &sheet);
    let start = |stage, all| Start::new(frame("Form"), form, stage, all).to_string();
    let slug = &form.slug;
    let mut states = vec![
        named(format!("form-{slug}"), start(Stage::Open, Vec::new())),
        named(
            format!("form-{slug}-refused"),
            Start::new(frame("Form"), form, Stage::Over, Vec::new())
                .refused("This form has closed".to_owned())
                .to_string(),
        ),
        named(format!("form-{slug}-coming"), start(Stage::Coming, Vec::new())),
        named(format!("form-{slug}-over"), start(Stage::Over, vec![of(State::Draft)])),
        named(
            format!("form-{slug}-begun"),
            start(Stage::Open, vec![of(State::Draft), of(State::Sent), of(State::Replaced)]),
        ),
    ];
    for page in 0..form.pages.len() {
        states.extend(pages(form, (&sheet, context), page));
    }
    let reading = Reading::of(form, &sheet, context);
    let at = At { form, reference: "HD4-7KQ-M9X", reading: &reading, page: 0, to_check: false };
    let check = || Check::new(frame(Check::TITLE), at, &of(State::Draft));
    let in_words = InWords::of(form, &reading);
    let sent = |state, is_news| {
        let sent = Submission { in_words: Some(in_words.clone()), ..of(state) };
        Sent::new(frame("Form"), form, &sent, Stage::Open, is_news).to_string()
    };
    let discard = Discarding::new(frame(Discarding::TITLE), form, &of(State::Draft)).to_string();
    states.extend([
        named(format!("form-{slug}-check"), check().to_string()),
        named(
            format!("form-{slug}-check-closed"),
            check().refused("This form has closed. Your answers are saved".to_owned()).to_string(),
        ),
        named(format!("form-{slug}-sent"), sent(State::Sent, true)),
        named(format!("form-{slug}-sent-later"), sent(State::Sent, false)),
        named(format!("form-{slug}-replaced"), sent(State::Replaced, false)),
        named(format!("form-{slug}-discard"), discard),
    ]);
    states
}

/// A page as it is opened, after nothing was typed, and filled in.
fn pages(form: &Form, (sheet, context): (&Sheet, Context<'_>), page: usize) -> Vec<Named> {
    let name = format!("form-{}-{}", form.slug, form.pages[page].id);
    let of = |typed: &Sheet, is_sent: bool, to_check: bool, is_overtaken: bool| {
        let mut reading = Reading::of(form, typed, context);
        if reading.problems(page).is_none() {
            // Not on the way of the answers of the sample: read as if it were the only one.
            let alone = crate::domain::forms::Page {
                asked_if: crate::domain::rules::Condition::always(),
                ..form.pages[page].clone()
            };
            let alone = Box::leak(Box::new(Form { pages: vec![alone], ..form.clone() }));
            reading = Reading::of(alone, typed, context);
            reading.pages[0].0 = page;
        }
        let at = At { form, reference: "HD4-7KQ-M9X", reading: &reading, page, to_check };
        let problems = reading.problems(page).filter(|_| is_sent).unwrap_or_default();
        let shown = Questions::new(frame("Form"), at, typed, problems, 0);
        let theirs = submission(form, State::Draft, sheet);
        let shown = if is_overtaken { shown.overtaken(at, &theirs, &reading) } else { shown };
        shown.to_string()
    };
    vec![
        named(name.clone(), of(&Sheet::new(), false, false, false)),
        named(format!("{name}-wrong"), of(&Sheet::new(), true, false, false)),
        named(format!("{name}-filled"), of(sheet, false, true, false)),
        named(format!("{name}-overtaken"), of(sheet, false, false, true)),
    ]
}
