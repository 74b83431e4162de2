//! Kinds of establishments, trusts as groups, and their members.

use super::super::authorities::AUTHORITIES;
use super::super::output::{Folder, SampleError};
use super::super::register::{Kind, Register, School, Standing, Trust};
use super::DAY;

/// Code and name pairs that say what an establishment is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nature {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) group: (&'static str, &'static str),
    pub(super) phase: (&'static str, &'static str),
}

const MAINTAINED: (&str, &str) = ("4", "Local authority maintained schools");
const SPECIAL: (&str, &str) = ("5", "Special schools");
const ACADEMIES: (&str, &str) = ("10", "Academies");
const INDEPENDENT: (&str, &str) = ("3", "Independent schools");
const NO_PHASE: (&str, &str) = ("0", "Not applicable");

/// Type, group and phase (codes of the CSV, `domain` notes §1.4).
pub(super) fn nature(school: &School) -> Nature {
    let academy = matches!(school.standing, Standing::Academy { .. });
    let (code, name, group) = match (school.kind, academy) {
        (Kind::Special, true) => ("44", "Academy special converter", ACADEMIES),
        (Kind::Special, false) => ("07", "Community special school", SPECIAL),
        (Kind::PupilReferral, true) => ("42", "Academy alternative provision converter", ACADEMIES),
        (Kind::PupilReferral, false) => ("14", "Pupil referral unit", MAINTAINED),
        (Kind::Independent, _) => ("11", "Other independent school", INDEPENDENT),
        (_, true) if school.urn.is_multiple_of(4) => ("28", "Academy sponsor led", ACADEMIES),
        (_, true) => ("34", "Academy converter", ACADEMIES),
        (_, false) if school.church && school.urn.is_multiple_of(2) => {
            ("02", "Voluntary aided school", MAINTAINED)
        }
        (_, false) if school.church => ("03", "Voluntary controlled school", MAINTAINED),
        (_, false) if school.urn.is_multiple_of(9) => ("05", "Foundation school", MAINTAINED),
        (_, false) => ("01", "Community school", MAINTAINED),
    };
    let phase = match school.kind {
        Kind::Primary | Kind::Junior | Kind::Infant | Kind::Closed => ("2", "Primary"),
        Kind::Secondary => ("4", "Secondary"),
        Kind::Special | Kind::PupilReferral | Kind::Independent => NO_PHASE,
    };
    Nature { code, name, group, phase }
}

const GROUP_COLUMNS: [&str; 19] = [
    "Group UID",
    "Group ID",
    "Group Name",
    "Companies House Number",
    "Group Type (code)",
    "Group Type",
    "Closed Date",
    "Group Status (code)",
    "Group Status",
    "Group Contact Street",
    "Group Contact Locality",
    "Group Contact Town",
    "Group Contact Postcode",
    "Head of Group Title",
    "Head of Group First Name",
    "Head of Group Last Name",
    "UKPRN",
    "Incorporated on (open date)",
    "Open date",
];

/// Writes `gias/groups.csv`: the trusts, and one that has closed.
pub(super) fn groups(folder: &mut Folder, register: &Register) -> Result<(), SampleError> {
    let mut table = folder.table("gias/groups.csv", &GROUP_COLUMNS)?;
    for trust in &register.trusts {
        table.row(group(trust, None))?;
    }
    if let Some(last) = register.trusts.last() {
        let uid = last.uid + 7;
        let closed = Trust { uid, name: "Driftwood Bay Trust".to_owned(), ..last.clone() };
        let day = last.opened.saturating_add(jiff::Span::new().years(2));
        let cells = group(&closed, Some(day));
        table.row(cells)?;
    }
    folder.keep(table)
}

fn group(trust: &Trust, closed: Option<jiff::civil::Date>) -> [String; 19] {
    let opened = trust.opened.strftime(DAY).to_string();
    let (type_code, type_name) = kind(trust);
    let (status_code, status) =
        if closed.is_some() { ("CLOSED", "Closed") } else { ("OPEN", "Open") };
    let text = str::to_owned;
    [
        trust.uid.to_string(),
        group_id(trust),
        trust.name.clone(),
        company(trust),
        text(type_code),
        text(type_name),
        closed.map_or_else(String::new, |day| day.strftime(DAY).to_string()),
        text(status_code),
        text(status),
        text("1 Trust House"),
        String::new(),
        text("Netherby"),
        text("ZZ1 1AA"),
        text("Ms"),
        text("Robin"),
        text("Vickerstaff"),
        (10_060_000 + trust.uid).to_string(),
        opened.clone(),
        opened,
    ]
}

fn kind(trust: &Trust) -> (&'static str, &'static str) {
    if trust.multi { ("06", "Multi-academy trust") } else { ("10", "Single-academy trust") }
}

fn group_id(trust: &Trust) -> String {
    format!("TR{:05}", trust.uid)
}

fn company(trust: &Trust) -> String {
    format!("{:08}", 7_000_000 + trust.uid)
}

const LINK_COLUMNS: [&str; 20] = [
    "URN",
    "Group UID",
    "Group ID",
    "Group Name",
    "Companies House Number",
    "Group Type (code)",
    "Group Type",
    "Closed Date",
    "Group Status (code)",
    "Group Status",
    "Joined date",
    "EstablishmentName",
    "TypeOfEstablishment (code)",
    "TypeOfEstablishment (name)",
    "PhaseOfEducation (code)",
    "PhaseOfEducation (name)",
    "LA (code)",
    "LA (name)",
    "Incorporated on (open date)",
    "Open date",
];

/// Writes `gias/grouplinks.csv`: one row for each academy.
pub(super) fn memberships(folder: &mut Folder, register: &Register) -> Result<(), SampleError> {
    let mut table = folder.table("gias/grouplinks.csv", &LINK_COLUMNS)?;
    for school in register.by_urn() {
        if let Standing::Academy { trust, joined } = school.standing
            && school.kind != Kind::Closed
        {
            let cells = membership(school, &register.trusts[trust], joined);
            table.row(cells)?;
        }
    }
    folder.keep(table)
}

fn membership(school: &School, trust: &Trust, joined: jiff::civil::Date) -> [String; 20] {
    let group = group(trust, None);
    let [uid, id, name, company, type_code, type_name, closed, status_code, status, ..] =
        group.clone();
    let [.., incorporated, opened] = group;
    let nature = nature(school);
    let (authority_code, authority_name) = AUTHORITIES[school.authority];
    let text = str::to_owned;
    [
        school.urn.to_string(),
        uid,
        id,
        name,
        company,
        type_code,
        type_name,
        closed,
        status_code,
        status,
        joined.strftime(DAY).to_string(),
        school.name.clone(),
        text(nature.code),
        text(nature.name),
        text(nature.phase.0),
        text(nature.phase.1),
        authority_code.to_string(),
        text(authority_name),
        incorporated,
        opened,
    ]
}
