//! What an extract changes, for people and for programs.

use serde_json::{Value, json};

use crate::domain::gias::{Change, ChangeKind, Difference};
use crate::intake::gias::Register;
use crate::store::gias::TakenOver;

/// Changes of one kind that people are shown by name; all of them are in the report for programs.
const NAMED_MAX: usize = 20;

/// The counts of each kind with the names of the first.
pub(super) fn words(difference: &Difference) -> String {
    let counts = difference.counts();
    let mut text = Vec::new();
    if counts.is_empty() {
        text.push("Nothing changes.".to_owned());
    }
    for (kind, count) in counts {
        text.push(format!("{count} {}", kind.words()));
        let named = difference.changes.iter().filter(|change| change.kind == kind);
        text.extend(named.take(NAMED_MAX).map(line));
        if count > NAMED_MAX {
            text.push(format!("  and {} more: --json names all", count - NAMED_MAX));
        }
    }
    if let Some(waiting) = &difference.waiting {
        text.push(waiting.words());
        text.extend(waiting.changes.iter().take(NAMED_MAX).map(waits));
    }
    text.join("\n")
}

fn waits(change: &Change) -> String {
    let does = if change.kind == ChangeKind::Joined { "joins" } else { "leaves" };
    format!("  {} {does} {}", change.who, change.what)
}

fn line(change: &Change) -> String {
    let what = if change.what.is_empty() { String::new() } else { format!(": {}", change.what) };
    format!("  {}{what}", change.who)
}

/// All of it.
pub(super) fn json(register: &Register, taken: &TakenOver) -> Value {
    let counts = taken.difference.counts();
    let of = |kind: ChangeKind| counts.get(&kind).copied().unwrap_or_default();
    let counts: serde_json::Map<String, Value> =
        ChangeKind::ALL.map(|kind| (kind.key().to_owned(), of(kind).into())).into_iter().collect();
    let list = |changes: &[Change]| -> Vec<Value> {
        let value = |c: &Change| json!({ "kind": c.kind.key(), "who": c.who, "what": c.what });
        changes.iter().map(value).collect()
    };
    let waiting = taken.difference.waiting.as_ref();
    json!({
        "schools": register.schools.len(),
        "authorities": register.authorities.len(),
        "trusts": register.trusts.len(),
        "applied": taken.applied,
        "counts": counts,
        "changes": list(&taken.difference.changes),
        "waiting": waiting.map_or_else(Vec::new, |waiting| list(&waiting.changes)),
        "waits_until": waiting.map(|waiting| waiting.until.to_string()),
    })
}
