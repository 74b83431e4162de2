//! The organisations of the nation: schools, secondaries, infant schools, trusts. Small enough to hold
//! (some 150 bytes a school); their pupils are not held.

mod allotment;
mod naming;
mod trusts;

use jiff::civil::Date;

use super::authorities::AUTHORITIES;
use super::random::{Purpose, Random, nearest};
use allotment::Allotment;
pub(super) use trusts::Trust;

/// What a school is; decides its ages, type and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Primary,
    Junior,
    Special,
    PupilReferral,
    Independent,
    Infant,
    Secondary,
    /// Closed before the tests; has no pupils.
    Closed,
}

/// Who maintains a school.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Maintained,
    /// In the trust at this place of [`Register::trusts`], since this day.
    Academy {
        trust: usize,
        joined: Date,
    },
    Independent,
}

/// One school of the register.
#[derive(Clone, Debug)]
pub(super) struct School {
    pub(super) kind: Kind,
    pub(super) urn: u32,
    /// Place in [`AUTHORITIES`].
    pub(super) authority: usize,
    pub(super) establishment: u16,
    pub(super) name: String,
    pub(super) standing: Standing,
    /// Pupils in the year of the tests (KS2 schools), or places a year (others).
    pub(super) cohort: u16,
    /// Church schools have the 3000s and a saint.
    pub(super) church: bool,
}

impl School {
    /// Code of the authority.
    pub(super) fn authority_code(&self) -> u16 {
        AUTHORITIES[self.authority].0
    }

    /// Seven digits.
    pub(super) fn laestab(&self) -> u32 {
        u32::from(self.authority_code()) * 10_000 + u32::from(self.establishment)
    }
}

/// Every organisation, in the order of generation.
#[derive(Debug)]
pub(super) struct Register {
    /// Schools with KS2 results; their place is the index of all their streams of chance.
    pub(super) schools: Vec<School>,
    pub(super) secondaries: Vec<School>,
    /// Infant schools and closed schools: in GIAS only.
    pub(super) others: Vec<School>,
    pub(super) trusts: Vec<Trust>,
    /// Places in `secondaries`, by place in [`AUTHORITIES`].
    by_authority: Vec<Vec<u32>>,
}

/// The school of examples and tests: always the first.
pub(super) const FIRST_ESTABLISHMENT: u16 = 2045;
/// Teaches one code of each kind (see `results`), so it has room for all of them.
pub(super) const SECOND_COHORT: u16 = 31;
const FIRST_COHORT: u16 = 34;
const LARGEST_COHORT: u16 = 150;
/// From this size on a sample contains every special case.
pub(super) const ALL_CASES_FROM: u32 = 20;

/// Places of the schools that are special cases.
pub(super) const SCHOOL_OF_ONE: usize = 2;
pub(super) const SCHOOL_BELOW: usize = 3;
const SCHOOL_LARGEST: usize = 7;

impl Register {
    /// Draws the organisations of `schools` KS2 schools.
    pub(super) fn draw(seed: u64, year: i16, schools: u32) -> Self {
        let mut random = Random::new(seed, Purpose::Organisations, 0);
        let mut allotment = Allotment::new(&mut random, schools);
        let mut register = Self {
            schools: Vec::with_capacity(schools as usize),
            secondaries: Vec::new(),
            others: Vec::new(),
            trusts: Vec::new(),
            by_authority: vec![Vec::new(); AUTHORITIES.len()],
        };
        for place in 0..schools {
            let school = ks2_school(&mut random, &mut allotment, place, schools);
            register.schools.push(school);
        }
        register.add_secondaries(&mut random, &mut allotment, share(schools, 0.209, 2));
        register.add_others(&mut random, &mut allotment, share(schools, 0.097, 1));
        trusts::enrol(&mut register, &mut random, year);
        register.add_predecessors(&mut random);
        number(&mut register);
        register
    }

    fn add_secondaries(&mut self, random: &mut Random, allotment: &mut Allotment, count: u32) {
        for place in 0..count {
            let authority = allotment.authority(random, place);
            let school = other_school(random, allotment, Kind::Secondary, authority);
            self.by_authority[authority].push(place);
            self.secondaries.push(school);
        }
    }

    fn add_others(&mut self, random: &mut Random, allotment: &mut Allotment, infants: u32) {
        for place in 0..infants {
            let authority = allotment.authority(random, place);
            self.others.push(other_school(random, allotment, Kind::Infant, authority));
        }
        let authority = allotment.authority(random, 0);
        self.others.push(other_school(random, allotment, Kind::Closed, authority));
    }

