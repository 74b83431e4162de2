//! Answers that a form takes, made up: for samples, previews and practice.

use jiff::civil::Date;

use super::fields::{DATE_PARTS, in_item, in_table, part};
use super::reading::{Context, Reading};
use super::{Form, Kind, Question, Sheet};
use crate::domain::rules::Bound;

/// Fills in a form, page by page as its answers lead. Of choices the first is made, of bounds the earlier day.
pub fn filled(form: &Form, context: Context<'_>) -> Sheet {
    let mut sheet = Sheet::new();
    // Each round answers what the round before has opened; a page is opened by an earlier one.
    for _ in 0..=form.pages.len() {
        let reading = Reading::of(form, &sheet, context);
        let Some(open) = reading.first_open() else { return sheet };
        for question in &form.pages[open].questions {
            fill(&mut sheet, question, question.id.as_str(), context);
        }
    }
    sheet
}

fn fill(sheet: &mut Sheet, question: &Question, name: &str, context: Context<'_>) {
    let mut put = |field: String, text: &str| drop(sheet.insert(field, text.to_owned()));
    let own = name.to_owned();
    match &question.kind {
        Kind::Text(_) | Kind::LongText(_) => put(own, "Ab"),
        Kind::Phone => put(own, "01632 960 001"),
        Kind::Email => put(own, "office@school.example"),
        Kind::Number(least, _) => put(own, &least.to_string()),
        Kind::Radios(choices) | Kind::Select(choices) => {
            put(own, choices.first().map_or("", |choice| choice.id.as_str()));
        }
        Kind::Checkboxes(choices) => {
            put(part(name, choices.first().map_or("", |choice| choice.id.as_str())), "yes");
        }
        Kind::Confirm(_) => put(own, "yes"),
        Kind::Quantities(rows, columns, _) => {
            if let (Some(row), Some(column)) = (rows.first(), columns.first()) {
                put(in_table(name, row, column), "1");
            }
        }
        Kind::Day(days) => {
            let day = bound(days.earliest.as_ref(), sheet, name, context)
                .or_else(|| bound(days.latest.as_ref(), sheet, name, context));
            let day = day.unwrap_or(context.days.first_test);
            let is_right =
                |day: &Date| !days.school_day || context.days.bank_holidays.is_school_day(*day);
            let day =
                if is_right(&day) { day } else { context.days.bank_holidays.school_day_after(day) };
            let parts = [day.day().to_string(), day.month().to_string(), day.year().to_string()];
            for (of, text) in DATE_PARTS.into_iter().zip(parts) {
                sheet.insert(part(name, of), text);
            }
        }
        Kind::Group(group) => {
            for number in 1..=group.least.max(1) {
                for of in &group.parts {
                    fill(sheet, of, &in_item(name, number, of.id.as_str()), context);
                }
            }
        }
    }
}

/// The day of a bound, by what is filled in so far: of a part, its neighbours within the item.
fn bound(bound: Option<&Bound>, sheet: &Sheet, name: &str, context: Context<'_>) -> Option<Date> {
    let within = name.rsplit_once('-').map_or("", |(item, _)| item);
    let day_of = |anchor: &str| {
        let field = if within.is_empty() { anchor.to_owned() } else { part(within, anchor) };
        let [day, month, year] = DATE_PARTS
            .map(|of| sheet.get(&part(&field, of)).or_else(|| sheet.get(&part(anchor, of))));
        Date::new(year?.parse().ok()?, month?.parse().ok()?, day?.parse().ok()?).ok()
    };
    bound?.day(context.days, day_of)
}
