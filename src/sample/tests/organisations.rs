//! GIAS, trusts and secondaries: enough of each in any sample, and in agreement with each other.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

type Row = BTreeMap<String, String>;

fn laestab(row: &Row) -> String {
    format!("{}{}", row["LA (code)"], row["EstablishmentNumber"])
}

fn open(establishments: &[Row]) -> Vec<&Row> {
    establishments.iter().filter(|row| row["EstablishmentStatus (code)"] == "1").collect()
}

#[test]
fn any_sample_has_every_kind_of_organisation() {
    for schools in [1, 2, 30] {
        let delivery = Delivery::write(&plan(schools, 5, Scripts::None));
        let establishments = delivery.establishments();
        let open = open(&establishments);
        let authorities: BTreeSet<&str> = open.iter().map(|r| r["LA (code)"].as_str()).collect();
        assert!(authorities.len() >= 2, "{schools}");
        assert!(establishments.len() > open.len(), "a closed school, {schools}");
        assert!(open.iter().any(|row| row["StatutoryHighAge"] == "7"), "infants, {schools}");

        let multi: BTreeSet<String> = delivery
            .rows("gias/grouplinks.csv")
            .into_iter()
            .filter(|row| row["Group Type (code)"] == "06")
            .map(|row| row["Group UID"].clone())
            .collect();
        assert!(multi.len() >= 2, "{schools}");

        let secondaries: BTreeSet<String> =
            delivery.rows("year7.csv").iter().map(|row| row["laestab"].clone()).collect();
        assert!(secondaries.len() >= 2, "{schools}");
        let phases: Vec<&str> = open
            .iter()
            .filter(|row| secondaries.contains(&laestab(row)))
            .map(|row| row["PhaseOfEducation (code)"].as_str())
            .collect();
        assert_eq!(phases, vec!["4"; secondaries.len()], "{schools}");

        let pupils = delivery.rows("pupils.csv");
        assert_eq!(pupils[0]["laestab"], "8882045");
        let with_pupils: BTreeSet<&str> = pupils.iter().map(|r| r["laestab"].as_str()).collect();
        assert_eq!(u32::try_from(with_pupils.len()), Ok(schools));
    }
}

#[test]
fn gias_has_its_columns_numbers_and_encoding() {
    let delivery = Delivery::write(&plan(40, 5, Scripts::None));
    let bytes = fs::read(delivery.path().join("gias/edubasealldata.csv")).unwrap();
    let header = bytes.split(|&b| b == b'\n').next().unwrap();
    assert!(header.starts_with(b"URN,LA (code),LA (name),EstablishmentNumber"));
    assert_eq!(header.split(|&b| b == b',').count(), 135);
    assert!(bytes.contains(&0x92), "a curly apostrophe");
    assert!(bytes.contains(&0xE9), "an e with an acute");
    let establishments = delivery.establishments();
    let urns: BTreeSet<&str> = establishments.iter().map(|r| r["URN"].as_str()).collect();
    assert_eq!(urns.len(), establishments.len());
    let open = open(&establishments);
    let numbers: BTreeSet<String> = open.iter().map(|row| laestab(row)).collect();
    assert_eq!(numbers.len(), open.len());
    for row in &open {
        assert!(row["EstablishmentName"].chars().count() <= 100);
        assert!(row["URN"].parse::<crate::domain::ids::Urn>().is_ok());
        assert!(laestab(row).parse::<crate::domain::ids::Laestab>().is_ok());
        assert!(!row["EstablishmentNumber"].starts_with('9'));
    }
    assert!(open.iter().any(|row| row["EstablishmentName"].contains("\"Forest\" Primary School,")));
}

#[test]
fn memberships_agree_with_establishments_and_groups() {
    let delivery = Delivery::write(&plan(60, 5, Scripts::None));
    let establishments = delivery.establishments();
    let groups: BTreeSet<String> = delivery
        .rows("gias/groups.csv")
        .into_iter()
        .filter(|row| row["Group Status (code)"] == "OPEN")
        .map(|row| row["Group UID"].clone())
        .collect();
    let links = delivery.rows("gias/grouplinks.csv");
    let by_urn: BTreeMap<&str, &Row> = links.iter().map(|row| (row["URN"].as_str(), row)).collect();
    assert_eq!(by_urn.len(), links.len(), "each school in one trust");
    for row in open(&establishments) {
        let link = by_urn.get(row["URN"].as_str());
        assert_eq!(link.map_or("", |l| l["Group UID"].as_str()), row["Trusts (code)"]);
    }
    for link in &links {
        assert!(groups.contains(&link["Group UID"]));
    }
    assert_eq!(groups.len() as u64, delivery.summary.trusts);
    let later = links.iter().filter(|row| row["Joined date"] == "01-09-2024").count();
    assert_eq!(later, 1, "one joins after results morning");
}

#[test]
fn a_nation_of_every_size_can_be_drawn() {
    for schools in [3, 19, 250, 16_500] {
        let register = super::super::register::Register::draw(9, 2024, schools);
        let open: Vec<u32> = register
            .schools
            .iter()
            .chain(&register.secondaries)
            .map(super::super::register::School::laestab)
            .collect();
        let distinct: BTreeSet<&u32> = open.iter().collect();
        assert_eq!(distinct.len(), open.len(), "{schools}");
        let pupils: u64 = register.schools.iter().map(|s| u64::from(s.cohort)).sum();
        if schools == 16_500 {
            assert!((620_000..720_000).contains(&pupils), "{pupils}");
            assert!((900..1_700).contains(&register.trusts.len()), "{}", register.trusts.len());
        }
    }
}
