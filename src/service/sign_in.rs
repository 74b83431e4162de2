//! Signing in: the same work and the same answer for known and unknown names, and growing delays.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::password_policy::PasswordPolicy;
use super::passwords::HashPool;
use super::results::{Actor, Through};
use super::waiting::{Attempt, Waiting, address_hash, hash, school_hash};
use crate::admission::{Limit, Redeemed};
use crate::domain::access::{OrganisationKind, Permission, Permissions};
use crate::domain::hex::hex;
use crate::node::Node;
use crate::node::directory::{Directory, User};
use crate::node::journal::{Kind, Record, Second};
use crate::node::keys::random;
use crate::telemetry::Hidden;
use crate::telemetry::service::{ServiceMetrics, SignInOutcome};

/// Longest password that is looked at, in bytes.
const PASSWORD_BYTES_MAX: usize = 1024;
/// Turns that unknown names of one address have together: as many as make a wait tell nobody whether a
/// name is known, and far fewer than there are schools.
const TURNS_OF_UNKNOWN: u64 = 64;

/// A session that has just begun.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Who acts, and for whom.
    pub actor: Actor,
    /// When it began.
    pub at: Timestamp,
    /// Another password is asked for before anything else.
    pub must_change: bool,
    /// It came through the identity service: no password was asked for.
    pub by_service: bool,
    /// What roles cover at the identity service, of a session that came through it and hangs on them.
    pub covers: Option<Permissions>,
}

/// What a right password opens.
#[derive(Clone, Debug)]
pub enum Entered {
    /// A session.
    Session(NewSession),
    /// The question for something beside the password; the session begins with the answer. With what the
    /// journal is to hold then.
    Halfway(NewSession, Box<Record>),
}

/// Why nobody was signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSignedIn {
    /// Wrong name or password, or an account that may not.
    Refused,
    /// Too many wrong passwords for this name: so long must pass.
    Delayed(Duration),
    /// Too many people are signing in.
    Busy,
    /// Somebody has signed in with this place in the queue already.
    Used,
}

/// What signing in needs of a node.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// What the node knows, and its journal.
    pub node: &'a Node,
    /// The hashing threads.
    pub pool: &'a HashPool,
    /// The waiting room, with the limits against guessing.
    pub waiting: &'a Waiting,
    /// When passwords end.
    pub policy: &'a PasswordPolicy,
    /// What is counted.
    pub metrics: &'a ServiceMetrics,
    /// Whether second factors can be asked for.
    pub asks_more: bool,
}

/// What somebody sent to sign in.
#[derive(Clone, Debug)]
pub struct Typed {
    /// Email address as typed.
    pub username: String,
    /// Password.
    pub password: Hidden<String>,
    /// Address of the client.
    pub address: Option<IpAddr>,
    /// Hash of the school for which somebody has signed in from this device.
    pub known_school: Option<u64>,
    /// Browser and system.
    pub device: String,
}

/// A password that may be tried: what is known of the account, and how limits and turns know the try.
#[derive(Debug)]
pub struct Try {
    directory: Arc<Directory>,
    known: Option<Arc<User>>,
    password: Hidden<String>,
    limit: Limit,
    of_name: u64,
    turn: u64,
    record: Record,
}

