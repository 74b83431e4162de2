//! The second step of signing in: what is known between password and code, and what a code opens.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::password_policy::PasswordPolicy;
use super::results::Actor;
use super::second_factors::SecondFactors;
use super::sign_in::{NewSession, NotSignedIn};
use super::waiting::{Waiting, hash};
use crate::admission::Limit;
use crate::domain::access::{Permission, Permissions};
use crate::domain::hex::hex;
use crate::node::factors::Factors;
use crate::node::journal::{Kind, Record, Second};
use crate::node::keys::Purpose;
use crate::store::factors::{CodeUsed, Used};
use crate::telemetry::service::{ServiceMetrics, SignInOutcome};

/// What it is sealed for.
const USAGE: &str = " second step";
/// From the password to the code so much time may pass.
pub const CODE_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// Somebody whose password was right. It is sealed and given to their browser: no node remembers it, and
/// any of them goes on with it. The place in the queue has been used: the code needs no second one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Halfway {
    /// Row id of the user.
    pub user: i64,
    epoch: u32,
    /// Row id of the organisation that they will act for.
    pub organisation: i64,
    /// The session that will begin.
    pub(super) session: [u8; 16],
    /// When the password was right.
    at: Timestamp,
    /// Words of what roles cover at the identity service, of who came through it and hangs on them.
    #[serde(default)]
    covers: Option<Vec<String>>,
    /// They came through the identity service, with no password; one that has ended is none of its business.
    #[serde(default)]
    by_service: bool,
    /// To which browser it was given.
    visit: String,
    /// What the journal is to hold of the place in the queue.
    record: Record,
}

impl Halfway {
    /// Somebody whose password was right in the browser of this visit.
    pub fn new(session: &NewSession, record: Record, visit: &str) -> Self {
        Self {
            user: session.actor.user.id,
            epoch: session.actor.user.epoch,
            organisation: session.actor.organisation.id,
            session: session.actor.session,
            at: session.at,
            covers: session.covers.map(|all| all.iter().map(|one| one.key().to_owned()).collect()),
            by_service: session.by_service,
            visit: visit.to_owned(),
            record,
        }
    }

    /// With the count of signatures of the passkey that answers: the journal tells the database.
    pub(super) fn counted(mut self, counter: u32) -> Self {
        self.record.counter = (counter > 0).then_some(counter);
        self
    }
}

/// What the second step needs.
#[derive(Clone, Copy, Debug)]
pub struct SecondStep<'a> {
    /// Second factors, with what the node knows.
    pub factors: &'a SecondFactors,
    /// The limits against guessing.
    pub waiting: &'a Waiting,
    /// When passwords end.
    pub policy: &'a PasswordPolicy,
    /// What is counted.
    pub metrics: &'a ServiceMetrics,
}

