//! Names of schools.

use super::super::places::{PLACES, SAINTS};
use super::super::random::Random;
use super::Kind;

/// A name with a quotation mark, a comma and an ampersand: every file and page has to carry it.
const AWKWARD: &str = "Oakwell \"Forest\" Primary School, Nursery & Hub";
const AWKWARD_PLACE: usize = 1;
/// The longest that GIAS allows is 100 characters.
const LONG: &str = "The Blessed Brothers of Saint Cuthbert and Saint Godric Voluntary Catholic Primary \
    School, Saltmarsh";
const LONG_PLACE: usize = 8;

/// A name for the school at a place of the list (others pass `usize::MAX`).
pub(super) fn school(random: &mut Random, kind: Kind, church: bool, place: usize) -> String {
    match place {
        0 => return "Brindleham Community Primary School".to_owned(),
        AWKWARD_PLACE => return AWKWARD.to_owned(),
        LONG_PLACE => return LONG.to_owned(),
        _ => (),
    }
    let town = random.pick(PLACES);
    match kind {
        Kind::Primary | Kind::Junior if church => church_school(random, town),
        Kind::Primary => with_ending(random, town, PRIMARY),
        Kind::Junior => with_ending(random, town, &["Junior School", "Junior Academy"]),
        Kind::Infant => with_ending(
            random,
            town,
            &["Infant School", "Infant and Nursery School", "First Steps Infants"],
        ),
        Kind::Special => {
            with_ending(random, town, &["School", "House School", "Park Special School"])
        }
        Kind::PupilReferral => with_ending(
            random,
            town,
            &["Pupil Referral Unit", "Short Stay School", "Bridge Centre"],
        ),
        Kind::Independent => with_ending(
            random,
            town,
            &["Preparatory School", "Hall", "House School", "College Prep"],
        ),
        Kind::Secondary if church => format!("{} Catholic High School", random.pick(SAINTS)),
        Kind::Secondary => {
            with_ending(random, town, &["High School", "Academy", "School", "Community College"])
        }
        Kind::Closed => with_ending(random, town, &["County Primary School", "Village School"]),
    }
}

const PRIMARY: &[&str] = &[
    "Primary School",
    "Primary School",
    "Community Primary School",
    "Primary Academy",
    "Primary and Nursery School",
    "Lane Primary School",
    "Park Primary School",
    "Road Primary School",
];

fn with_ending(random: &mut Random, town: &str, endings: &[&str]) -> String {
    format!("{town} {}", random.pick(endings))
}

fn church_school(random: &mut Random, town: &str) -> String {
    let saint = random.pick(SAINTS);
    let ending = random.pick(&[
        "CofE Primary School",
        "Church of England Primary School",
        "Catholic Primary School",
        "CofE (VA) Primary School",
        "RC Primary School",
    ]);
    if random.chance(0.5) {
        format!("{saint} {ending}, {town}")
    } else {
        format!("{town} {saint} {ending}")
    }
}