impl SignIn<'_> {
    /// Whether a password may be tried now, before anything is spent on it. Whether there is such an account
    /// makes no difference. Otherwise the time to wait.
    pub fn prepare(&self, typed: Typed) -> Result<Try, Duration> {
        let directory = self.node.directory();
        let name = typed.username.trim().to_lowercase();
        let known = directory.user_named(&name).map(Arc::clone);
        let organisations = || known.iter().flat_map(|user| user.memberships.iter());
        let schools = || organisations().map(|(organisation, _)| school_hash(*organisation));
        let of_name = hash(name.as_bytes());
        let own_device = typed.known_school.is_some_and(|known| schools().any(|s| s == known));
        let limit = if own_device { Limit::Device } else { Limit::Account };
        let address = typed.address.map_or(0, address_hash);
        let turn = schools().min().unwrap_or(address.wrapping_add(of_name % TURNS_OF_UNKNOWN));
        let mut record = Record::new(self.node.clock.now(), Kind::Refused);
        record.user = known.as_ref().map(|user| user.id);
        record.address = typed.address;
        record.device = typed.device;
        let password = typed.password;
        let this = Try { directory, known, password, limit, of_name, turn, record };
        self.look(&this).map(|()| this)
    }

    /// Signs somebody in with a pass of the waiting room, and journals it before anybody is told.
    pub async fn begin(&self, this: Try, attempt: &mut Attempt) -> Result<Entered, NotSignedIn> {
        // An impossible password costs the same work and is never right.
        let possible = this.password.expose().len() <= PASSWORD_BYTES_MAX;
        let usable = this.known.as_ref().filter(|_| possible);
        let stored = usable.map(|user| user.password_hash.expose().as_str());
        let Ok(checked) = self.pool.verify(this.turn, this.password.clone(), stored).await else {
            attempt.waited_in_vain();
            self.metrics.signed_in(SignInOutcome::Busy);
            return Err(NotSignedIn::Busy);
        };
        attempt.hashed(checked.took);
        let allowed = usable.filter(|user| checked.right && user.active);
        match allowed.and_then(|user| self.session(user, &this.directory, None)) {
            Some(session) => self.succeed(session, attempt, this).await,
            None => Err(self.refuse(&this)),
        }
    }

    /// The session of somebody whose password is right. Whether it has ended is decided here and never later:
    /// nobody is stopped in the middle of their work.
    fn session(
        &self,
        user: &Arc<User>,
        directory: &Directory,
        through: Option<Through>,
    ) -> Option<NewSession> {
        let at = self.node.clock.now();
        let must_change = self.policy.asks_for_another(self.node, directory, user.id);
        let covers = through.map(|through| through.covers);
        let (actor, by_service) = (acting(user, directory, at, through)?, false);
        Some(NewSession { actor, at, must_change, by_service, covers })
    }

    /// Signs somebody in whom the identity service knows, with a pass of the waiting room: they wait their turn
    /// as all do, and no password is hashed. One who has a second factor here is asked for it unless the
    /// service was as sure.
    pub async fn begin_known(
        &self,
        known: (&Arc<User>, bool, Option<Through>),
        attempt: &Attempt,
        mut record: Record,
    ) -> Result<Entered, NotSignedIn> {
        let (user, strong, through) = known;
        let directory = self.node.directory();
        let allowed = Some(user).filter(|user| user.active);
        let Some(session) = allowed.and_then(|user| self.session(user, &directory, through)) else {
            self.metrics.signed_in(SignInOutcome::Refused);
            return Err(NotSignedIn::Refused);
        };
        // No password was asked for, so none has to be changed.
        let session = NewSession { must_change: false, by_service: true, ..session };
        let school = school_hash(session.actor.organisation.id);
        let redeemed = attempt.redeem(Some(school), session.actor.session, record.at).await;
        if redeemed == Redeemed::Again {
            self.metrics.signed_in(SignInOutcome::Refused);
            return Err(NotSignedIn::Used);
        }
        began(&mut record, &session, attempt);
        if !strong && self.asks_more && directory.factors(user.id).is_some() {
            return Ok(Entered::Halfway(session, Box::new(record)));
        }
        record.second = Some(Second::Service);
        self.metrics.signed_in(SignInOutcome::Accepted);
        let _counted = self.node.journal.append_synced(&record).await;
        Ok(Entered::Session(session))
    }

    /// Whether the name must wait for its next try.
    fn look(&self, this: &Try) -> Result<(), Duration> {
        let now = self.waiting.tick();
        self.waiting.limits().look(this.limit, this.of_name, now).map_err(|slow| {
            self.waiting.metrics().limited(slow.limit.label());
            self.metrics.signed_in(SignInOutcome::Delayed);
            slow.wait
        })
    }

    fn refuse(&self, this: &Try) -> NotSignedIn {
        let tried = self.waiting.limits().check(this.limit, this.of_name, self.waiting.tick());
        // A full journal is counted by the journal itself; the answer stays the same.
        let _counted = self.node.journal.append(&this.record);
        // Beyond the limit a wrong password is answered as a right one is, also when many come at once: else
        // the answer would tell which of them was right.
        if let Err(slow) = tried {
            self.waiting.metrics().limited(slow.limit.label());
            self.metrics.signed_in(SignInOutcome::Delayed);
            return NotSignedIn::Delayed(slow.wait);
        }
        self.metrics.signed_in(SignInOutcome::Refused);
        NotSignedIn::Refused
    }

    async fn succeed(
        &self,
        session: NewSession,
        attempt: &Attempt,
        this: Try,
    ) -> Result<Entered, NotSignedIn> {
        // Many guesses at once do not get more tries than one after the other.
        self.look(&this).map_err(NotSignedIn::Delayed)?;
        let school = school_hash(session.actor.organisation.id);
        let redeemed = attempt.redeem(Some(school), session.actor.session, this.record.at).await;
        if redeemed == Redeemed::Again {
            self.metrics.signed_in(SignInOutcome::Refused);
            return Err(NotSignedIn::Used);
        }
        // What strangers have tried is not forgiven: its owner, who is in, comes from a known device from now on.
        if this.limit == Limit::Device {
            self.waiting.limits().forget(this.limit, this.of_name);
        }
        let mut record = this.record;
        began(&mut record, &session, attempt);
        if self.asks_more && this.directory.factors(session.actor.user.id).is_some() {
            return Ok(Entered::Halfway(session, Box::new(record)));
        }
        self.metrics.signed_in(SignInOutcome::Accepted);
        let _counted = self.node.journal.append_synced(&record).await;
        Ok(Entered::Session(session))
    }
}

