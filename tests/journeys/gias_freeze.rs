//! Around the results, who belongs to which trust stays as it is; everything else is taken over.

use serde_json::Value;

use super::gias::{Extract, LINK_FILE};
use super::gias_nightly::{Night, put, renamed};

/// Two hours and a half before results open: the job looks from four o'clock on.
const MORNING: &str = "2024-07-09T05:00:00";
const WAITING: &str = "2 trust changes wait until 12:00am on 10 July 2024: results open";

fn is_open_trust(column: &dyn Fn(&str) -> usize, row: &[String]) -> bool {
    row[column("Group Type (code)")] == "06" && row[column("Group Status (code)")] == "OPEN"
}

/// An extract in which a school has another name, and one has left its trust for another; its URN.
fn moved() -> (Extract, String) {
    let extract = renamed(1);
    let mut trusts = Vec::new();
    extract.edit("gias/groups.csv", |column, rows| {
        let trust = |row: &&mut Vec<String>| is_open_trust(column, row);
        let uid = |row: &mut Vec<String>| row[column("Group UID")].clone();
        trusts = rows.iter_mut().filter(trust).map(uid).collect();
    });
    let mut urn = String::new();
    extract.edit(LINK_FILE, |column, rows| {
        let is_member = |row: &&mut Vec<String>| is_open_trust(column, row);
        let row = rows.iter_mut().find(is_member).unwrap();
        let other = trusts.iter().find(|trust| **trust != row[column("Group UID")]).unwrap();
        other.clone_into(&mut row[column("Group UID")]);
        "01-07-2024".clone_into(&mut row[column("Joined date")]);
        row[column("URN")].clone_into(&mut urn);
    });
    (extract, urn)
}

/// When the school joined and left each trust.
async fn membership(night: &Night, urn: &str) -> Vec<[String; 2]> {
    let sql = format!(
        "SELECT m.joined_on, m.left_on FROM trust_members m JOIN organisations o ON o.id = m.organisation_id
         WHERE o.urn = {urn} ORDER BY m.joined_on"
    );
    let rows = night.demo.query(&sql).await.into_iter();
    rows.map(|row| [row[0].clone(), row[1].clone()]).collect()
}

#[tokio::test]
async fn trusts_wait_until_the_day_of_the_results_is_over() {
    let (extract, urn) = moved();
    let mut night = Night::as_of(MORNING, &[("20240709", &extract)]);
    let before = membership(&night, &urn).await;
    night.looked("applied").await;
    assert_eq!(night.names().await.len(), 1, "everything else is taken over");
    assert_eq!(membership(&night, &urn).await, before);
    let run = night.runs().remove(0);
    assert_eq!((&run["state"], &run["report"]["waiting"]), (&"applied".into(), &WAITING.into()));
    let (_, shown, _) = night.demo.command(&["gias", "show", &run["run"].to_string()]);
    assert!(shown.contains(WAITING), "{shown}");
    let audit =
        "SELECT detail FROM audit WHERE action = 'gias.taken_over' ORDER BY seq DESC LIMIT 1";
    let detail = night.demo.query(audit).await.remove(0).remove(0);
    assert!(detail.contains("renamed 1; 2 trust changes wait"), "{detail}");

    put(night.folder.path(), "20240710", &extract);
    night.demo.move_clock(24 * 60);
    night.looked("applied").await;
    let after = membership(&night, &urn).await;
    assert_eq!(after[0], [before[0][0].clone(), "2024-07-10".to_owned()]);
    assert_eq!(after[1], ["2024-07-01".to_owned(), String::new()]);
    assert_eq!(night.runs()[0]["report"]["waiting"], Value::Null);
}

#[tokio::test]
async fn a_data_operator_with_a_reason_does_not_wait() {
    let (extract, urn) = moved();
    let night = Night::as_of(MORNING, &[]);
    let before = membership(&night, &urn).await;
    let import = |more: &[&str]| {
        let folder = extract.path().to_str().unwrap();
        night.demo.command(&[&["gias", "import", folder][..], more].concat())
    };
    let (code, told, error) = import(&[]);
    assert_eq!(code, 0, "{error}");
    assert!(told.contains("1 changed names of schools") && told.contains(WAITING), "{told}");
    assert!(told.contains(" joins ") && told.contains(" leaves "), "{told}");
    assert_eq!(membership(&night, &urn).await, before);

    let (code, _, error) = import(&["--despite-freeze", "--actor", &night.operator.username]);
    assert!(code != 0 && error.contains("--reason"), "{error}");
    let why = ["--despite-freeze", "--reason", "The trust has no school else", "--json", "--actor"];
    let (code, _, error) = import(&[&why[..], &["nobody@agency.example"]].concat());
    assert_eq!(code, 1);
    assert!(error.contains("no active data operator"), "{error}");
    assert_eq!(membership(&night, &urn).await, before);
    let (code, told, error) = import(&[&why[..], &[night.operator.username.as_str()]].concat());
    assert_eq!(code, 0, "{error}");
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["counts"]["joined_trusts"], &told["waits_until"]), (&1.into(), &Value::Null));
    assert_eq!(membership(&night, &urn).await.len(), before.len() + 1);
    let audit = "SELECT actor, detail FROM audit WHERE action = 'gias.despite_freeze'";
    let expected = [night.operator.username.as_str(), "The trust has no school else"];
    assert_eq!(night.demo.query(audit).await, [expected]);
    assert_eq!(night.demo.command(&["audit", "verify"]).0, 0);
}
