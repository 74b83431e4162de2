//! Secrets of apps, sealed again under the newest key of columns.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::domain::peers::Peer;
use crate::node::factors::ColumnKeys;
use crate::service::desk::{Desk, NotDone};
use crate::store::factors::{CodesUnder, CountCodes, ReadSealed, Reseal, SEALED_ROWS_MAX};
use crate::store::nodes::ListNodes;
use crate::telemetry::Hidden;

/// A node that was seen within this time may come back and open what is sealed.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_mins(15);

/// What was done, and what is still sealed or hashed under older keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resealed {
    /// Secrets that were sealed again now.
    pub done: u64,
    /// Secrets that no key of the file opens.
    pub unopened: u64,
    /// Recovery codes, which nobody can hash again: nobody has them but their owners.
    pub codes: CodesUnder,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum NotResealed {
    /// Nobody has a second factor here.
    #[error("second_factor.key_file names no keys: there is nothing to seal")]
    NoKeys,
    /// These nodes seal under another key, or could not even open what was sealed.
    #[error("these nodes do not seal under key {key}: {}; put it first into their file too, and start them again", .nodes.join(", "))]
    NotEverywhere {
        /// Name of the newest key.
        key: String,
        /// Those nodes.
        nodes: Vec<String>,
    },
    /// The database did not do it.
    #[error(transparent)]
    NotDone(#[from] NotDone),
}

/// Seals everything again that another key than the newest has sealed. Stopped, it goes on where it is called again; two
/// at once do the work of one.
pub async fn reseal(desk: &Desk, keys: &ColumnKeys) -> Result<Resealed, NotResealed> {
    let newest = keys.newest().ok_or(NotResealed::NoKeys)?.to_owned();
    let nodes = desk.run(ListNodes).await?;
    let nodes = without(&newest, &nodes, desk.now());
    if !nodes.is_empty() {
        return Err(NotResealed::NotEverywhere { key: newest, nodes });
    }
    let (mut done, mut unopened, mut after) = (0, 0, i64::MIN);
    loop {
        let read = desk.run(ReadSealed { after }).await?;
        let Some((last, _)) = read.last() else { break };
        after = *last;
        let is_whole = read.len() == SEALED_ROWS_MAX;
        let mut rows = Vec::new();
        for (user, old) in read {
            match keys.opener(user, &old) {
                Some(name) if name == newest => (),
                None => unopened += 1,
                Some(_) => rows.extend(again(keys, user, old)),
            }
        }
        if !rows.is_empty() {
            let actor = desk.actor().to_owned();
            let work = Reseal { rows, key_name: newest.clone(), actor, now: desk.now() };
            done += desk.run(work).await?;
        }
        if !is_whole {
            break;
        }
    }
    let codes = desk.run(CountCodes { not_under: newest }).await?;
    Ok(Resealed { done, unopened, codes })
}

fn again(keys: &ColumnKeys, user: i64, old: Vec<u8>) -> Option<(i64, Vec<u8>, Hidden<Vec<u8>>)> {
    let sealed = keys.seal(user, &keys.open(user, &old)?)?;
    Some((user, old, Hidden::new(sealed)))
}

/// Nodes that were seen lately and do not say that they seal under a key: what they seal would come after us. A node
/// of the version before says nothing.
fn without(key: &str, nodes: &[Peer], now: Timestamp) -> Vec<String> {
    let seals = |readiness: &Value| readiness["configuration"]["column_keys"][0] == key;
    let lately = nodes.iter().filter(|peer| peer.silent(now) < SEEN_WITHIN);
    lately.filter(|peer| !seals(&peer.readiness)).map(|peer| peer.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nodes_that_seal_under_another_key_are_named() {
        let now: Timestamp = "2024-07-09T06:30:00Z".parse().unwrap();
        let node = |name: &str, minutes, columns: Value| {
            let seen_at = now - SignedDuration::from_mins(minutes);
            let readiness = json!({ "configuration": { "column_keys": columns } });
            Peer { name: name.to_owned(), seen_at, readiness }
        };
        let nodes = [
            node("a", 0, json!(["1234abcd", "00000000"])),
            node("b", 1, json!(["00000000"])),
            node("c", 14, Value::Null),
            node("d", 16, json!([])),
        ];
        assert_eq!(without("1234abcd", &nodes, now), ["b", "c"]);
        assert_eq!(without("00000000", &nodes, now), ["a", "c"]);
    }
}