impl SecondStep<'_> {
    /// The text of a cookie. None while the node has no key.
    pub fn seal(&self, halfway: &Halfway) -> Option<String> {
        let text = serde_json::to_vec(halfway).expect("plain data");
        let sealed = self.factors.node().keys().seal_as(Purpose::Session, USAGE, &text)?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// What a cookie holds, of this browser and not too old, with what the user can show.
    pub fn open(&self, cookie: &str, visit: &str) -> Option<(Halfway, Arc<Factors>)> {
        let node = self.factors.node();
        let sealed = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let text = node.keys().open_as(Purpose::Session, USAGE, &sealed)?;
        let halfway: Halfway = serde_json::from_slice(&text).ok()?;
        let in_time = node.clock.now() <= halfway.at + CODE_WITHIN;
        let factors = self.factors.of(halfway.user)?;
        (in_time && halfway.visit == visit).then_some((halfway, factors))
    }

    /// Signs somebody in whose code is right, and journals it before anybody is told.
    pub async fn with_code(
        &self,
        halfway: Halfway,
        typed: &str,
    ) -> Result<NewSession, NotSignedIn> {
        self.look(&halfway)?;
        match self.factors.use_code(halfway.user, typed) {
            Some(second) => self.finish(halfway, second).await,
            None => Err(self.refuse(&halfway)),
        }
    }

    /// Begins the session, for which this was shown.
    pub(super) async fn finish(
        &self,
        halfway: Halfway,
        second: Second,
    ) -> Result<NewSession, NotSignedIn> {
        // Many guesses at once do not get more tries than one after the other.
        self.look(&halfway)?;
        let node = self.factors.node();
        let Some(new) = self.session(&halfway) else { return Err(self.refuse(&halfway)) };
        let used = match second {
            Second::Code(step) => Some(Used::Step(step)),
            Second::Recovery(id) => Some(Used::Recovery(id)),
            Second::Passkey(_) | Second::Service => None,
        };
        if let Some(what) = used {
            let used = CodeUsed { user: halfway.user, what, session: halfway.session, at: new.at };
            if !self.factors.is_first_of_all(used, halfway.organisation).await {
                return Err(self.refuse(&halfway));
            }
        }
        self.waiting.limits().forget(Limit::Code, key(&halfway));
        self.metrics.signed_in(SignInOutcome::Accepted);
        let mut record = halfway.record;
        record.at = new.at;
        record.second = Some(second);
        record.session = hex(&new.actor.session[..8]);
        let _counted = node.journal.append_synced(&record).await;
        Ok(new)
    }

    /// The session, if the user may still have it.
    fn session(&self, halfway: &Halfway) -> Option<NewSession> {
        let node = self.factors.node();
        let directory = node.directory();
        let user = directory.user(halfway.user)?;
        let organisation = directory.organisation(halfway.organisation)?;
        let at = node.clock.now();
        let covered = |words: &Vec<String>| -> Permissions {
            words.iter().filter_map(|word| word.parse::<Permission>().ok()).collect()
        };
        let covers = halfway.covers.as_ref().map(covered);
        let own = user.permissions_in(organisation.id);
        let member = user.is_member(organisation.id, at);
        let stands = member && user.active && user.epoch == halfway.epoch;
        let asks = || self.policy.asks_for_another(node, &directory, user.id);
        stands.then(|| NewSession {
            actor: Actor {
                session: halfway.session,
                permissions: covers.map_or(own, |covers| own.and(covers)),
                user: Arc::clone(user),
                organisation: Arc::clone(organisation),
            },
            at,
            must_change: !halfway.by_service && asks(),
            by_service: halfway.by_service,
            covers,
        })
    }

    /// Whether the account must wait for its next code.
    pub(super) fn look(&self, halfway: &Halfway) -> Result<(), NotSignedIn> {
        let now = self.waiting.tick();
        self.waiting.limits().look(Limit::Code, key(halfway), now).map_err(|slow| {
            self.waiting.metrics().limited(slow.limit.label());
            self.metrics.signed_in(SignInOutcome::Delayed);
            NotSignedIn::Delayed(slow.wait)
        })
    }

    pub(super) fn refuse(&self, halfway: &Halfway) -> NotSignedIn {
        let key = key(halfway);
        // Nothing is put down of whoever goes on beyond the limit.
        if let Err(slow) = self.waiting.limits().check(Limit::Code, key, self.waiting.tick()) {
            self.metrics.signed_in(SignInOutcome::Delayed);
            return NotSignedIn::Delayed(slow.wait);
        }
        let mut record = Record::new(self.factors.node().clock.now(), Kind::Refused);
        record.user = Some(halfway.user);
        record.address = halfway.record.address;
        let _counted = self.factors.node().journal.append(&record);
        self.metrics.signed_in(SignInOutcome::Refused);
        NotSignedIn::Refused
    }
}

fn key(halfway: &Halfway) -> u64 {
    hash(&halfway.user.to_be_bytes())
}
