//! Organisations as the service names them: people of local authorities and trusts, who have no URN.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::roles::{opens, roles_section, through};
use super::{invite, is_in, round_trip};
use crate::idp::{Says, Service};
use crate::support::{Account, Browser, Demo};

/// A number of somebody's organisation.
async fn number(demo: &Demo, account: &Account, column: &str) -> String {
    let sql = format!(
        "SELECT DISTINCT o.{column} FROM organisations o JOIN memberships m ON m.organisation_id = o.id
         JOIN users u ON u.id = m.user_id WHERE u.username = '{}'",
        account.username
    );
    demo.query(&sql).await.concat().remove(0)
}

/// What the service says of an organisation, as it does of every one: what it has not is null.
fn place(id: &str, category: &str, number: (&str, &str)) -> Value {
    let mut place = json!({ "id": id, "name": "Any", "category": { "id": category, "name": "Any" },
        "urn": null, "uid": null, "ukprn": null, "establishmentNumber": null });
    place[number.0] = json!(number.1);
    place
}

async fn looked_up(demo: &Demo, outcome: &str) -> u64 {
    demo.count(&format!("daybreak_role_lookups_total{{outcome=\"{outcome}\"}}")).await
}

#[tokio::test]
async fn authorities_and_trusts_come_in_by_their_own_numbers_and_look_ups_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start().await;
    let toml = roles_section(folder.path(), &service);
    let demo = Demo::configured(12, &toml, &["--released"]);
    let (authority, trust) = (demo.account("la_user"), demo.account("mat_user"));
    let code = number(&demo, &authority, "la_code").await;
    let uid = number(&demo, &trust, "group_uid").await;
    let own = [
        (&authority, "subject-a", place("PLACE-A", "002", ("establishmentNumber", &code))),
        (&trust, "subject-t", place("PLACE-T", "010", ("uid", &uid))),
    ];
    let mut two = own[0].2.clone();
    two["urn"] = json!("123456");
    for outcome in ["roles", "no_access", "silent", "refused", "unusable"] {
        assert_eq!(looked_up(&demo, outcome).await, 0, "{outcome}");
    }

    // A number counts in its own category alone, and one that names two things names none.
    service.api.says(Says::Codes(&["reader"]));
    invite(&demo, &authority);
    service.person("subject-a", &authority.username, true);
    for claim in [
        two,
        place("PLACE-A", "002", ("establishmentNumber", "999")),
        place("PLACE-A", "001", ("establishmentNumber", &code)),
        place("PLACE-A", "010", ("uid", &code)),
        place("PLACE-A", "010", ("establishmentNumber", &code)),
        place("PLACE-T", "010", ("uid", &uid)),
        json!({ "id": "PLACE-A", "establishmentNumber": code }),
    ] {
        service.organisation(claim.clone());
        let browser = Browser::new(&demo);
        let answer = round_trip(&browser, &service).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{claim}");
        assert!(!is_in(&browser).await, "{claim}");
    }
    assert_eq!(looked_up(&demo, "roles").await, 0, "nobody asks about an organisation of others");

    for (account, subject, claim) in &own {
        invite(&demo, account);
        service.person(subject, &account.username, true);
        service.organisation(claim.clone());
        service.api.says(Says::NoAccess);
        let refused = round_trip(&Browser::new(&demo), &service).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{subject}");
        service.api.says(Says::Codes(&["reader"]));
        let browser = through(&demo, &service).await;
        assert_eq!(opens(&browser).await[0], 200, "{subject}");
        let name = account.organisation.replace('\'', "&#39;");
        assert!(browser.page("/organisation").await.contains(&name), "{subject}");
    }
    assert_eq!((looked_up(&demo, "roles").await, looked_up(&demo, "no_access").await), (2, 2));

    // These numbers are known without the database.
    demo.stop_postgres();
    assert!(is_in(&through(&demo, &service).await).await);
    demo.start_postgres();
    for (says, outcome) in [
        (Says::Error, "refused"),
        (Says::Refuses, "refused"),
        (Says::Garbage, "unusable"),
        (Says::Slow, "silent"),
    ] {
        let before = looked_up(&demo, outcome).await;
        service.api.says(says.clone());
        through(&demo, &service).await;
        assert_eq!(looked_up(&demo, outcome).await, before + 1, "{says:?}");
    }
}
