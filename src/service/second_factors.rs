//! Second factors: who must have one, setting it up, and taking it away.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::passwords::{Busy, HashPool};
use super::results::Actor;
use super::second_step::Halfway;
use super::totp;
use super::waiting::{Waiting, hash, school_hash};
use crate::admission::Limit;
use crate::clock::machine_now;
use crate::domain::access::OrganisationKind;
use crate::domain::calendar::{Audience, day, instant_in_words};
use crate::node::Node;
use crate::node::directory::Directory;
use crate::node::factors::{ColumnKeys, Factors};
use crate::node::keys::{Purpose, random};
use crate::store::Store;
use crate::store::factors::{
    Change, ChangeFactors, CodeUsed, CountPasskey, NewCodes, PasskeyCopied, UseCode,
};
use crate::telemetry::{Hidden, chain};

mod codes;
mod used;

pub use codes::{RECOVERY_CODES, readable, tidy};
use used::CodesUsed;

/// What a secret that is not kept yet is sealed for.
const USAGE: &str = " new secret";
/// For so long it can be confirmed.
const CONFIRM_WITHIN: jiff::SignedDuration = jiff::SignedDuration::from_mins(60);

/// Second factors of people. Clones share them.
#[derive(Clone, Debug)]
pub struct SecondFactors(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    node: Node,
    store: Store,
    /// The database as the node: what it counts is its own to write.
    counts: Store,
    keys: ColumnKeys,
    /// Kinds of organisations whose people must have one, beside the staff.
    compulsory: Vec<OrganisationKind>,
    used: CodesUsed,
}

/// Why a change was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The code is not that of the secret.
    Code,
    /// The password is not right.
    Password,
    /// Too many wrong ones: so long must pass.
    Delayed(std::time::Duration),
    /// The form is too old, or of somebody else.
    Stale,
    /// The database does not answer, or no hashing thread has time.
    Away,
    /// There is nothing to change.
    Nothing,
}

impl SecondFactors {
    /// The stores are the database as the role that serves users, and as the node.
    pub fn new(
        node: Node,
        (store, counts): (Store, Store),
        keys: ColumnKeys,
        compulsory: Vec<OrganisationKind>,
    ) -> Self {
        let used = CodesUsed::of(&node.journal);
        Self(Arc::new(Inner { node, store, counts, keys, compulsory, used }))
    }

    /// Whether this service has second factors at all.
    pub fn are_offered(&self) -> bool {
        self.0.keys.are_there()
    }

    /// What a user signs in with beside the password. Nothing where no key would open it.
    pub fn of(&self, user: i64) -> Option<Arc<Factors>> {
        let directory = self.0.node.directory();
        directory.factors(user).filter(|_| self.are_offered()).map(Arc::clone)
    }

    /// Whether the actor may do nothing else before they have one.
    pub fn must_set_up(&self, actor: &Actor) -> bool {
        self.is_obliged(actor) && self.of(actor.user.id).is_none() && self.rest_ends().is_none()
    }

    /// The day from which the actor may do nothing else before they have one, when that is not today.
    pub fn must_set_up_from(&self, actor: &Actor) -> Option<Date> {
        let lacks = self.is_obliged(actor) && self.of(actor.user.id).is_none();
        self.rest_ends().filter(|_| lacks)
    }

    /// Whether the actor must have one.
    pub fn is_obliged(&self, actor: &Actor) -> bool {
        let kind = actor.organisation.kind;
        let compulsory = kind == OrganisationKind::Staff || self.0.compulsory.contains(&kind);
        compulsory && self.are_offered()
    }

    /// From the day before results until the end of their day nobody is held up by a set-up: the day after.
    fn rest_ends(&self) -> Option<Date> {
        let results = day(self.0.node.plan().times()?.of(Audience::School));
        let today = day(self.0.node.clock.now());
        let rests = today >= results.checked_sub(1.day()).ok()? && today <= results;
        if rests { results.checked_add(1.day()).ok() } else { None }
    }

