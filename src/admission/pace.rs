//! The pace that sign-ins bear: work in progress is held to what Little's law says of measured times.
//!
//! Between being let in and posting a password somebody types for about twelve seconds. That dead time
//! makes a controller of the rate swing; counting the work that is on its way does not.

use std::time::Duration;

use super::moment::Tick;

/// Ages of passes that are told apart, in seconds; who has not posted by then hardly will.
const AGES: usize = 60;
/// Part of what was learnt that one second forgets.
const FORGET: f64 = 0.005;
/// Passes that what was known before counts for, and how long people are then taken to type.
const PRIOR_PASSES: f64 = 30.0;
const PRIOR_TYPING_SECONDS: f64 = 12.0;
/// Wait behind the hashing pool that is aimed at: enough that it never runs dry.
const QUEUE_SECONDS: f64 = 0.2;
/// How far the rate may lie above what is measured: room to find out that more is possible.
const PROBE: f64 = 1.15;
/// Span over which the time of a sign-in is averaged.
const SERVICE_WINDOW: Duration = Duration::from_secs(2);
/// Samples of sign-ins that are kept: more than two seconds of the largest machine.
const SAMPLES_MAX: usize = 1_024;
/// Without a finished sign-in for this long, with this many begun, only one a second is let in.
const STUCK: Duration = Duration::from_secs(5);
const STUCK_RUNNING: u32 = 10;
/// How long a sign of distress halves the measured capacity.
const DISTRESS: Duration = Duration::from_secs(5);
/// Least work in progress that is allowed: one may always try.
const LIMIT_MIN: f64 = 1.0;

/// What is known of the sign-ins on their way.
#[derive(Debug)]
pub(super) struct Pace {
    permits: f64,
    service_seconds: f64,
    samples: std::collections::VecDeque<(Tick, f64)>,
    /// Passes without a post, by age in seconds.
    unposted: [u32; AGES],
    /// Of passes that reached an age: how many posted then, how many did not.
    posted: [f64; AGES],
    stayed: [f64; AGES],
    /// Learnt: probability that a pass of this age is still going to post.
    hope: [f64; AGES],
    typing_seconds: f64,
    second: u64,
    running: u32,
    finished_at: Tick,
    claimed_at: Option<Tick>,
    distressed_until: Option<Tick>,
}

impl Pace {
    /// `service` is the calibrated time of one sign-in, `permits` how many run at once.
    pub(super) fn new(permits: u32, service: Duration, now: Tick) -> Self {
        let mut pace = Self {
            permits: f64::from(permits.max(1)),
            service_seconds: service.as_secs_f64().max(1e-4),
            samples: std::collections::VecDeque::with_capacity(SAMPLES_MAX),
            unposted: [0; AGES],
            posted: [0.0; AGES],
            stayed: [0.0; AGES],
            hope: [0.0; AGES],
            typing_seconds: PRIOR_TYPING_SECONDS,
            second: now.since_start().as_secs(),
            running: 0,
            finished_at: now,
            claimed_at: None,
            distressed_until: None,
        };
        let mut left = PRIOR_PASSES;
        for age in 0..AGES {
            pace.posted[age] = left / PRIOR_TYPING_SECONDS;
            left -= pace.posted[age];
            pace.stayed[age] = left;
        }
        pace.learn();
        pace
    }

    /// Lets whole seconds pass: every pass grows older, and what was learnt fades a little.
    pub(super) fn advance(&mut self, now: Tick) {
        let second = now.since_start().as_secs();
        let passed = second.saturating_sub(self.second);
        for _ in 0..passed.min(AGES as u64) {
            for age in 0..AGES {
                self.stayed[age] =
                    self.stayed[age] * (1.0 - FORGET) + f64::from(self.unposted[age]);
                self.posted[age] *= 1.0 - FORGET;
            }
            self.unposted.rotate_right(1);
            self.unposted[0] = 0;
        }
        self.second = self.second.max(second);
        if passed > 0 {
            self.learn();
        }
        while self.samples.front().is_some_and(|(at, _)| now.since(*at) > SERVICE_WINDOW) {
            self.samples.pop_front();
        }
        self.average(now);
    }

    fn average(&mut self, now: Tick) {
        if let Ok(count) = u32::try_from(self.samples.len())
            && count > 0
        {
            let sum: f64 = self.samples.iter().map(|(_, seconds)| seconds).sum();
            self.service_seconds = sum / f64::from(count);
        } else if f64::from(self.running) >= self.permits {
            // Nothing came back although all threads work: it takes at least this long.
            let silent = now.since(self.finished_at).as_secs_f64();
            self.service_seconds = self.service_seconds.max(silent);
        }
    }

