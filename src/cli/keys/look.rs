//! `daybreak keys`: every key with its number or name, what it does, and until when; never a secret.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::known::{ALL, Known};
use super::problems::{of_node, of_ring, unread};
use crate::cli::doctor::Finding;
use crate::cli::exit::Failure;
use crate::cli::print;
use crate::cli::system::{System, runtime};
use crate::config::{Role, SecretFile};
use crate::domain::calendar::instant_in_words;
use crate::domain::keys::{RENEW_AFTER, Stage};
use crate::domain::wording::count;
use crate::node::keys::Purpose;
use crate::node::state::{KEY_FILE, State};
use crate::service::desk::Desk;
use crate::service::keys::{self, Ring};

/// Older keys of a ring that are told one by one; the queue's are kept for ninety days, and `--json` has all.
const OLD_KEYS_MAX: usize = 3;

/// A key as it is listed.
struct One {
    /// Its number or name; none of a password, of which nothing is told.
    id: Option<String>,
    made_at: Option<Timestamp>,
    /// What it does.
    state: &'static str,
    /// Until when, or from when.
    turns_at: Option<Timestamp>,
}

/// All that is known of a kind of key.
struct Row {
    known: &'static Known,
    /// The file, where it is one.
    file: Option<String>,
    keys: Vec<One>,
    rotates_at: Option<Timestamp>,
}

/// Everything that was seen.
#[derive(Default)]
struct Seen {
    rows: Vec<Row>,
    /// Revocations that wait for a second person.
    waiting: Vec<String>,
    problems: Vec<Finding>,
}

/// Lists everything; exit code 1 when something is wrong.
pub(super) fn run(system: &System, json: bool) -> Result<(), Failure> {
    let seen = runtime()?.block_on(look(system));
    if json {
        print(&in_json(&seen).to_string())?;
    } else {
        in_words(&seen).iter().try_for_each(|line| print(line))?;
    }
    match seen.problems.len() {
        0 => Ok(()),
        some => Err(Failure::failed(count(some, "thing is wrong", "things are wrong"))),
    }
}

async fn look(system: &System) -> Seen {
    let mut seen = Seen::default();
    let rings = rings(system, &mut seen).await;
    let files = system.config.secret_files();
    for known in &ALL {
        let ring = Purpose::ALL.into_iter().zip(&rings).find(|(p, _)| p.key() == known.name);
        let row = match (ring, known.name) {
            (Some((purpose, Some(ring))), _) => of_purpose(known, purpose, ring),
            (_, "node") => node(known, &system.config.server.state),
            _ => of_files(system, known, &files, &mut seen.problems),
        };
        seen.rows.push(row);
    }
    seen.problems.extend(of_node(&system.config.server.state));
    seen
}

/// The rings, as far as the database tells, with what is wrong with them.
async fn rings(system: &System, seen: &mut Seen) -> [Option<Ring>; 3] {
    let mut rings = [const { None }; 3];
    let now = system.clock.now();
    // The file of the password is told among the others.
    let Ok(store) = system.store(Role::Node) else { return rings };
    let desk = Desk::of_command(store, None, now);
    for (place, purpose) in Purpose::ALL.into_iter().enumerate() {
        match keys::look(&desk, purpose).await {
            Ok(ring) => {
                seen.problems.extend(of_ring(purpose, &ring, now));
                seen.waiting.extend(ring.waiting.iter().map(|(id, what)| {
                    format!(
                        "{} ({}), asked for by {}: daybreak keys approve {id}",
                        what.name(),
                        what.reason,
                        what.actor
                    )
                }));
                rings[place] = Some(ring);
            }
            Err(error) => {
                seen.problems.push(unread(&error));
                return rings;
            }
        }
    }
    rings
}

