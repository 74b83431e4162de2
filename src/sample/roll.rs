//! The pupils of one school: who they are, before any test.

use jiff::civil::{Date, date};

use super::names::{BOYS, GIRLS, SURNAMES, UNUSUAL_FORENAMES, UNUSUAL_SURNAMES};
use super::random::{Purpose, Random};
use super::register::Register;
use super::upns::Issuer;
use crate::domain::codes::Sex;
use crate::domain::ids::Upn;

/// A pupil as the school's own records have them.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) upn: Upn,
    pub(super) surname: String,
    pub(super) forename: String,
    pub(super) middle_names: String,
    pub(super) born: Date,
    pub(super) sex: Sex,
    /// Also on the roll of the school before this one: the same UPN in two schools.
    pub(super) moved_on: bool,
}

/// One school in so many still lists a pupil of the school before it.
const MOVED_EVERY: usize = 200;

/// The year group of the school at `place`, by name.
pub(super) fn draw(register: &Register, place: usize, seed: u64, year: i16) -> Vec<Person> {
    let mut roll = own_pupils(register, place, seed, year);
    if place % MOVED_EVERY == 1
        && let Some(moved) = own_pupils(register, place - 1, seed, year).pop()
    {
        roll.push(Person { moved_on: true, ..moved });
    }
    roll.sort_by(|a, b| (&a.surname, &a.forename, a.upn).cmp(&(&b.surname, &b.forename, b.upn)));
    roll
}

fn own_pupils(register: &Register, place: usize, seed: u64, year: i16) -> Vec<Person> {
    let school = &register.schools[place];
    let random = &mut Random::new(seed, Purpose::Roll, place as u64);
    let mut issuer = Issuer::new(school, place, year, random);
    let mut roll: Vec<Person> = Vec::with_capacity(usize::from(school.cohort) + 1);
    for at in 0..usize::from(school.cohort) {
        let upn = issuer.issue(random);
        let mut person = stranger(random, upn, year);
        if let Some(before) = roll.last() {
            relate(random, &mut person, before);
        }
        if place == 0 {
            make_example(&mut person, at, roll.last());
        }
        roll.push(person);
    }
    roll
}

fn stranger(random: &mut Random, upn: Upn, year: i16) -> Person {
    let sex = if random.chance(0.51) { Sex::Male } else { Sex::Female };
    let forename = if random.chance(0.025) {
        random.pick(UNUSUAL_FORENAMES).to_owned()
    } else {
        forename(random, sex).to_owned()
    };
    let (surname, middle_names) = (surname(random), middle_names(random, sex));
    Person {
        upn,
        surname,
        forename,
        middle_names,
        born: birthday(random, year),
        sex,
        moved_on: false,
    }
}

fn forename(random: &mut Random, sex: Sex) -> &'static str {
    match sex {
        Sex::Male => random.pick_ranked(BOYS),
        Sex::Female => random.pick_ranked(GIRLS),
    }
}

fn surname(random: &mut Random) -> String {
    if random.chance(0.04) {
        return random.pick(UNUSUAL_SURNAMES).to_owned();
    }
    let first = random.pick_ranked(SURNAMES);
    if random.chance(0.03) {
        return format!("{first}-{}", random.pick(SURNAMES));
    }
    first.to_owned()
}

fn middle_names(random: &mut Random, sex: Sex) -> String {
    match random.weighted(&[0.24, 0.62, 0.12]) {
        0 => String::new(),
        1 => forename(random, sex).to_owned(),
        2 => format!("{} {}", forename(random, sex), forename(random, sex)),
        _ => random.pick(UNUSUAL_FORENAMES).to_owned(),
    }
}

/// In the school year that ends in `year` as year 6; some pupils are a year ahead or behind.
fn birthday(random: &mut Random, year: i16) -> Date {
    let moved = match random.weighted(&[0.96, 0.025]) {
        0 => 0,
        1 => -1,
        _ => 1,
    };
    let first = date(year - 12 + moved, 9, 1);
    first.saturating_add(jiff::Span::new().days(i64::from(random.below(365))))
}

/// Twins share surname and birthday; namesakes share both names and nothing else.
fn relate(random: &mut Random, person: &mut Person, before: &Person) {
    if random.chance(0.007) {
        person.surname.clone_from(&before.surname);
        person.born = before.born;
        if person.forename == before.forename {
            "Robin".clone_into(&mut person.forename);
        }
    } else if random.chance(0.003) {
        person.surname.clone_from(&before.surname);
        person.forename.clone_from(&before.forename);
        person.sex = before.sex;
    }
}

/// The first school shows every kind of name, twins and namesakes.
fn make_example(person: &mut Person, at: usize, before: Option<&Person>) {
    use Sex::{Female, Male};
    let example = match at {
        0 => ("'Amato", "Zoë", Female),
        1 => ("Ó Súilleabháin", "Mary Ann", Female),
        2 => ("Papadimitrakopoulou-Anastasiadis", "Maximilian-Alexander", Male),
        3 => ("Y", "J", Male),
        4 => ("Łukaszewicz", "Siân", Female),
        5 => ("O'Brien", "D'Arcy", Male),
        6 => ("Null", "Noor ul Ain", Female),
        7 | 8 => ("Hughes", "Grace", Female),
        9 => ("Okafor", "Chidera", Female),
        10 => ("Okafor", "Chibuzo", Male),
        _ => return,
    };
    example.0.clone_into(&mut person.surname);
    example.1.clone_into(&mut person.forename);
    person.sex = example.2;
    if let (10, Some(twin)) = (at, before) {
        person.born = twin.born;
    }
}
