//! Passkeys as a second factor: adding one, taking one away, signing in with one.
//!
//! What is expected of a browser's answer goes to the browser itself, sealed, so that any node goes on with it.
//! An answer could be shown again: so each is bound to its user and session, lasts five minutes, and is taken once by a
//! node.

use std::sync::{Arc, Mutex, PoisonError};

use super::once::Once;
use super::results::Actor;
use super::second_factors::{Refused, SecondFactors};
use super::second_step::{CODE_WITHIN, Halfway, SecondStep};
use super::sign_in::{NewSession, NotSignedIn};
use super::waiting::hash;
use super::webauthn::{Answer, CHALLENGE_BYTES, Key, Party, rises};
use crate::node::factors::Factors;
use crate::node::journal::Second;
use crate::node::keys::{Purpose, random};
use crate::store::factors::Change;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// What is expected is sealed for these.
const ADDS: &str = " new passkey";
const SIGNS_IN: &str = " passkey";
/// Passkeys of one person at the most.
pub const PASSKEYS_MAX: usize = 10;
/// Longest name of one, in characters.
const NAME_CHARS_MAX: usize = 60;
/// Passkeys whose counts are remembered at the most, until the directory has them.
const COUNTERS_MAX: usize = 65_536;

/// Passkeys of people. Clones share them.
#[derive(Clone, Debug)]
pub struct Passkeys(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    factors: SecondFactors,
    /// None where the origin is no name that passkeys could be for.
    party: Option<Party>,
    /// Questions whose answers were taken.
    taken: Once,
    /// How often passkeys have signed, by row id, until the directory says it.
    counters: Mutex<FxHashMap<i64, u32>>,
}

/// What came of an answer.
enum Answered {
    /// This passkey gave it, with this count of signatures.
    By(i64, u32),
    /// It may come from a copy of the passkey of this name.
    Copied(String),
    /// It is none.
    Not,
}

/// A question for a browser, and what is expected of the answer, sealed.
#[derive(Clone, Debug)]
pub struct Question {
    /// What its script is given, as JSON.
    pub options: String,
    /// What comes back beside the answer.
    pub expected: String,
}

#[derive(Serialize, Deserialize)]
struct Expected {
    user: i64,
    /// The session that asks, or that will begin with the answer: in no other one is it an answer.
    #[serde(default)]
    session: [u8; 16],
    at: Timestamp,
    challenge: [u8; CHALLENGE_BYTES],
}

impl Passkeys {
    /// Passkeys for the host of an origin such as `https://results.example`.
    pub fn new(factors: SecondFactors, origin: &str) -> Self {
        let party = Party::of(origin);
        let (taken, counters) = <_>::default();
        Self(Arc::new(Inner { factors, party, taken, counters }))
    }

    /// The question whose answer adds a passkey; only for somebody who has an app, which needs no script.
    pub fn question_to_add(&self, actor: &Actor) -> Option<Question> {
        let own = self.0.factors.of(actor.user.id).filter(|own| own.secret.is_some())?;
        let known: Vec<Key> = keys(&own).map(|(_, key)| key).collect();
        if known.len() >= PASSKEYS_MAX {
            return None;
        }
        let (party, challenge) = (self.0.party.as_ref()?, random());
        let user = (actor.user.id, actor.user.username.as_str(), actor.user.full_name.as_str());
        let options = party.question_to_add(&challenge, user, &known);
        self.question((actor.user.id, actor.session), ADDS, &options, challenge)
    }

    /// Adds the passkey of an answer under a name.
    pub async fn add(
        &self,
        actor: &Actor,
        name: &str,
        answer: &str,
        expected: &str,
    ) -> Result<(), Refused> {
        let own = self.0.factors.of(actor.user.id).ok_or(Refused::Nothing)?;
        let party = self.0.party.as_ref().ok_or(Refused::Nothing)?;
        let asked = (actor.user.id, actor.session);
        let (question, challenge) = self.expected(asked, ADDS, expected).ok_or(Refused::Stale)?;
        let answer: Answer = serde_json::from_str(answer).map_err(|_| Refused::Stale)?;
        let key = party.added(&challenge, &answer).ok_or(Refused::Stale)?;
        if !self.is_first(question) {
            return Err(Refused::Stale);
        }
        if own.passkeys.len() >= PASSKEYS_MAX {
            return Err(Refused::Nothing);
        }
        let change = Change::AddPasskey {
            name: named(name, own.passkeys.len()),
            credential: key.id.clone().into_bytes(),
            key: serde_json::to_value(&key).expect("plain data"),
        };
        self.0.factors.change(actor, change).await
    }

    /// Takes one of the actor's passkeys away.
    pub async fn remove(&self, actor: &Actor, id: i64) -> Result<(), Refused> {
        self.0.factors.change(actor, Change::RemovePasskey(id)).await
    }

    /// The question whose answer signs somebody in whose password was right; none when they have no passkey.
    pub fn question_to_sign_in(&self, halfway: &Halfway) -> Option<Question> {
        let own = self.0.factors.of(halfway.user)?;
        let known: Vec<Key> = keys(&own).map(|(_, key)| key).collect();
        if known.is_empty() {
            return None;
        }
        let (party, challenge) = (self.0.party.as_ref()?, random());
        let options = party.question_to_sign_in(&challenge, &known);
        self.question((halfway.user, halfway.session), SIGNS_IN, &options, challenge)
    }

