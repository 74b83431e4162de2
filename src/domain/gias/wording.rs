//! The changes of an organisation in words.

use super::{Change, ChangeKind, Difference, Facts, Known, Step};

/// The changes of a school that its facts tell.
pub(super) fn note(difference: &mut Difference, step: &Step) {
    let mut add = |kind, what: String| {
        difference.changes.push(change(kind, name_of(&step.facts), what));
    };
    let (new, Some(was)) = (&step.facts, &step.was) else {
        let urn = step.facts.urn.unwrap_or_default();
        return add(ChangeKind::NewSchool, format!("URN {urn}"));
    };
    if was.urn != new.urn {
        add(ChangeKind::Converted, arrow(was.urn, new.urn));
    }
    if was.laestab != new.laestab {
        add(ChangeKind::Number, arrow(was.laestab, new.laestab));
    }
    if was.name != new.name {
        add(ChangeKind::Renamed, format!("was {}", was.name));
    }
    match (was.closed_on, new.closed_on) {
        (None, Some(on)) => add(ChangeKind::Closed, format!("on {on}")),
        (Some(_), None) if was.urn == new.urn => add(ChangeKind::Reopened, String::new()),
        _ => (),
    }
    let details = |f: &Facts| (f.kind, f.la_code, f.nature.clone(), f.address.clone());
    if details(was) != details(new) {
        add(ChangeKind::Details, String::new());
    }
}

/// The changes of a trust or authority.
pub(super) fn note_group(
    difference: &mut Difference,
    known: Option<&Known>,
    facts: &Facts,
    who: String,
    new: ChangeKind,
) {
    match known {
        None => difference.changes.push(change(new, who, "")),
        Some(known) if known.facts.name != facts.name => {
            let what = format!("was {}", known.facts.name);
            difference.changes.push(change(ChangeKind::RenamedGroup, who, what));
        }
        Some(_) => (),
    }
}

pub(super) fn change(kind: ChangeKind, who: String, what: impl Into<String>) -> Change {
    Change { kind, who, what: what.into() }
}

/// How reports call an organisation.
pub(super) fn name_of(facts: &Facts) -> String {
    let number = facts.laestab.map_or_else(String::new, |number| format!("{number} "));
    format!("{number}{}", facts.name)
}

fn arrow(from: Option<i32>, to: Option<i32>) -> String {
    let text = |number: Option<i32>| number.map_or_else(|| "none".to_owned(), |n| n.to_string());
    format!("{} → {}", text(from), text(to))
}