fn of_purpose(known: &'static Known, purpose: Purpose, ring: &Ring) -> Row {
    let one = |key: &keys::Seen| {
        let forgotten = key.made_at + purpose.forgotten_after();
        let (state, turns_at) = match key.stage {
            None => ("revoked", None),
            Some(Stage::ToCome(from)) => ("to come", Some(from)),
            Some(Stage::Signs) => ("signs", None),
            Some(Stage::Reads) => ("reads only", Some(forgotten)),
        };
        One { id: Some(key.id.to_string()), made_at: Some(key.made_at), state, turns_at }
    };
    let keys = ring.keys.iter().rev().map(one).collect();
    let rotates_at = ring.newest().map(|newest| newest.made_at + RENEW_AFTER);
    Row { known, file: None, keys, rotates_at }
}

fn node(known: &'static Known, state: &Path) -> Row {
    let path = state.join(KEY_FILE);
    let name = if path.exists() { State::open(state).ok() } else { None };
    let one = |state: State| One {
        id: Some(state.name().to_owned()),
        made_at: written_at(&path),
        state: "in use",
        turns_at: None,
    };
    let keys = name.into_iter().map(one).collect();
    Row { known, file: Some(path.display().to_string()), keys, rotates_at: None }
}

/// Keys that lie in files, or that no command can see.
fn of_files(
    system: &System,
    known: &'static Known,
    files: &[SecretFile],
    problems: &mut Vec<Finding>,
) -> Row {
    let own: Vec<&SecretFile> = files.iter().filter(|file| file.name == known.name).collect();
    let mut keys = Vec::new();
    for file in &own {
        let usable = match known.name {
            // Servers need not have it.
            "database-owner" if !file.file.exists() => continue,
            "columns" => match system.config.second_factor.keys() {
                Ok(columns) => {
                    keys.extend(of_columns(columns.names(), &file.file));
                    continue;
                }
                Err(problem) => Err((problem.what, problem.way_out)),
            },
            _ => file.look().map_err(|unusable| (unusable.what, unusable.way_out)),
        };
        match usable {
            Ok(()) => {
                let made_at = written_at(&file.file);
                keys.push(One { id: None, made_at, state: "in use", turns_at: None });
            }
            Err((what, next)) => {
                problems.push(Finding::new(format!("{}: {what}", file.key), next));
            }
        }
    }
    let paths: Vec<String> = own.iter().map(|file| file.file.display().to_string()).collect();
    let file = if paths.is_empty() { None } else { Some(paths.join(", ")) };
    Row { known, file, keys, rotates_at: None }
}

fn of_columns<'a>(names: impl Iterator<Item = &'a str>, file: &Path) -> Vec<One> {
    let made_at = written_at(file);
    let one = |(place, name): (usize, &str)| One {
        id: Some(name.to_owned()),
        made_at,
        state: if place == 0 { "seals" } else { "reads only" },
        turns_at: None,
    };
    names.enumerate().map(one).collect()
}

/// When a file was last written, by the machine's clock.
fn written_at(file: &Path) -> Option<Timestamp> {
    Timestamp::try_from(fs::metadata(file).ok()?.modified().ok()?).ok()
}

fn in_json(seen: &Seen) -> Value {
    let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let key = |one: &One| {
        json!({
            "id": one.id, "made_at": instant(one.made_at), "state": one.state,
            "turns_at": instant(one.turns_at),
        })
    };
    let row = |row: &Row| {
        json!({
            "name": row.known.name, "what_for": row.known.what_for, "kept": row.known.kept,
            "file": row.file, "rotates_at": instant(row.rotates_at), "losing": row.known.losing,
            "keys": row.keys.iter().map(key).collect::<Vec<_>>(),
        })
    };
    let problem = |found: &Finding| json!({ "what": found.what, "next": found.next });
    json!({
        "keys": seen.rows.iter().map(row).collect::<Vec<_>>(),
        "waiting": seen.waiting,
        "problems": seen.problems.iter().map(problem).collect::<Vec<_>>(),
    })
}