    /// A secret for an app, and the text of the hidden field that brings it back.
    pub fn new_secret(&self, actor: &Actor) -> (Hidden<Vec<u8>>, String) {
        let secret = random::<{ totp::SECRET_BYTES }>();
        (Hidden::new(secret.to_vec()), self.seal_secret(actor, &secret))
    }

    fn seal_secret(&self, actor: &Actor, secret: &[u8]) -> String {
        let at = self.0.node.clock.now().as_millisecond().to_be_bytes();
        let text = [&actor.user.id.to_be_bytes(), at.as_slice(), secret].concat();
        let sealed = self.0.node.keys().seal_as(Purpose::Session, USAGE, &text);
        sealed.map(|sealed| totp::base32(&sealed)).unwrap_or_default()
    }

    /// The secret of a hidden field of the actor's own.
    pub fn secret_of(&self, actor: &Actor, field: &str) -> Option<Hidden<Vec<u8>>> {
        let sealed = codes::from_base32(field)?;
        let text = self.0.node.keys().open_as(Purpose::Session, USAGE, &sealed)?;
        let (user, rest) = text.split_first_chunk::<8>()?;
        let (at, secret) = rest.split_first_chunk::<8>()?;
        let at = Timestamp::from_millisecond(i64::from_be_bytes(*at)).ok()?;
        let is_own = i64::from_be_bytes(*user) == actor.user.id;
        let in_time = self.0.node.clock.now() <= at + CONFIRM_WITHIN;
        (is_own && in_time).then(|| Hidden::new(secret.to_vec()))
    }

    /// Keeps a secret whose code the actor's app shows, in place of any before. Gives new recovery codes.
    pub async fn set_up(
        &self,
        actor: &Actor,
        secret: &Hidden<Vec<u8>>,
        typed: &str,
    ) -> Result<Vec<String>, Refused> {
        let user = actor.user.id;
        let step = totp::step_typed(secret.expose(), &tidy(typed), machine_now().as_second());
        let step = step.ok_or(Refused::Code)?;
        let sealed = self.0.keys.seal(user, secret.expose()).ok_or(Refused::Away)?;
        let (shown, codes) = self.new_codes(user).ok_or(Refused::Away)?;
        self.change(actor, Change::Authenticator(Hidden::new(sealed), step, codes)).await?;
        // The code that was just shown is not one to sign in with: other nodes hear that with the secret.
        self.0.used.begin_anew(user);
        self.0.used.use_step(user, step);
        Ok(shown)
    }

    /// Makes new recovery codes in place of those before.
    pub async fn renew_codes(&self, actor: &Actor) -> Result<Vec<String>, Refused> {
        let (shown, codes) = self.new_codes(actor.user.id).ok_or(Refused::Away)?;
        self.of(actor.user.id).ok_or(Refused::Nothing)?;
        self.change(actor, Change::RecoveryCodes(codes)).await?;
        Ok(shown)
    }

    /// Takes every second factor of the actor away.
    pub async fn remove_all(&self, actor: &Actor) -> Result<(), Refused> {
        self.change(actor, Change::RemoveAll).await
    }

    fn new_codes(&self, user: i64) -> Option<(Vec<String>, NewCodes)> {
        let shown: Vec<String> = (0..RECOVERY_CODES).map(|_| codes::new()).collect();
        let hashes = shown.iter().map(|code| self.0.keys.hash(user, &tidy(code)));
        let hashes: Option<Vec<Vec<u8>>> = hashes.collect();
        let key_name = self.0.keys.newest()?.to_owned();
        hashes.map(|hashes| (shown, NewCodes { hashes, key_name }))
    }