/// What the journal is to hold of a session that begins.
fn began(record: &mut Record, session: &NewSession, attempt: &Attempt) {
    record.kind = Kind::SignedIn;
    record.user = Some(session.actor.user.id);
    record.organisation = Some(session.actor.organisation.id);
    record.session = hex(&session.actor.session[..8]);
    record.place = Some(attempt.place());
    record.waited = attempt.wait().map(|wait| (wait.seconds, wait.late));
    record.queue = Some(attempt.queue());
    record.whole_session = Some(session.actor.session);
}

/// Journals that somebody ended their session.
pub fn sign_out(node: &Node, actor: &Actor) {
    let mut record = Record::new(node.clock.now(), Kind::SignedOut);
    record.user = Some(actor.user.id);
    record.organisation = Some(actor.organisation.id);
    record.session = hex(&actor.session[..8]);
    record.whole_session = Some(actor.session);
    let _counted = node.journal.append(&record);
}

/// As whom somebody begins: their first membership, or the one for which they come.
fn acting(
    user: &Arc<User>,
    directory: &Directory,
    now: Timestamp,
    through: Option<Through>,
) -> Option<Actor> {
    // The membership that opens most comes first.
    let rank = |(organisation, permissions): &(i64, Permissions)| {
        let kind = directory.organisation(*organisation).map(|o| o.kind);
        (!permissions.has(Permission::User), kind != Some(OrganisationKind::School), *organisation)
    };
    let wanted = |(id, _): &(i64, Permissions)| through.is_none_or(|t| t.organisation == *id);
    let (organisation, own) = user.organisations(now).filter(wanted).min_by_key(rank)?;
    let permissions = through.map_or(own, |through| own.and(through.covers));
    Some(Actor {
        session: random(),
        user: Arc::clone(user),
        organisation: Arc::clone(directory.organisation(organisation)?),
        permissions,
    })
}