    /// From counts to hopes: of those who reach an age, who posts at it or later.
    fn learn(&mut self) {
        let (mut never, mut weight, mut moment) = (1.0, 0.0, 0.0);
        let mut reaching = [0.0; AGES];
        let mut there = 1.0;
        let mut age_seconds = 0.5;
        for (chance, (posted, stayed)) in
            reaching.iter_mut().zip(self.posted.iter().zip(&self.stayed))
        {
            let seen = posted + stayed;
            *chance = if seen > 0.01 { posted / seen } else { 0.0 };
            weight += there * *chance;
            moment += there * *chance * age_seconds;
            there *= 1.0 - *chance;
            age_seconds += 1.0;
        }
        for age in (0..AGES).rev() {
            never *= 1.0 - reaching[age];
            self.hope[age] = 1.0 - never;
        }
        if weight > 0.01 {
            self.typing_seconds = moment / weight;
        }
    }

    /// Sign-ins a second that the hashing pool does.
    pub(super) fn capacity(&self, now: Tick) -> f64 {
        let halved = self.distressed_until.is_some_and(|until| now < until);
        self.permits / self.service_seconds * if halved { 0.5 } else { 1.0 }
    }

    /// Work that is on its way: passes as far as they will post, and posts that are not done.
    pub(super) fn work(&self) -> f64 {
        let typing: f64 = self
            .unposted
            .iter()
            .zip(self.hope)
            .map(|(passes, hope)| f64::from(*passes) * hope)
            .sum();
        typing + f64::from(self.running)
    }

    /// Work at which nobody more is let in.
    pub(super) fn limit(&self, now: Tick) -> f64 {
        (self.capacity(now) * (self.typing_seconds + QUEUE_SECONDS)).max(LIMIT_MIN)
    }

    /// The rate beyond which letting in makes no sense.
    pub(super) fn rate(&self, now: Tick) -> f64 {
        PROBE * self.capacity(now) / self.hope[0].max(0.05)
    }

    /// Whether one more may be let in.
    pub(super) fn allows(&self, now: Tick) -> bool {
        let stuck = self.running >= STUCK_RUNNING && now.since(self.finished_at) > STUCK;
        let just_now = self.claimed_at.is_some_and(|at| now.since(at) < Duration::from_secs(1));
        !(stuck && just_now) && self.work() < self.limit(now)
    }

    pub(super) fn claimed(&mut self, now: Tick) {
        self.unposted[0] += 1;
        self.claimed_at = Some(now);
    }

    /// The first post of a pass of this age begins to be worked on.
    pub(super) fn first_post(&mut self, age: Duration, now: Tick) {
        let age = usize::try_from(age.as_secs()).unwrap_or(AGES);
        if age < AGES {
            // Whole seconds and ages of single passes may differ by one.
            let nearest = [age, age + 1, age.saturating_sub(1)];
            let place = nearest.into_iter().find(|a| *a < AGES && self.unposted[*a] > 0);
            if let Some(place) = place {
                self.unposted[place] -= 1;
                self.posted[place] += 1.0;
            }
        }
        self.post(now);
    }

    /// A later post of the same pass.
    pub(super) fn post(&mut self, now: Tick) {
        if self.running == 0 {
            self.finished_at = now;
        }
        self.running += 1;
    }

    /// A post is done; `service` is its time on a hashing thread, none if it was refused before.
    pub(super) fn finished(&mut self, service: Option<Duration>, now: Tick) {
        self.running = self.running.saturating_sub(1);
        let Some(service) = service else { return };
        self.finished_at = now;
        if self.samples.len() >= SAMPLES_MAX {
            self.samples.pop_front();
        }
        self.samples.push_back((now, service.as_secs_f64().max(1e-4)));
    }

    /// Something behind the sign-ins suffers: believe in half of the capacity for a while.
    pub(super) fn distressed(&mut self, now: Tick) {
        self.distressed_until = Some(now.after(DISTRESS));
    }

    pub(super) fn typing_seconds(&self) -> f64 {
        self.typing_seconds
    }

    pub(super) fn running(&self) -> u32 {
        self.running
    }
}

#[cfg(test)]
#[path = "tests/pace.rs"]
mod tests;
