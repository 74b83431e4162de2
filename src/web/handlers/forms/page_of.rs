//! A page of questions: shown with what was typed, and saved whatever was typed.

use http::StatusCode;

use super::{actor, frame, instead, too_late};
use crate::domain::forms::{CHARS_MAX, Form, Kind, Page, Sheet, field_names, in_item};
use crate::service::forms::{NotDone, Submission, of_page, seen};
use crate::web::answer::{Answer, fixed, page, see_other};
use crate::web::form::Fields;
use crate::web::pages::forms::{At, Questions};
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

/// The page, if the answers so far lead through it. `query` says whence somebody comes.
pub(super) fn show(
    site: &Site,
    visit: &Visit,
    (form, draft, name): (&Form, &Submission, &str),
    query: Option<&str>,
) -> Answer {
    let Some(place) = form.page(name) else { return fixed(static_pages::not_found()) };
    let reading = site.forms.reading(form, &draft.answers);
    let to_check = query.is_some_and(|query| query.starts_with("change"));
    let at = At { form, reference: &draft.reference, reading: &reading, page: place, to_check };
    if reading.problems(place).is_none() {
        return see_other(&at.href("check"));
    }
    let more = usize::from(query.is_some_and(|query| query.ends_with("more")));
    let questions = Questions::new(frame(site, visit, "Form"), at, &draft.answers, &[], more);
    page(StatusCode::OK, questions.to_string())
}

/// Saves the page and goes where its button leads; what is wrong is told, and saved too. What somebody else has saved
/// since the page was opened is not saved over.
pub(super) async fn save(
    site: &Site,
    visit: &Visit,
    (form, mut draft, name): (&Form, Submission, &str),
    fields: Fields,
) -> Answer {
    let Some(place) = form.page(name) else { return fixed(static_pages::not_found()) };
    let Some(actor) = actor(visit) else { return see_other("/activity") };
    let came = Came { then: fields.get("then").to_owned(), to_check: fields.get("to") == "check" };
    let (page, was_seen) = (&form.pages[place], fields.get("seen").to_owned());
    let typed = typed(page, fields, &came.then);
    // The same sent again, as by a double click, is no change of somebody else.
    if was_seen != seen(page, &draft.answers) && typed != of_page(page, &draft.answers) {
        return overtaken(site, visit, (form, &draft, place), (&typed, &came));
    }
    match site.forms.save(actor, form, (&draft, place), typed.clone()).await {
        Ok(()) => (),
        Err(NotDone::Changed) => match site.forms.draft(actor, form, &draft.reference).await {
            Ok(theirs) => {
                return overtaken(site, visit, (form, &theirs, place), (&typed, &came));
            }
            Err(reason) => return too_late(&reason, &form.slug),
        },
        Err(reason) => return instead(&reason, &form.slug),
    }
    put(&mut draft.answers, page, typed);
    after(site, visit, (form, &draft, place), &came)
}

/// Which button was pressed, and whence somebody came.
struct Came {
    then: String,
    to_check: bool,
}

/// What was typed takes the place of what a page held.
fn put(answers: &mut Sheet, page: &Page, typed: Sheet) {
    let names = field_names(page);
    answers.retain(|field, _| !names.contains(field));
    answers.extend(typed);
}

/// The way on after a page was saved.
fn after(
    site: &Site,
    visit: &Visit,
    (form, draft, place): (&Form, &Submission, usize),
    came: &Came,
) -> Answer {
    let reading = site.forms.reading(form, &draft.answers);
    let at = At {
        form,
        reference: &draft.reference,
        reading: &reading,
        page: place,
        to_check: came.to_check,
    };
    let here = at.href(form.pages[place].id.as_str());
    let way = if came.to_check { "change" } else { "" };
    match (came.then.as_str(), reading.problems(place)) {
        ("later", _) => see_other(&format!("/activity/{}?saved", form.slug)),
        ("add", _) => see_other(&format!("{here}?{way}&more")),
        (then, _) if then.starts_with("remove-") => see_other(&format!("{here}?{way}")),
        (_, Some(problems)) if !problems.is_empty() => {
            let layout = frame(site, visit, "Form");
            let html = Questions::new(layout, at, &draft.answers, problems, 0).to_string();
            page(StatusCode::UNPROCESSABLE_ENTITY, html)
        }
        _ => see_other(&next(at)),
    }
}