fn in_words(seen: &Seen) -> Vec<String> {
    let mut lines = Vec::new();
    for row in &seen.rows {
        let Known { name, what_for, kept, losing } = row.known;
        lines.push(format!("{name:<16}{what_for}"));
        let kept = row.file.as_deref().unwrap_or(kept);
        let next = row.rotates_at.map(|at| format!("; next by itself at {}", instant_in_words(at)));
        lines.push(format!("{:16}in {kept}{}", "", next.unwrap_or_default()));
        lines.push(format!("{:16}lost: {losing}", ""));
        lines.extend(keys_in_words(&row.keys));
    }
    if !seen.waiting.is_empty() {
        lines.push("Revocations that wait for a second person:".to_owned());
        lines.extend(seen.waiting.iter().map(|waiting| format!("  {waiting}")));
    }
    let problems = seen.problems.iter().enumerate();
    lines.extend(problems.map(|(number, found)| format!("{}. {found}", number + 1)));
    lines
}

fn keys_in_words(keys: &[One]) -> Vec<String> {
    let line = |one: &One| {
        let id = one.id.as_deref().unwrap_or("");
        let made = one.made_at.map(|at| format!("made {}", instant_in_words(at)));
        let turns = one.turns_at.map(|at| {
            let word = if one.state == "to come" { "signs from" } else { "until" };
            format!(", {word} {}", instant_in_words(at))
        });
        let (made, turns) = (made.unwrap_or_default(), turns.unwrap_or_default());
        format!("{:16}{id:<14}{:<12}{made}{turns}", "", one.state)
    };
    let is_old = |one: &&One| one.state == "reads only" && one.turns_at.is_some();
    let old = keys.iter().filter(is_old).count();
    let shown = keys.len() - old.saturating_sub(OLD_KEYS_MAX);
    let mut lines: Vec<String> = keys.iter().take(shown).map(line).collect();
    if shown < keys.len() {
        let more = keys.len() - shown;
        lines.push(format!(
            "{:16}and {}: --json has all",
            "",
            count(more, "older key", "older keys")
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::keys::Seen as Key;
    use jiff::SignedDuration;

    fn ring(ids: std::ops::RangeInclusive<i16>, signs: i16) -> Ring {
        let start: Timestamp = "2024-07-09T06:30:00Z".parse().unwrap();
        let key = |id: i16| {
            let made_at = start + SignedDuration::from_hours(12 * i64::from(id));
            let stage = match id.cmp(&signs) {
                std::cmp::Ordering::Less => Stage::Reads,
                std::cmp::Ordering::Equal => Stage::Signs,
                std::cmp::Ordering::Greater => {
                    Stage::ToCome(made_at + SignedDuration::from_mins(5))
                }
            };
            Key { id, made_at, stage: Some(stage) }
        };
        Ring { keys: ids.map(key).collect(), waiting: Vec::new() }
    }

    #[test]
    fn keys_are_listed_the_newest_first_and_old_ones_counted() {
        let row = of_purpose(&ALL[2], Purpose::Queue, &ring(1..=9, 8));
        let lines = keys_in_words(&row.keys);
        let words: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        assert_eq!(
            words,
            [
                "9             to come     made 7:30pm on 13 July 2024, signs from 7:35pm on 13 July 2024",
                "8             signs       made 7:30am on 13 July 2024",
                "7             reads only  made 7:30pm on 12 July 2024, until 7:30pm on 11 October 2024",
                "6             reads only  made 7:30am on 12 July 2024, until 7:30am on 11 October 2024",
                "5             reads only  made 7:30pm on 11 July 2024, until 7:30pm on 10 October 2024",
                "and 4 older keys: --json has all",
            ]
        );
        assert_eq!(row.rotates_at, Some("2024-07-14T06:30:00Z".parse().unwrap()));
        let all = in_json(&Seen { rows: vec![row], ..Seen::default() });
        assert_eq!(all["keys"][0]["keys"].as_array().unwrap().len(), 9);
        assert_eq!(all["keys"][0]["keys"][1]["state"], "signs");
    }
}
