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

/// A part of a crowd that comes evenly spread over a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Its part of all people, in any unit: shares are divided by their sum.
    pub share: f64,
    /// Seconds after the start at which it begins.
    pub from: f64,
    /// Seconds after the start at which it ends.
    pub until: f64,
}

/// So many people who come evenly spread over some seconds, and type for ten in the median.
pub fn people(count: usize, seconds: f64, seed: u64) -> Vec<Person> {
    people_in(&[Stretch { share: 1.0, from: 0.0, until: seconds }], count, seed)
}

/// The same in stretches; each has its share to within one person.
pub fn people_in(stretches: &[Stretch], count: usize, seed: u64) -> Vec<Person> {
    let whole: f64 = stretches.iter().map(|stretch| stretch.share).sum();
    let mut random = Random::new(seed);
    let mut people = Vec::with_capacity(count);
    let mut before = 0.0;
    for stretch in stretches {
        before += stretch.share;
        let due = (count as f64 * (before / whole).clamp(0.0, 1.0)).round() as usize;
        while people.len() < due {
            let comes = stretch.from + random.unit() * (stretch.until - stretch.from);
            people.push(Person::at(comes, random.typing(10.0)));
        }
    }
    people.sort_by(|one: &Person, other| one.comes.total_cmp(&other.comes));
    people
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stretch_has_its_share_and_nobody_is_lost() {
        let stretch = |share, from, until| Stretch { share, from, until };
        let morning = [stretch(3.0, 0.0, 60.0), stretch(1.0, 60.0, 600.0)];
        for (count, early) in [(0, 0), (1, 1), (400, 300)] {
            let people = people_in(&morning, count, 1);
            let within = people.iter().filter(|person| person.comes < 60.0).count();
            assert_eq!((people.len(), within), (count, early));
            assert!(people.is_sorted_by(|one, other| one.comes <= other.comes));
        }
    }
}
