//! What a rehearsal came to.

use super::crowd::Person;
use super::world::World;

/// The greatest number of claims within any span of so many seconds.
pub fn most_within(claims: &[f64], seconds: f64) -> usize {
    let (mut most, mut from) = (0, 0);
    for to in 0..claims.len() {
        // A span includes both ends.
        while claims[to] - claims[from] > seconds {
            from += 1;
        }
        most = most.max(to - from + 1);
    }
    most
}

/// The part of sorted values below which this part of them lies.
pub fn percentile(mut values: Vec<f64>, part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = ((values.len() as f64 - 1.0) * part).round() as usize;
    values.get(at).copied().unwrap_or(0.0)
}

/// Counts, and seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// People let in.
    pub admitted: usize,
    /// People signed in.
    pub signed_in: usize,
    /// Most let in within any second.
    pub within_1s: usize,
    /// The same within ten seconds.
    pub within_10s: usize,
    /// The same within a minute.
    pub within_60s: usize,
    /// Claims a second from the first to the last.
    pub per_second: f64,
    /// Questions of one person until they were let in.
    pub polls_each: f64,
    /// Most questions in one second.
    pub polls_peak: u32,
    /// Part of waiters whose first range held the moment they came in.
    pub first_range: f64,
    /// Wait of the person in the middle.
    pub wait_p50: f64,
    /// Longest wait.
    pub wait_worst: f64,
    /// When the last one was signed in.
    pub last_signed_in: f64,
    /// From the posted password to the session.
    pub hash_p95: f64,
    /// The longest of these.
    pub hash_worst: f64,
    /// Times that a shown position rose: none.
    pub position_rises: u32,
    /// Times that somebody was let in at the limit of work: none.
    pub work_oversteps: u32,
}

fn sign_in_seconds(person: &Person) -> Option<f64> {
    Some(person.signed_in? - person.posted?)
}

impl Outcome {
    /// Sums up a morning that was run.
    pub fn of(world: &World) -> Self {
        let claims = &world.claims;
        let span = claims.last().unwrap_or(&0.0) - claims.first().unwrap_or(&0.0);
        let in_now: Vec<_> = world.people.iter().filter(|p| p.admitted.is_some()).collect();
        let polls: u32 = in_now.iter().map(|person| person.polls).sum();
        let waits: Vec<_> = in_now.iter().filter_map(|person| person.wait()).collect();
        let hashes: Vec<_> = world.people.iter().filter_map(sign_in_seconds).collect();
        let ranges: Vec<_> = in_now
            .iter()
            .filter_map(|p| -> Option<bool> {
                let (low, high) = p.first_range?;
                Some((low..=high).contains(&p.admitted?))
            })
            .collect();
        let right = ranges.iter().filter(|right| **right).count();
        Self {
            admitted: in_now.len(),
            signed_in: world.people.iter().filter(|p| p.signed_in.is_some()).count(),
            within_1s: most_within(claims, 1.0),
            within_10s: most_within(claims, 10.0),
            within_60s: most_within(claims, 60.0),
            per_second: claims.len() as f64 / span.max(1.0),
            polls_each: f64::from(polls) / in_now.len().max(1) as f64,
            polls_peak: world.polls.iter().copied().max().unwrap_or(0),
            first_range: right as f64 / ranges.len().max(1) as f64,
            wait_p50: percentile(waits.clone(), 0.5),
            wait_worst: percentile(waits, 1.0),
            last_signed_in: world.people.iter().filter_map(|p| p.signed_in).fold(0.0, f64::max),
            hash_p95: percentile(hashes.clone(), 0.95),
            hash_worst: percentile(hashes, 1.0),
            position_rises: world.position_rises,
            work_oversteps: world.work_oversteps,
        }
    }
}
