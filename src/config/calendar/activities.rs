//! The dated activities of a cycle, for the welcome page: each names its dates, or the keys that hold them.

use jiff::civil::DateTime;

use super::values::{KEYS, Values};
use crate::config::document::Document;
use crate::config::problem::Problem;
use crate::config::section::{READERS, Section};
use crate::domain::announced::{Activity, When};
use crate::domain::calendar::instant;

/// The list. It may be left out, as files of earlier versions do.
pub(super) const KEY: &str = "activities";
/// Characters of a name at the most.
const NAME_CHARS_MAX: usize = 80;

/// Reads the list; whatever does not fit is a problem at its line.
pub(super) fn read(
    document: &Document,
    values: &Values,
    year: u16,
) -> (Vec<Activity>, Vec<Problem>) {
    let mut found = Vec::new();
    let activities =
        Section::read_all(document, KEY, &mut found, |section| activity(section, values, year));
    (activities, found)
}

fn activity(section: &mut Section<'_>, values: &Values, year: u16) -> Option<Activity> {
    section.only(&[&["name", "opens", "closes", "on", "forms"][..], &READERS].concat());
    let (name, readers) = (section.text("name", NAME_CHARS_MAX), section.readers());
    let forms = section.texts("forms", NAME_CHARS_MAX);
    let when = when(section, values, year);
    Some(Activity { name: name?, readers: readers?, when: when?, forms: forms? })
}

fn when(section: &mut Section<'_>, values: &Values, year: u16) -> Option<When> {
    match ["on", "opens", "closes"].map(|key| section.has(key)) {
        [true, false, false] => Some(When::On(civil(section, "on", values, year)?.date())),
        [false, true, false] => Some(When::From(time(section, "opens", values, year)?)),
        [false, true, true] => {
            let opens = time(section, "opens", values, year);
            let closes = time(section, "closes", values, year);
            let (opens, closes) = (opens?, closes?);
            if opens >= closes {
                // Of two keys of the calendar their own lines tell.
                if section.is_name("opens") && section.is_name("closes") {
                    return None;
                }
                section.refuse("closes", "is not after opens", "correct one of them");
                return None;
            }
            Some(When::Window(opens, closes))
        }
        _ => {
            let way_out = "write on, or opens, or opens and closes";
            section.refuse("opens", "does not say when it is", way_out);
            None
        }
    }
}

/// A date of the cycle, which begins in the autumn of the year before.
fn civil(section: &mut Section<'_>, key: &str, values: &Values, year: u16) -> Option<DateTime> {
    let named = |name: &str| {
        KEYS.iter().any(|(known, _)| *known == name && *known != "year").then(|| values.get(name))
    };
    let civil = section.civil(key, named)?;
    let years = (i32::from(year) - 1)..=i32::from(year);
    if years.contains(&i32::from(civil.year())) {
        return Some(civil);
    }
    section.refuse(key, format!("is in {}", civil.year()), "write a date of this cycle");
    None
}

fn time(
    section: &mut Section<'_>,
    key: &str,
    values: &Values,
    year: u16,
) -> Option<jiff::Timestamp> {
    let civil = civil(section, key, values, year)?;
    let instant = instant(civil).ok();
    if instant.is_none() {
        let what = format!("{civil} is skipped or repeated by summer time");
        section.refuse(key, what, "choose a time of day that London's clocks show once");
    }
    instant
}
