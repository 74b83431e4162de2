//! Which authority a school lies in, and which establishment number it gets there.

use std::collections::BTreeMap;

use super::super::authorities::{AUTHORITIES, TINY};
use super::super::random::Random;
use super::{FIRST_ESTABLISHMENT, Kind};

/// Authorities of the first schools: small samples have two.
const FIRST_AUTHORITIES: [u16; 2] = [888, 330];
/// A sample has one authority for so many schools, so that each has several.
const SCHOOLS_PER_AUTHORITY: u32 = 12;

/// Authorities in use with their weight, and the numbers already given.
#[derive(Debug)]
pub(super) struct Allotment {
    /// Places in [`AUTHORITIES`], the first two fixed, the rest in drawn order.
    order: Vec<usize>,
    /// Running totals of the weights of `order`.
    totals: Vec<f64>,
    /// Next counter by authority and first number of the range.
    given: BTreeMap<(usize, u16), u16>,
}

/// A range of establishment numbers (`domain` notes §1.3).
#[derive(Clone, Copy, Debug)]
struct Range {
    first: u16,
    length: u16,
}

impl Allotment {
    pub(super) fn new(random: &mut Random, schools: u32) -> Self {
        let count = (schools / SCHOOLS_PER_AUTHORITY).max(2) as usize;
        let mut order = shuffled(random);
        order.truncate(count);
        let mut total = 0.0;
        let totals = order
            .iter()
            .map(|&authority| {
                total += weight(random, authority);
                total
            })
            .collect();
        Self { order, totals, given: BTreeMap::new() }
    }

    /// The first schools fill each authority once; the others are drawn by weight.
    pub(super) fn authority(&self, random: &mut Random, place: u32) -> usize {
        if let Some(&authority) = self.order.get(place as usize) {
            return authority;
        }
        let at = random.unit() * self.totals.last().copied().unwrap_or(0.0);
        let drawn = self.totals.partition_point(|&total| total <= at);
        self.order[drawn.min(self.order.len() - 1)]
    }

    /// A number not given before in the authority.
    pub(super) fn number(&mut self, authority: usize, kind: Kind, church: bool) -> u16 {
        let range = range(kind, church);
        let counter = self.given.entry((authority, range.first)).or_insert(0);
        loop {
            // The stride is coprime to every length, so all numbers come once before any comes twice.
            let step = u32::from(*counter) * 37 + 11;
            let number = range.first + u16::try_from(step % u32::from(range.length)).unwrap_or(0);
            *counter += 1;
            let taken =
                AUTHORITIES[authority].0 == FIRST_AUTHORITIES[0] && number == FIRST_ESTABLISHMENT;
            if !taken {
                return number;
            }
        }
    }
}

/// 2900–2999 are kept for schools that issued UPNs long ago (see `upns`).
fn range(kind: Kind, church: bool) -> Range {
    let (first, length) = match kind {
        Kind::Primary | Kind::Junior if church => (3000, 1000),
        Kind::Primary | Kind::Junior | Kind::Infant | Kind::Closed => (2000, 900),
        Kind::Special => (7000, 300),
        Kind::PupilReferral => (1100, 100),
        Kind::Independent => (6000, 900),
        Kind::Secondary => (4000, 900),
    };
    Range { first, length }
}

/// The first authorities, then the others in drawn order, then those with a single school.
fn shuffled(random: &mut Random) -> Vec<usize> {
    let place = |code: &u16| AUTHORITIES.iter().position(|(known, _)| known == code);
    let fixed: Vec<usize> = FIRST_AUTHORITIES.iter().filter_map(place).collect();
    let tiny: Vec<usize> = TINY.iter().filter_map(place).collect();
    let mut middle: Vec<usize> =
        (0..AUTHORITIES.len()).filter(|at| !fixed.contains(at) && !tiny.contains(at)).collect();
    for end in (1..middle.len()).rev() {
        let other = random.below(u32::try_from(end).unwrap_or(0) + 1);
        middle.swap(end, other as usize);
    }
    [fixed, middle, tiny].concat()
}

/// Log-normal with σ = 0.75; the exponential by repeated squaring, which has the same bits everywhere.
fn weight(random: &mut Random, authority: usize) -> f64 {
    if TINY.contains(&AUTHORITIES[authority].0) {
        return 0.0;
    }
    let exponent = (0.75 * random.bell()).clamp(-1.5, 1.5);
    (0..6).fold(1.0 + exponent / 64.0, |power, _| power * power)
}
