//! Trusts: neighbouring academies in groups, each academy in exactly one.

use jiff::civil::{Date, date};

use super::super::places::{TRUST_FIRST, TRUST_LAST, TRUST_SECOND};
use super::super::random::Random;
use super::{ALL_CASES_FROM, Kind, Register, School, Standing};

/// A trust of GIAS.
#[derive(Clone, Debug)]
pub(in crate::sample) struct Trust {
    pub(in crate::sample) uid: u32,
    pub(in crate::sample) name: String,
    /// More than one school, or meant to have more.
    pub(in crate::sample) multi: bool,
    pub(in crate::sample) opened: Date,
}

const SIZE_MAX: u32 = 70;
/// One school more with this probability: 1 + geometric, mean 7.
const GROWS: f64 = 6.0 / 7.0;

/// Makes some schools academies and groups them by authority; the first two trusts are always multi-academy
/// trusts, one in each of the first two authorities.
pub(super) fn enrol(register: &mut Register, random: &mut Random, year: i16) {
    let mut order: Vec<(usize, bool, usize)> = Vec::new();
    for (place, school) in register.schools.iter().enumerate() {
        if place < 2 || (place != 4 && random.chance(academy_share(school.kind))) {
            order.push((school.authority, false, place));
        }
    }
    for (place, school) in register.secondaries.iter().enumerate() {
        if place < 2 || random.chance(0.82) {
            order.push((school.authority, true, place));
        }
    }
    let firsts = [register.schools[0].authority, register.secondaries[1].authority];
    order.sort_by_key(|&(authority, secondary, place)| {
        let rank = firsts.iter().position(|&first| first == authority).unwrap_or(firsts.len());
        (rank, authority, secondary, place)
    });
    let mut left = 0;
    let mut before = usize::MAX;
    for (authority, secondary, place) in order {
        let first_leaves = before == firsts[0] && authority != before;
        if left == 0 || first_leaves {
            left = found(&mut register.trusts, random, year);
        }
        left -= 1;
        before = authority;
        let trust = register.trusts.len() - 1;
        let joined = joined(random, &register.trusts[trust]);
        let list = if secondary { &mut register.secondaries } else { &mut register.schools };
        list[place].standing = Standing::Academy { trust, joined };
    }
    if register.schools.len() >= ALL_CASES_FROM as usize {
        postpone(&mut register.schools, year);
    }
}

fn academy_share(kind: Kind) -> f64 {
    match kind {
        Kind::Primary | Kind::Junior => 0.427,
        Kind::Special => 0.468,
        Kind::PupilReferral => 0.4,
        Kind::Secondary => 0.82,
        Kind::Independent | Kind::Infant | Kind::Closed => 0.0,
    }
}

/// Adds a trust and says how many schools it takes.
fn found(trusts: &mut Vec<Trust>, random: &mut Random, year: i16) -> u32 {
    let mut size = 1;
    while size < SIZE_MAX && random.chance(GROWS) {
        size += 1;
    }
    let place = trusts.len();
    let size = if place < 2 { size.max(4) } else { size };
    let first = TRUST_FIRST[place % TRUST_FIRST.len()];
    let rest = place / TRUST_FIRST.len() + place;
    let second = TRUST_SECOND[rest % TRUST_SECOND.len()];
    let last = TRUST_LAST[rest / TRUST_SECOND.len() % TRUST_LAST.len()];
    let years = i16::try_from(random.below(11)).unwrap_or(0);
    let month = i8::try_from(1 + random.below(12)).unwrap_or(1);
    trusts.push(Trust {
        uid: 2_045 + u32::try_from(place).unwrap_or(0) * 7,
        name: format!("{first} {second} {last}"),
        multi: size > 1,
        opened: date(year - 13 + years, month, 1),
    });
    size
}

/// Some day between the trust's opening and the last spring before the tests.
fn joined(random: &mut Random, trust: &Trust) -> Date {
    let months = random.below(22);
    trust.opened.saturating_add(jiff::Span::new().months(i64::from(months)))
}

/// One late school joins its trust only after results morning: on the release date it is not a member.
fn postpone(schools: &mut [School], year: i16) {
    for school in schools.iter_mut().rev() {
        if let Standing::Academy { trust, joined } = &mut school.standing
            && *trust >= 2
        {
            *joined = date(year, 9, 1);
            return;
        }
    }
}