    /// A converted school keeps its DfE number; the closed row before it has the same one and an older URN.
    /// Readers that forget the status find the wrong school. The first schools are spared this.
    fn add_predecessors(&mut self, random: &mut Random) {
        for school in self.schools.iter().skip(10) {
            let academy = matches!(school.standing, Standing::Academy { .. });
            if academy && random.chance(0.08) {
                let standing = Standing::Maintained;
                self.others.push(School { kind: Kind::Closed, standing, ..school.clone() });
            }
        }
    }

    /// The two secondaries to which most pupils of a school go.
    pub(super) fn feeders(&self, seed: u64, place: usize) -> [&School; 2] {
        if place == 0 {
            return [&self.secondaries[0], &self.secondaries[1]];
        }
        let mut random = Random::new(seed, Purpose::Organisations, 1 + place as u64);
        let count = u32::try_from(self.secondaries.len()).unwrap_or(u32::MAX);
        let near = &self.by_authority[self.schools[place].authority];
        let mut draw = || match near.as_slice() {
            [] => &self.secondaries[random.below(count) as usize],
            near => &self.secondaries[random.pick(near) as usize],
        };
        [draw(), draw()]
    }

    /// All schools, in GIAS order (by URN).
    pub(super) fn by_urn(&self) -> Vec<&School> {
        let mut all: Vec<&School> =
            self.schools.iter().chain(&self.secondaries).chain(&self.others).collect();
        all.sort_by_key(|school| school.urn);
        all
    }
}

/// A share of the schools, at least `least`.
fn share(schools: u32, part: f64, least: u16) -> u32 {
    u32::from(nearest(f64::from(schools) * part, least, u16::MAX))
}

fn ks2_school(random: &mut Random, allotment: &mut Allotment, place: u32, schools: u32) -> School {
    let authority = allotment.authority(random, place);
    let drawn =
        [Kind::Special, Kind::PupilReferral, Kind::Independent, Kind::Junior, Kind::Primary]
            [random.weighted(&[0.055, 0.012, 0.006, 0.08])];
    let kind = match place as usize {
        SCHOOL_BELOW => Kind::Special,
        0..10 => Kind::Primary,
        _ => drawn,
    };
    let church = place != 0 && kind == Kind::Primary && random.chance(0.36);
    let cohort = match place as usize {
        0 => FIRST_COHORT,
        1 => SECOND_COHORT,
        SCHOOL_OF_ONE => 1,
        SCHOOL_LARGEST if schools >= ALL_CASES_FROM => LARGEST_COHORT,
        _ => cohort(random, kind),
    };
    let establishment =
        if place == 0 { FIRST_ESTABLISHMENT } else { allotment.number(authority, kind, church) };
    School {
        kind,
        urn: 0,
        authority,
        establishment,
        name: naming::school(random, kind, church, place as usize),
        standing: standing(kind),
        cohort,
        church,
    }
}

fn other_school(
    random: &mut Random,
    allotment: &mut Allotment,
    kind: Kind,
    authority: usize,
) -> School {
    let church = kind == Kind::Secondary && random.chance(0.15);
    School {
        kind,
        urn: 0,
        authority,
        establishment: allotment.number(authority, kind, false),
        name: naming::school(random, kind, church, usize::MAX),
        standing: standing(kind),
        cohort: if kind == Kind::Secondary { 180 } else { 60 },
        church,
    }
}

/// Before trusts are drawn.
fn standing(kind: Kind) -> Standing {
    if kind == Kind::Independent { Standing::Independent } else { Standing::Maintained }
}

/// Pupils in the year: admission-number classes of primaries, small groups elsewhere (`domain` notes §6).
fn cohort(random: &mut Random, kind: Kind) -> u16 {
    // The last class takes the other 3 %.
    const WEIGHTS: [f64; 5] = [0.18, 0.33, 0.10, 0.27, 0.09];
    const CLASSES: [(f64, f64); 6] =
        [(12.0, 5.0), (28.0, 4.0), (43.0, 5.0), (58.0, 5.0), (88.0, 7.0), (118.0, 12.0)];
    let (mean, spread) = match kind {
        Kind::Special => (8.0, 5.0),
        Kind::PupilReferral => (3.0, 2.0),
        Kind::Independent => (20.0, 10.0),
        _ => CLASSES[random.weighted(&WEIGHTS)],
    };
    nearest(mean + spread * random.bell(), 1, LARGEST_COHORT)
}

/// Gives URNs: never reused, academies have the newer ones.
fn number(register: &mut Register) {
    let (mut old, mut new) = (101_000, 136_500);
    let Register { schools, secondaries, others, .. } = register;
    for (step, school) in schools.iter_mut().chain(secondaries).chain(others).enumerate() {
        let counter = match school.standing {
            Standing::Academy { .. } => &mut new,
            Standing::Maintained | Standing::Independent => &mut old,
        };
        *counter += 1 + u32::from(step % 5 == 0);
        school.urn = *counter;
    }
}
