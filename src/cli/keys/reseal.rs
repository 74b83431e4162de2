//! `daybreak keys reseal`: what older keys of columns have sealed, sealed again under the newest.

use serde_json::json;

use super::act::desk;
use crate::cli::exit::Failure;
use crate::cli::print;
use crate::cli::system::System;
use crate::domain::wording::count;
use crate::service::keys::{self, NotResealed, Resealed};

impl From<NotResealed> for Failure {
    fn from(error: NotResealed) -> Self {
        match error {
            NotResealed::NotDone(error) => error.into(),
            error @ NotResealed::NoKeys => Self::configuration(error.to_string()),
            error @ NotResealed::NotEverywhere { .. } => Self::failed(error.to_string()),
        }
    }
}

/// Seals again, and says whether older keys are needed any more.
pub(super) async fn run(system: &System, actor: Option<&str>, json: bool) -> Result<(), Failure> {
    let columns = system.config.second_factor.keys();
    let columns = columns.map_err(|problem| Failure::configuration(problem.to_string()))?;
    let done = keys::reseal(&desk(system, actor).await?, &columns).await?;
    let old: Vec<&str> = columns.names().skip(1).collect();
    if json {
        let Resealed { done, unopened, codes } = done;
        let told = json!({
            "key": columns.newest(), "resealed": done, "unopened": unopened,
            "older_codes": codes.codes, "people_with_older_codes": codes.people,
            "older_keys": old, "older_keys_needed": codes.codes > 0,
        });
        return print(&told.to_string());
    }
    let newest = columns.newest().unwrap_or_default();
    words(newest, &old, &done).iter().try_for_each(|line| print(line))
}

fn words(newest: &str, old: &[&str], done: &Resealed) -> Vec<String> {
    let number = |some: i64| usize::try_from(some).unwrap_or_default();
    let sealed = count(usize::try_from(done.done).unwrap_or(usize::MAX), "secret", "secrets");
    let mut lines = vec![format!("Sealed {sealed} again under key {newest}.")];
    if done.unopened > 0 {
        let lost = count(usize::try_from(done.unopened).unwrap_or(usize::MAX), "secret", "secrets");
        lines.push(format!(
            "{lost} no key of the file opens: put the key back that sealed them, or their owners set up their app anew."
        ));
    }
    let codes = count(number(done.codes.codes), "recovery code", "recovery codes");
    let people = count(number(done.codes.people), "person", "people");
    lines.push(match (old, done.codes.codes) {
        ([], _) => "There are no older keys.".to_owned(),
        (old, 0) => format!("Not needed any more: {}. Take it out of the file on every node.", old.join(", ")),
        (old, _) => format!(
            "Still needed: {}. {codes} of {people} were made under it, or before this was noted; nobody but their owners \
             can have them made anew. Without it these codes are worth nothing.",
            old.join(", ")
        ),
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::factors::CodesUnder;

    #[test]
    fn an_old_key_is_needed_as_long_as_codes_were_made_under_it() {
        let told = |old: &[&str], codes, unopened| {
            let codes = CodesUnder { codes, people: 1 };
            words("aaaaaaaa", old, &Resealed { done: 2, unopened, codes }).join("\n")
        };
        assert_eq!(
            told(&[], 0, 0),
            "Sealed 2 secrets again under key aaaaaaaa.\nThere are no older keys."
        );
        assert!(told(&["bbbbbbbb"], 0, 0).contains("Not needed any more: bbbbbbbb."));
        assert!(
            told(&["bbbbbbbb"], 8, 0)
                .contains("Still needed: bbbbbbbb. 8 recovery codes of 1 person")
        );
        assert!(told(&[], 0, 1).contains("1 secret no key of the file opens"));
    }
}
