//! The states of an organisation's details.

use jiff::civil::date;

use super::fixture::{at, frame};
use crate::domain::access::OrganisationKind;
use crate::domain::contact::Contact;
use crate::service::organisation::Details;
use crate::web::pages::organisation::{Change, Check, Organisation};

fn contact(phone: &str, email: &str) -> Contact {
    Contact::kept(phone.to_owned(), email.to_owned())
}

fn details(kind: OrganisationKind) -> Details {
    let is_school = kind == OrganisationKind::School;
    Details {
        id: 1,
        kind,
        name: "St Mary's <Primary>".to_owned(),
        urn: is_school.then_some(100_001),
        laestab: is_school.then_some(8_882_045),
        la_code: Some(888),
        group_uid: (kind == OrganisationKind::Trust).then_some(17),
        nature: if is_school { "infant".to_owned() } else { String::new() },
        address: if is_school {
            "1 High Street, Netherby & Vale".to_owned()
        } else {
            String::new()
        },
        contact: contact("01632 960001", ""),
        closed_on: is_school.then_some(date(2024, 8, 31)),
        authority: Some("Northshire".to_owned()),
        trusts: vec![("Trust \"Bobby\"".to_owned(), date(2022, 9, 1))],
        numbers: vec![(Some(8_882_001), date(2023, 9, 1)), (None, date(2020, 9, 1))],
        taken_over_at: at("2024-07-09T03:12:00Z"),
    }
}

pub(super) fn states() -> Vec<(&'static str, String)> {
    use OrganisationKind::{Authority, Provider, School, Trust};
    let page = |kind, may_edit| {
        Organisation::new(frame(Organisation::heading(kind)), &details(kind), may_edit)
    };
    let old = contact("01632 960001", "office@school.example");
    let form = || Change::new(frame(Change::TITLE), &old);
    let markup = ("<script>alert(1)</script>", "a\"b@<Khan>.example");
    let bad = Contact::typed(markup.0, markup.1).unwrap_err();
    let new = contact("01632 960002", "head@school.example");
    vec![
        ("organisation-school", page(School, false).to_string()),
        ("organisation-school-manager", page(School, true).saved().to_string()),
        ("organisation-authority", page(Authority, true).to_string()),
        ("organisation-trust", page(Trust, true).to_string()),
        ("organisation-provider", page(Provider, false).to_string()),
        ("organisation-change", form().to_string()),
        ("organisation-change-refused", form().typed(markup.0, markup.1).refused(bad).to_string()),
        ("organisation-change-overtaken", form().typed("1", "2").overtaken(&new).to_string()),
        ("organisation-check", Check::new(frame(Check::TITLE), old.clone(), new).to_string()),
    ]
}

#[test]
fn a_school_reads_where_its_details_come_from_and_since_when() {
    let html = super::state("organisation-school");
    for words in ["Infant school", "888/2045", "888/2001 until 1 September 2023", "Northshire"] {
        assert!(html.contains(words), "{words}");
    }
    assert!(html.contains("Last taken over from GIAS at 4:12am on 9 July 2024."));
    assert!(html.contains("account managers of the school change these"));
    assert!(!html.contains("/organisation/change"), "this reader may not");
    assert!(html.contains("Not given") && html.contains("01632 960001"));
    assert!(super::state("organisation-school-manager").contains("/organisation/change"));
    assert!(!super::state("organisation-provider").contains("GIAS"));
}
