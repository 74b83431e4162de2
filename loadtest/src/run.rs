//! One run: the plan, the clock it goes by, and where everything is counted.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::body::Digest;
use crate::browser::Trust;
use crate::fault::Fault;
use crate::kind::Kind;
use crate::plan::{Plan, Visit, Wanted};
use crate::profile::Profile;
use crate::tally::Tally;

/// How long a person sleeps before looking whether the run was stopped.
const NAP: Duration = Duration::from_millis(500);

/// Why a person is gone before the end of their visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    /// They gave up. It is counted already.
    GaveUp,
    /// The run was stopped by its operator.
    Stopped,
}

/// What a file was when it came last.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    digest: Digest,
    /// `ETag` as it is, and as it is for the gzipped form.
    etags: [Option<String>; 2],
}

/// Where the server is.
#[derive(Debug)]
pub(crate) struct Place {
    /// Scheme, host and port, without a stroke at the end.
    pub(crate) base_url: String,
    /// The host's name, as the certificate has it.
    pub(crate) host: String,
    /// Its address, looked up once: a crowd of browsers does not share one computer's resolver.
    pub(crate) address: SocketAddr,
    /// Whom to trust.
    pub(crate) trust: Trust,
}

/// Everything that the people of a run share.
#[derive(Debug)]
pub(crate) struct Run {
    /// What kind of load it is.
    pub(crate) profile: Profile,
    /// Who comes when.
    pub(crate) plan: Plan,
    /// How much faster than the profile it goes.
    pub(crate) speed: f64,
    /// Where to.
    pub(crate) place: Place,
    /// When results open, in seconds of this machine's clock.
    pub(crate) opens_unix: Option<f64>,
    /// When results open, from the first arrival; zero if they were open before.
    pub(crate) opening: Duration,
    /// The moment of the first arrival.
    pub(crate) started: Instant,
    next: AtomicUsize,
    tally: Mutex<Tally>,
    seen: Mutex<HashMap<(usize, Wanted), Seen>>,
}

impl Run {
    /// A run whose first person arrives at `started`.
    pub(crate) fn new(
        (profile, plan): (Profile, Plan),
        speed: f64,
        place: Place,
        opens_unix: Option<f64>,
        started: Instant,
    ) -> Self {
        let tally = Mutex::new(Tally::new(plan.people.len()));
        let ahead = opens_unix.map_or(0.0, |opens| opens - unix_now()).max(0.0);
        let opening =
            (Instant::now() + Duration::from_secs_f64(ahead)).saturating_duration_since(started);
        let (next, seen) = (AtomicUsize::new(0), Mutex::new(HashMap::new()));
        Self { profile, plan, speed, place, opens_unix, opening, started, next, tally, seen }
    }

    /// The next visit, until there is none.
    pub(crate) fn next_visit(&self) -> Option<&Visit> {
        self.plan.visits.get(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Time since the first arrival.
    pub(crate) fn now(&self) -> Duration {
        Instant::now().saturating_duration_since(self.started)
    }

    /// Counts something. The lock is never held across a wait.
    pub(crate) fn tally<T>(&self, count: impl FnOnce(&mut Tally) -> T) -> T {
        count(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts a fault now.
    pub(crate) fn fault(&self, kind: Kind, fault: Fault) {
        let at = self.now();
        self.tally(|tally| tally.fault(kind, at, fault));
    }

    /// Sleeps until a moment after the first arrival.
    pub(crate) async fn until(&self, at: Duration) -> Result<(), Gone> {
        self.pause((self.started + at).saturating_duration_since(Instant::now())).await
    }

    /// Sleeps, unless the run is stopped meanwhile.
    pub(crate) async fn pause(&self, time: Duration) -> Result<(), Gone> {
        let end = Instant::now() + time;
        loop {
            if goose::is_killswitch_triggered() {
                return Err(Gone::Stopped);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            tokio::time::sleep(left.min(NAP)).await;
        }
    }

    /// Whether results are still to come by this machine's clock.
    pub(crate) fn is_early(&self) -> bool {
        self.opens_unix.is_some_and(|opens| unix_now() < opens)
    }

    /// Compares a file with what it was before, for this school. False when it has changed.
    pub(crate) fn is_same(
        &self,
        (school, wanted): (usize, Wanted),
        digest: Digest,
        etag: &str,
        gzipped: bool,
    ) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.entry((school, wanted)).or_insert(Seen { digest, etags: [None, None] });
        let known = before.etags[usize::from(gzipped)].get_or_insert_with(|| etag.to_owned());
        before.digest == digest && known == etag
    }
}

/// Seconds of this machine's clock: the opening of results is an instant of it.
#[expect(clippy::disallowed_methods, reason = "the one reading of the clock, for dates")]
pub(crate) fn unix_now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