/// The page again with what was typed, beside what somebody else has saved. Nothing of it is saved yet.
fn overtaken(
    site: &Site,
    visit: &Visit,
    (form, theirs, place): (&Form, &Submission, usize),
    (typed, came): (&Sheet, &Came),
) -> Answer {
    let mut answers = theirs.answers.clone();
    put(&mut answers, &form.pages[place], typed.clone());
    let (reading, read) =
        (site.forms.reading(form, &answers), site.forms.reading(form, &theirs.answers));
    let at = At {
        form,
        reference: &theirs.reference,
        reading: &reading,
        page: place,
        to_check: came.to_check,
    };
    if reading.problems(place).is_none() {
        return see_other(&at.href("check"));
    }
    let shown = Questions::new(frame(site, visit, "Form"), at, &answers, &[], 0);
    page(StatusCode::UNPROCESSABLE_ENTITY, shown.overtaken(at, theirs, &read).to_string())
}

/// The next page, or the answers to check after the last one and for whoever came from there.
fn next(at: At<'_>) -> String {
    match at.reading.after(at.page) {
        Some(next) if !at.to_check => at.href(at.form.pages[next].id.as_str()),
        _ => at.href("check"),
    }
}

/// What was typed into the fields of a page, without the item that is to go.
fn typed(page: &Page, fields: Fields, then: &str) -> Sheet {
    let names = field_names(page);
    // A database keeps no NUL; what is far too long is told so as well when its end is missing.
    let bounded = |text: String| text.chars().filter(|c| *c != '\0').take(4 * CHARS_MAX).collect();
    let sent = fields.into_pairs().into_iter().filter(|(name, _)| names.contains(name));
    let sent = sent.map(|(name, text)| (name, bounded(text)));
    let mut typed: Sheet = sent.filter(|(_, text): &(_, String)| !text.trim().is_empty()).collect();
    if let Some((group, number)) = then.strip_prefix("remove-").and_then(|of| of.rsplit_once('-')) {
        let of_page = page.questions.iter().find(|question| question.id.as_str() == group);
        let most = match of_page.map(|question| &question.kind) {
            Some(Kind::Group(group)) => group.most,
            _ => 0,
        };
        if let Ok(number) = number.parse::<usize>() {
            remove(&mut typed, group, number, most);
        }
    }
    typed
}

/// Takes an item away; those behind it move up.
fn remove(typed: &mut Sheet, group: &str, number: usize, most: usize) {
    for at in number..=most {
        let (old, next) = (in_item(group, at, ""), in_item(group, at + 1, ""));
        typed.retain(|field, _| !field.starts_with(&old));
        let moved = typed.iter().filter_map(|(field, text)| {
            Some((format!("{old}{}", field.strip_prefix(&next)?), text.clone()))
        });
        let moved: Sheet = moved.collect();
        typed.extend(moved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_is_removed_leaves_no_gap() {
        let sheet = |pairs: &[(&str, &str)]| -> Sheet {
            pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let mut typed =
            sheet(&[("g-1-a", "1"), ("g-2-a", "2"), ("g-3-a", "3"), ("g-3-b-day", "4")]);
        remove(&mut typed, "g", 2, 20);
        assert_eq!(typed, sheet(&[("g-1-a", "1"), ("g-2-a", "3"), ("g-2-b-day", "4")]));
        remove(&mut typed, "g", 9, 20);
        assert_eq!(typed.len(), 3);
    }
}
