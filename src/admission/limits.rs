//! Limits against those who try too much: by account, device, organisation and address.
//!
//! They are for behaviour that no person shows. A whole authority behind one address stays far below
//! them, and an address is never looked at for a password.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::moment::Tick;

/// Keys that one step of a limit remembers; a key takes some thirty bytes.
pub(super) const KEYS_MAX: usize = 131_072;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Wrong passwords for one name, whether there is such an account or not.
    Account,
    /// The same from devices that have signed in for the account's organisation. It takes the place of
    /// [`Limit::Account`], so that strangers who guess do not keep the owner out.
    Device,
    /// Wrong second factors of one user, whose password was right. Names that anybody types have no room in it.
    Code,
    /// Exports of one organisation.
    Organisation,
    /// New places in the queue for one address prefix.
    Address,
    /// Emails with a link for one name, whether there is such an account or not.
    Letters,
    /// Requests that end in emails, for one address prefix.
    LettersOfAddress,
}

/// So many uses at once, and one more in each period.
#[derive(Clone, Copy, Debug)]
struct Step {
    burst: u32,
    period: Duration,
}

/// The six tries of a pass, and ten in any hour, however many places they come from. Never a lock: the next try
/// is at most a quarter of an hour away, and another password can be set by email.
const STRANGERS: [Step; 1] = [Step { burst: 6, period: Duration::from_mins(15) }];
/// Nobody mistypes ten times; whoever goes on is down to four tries an hour in the end.
const COLLEAGUES: [Step; 3] = [
    Step { burst: 10, period: Duration::from_secs(10) },
    Step { burst: 20, period: Duration::from_mins(1) },
    Step { burst: 40, period: Duration::from_mins(15) },
];
/// Four people of one organisation who each ask a hundred times a second, which nobody is slowed below.
const EXPORTS: [Step; 1] = [Step { burst: 800, period: Duration::from_micros(2_500) }];
/// An authority's 600 schools, each with several people and tabs, in the same minute.
const PLACES: [Step; 1] = [Step { burst: 5_000, period: Duration::from_millis(20) }];

/// Nobody needs more links than this; a mailbox that somebody else wants to fill stays readable.
const LETTERS: [Step; 1] = [Step { burst: 3, period: Duration::from_mins(10) }];
/// A hundred people of an authority's schools in the same minute, and ten more each minute.
const LETTERS_OF_ADDRESS: [Step; 1] = [Step { burst: 100, period: Duration::from_secs(6) }];

impl Limit {
    /// Every limit, in order.
    pub const ALL: [Self; 7] = [
        Self::Account,
        Self::Device,
        Self::Code,
        Self::Organisation,
        Self::Address,
        Self::Letters,
        Self::LettersOfAddress,
    ];

    /// What must all hold: delays grow from step to step.
    const fn steps(self) -> &'static [Step] {
        match self {
            Self::Account | Self::Code => &STRANGERS,
            Self::Device => &COLLEAGUES,
            Self::Organisation => &EXPORTS,
            Self::Address => &PLACES,
            Self::Letters => &LETTERS,
            Self::LettersOfAddress => &LETTERS_OF_ADDRESS,
        }
    }

    /// The word of the metric's label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Device => "device",
            Self::Code => "code",
            Self::Organisation => "organisation",
            Self::Address => "address",
            Self::Letters => "letters",
            Self::LettersOfAddress => "letters_of_address",
        }
    }
}

/// Too much: which limit, and when the next use is earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slow {
    /// The limit.
    pub limit: Limit,
    /// Time to wait.
    pub wait: Duration,
}

/// The time that callers have told; limits never read a clock.
#[derive(Clone, Debug, Default)]
struct Told(Arc<AtomicU64>);

impl Told {
    fn tell(&self, now: Tick) {
        let nanos = u64::try_from(now.since_start().as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_max(nanos, Ordering::Relaxed);
    }
}

impl Clock for Told {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// A key, and whether the use is counted or only thought of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Use {
    Counted(u64),
    ThoughtOf(u64),
}

/// The keys of one step: a bounded number, which can also be looked at and forgotten.
#[derive(Clone, Debug, Default)]
struct Keys(Arc<Mutex<HashMap<u64, Nanos>>>);

impl Keys {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Nanos>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is no room for a key that is not there yet.
    fn has_no_room(&self, key: u64) -> bool {
        let keys = self.lock();
        keys.len() >= KEYS_MAX && !keys.contains_key(&key)
    }
}

impl StateStore for Keys {
    type Key = Use;

