//! The three extracts of the register of schools: establishments, groups, and who belongs to which.

mod columns;
mod links;

use std::collections::BTreeMap;

use encoding_rs::WINDOWS_1252;
use jiff::civil::{Date, date};

use super::authorities::AUTHORITIES;
use super::names::{BOYS, GIRLS, SURNAMES, TITLES};
use super::output::{Folder, SampleError};
use super::places::{PLACES, STREETS};
use super::random::{Purpose, Random};
use super::register::{Kind, Register, School, Standing};
use columns::COLUMNS;

/// Day and month as GIAS writes them.
const DAY: &str = "%d-%m-%Y";

/// Writes `gias/edubasealldata.csv`, `gias/groups.csv` and `gias/grouplinks.csv`.
pub(super) fn write(
    folder: &mut Folder,
    register: &Register,
    seed: u64,
    year: i16,
) -> Result<(), SampleError> {
    let mut table = folder.table("gias/edubasealldata.csv", &COLUMNS)?;
    for school in register.by_urn() {
        let row = establishment(register, school, seed, year);
        let cells = COLUMNS.iter().map(|column| row.get(column).map_or("", String::as_str));
        table.row(cells.map(|cell| WINDOWS_1252.encode(cell).0))?;
    }
    folder.keep(table)?;
    links::groups(folder, register)?;
    links::memberships(folder, register)
}

/// The cells of one row that are not empty.
type Row = BTreeMap<&'static str, String>;

fn establishment(register: &Register, school: &School, seed: u64, year: i16) -> Row {
    let mut random = Random::new(seed, Purpose::Gias, u64::from(school.urn));
    let mut row = Row::new();
    identity(&mut row, school);
    dates(&mut row, &mut random, school, year);
    ages_and_pupils(&mut row, &mut random, school);
    trust(&mut row, register, school);
    address(&mut row, &mut random, school);
    head(&mut row, &mut random);
    row
}

fn set(row: &mut Row, column: &'static str, value: impl Into<String>) {
    row.insert(column, value.into());
}

fn identity(row: &mut Row, school: &School) {
    let (code, name) = AUTHORITIES[school.authority];
    set(row, "URN", school.urn.to_string());
    set(row, "LA (code)", code.to_string());
    set(row, "LA (name)", name);
    set(row, "EstablishmentNumber", format!("{:04}", school.establishment));
    set(row, "EstablishmentName", school.name.as_str());
    set(row, "GSSLACode (name)", format!("E{:08}", 6_000_000 + u32::from(code)));
    let nature = links::nature(school);
    set(row, "TypeOfEstablishment (code)", nature.code);
    set(row, "TypeOfEstablishment (name)", nature.name);
    set(row, "EstablishmentTypeGroup (code)", nature.group.0);
    set(row, "EstablishmentTypeGroup (name)", nature.group.1);
    set(row, "PhaseOfEducation (code)", nature.phase.0);
    set(row, "PhaseOfEducation (name)", nature.phase.1);
    let faith = if school.church { ("06", "Church of England") } else { ("00", "Does not apply") };
    set(row, "ReligiousCharacter (code)", faith.0);
    set(row, "ReligiousCharacter (name)", faith.1);
    set(row, "UKPRN", format!("{:08}", 10_000_000 + school.urn % 1_000_000));
    set(row, "Country (name)", "England");
    set(row, "Gender (code)", "3");
    set(row, "Gender (name)", "Mixed");
}

fn dates(row: &mut Row, random: &mut Random, school: &School, year: i16) {
    let changed = date(year, 1, 1).saturating_add(days(random, 120));
    set(row, "LastChangedDate", changed.strftime(DAY).to_string());
    set(row, "CensusDate", date(year, 1, 18).strftime(DAY).to_string());
    let (code, name) = if school.kind == Kind::Closed { ("2", "Closed") } else { ("1", "Open") };
    set(row, "EstablishmentStatus (code)", code);
    set(row, "EstablishmentStatus (name)", name);
    if school.kind == Kind::Closed {
        let closed = date(year - 2, 8, 31);
        set(row, "CloseDate", closed.strftime(DAY).to_string());
        set(row, "ReasonEstablishmentClosed (code)", "99");
        set(row, "ReasonEstablishmentClosed (name)", "Not applicable");
    }
    if let Some(opened) = opened(school, year) {
        set(row, "OpenDate", opened.strftime(DAY).to_string());
    }
}