    pub(super) async fn change(&self, actor: &Actor, change: Change) -> Result<(), Refused> {
        let now = self.0.node.clock.now();
        let work = ChangeFactors {
            user: actor.user.id,
            username: actor.user.username.clone(),
            full_name: actor.user.full_name.clone(),
            organisation: actor.organisation.id,
            change,
            now,
            when: instant_in_words(now),
        };
        let before = self.0.node.directory().factors(actor.user.id).map(Arc::clone);
        match self.0.store.run(now, &work).await {
            Ok(true) => {
                let now_is = |d: &Arc<Directory>| d.factors(actor.user.id) != before.as_ref();
                self.0.node.directory_shows(now_is).await;
                Ok(())
            }
            Ok(false) => Err(Refused::Nothing),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "second factors are out of reach");
                Err(Refused::Away)
            }
        }
    }

    /// Whether the actor's password is right: asked again before a factor is changed or taken away.
    pub async fn ask_password(
        &self,
        actor: &Actor,
        password: Hidden<String>,
        (pool, waiting): (&HashPool, &Waiting),
    ) -> Result<(), Refused> {
        let (limits, key) = (waiting.limits(), hash(actor.user.username.as_bytes()));
        let slow = |slow: crate::admission::Slow| Refused::Delayed(slow.wait);
        limits.look(Limit::Device, key, waiting.tick()).map_err(slow)?;
        let turn = school_hash(actor.organisation.id);
        let stored = actor.user.password_hash.expose();
        match pool.verify(turn, password, Some(stored)).await {
            Ok(checked) if checked.right => Ok(()),
            Ok(_) => {
                limits.check(Limit::Device, key, waiting.tick()).map_err(slow)?;
                Err(Refused::Password)
            }
            Err(Busy) => Err(Refused::Away),
        }
    }

    /// Whether a typed code is one of a user's that was not used yet; it is used from now on.
    pub(super) fn use_code(&self, user: i64, typed: &str) -> Option<crate::node::journal::Second> {
        use crate::node::journal::Second;
        let factors = self.of(user)?;
        let typed = tidy(typed);
        if typed.len() == 6 && typed.bytes().all(|byte| byte.is_ascii_digit()) {
            let secret = self.0.keys.open(user, factors.secret.as_ref()?)?;
            let step = totp::step_typed(&secret, &typed, machine_now().as_second())?;
            let is_newer = factors.confirmed.is_none_or(|confirmed| step > confirmed);
            return (is_newer && self.0.used.use_step(user, step)).then_some(Second::Code(step));
        }
        let is_it = |of: &&(i64, Vec<u8>)| self.0.keys.is_hash(user, &typed, &of.1);
        let (id, _) = factors.recovery_codes.iter().find(is_it)?;
        self.0.used.use_recovery(*id).then_some(Second::Recovery(*id))
    }

    /// Whether no other node knows of a session with this code. Without an answer in time the journals settle
    /// it afterwards.
    pub(super) async fn is_first_of_all(&self, used: CodeUsed, organisation: i64) -> bool {
        let now = self.0.node.clock.now();
        self.0.used.in_time(self.0.store.run(now, &UseCode { used, organisation })).await
    }

    /// Whether no other node was shown this count of a passkey, or a higher one. Without an answer in time the
    /// journals tell the count afterwards.
    pub(super) async fn counts_first(&self, id: i64, counter: u32) -> bool {
        let now = self.0.node.clock.now();
        self.0.used.in_time(self.0.counts.run(now, &CountPasskey { id, counter })).await
    }

    /// Somebody showed what may be a copy of a passkey: its owner and the audit are told.
    pub(super) async fn note_copied(&self, halfway: &Halfway, passkey: &str) {
        let (node, now) = (&self.0.node, self.0.node.clock.now());
        let directory = node.directory();
        let Some(user) = directory.user(halfway.user) else { return };
        let work = PasskeyCopied {
            user: (user.username.clone(), user.full_name.clone()),
            organisation: halfway.organisation,
            passkey: passkey.to_owned(),
            now,
            when: instant_in_words(now),
        };
        if let Err(error) = self.0.store.run(now, &work).await {
            tracing::warn!(error = %chain(&error), "a copied passkey is told to nobody");
        }
    }

    /// The secret of a user as their app would have it, for the pages that show it.
    pub fn address_of(&self, actor: &Actor, secret: &[u8]) -> String {
        let label = |text: &str| text.replace('%', "%25").replace('?', "%3F").replace(' ', "%20");
        let username = label(&actor.user.username);
        let secret = totp::base32(secret);
        format!("otpauth://totp/Daybreak:{username}?secret={secret}&issuer=Daybreak")
    }

    /// What the node knows.
    pub(super) fn node(&self) -> &Node {
        &self.0.node
    }
}
