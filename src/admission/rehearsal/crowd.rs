//! People: when they come, how they type, whether they stay.

use crate::admission::lanes::Lane;
use crate::admission::ticket::Ticket;

/// A small generator of its own: the same seed gives the same morning everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// From 0 up to 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True in this part of all cases.
    pub fn chance(&mut self, part: f64) -> bool {
        self.unit() < part
    }

    /// Log-normal: most are near the median, some take far longer.
    pub fn typing(&mut self, median: f64) -> f64 {
        let (one, other) = (self.unit().max(1e-12), self.unit());
        let normal = (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos();
        (median * (0.5 * normal).exp()).min(120.0)
    }
}

/// Somebody who wants to sign in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Seconds after the start.
    pub comes: f64,
    /// Seconds after which they ask no more; most stay.
    pub leaves: Option<f64>,
    /// Never asks after the first page: a robot without cookies.
    pub silent: bool,
    /// Lets the pass go by.
    pub forgets: bool,
    /// Seconds from pass to password.
    pub typing: f64,
    /// Was signed in today.
    pub returning: bool,
    /// The school that their device has signed in for.
    pub school: Option<u64>,
    /// Comes from an address that behaves like no person.
    pub suspected: bool,
    /// Their place; this and what follows is what happened, in seconds after the start.
    pub ticket: Option<Ticket>,
    /// When they came.
    pub arrived: Option<f64>,
    /// The lowest position that they were shown.
    pub lowest: Option<u64>,
    /// From when to when they were first promised to be let in.
    pub first_range: Option<(f64, f64)>,
    /// How often they asked.
    pub polls: u32,
    /// When they were let in.
    pub admitted: Option<f64>,
    /// When they sent their password.
    pub posted: Option<f64>,
    /// When they were signed in.
    pub signed_in: Option<f64>,
    /// Whether they got no place.
    pub refused: bool,
    /// When their page first said that it is their turn.
    pub called_seen: Option<f64>,
}

impl Person {
    /// Somebody who stays until they are in.
    pub fn at(comes: f64, typing: f64) -> Self {
        Self {
            comes,
            leaves: None,
            silent: false,
            forgets: false,
            typing,
            returning: false,
            school: None,
            suspected: false,
            ticket: None,
            arrived: None,
            lowest: None,
            first_range: None,
            polls: 0,
            admitted: None,
            posted: None,
            signed_in: None,
            refused: false,
            called_seen: None,
        }
    }

    /// Their lane, once they have a place.
    pub fn lane(&self) -> Option<Lane> {
        self.ticket.map(|ticket| ticket.lane)
    }

    /// Seconds from coming to being let in.
    pub fn wait(&self) -> Option<f64> {
        Some(self.admitted? - self.arrived?)
    }
}

/// So many people who come evenly spread over some seconds, and type for ten in the median.
pub fn people(count: usize, seconds: f64, seed: u64) -> Vec<Person> {
    let mut random = Random::new(seed);
    let mut people: Vec<_> = (0..count)
        .map(|_| {
            let comes = random.unit() * seconds;
            Person::at(comes, random.typing(10.0))
        })
        .collect();
    people.sort_by(|one, other| one.comes.total_cmp(&other.comes));
    people
}