/// Academies have an opening day; of old schools nobody knows it.
fn opened(school: &School, year: i16) -> Option<Date> {
    let Standing::Academy { joined, .. } = school.standing else { return None };
    // A school that joins its trust after the tests was open before.
    Some(joined.min(date(year - 1, 9, 1)))
}

fn ages_and_pupils(row: &mut Row, random: &mut Random, school: &School) {
    let (low, high) = match school.kind {
        Kind::Primary | Kind::Closed => (random.pick(&[3, 4, 4, 5]), 11),
        Kind::Junior => (7, 11),
        Kind::Special => (random.pick(&[2, 4, 5]), random.pick(&[16, 19])),
        Kind::PupilReferral => (5, 16),
        Kind::Independent => (3, 11),
        Kind::Infant => (random.pick(&[3, 4]), 7),
        Kind::Secondary => (11, random.pick(&[16, 18])),
    };
    set(row, "StatutoryLowAge", low.to_string());
    set(row, "StatutoryHighAge", high.to_string());
    if school.kind == Kind::Closed {
        return;
    }
    let pupils = u32::from(school.cohort) * u32::try_from(high - low).unwrap_or(1);
    let boys = pupils / 2 + random.below(5).min(pupils / 2);
    set(row, "SchoolCapacity", (pupils + 10).to_string());
    set(row, "NumberOfPupils", pupils.to_string());
    set(row, "NumberOfBoys", boys.to_string());
    set(row, "NumberOfGirls", (pupils - boys).to_string());
    set(row, "PercentageFSM", format!("{}.{}", 4 + random.below(40), random.below(10)));
}

fn trust(row: &mut Row, register: &Register, school: &School) {
    let (flag, name) = match school.standing {
        Standing::Academy { trust, .. } => {
            let trust = &register.trusts[trust];
            set(row, "Trusts (code)", trust.uid.to_string());
            set(row, "Trusts (name)", trust.name.as_str());
            if trust.multi {
                ("3", "Supported by a multi-academy trust")
            } else {
                ("5", "Supported by a single-academy trust")
            }
        }
        Standing::Maintained | Standing::Independent => ("0", "Not applicable"),
    };
    set(row, "TrustSchoolFlag (code)", flag);
    set(row, "TrustSchoolFlag (name)", name);
}

fn address(row: &mut Row, random: &mut Random, school: &School) {
    set(row, "Street", random.pick(STREETS));
    if random.chance(0.3) {
        set(row, "Locality", random.pick(PLACES));
    }
    set(row, "Town", random.pick(PLACES));
    set(row, "County (name)", AUTHORITIES[school.authority].1);
    // ZZ is no postcode area, and 01632 960 is reserved for numbers that lead nowhere.
    let letter = || -> &[&str] { &["A", "B", "D", "E", "F", "H", "J", "L", "N", "P"] };
    let (one, two) = (random.pick(letter()), random.pick(letter()));
    set(row, "Postcode", format!("ZZ{} {}{one}{two}", 1 + random.below(99), random.below(10)));
    set(row, "TelephoneNum", format!("01632960{:03}", random.below(1000)));
    set(row, "SchoolWebsite", format!("https://school-{}.example", school.urn));
}

fn head(row: &mut Row, random: &mut Random) {
    let title = random.pick(TITLES);
    let names = if title == "Mr" || (title == "Dr" && random.chance(0.4)) { BOYS } else { GIRLS };
    set(row, "HeadTitle (name)", title);
    set(row, "HeadFirstName", random.pick_ranked(names));
    set(row, "HeadLastName", random.pick_ranked(SURNAMES));
    set(row, "HeadPreferredJobTitle", random.pick(&["Headteacher", "Headteacher", "Principal"]));
}

fn days(random: &mut Random, end: u32) -> jiff::Span {
    jiff::Span::new().days(i64::from(random.below(end)))
}