    fn measure_and_replace<T, F, E>(&self, of: &Use, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let (Use::Counted(key) | Use::ThoughtOf(key)) = *of;
        let mut keys = self.lock();
        let (outcome, next) = measure(keys.get(&key).copied())?;
        if let Use::Counted(key) = *of {
            keys.insert(key, next);
        }
        Ok(outcome)
    }
}

impl ShrinkableKeyedStateStore<Use> for Keys {
    fn retain_recent(&self, drop_below: Nanos) {
        self.lock().retain(|_, earned_back| *earned_back > drop_below);
    }

    fn shrink_to_fit(&self) {
        self.lock().shrink_to_fit();
    }

    fn len(&self) -> usize {
        self.lock().len()
    }

    fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }
}

type Limiter = RateLimiter<Use, Keys, Told, NoOpMiddleware<Duration>>;

/// One step of a limit with what it remembers.
#[derive(Debug)]
struct Kept {
    keys: Keys,
    limiter: Limiter,
    /// When it was full and was last searched for keys to forget, in seconds.
    searched: AtomicU64,
}

impl Kept {
    fn new(step: Step, told: &Told) -> Self {
        let burst = NonZeroU32::new(step.burst).expect("bursts are not zero");
        let quota = Quota::with_period(step.period).expect("periods are not zero");
        let keys = Keys::default();
        let limiter = RateLimiter::new(quota.allow_burst(burst), keys.clone(), told.clone());
        Self { keys, limiter, searched: AtomicU64::new(0) }
    }

    /// Whether a key can be remembered, after a search for some to forget where that is needed.
    fn has_room(&self, key: u64, second: u64) -> bool {
        // Searching costs about a millisecond: a flood may not buy more than one a second.
        if self.keys.has_no_room(key) && self.searched.swap(second, Ordering::Relaxed) != second {
            self.limiter.retain_recent();
        }
        !self.keys.has_no_room(key)
    }
}

/// All limits of a node. Keys are hashes that the caller makes, so that no name is kept here.
#[derive(Debug)]
pub struct Limits {
    told: Told,
    kept: [Vec<Kept>; Limit::ALL.len()],
    /// Uses that were not counted because a limit could remember no more keys.
    forgone: AtomicU64,
}

impl Default for Limits {
    fn default() -> Self {
        let told = Told::default();
        let kept = Limit::ALL
            .map(|limit| limit.steps().iter().map(|step| Kept::new(*step, &told)).collect());
        Self { told, kept, forgone: AtomicU64::new(0) }
    }
}

impl Limits {
    /// Whether one more use would be too much. Counts nothing.
    pub fn look(&self, limit: Limit, key: u64, now: Tick) -> Result<(), Slow> {
        self.told.tell(now);
        let until = |kept: &Kept| {
            let not_until = kept.limiter.check_key(&Use::ThoughtOf(key)).err()?;
            Some(not_until.earliest_possible())
        };
        match self.kept[limit as usize].iter().filter_map(until).max() {
            None => Ok(()),
            Some(until) => Err(Slow { limit, wait: until.duration_since(self.told.now()).into() }),
        }
    }

    /// Counts one use, unless it is too much.
    pub fn check(&self, limit: Limit, key: u64, now: Tick) -> Result<(), Slow> {
        self.look(limit, key, now)?;
        let second = self.told.now().as_secs();
        for kept in &self.kept[limit as usize] {
            if kept.has_room(key, second) {
                // Somebody else may have been first since the look: then their use is the one that counts.
                let _counted = kept.limiter.check_key(&Use::Counted(key));
            } else {
                // Full of keys that are all recent: a flood of names. Honest users must not pay for it.
                self.forgone.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// Forgives everything that was counted for a key.
    pub fn forget(&self, limit: Limit, key: u64) {
        for kept in &self.kept[limit as usize] {
            kept.keys.lock().remove(&key);
        }
    }

    /// Forgets keys that have earned everything back. Call it about once a minute.
    pub fn prune(&self, now: Tick) {
        self.told.tell(now);
        for kept in self.kept.iter().flatten() {
            kept.limiter.retain_recent();
            kept.limiter.shrink_to_fit();
        }
    }

    /// Keys that a limit remembers.
    pub fn keys(&self, limit: Limit) -> usize {
        self.kept[limit as usize].iter().map(|kept| kept.limiter.len()).max().unwrap_or(0)
    }

    /// Uses that were not counted for want of memory.
    pub fn forgone(&self) -> u64 {
        self.forgone.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
#[path = "tests/limits.rs"]
mod tests;