    /// Signs somebody in whose passkey answers as expected.
    pub async fn sign_in(
        &self,
        step: &SecondStep<'_>,
        halfway: Halfway,
        answer: &str,
        expected: &str,
    ) -> Result<NewSession, NotSignedIn> {
        step.look(&halfway)?;
        let answered = match self.answered(&halfway, answer, expected) {
            Answered::By(id, counter) if counter > 0 => self.asked(&halfway, id, counter).await,
            answered => answered,
        };
        match answered {
            Answered::By(id, counter) => {
                step.finish(halfway.counted(counter), Second::Passkey(id)).await
            }
            Answered::Copied(name) => {
                self.0.factors.note_copied(&halfway, &name).await;
                Err(step.refuse(&halfway))
            }
            Answered::Not => Err(step.refuse(&halfway)),
        }
    }

    fn answered(&self, halfway: &Halfway, answer: &str, expected: &str) -> Answered {
        let signed = || {
            let own = self.0.factors.of(halfway.user)?;
            let asked = (halfway.user, halfway.session);
            let (question, challenge) = self.expected(asked, SIGNS_IN, expected)?;
            let answer: Answer = serde_json::from_str(answer).ok()?;
            // One that was removed meanwhile opens nothing.
            let (ids, known): (Vec<i64>, Vec<Key>) = keys(&own).unzip();
            let (place, counter) = self.0.party.as_ref()?.signed(&challenge, &answer, &known)?;
            // Only what is right is remembered: nonsense takes nobody's room.
            if !self.is_first(question) {
                return None;
            }
            Some((own, ids[place], known[place].counter, counter))
        };
        let Some((own, id, known, counter)) = signed() else { return Answered::Not };
        if self.count(id, known, counter) {
            return Answered::By(id, counter);
        }
        Answered::Copied(called(&own, id))
    }

    /// Asks the database whether another node was shown a count before this one could know of it.
    async fn asked(&self, halfway: &Halfway, id: i64, counter: u32) -> Answered {
        if self.0.factors.counts_first(id, counter).await {
            return Answered::By(id, counter);
        }
        let own = self.0.factors.of(halfway.user);
        Answered::Copied(own.map(|own| called(&own, id)).unwrap_or_default())
    }

    /// Whether a count rises above what the directory and this node know; it is known from now on.
    fn count(&self, id: i64, known: u32, counter: u32) -> bool {
        let mut counters = self.0.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let here = counters.get(&id).copied().unwrap_or_default();
        let known = here.max(known);
        if !rises(known, counter) {
            return false;
        }
        if counter > 0 {
            // By then the directory has had those before.
            if counters.len() >= COUNTERS_MAX {
                counters.clear();
            }
            counters.insert(id, counter);
        }
        true
    }

    fn question(
        &self,
        (user, session): (i64, [u8; 16]),
        usage: &str,
        options: &impl Serialize,
        challenge: [u8; CHALLENGE_BYTES],
    ) -> Option<Question> {
        let node = self.0.factors.node();
        let expected = Expected { user, session, at: node.clock.now(), challenge };
        let text = serde_json::to_vec(&expected).ok()?;
        let sealed = node.keys().seal_as(Purpose::Session, usage, &text)?;
        let options = serde_json::to_string(options).ok()?;
        Some(Question { options, expected: URL_SAFE_NO_PAD.encode(sealed) })
    }

    /// What was expected of a user in a session, if that was not long ago, with what it is remembered by.
    fn expected(
        &self,
        (user, session): (i64, [u8; 16]),
        usage: &str,
        sealed: &str,
    ) -> Option<(u64, [u8; CHALLENGE_BYTES])> {
        let node = self.0.factors.node();
        let text = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let text = node.keys().open_as(Purpose::Session, usage, &text)?;
        let expected: Expected = serde_json::from_slice(&text).ok()?;
        let in_time = node.clock.now() <= expected.at + CODE_WITHIN;
        let is_own = expected.user == user && expected.session == session;
        (is_own && in_time).then(|| (hash(&text), expected.challenge))
    }

    /// Whether no answer to a question was taken here.
    fn is_first(&self, question: u64) -> bool {
        self.0.taken.is_first(question, self.0.factors.node().clock.now(), CODE_WITHIN)
    }
}

/// What its owner calls a passkey.
fn called(own: &Factors, id: i64) -> String {
    let named = own.passkeys.iter().find(|passkey| passkey.id == id);
    named.map(|passkey| passkey.name.clone()).unwrap_or_default()
}

/// Those that can be read, with their row ids.
fn keys(own: &Factors) -> impl Iterator<Item = (i64, Key)> {
    let key = |passkey: &crate::node::factors::Passkey| {
        Some((passkey.id, serde_json::from_value(passkey.key.clone()).ok()?))
    };
    own.passkeys.iter().filter_map(key)
}

/// A name as it is kept.
fn named(typed: &str, known: usize) -> String {
    let name: String = typed.trim().chars().filter(|sign| !sign.is_control()).collect();
    match name.chars().take(NAME_CHARS_MAX).collect::<String>() {
        name if name.is_empty() => format!("Passkey {}", known + 1),
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passkey_always_has_a_name() {
        assert_eq!(named("  Work\tphone ", 0), "Workphone");
        assert_eq!(named(" \n", 2), "Passkey 3");
        assert_eq!(named(&"é".repeat(99), 0).chars().count(), NAME_CHARS_MAX);
    }
}
