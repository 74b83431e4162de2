//! Taking over the national register: what changes, what is kept, and what is refused.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Demo, sample};

/// Schools of the demos here.
const SCHOOLS: u32 = 6;
const SCHOOL_FILE: &str = "gias/edubasealldata.csv";
pub(super) const LINK_FILE: &str = "gias/grouplinks.csv";

/// An extract that tests change: cells by column, whose bytes stand for themselves as characters.
pub(super) struct Extract {
    folder: tempfile::TempDir,
}

impl Extract {
    /// The extract of the demo's own delivery.
    pub(super) fn of_sample() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("gias")).unwrap();
        for file in [SCHOOL_FILE, "gias/groups.csv", LINK_FILE] {
            std::fs::copy(sample(SCHOOLS).join(file), folder.path().join(file)).unwrap();
        }
        Self { folder }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Header and rows of a file.
    fn table(&self, name: &str) -> (Vec<String>, Vec<Vec<String>>) {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).from_path(self.file(name)).unwrap();
        let text = |cell: &[u8]| cell.iter().map(|byte| char::from(*byte)).collect::<String>();
        let row = |row: csv::Result<csv::ByteRecord>| row.unwrap().iter().map(text).collect();
        let mut rows: Vec<Vec<String>> = reader.byte_records().map(row).collect();
        let header = rows.remove(0);
        (header, rows)
    }

    /// Changes the rows of a file; a cell is found by its column's name.
    pub(super) fn edit(
        &self,
        name: &str,
        change: impl FnOnce(&dyn Fn(&str) -> usize, &mut Vec<Vec<String>>),
    ) {
        let (header, mut rows) = self.table(name);
        let column = |title: &str| header.iter().position(|known| known == title).unwrap();
        change(&column, &mut rows);
        rows.insert(0, header.clone());
        let mut writer = csv::Writer::from_path(self.file(name)).unwrap();
        for row in rows {
            let bytes = row
                .iter()
                .map(|cell| cell.chars().map(|c| u8::try_from(c).unwrap()).collect::<Vec<u8>>());
            writer.write_byte_record(&bytes.collect()).unwrap();
        }
        writer.flush().unwrap();
    }

    /// Sets a cell of the school with this DfE number.
    pub(super) fn set(&self, laestab: &str, title: &str, value: &str) {
        self.edit(SCHOOL_FILE, |column, rows| {
            let row = rows.iter_mut().find(|row| is(row, column, laestab)).unwrap();
            value.clone_into(&mut row[column(title)]);
        });
    }

    /// Takes it over and gives the report.
    fn import(&self, demo: &Demo, more: &[&str]) -> Value {
        let mut arguments = vec!["gias", "import", self.path().to_str().unwrap(), "--json"];
        arguments.extend_from_slice(more);
        let (code, out, error) = demo.command(&arguments);
        assert_eq!(code, 0, "{error}");
        serde_json::from_str(&out).unwrap()
    }
}

fn is(row: &[String], column: &dyn Fn(&str) -> usize, laestab: &str) -> bool {
    let open = row[column("EstablishmentStatus (code)")] != "2";
    open && format!("{}{}", row[column("LA (code)")], row[column("EstablishmentNumber")]) == laestab
}

/// The changes of a report as `kind: what`, of these kinds.
fn changes(report: &Value, kinds: &[&str]) -> Vec<String> {
    let all = report["changes"].as_array().unwrap().iter();
    let all = all.filter(|change| kinds.contains(&change["kind"].as_str().unwrap()));
    let text = |change: &Value, key: &str| change[key].as_str().unwrap().to_owned();
    all.map(|c| {
        format!("{}: {} {}", text(c, "kind"), text(c, "who"), text(c, "what")).trim().to_owned()
    })
    .collect()
}

/// Everything that taking over writes, for comparing.
async fn written(demo: &Demo) -> Vec<Vec<String>> {
    let mut all = demo
        .query("SELECT id, name, urn, laestab, closed_on, address, taken_over_at FROM organisations ORDER BY id")
        .await;
    all.extend(demo.query("SELECT * FROM trust_members ORDER BY 1, 2, 3").await);
    all.extend(
        demo.query("SELECT organisation_id, urn, laestab FROM organisation_numbers ORDER BY id")
            .await,
    );
    all
}

#[tokio::test]
async fn what_changed_is_told_taken_over_and_the_history_stays() {
    let demo = Demo::of_sample(SCHOOLS, &["--released"]);
    let extract = Extract::of_sample();
    let before = written(&demo).await;
    assert_eq!(extract.import(&demo, &["--dry-run"])["changes"], serde_json::json!([]));

    let mut with_pupils: Vec<String> =
        demo.listed_accounts("school_user").into_iter().map(|account| account.laestab).collect();
    with_pupils.sort();
    with_pupils.dedup();
    let schools = demo
        .query(&format!(
            "SELECT laestab, urn, name, id FROM organisations WHERE laestab IN ({}) ORDER BY laestab",
            with_pupils.join(", ")
        ))
        .await;
    let [gone, named, numbered, academy] = &schools[..4] else { panic!("{schools:?}") };
    extract.set(&gone[0], "CloseDate", "30-06-2024");
    extract.set(&gone[0], "EstablishmentStatus (code)", "2");
    extract.set(&named[0], "EstablishmentName", "St Zo\u{eb}'s \u{92}New\u{92} School");
    let number = format!("{}9991", &numbered[0][..3]);
    extract.set(&numbered[0], "EstablishmentNumber", "9991");
    // The academy has the number of the school that it was, which stands there as closed.
    extract.edit(SCHOOL_FILE, |column, rows| {
        let place = rows.iter().position(|row| is(row, column, &academy[0])).unwrap();
        let mut new = rows[place].clone();
        "2".clone_into(&mut rows[place][column("EstablishmentStatus (code)")]);
        "30-06-2024".clone_into(&mut rows[place][column("CloseDate")]);
        "987654".clone_into(&mut new[column("URN")]);
        "01-07-2024".clone_into(&mut new[column("OpenDate")]);
        let mut opening = new.clone();
        "987655".clone_into(&mut opening[column("URN")]);
        "4".clone_into(&mut opening[column("EstablishmentStatus (code)")]);
        rows.extend([new, opening]);
    });
    let kinds = ["closed", "renamed", "numbers", "converted", "new_schools", "missing"];
    let report = extract.import(&demo, &["--dry-run"]);
    let mut expected = vec![
        format!("closed: {} {} on 2024-06-30", gone[0], gone[2]),
        format!("converted: {} {} {} → 987654", academy[0], academy[2], academy[1]),
        format!("numbers: {number} {} {} → {number}", numbered[2], numbered[0]),
        format!("renamed: {} St Zo\u{eb}'s \u{2019}New\u{2019} School was {}", named[0], named[2]),
    ];
    let mut told = changes(&report, &kinds);
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
    assert_eq!(report["counts"]["closed"], 1);
    assert_eq!(written(&demo).await, before, "a look changes nothing");

    let applied = extract.import(&demo, &["--actor", "somebody@agency.example"]);
    assert_eq!((&applied["applied"], &applied["changes"]), (&true.into(), &report["changes"]));
    assert_eq!(extract.import(&demo, &[])["changes"], serde_json::json!([]), "a second time");
    // The rows go on, with their people and pupils, and tell what they were.
    for (school, laestab, urn) in [
        (academy, academy[0].clone(), "987654".to_owned()),
        (numbered, number, numbered[1].clone()),
    ] {
        let found = demo
            .query(&format!("SELECT laestab, urn FROM organisations WHERE id = {}", school[3]))
            .await;
        assert_eq!(found, [[laestab, urn]]);
        let old = demo
            .query(&format!(
                "SELECT laestab, urn FROM organisation_numbers WHERE organisation_id = {}",
                school[3]
            ))
            .await;
        assert_eq!(old, [[school[0].clone(), school[1].clone()]]);
        let people = demo
            .query(&format!(
                "SELECT count(*) > 0 FROM memberships WHERE organisation_id = {}",
                school[3]
            ))
            .await;
        assert_eq!(people, [["t"]]);
    }
    let audit = demo.query("SELECT actor, detail FROM audit WHERE action = 'gias.taken_over' ORDER BY seq DESC OFFSET 1 LIMIT 1").await;
    assert_eq!(audit[0][0], "somebody@agency.example");
    assert!(audit[0][1].contains("closed 1, converted 1, numbers 1, renamed 1"), "{audit:?}");
    let (code, _, error) = demo.command(&["audit", "verify"]);
    assert_eq!(code, 0, "{error}");
}

#[tokio::test]
async fn a_school_leaves_and_joins_trusts_on_a_day() {
    let demo = Demo::of_sample(SCHOOLS, &["--released"]);
    let extract = Extract::of_sample();
    let members = async |which: &str| {
        demo.query(&format!(
            "SELECT o.urn, m.group_uid, m.joined_on, m.left_on, o.name FROM trust_members m
             JOIN organisations o ON o.id = m.organisation_id WHERE {which} ORDER BY m.joined_on, m.group_uid"
        ))
        .await
    };
    let first = members("m.left_on IS NULL").await.remove(0);
    let other = demo
        .query(&format!(
            "SELECT group_uid, name FROM organisations WHERE kind = 'trust' AND group_uid <> {} LIMIT 1",
            first[1]
        ))
        .await
        .remove(0);
    extract.edit(LINK_FILE, |column, rows| {
        let place = rows.iter().position(|row| row[column("URN")] == first[0]).unwrap();
        other[0].clone_into(&mut rows[place][column("Group UID")]);
        "01-06-2024".clone_into(&mut rows[place][column("Joined date")]);
        "06".clone_into(&mut rows[place][column("Group Type (code)")]);
    });
    let report = extract.import(&demo, &[]);
    let told = changes(&report, &["joined_trusts", "left_trusts"]);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].ends_with(&format!("{} {} on 2024-06-01", other[0], other[1])), "{told:?}");
    let rows = members(&format!("o.urn = {}", first[0])).await;
    // The demo's clock stands at the day after results day.
    assert_eq!(
        rows[0][..4],
        [first[0].clone(), first[1].clone(), first[2].clone(), "2024-07-10".to_owned()]
    );
    assert_eq!(rows[1][1..4], [other[0].clone(), "2024-06-01".to_owned(), String::new()]);
}

#[tokio::test]
async fn bad_extracts_change_nothing_and_say_where() {
    let demo = Demo::of_sample(SCHOOLS, &["--released"]);
    let before = written(&demo).await;
    let refused = |damage: &dyn Fn(&Extract), expected: &[&str]| {
        let extract = Extract::of_sample();
        // Another row is right, and is not taken over either.
        extract.edit(SCHOOL_FILE, |column, rows| {
            "Another name".clone_into(&mut rows[0][column("EstablishmentName")]);
        });
        damage(&extract);
        for more in [["--json"].as_slice(), &["--dry-run"]] {
            let mut arguments = vec!["gias", "import", extract.path().to_str().unwrap()];
            arguments.extend_from_slice(more);
            let (code, out, error) = demo.command(&arguments);
            assert_eq!((code, out.as_str()), (65, ""), "{error}");
            for part in expected {
                assert!(error.contains(part), "{part} in {error}");
            }
        }
    };
    let bytes = |extract: &Extract, name: &str| std::fs::read(extract.file(name)).unwrap();
    refused(
        &|extract| {
            let mut whole = bytes(extract, SCHOOL_FILE);
            let name = b"EstablishmentName";
            let place = whole.windows(name.len()).position(|part| part == name).unwrap();
            whole[place] = b'e';
            std::fs::write(extract.file(SCHOOL_FILE), whole).unwrap();
        },
        &["gias/edubasealldata.csv:1: column EstablishmentName is missing"],
    );
    refused(
        &|extract| {
            extract.edit(SCHOOL_FILE, |_, rows| rows.insert(1, rows[0].clone()));
        },
        &["gias/edubasealldata.csv:3: URN", "stands in line 2 too"],
    );
    refused(
        &|extract| {
            let whole = bytes(extract, SCHOOL_FILE);
            std::fs::write(extract.file(SCHOOL_FILE), &whole[..whole.len() - 100]).unwrap();
        },
        &["gias/edubasealldata.csv:", "cut off or damaged here, at column"],
    );
    refused(
        &|extract| {
            extract.edit(SCHOOL_FILE, |column, rows| {
                "Zo\u{c3}\u{ab}".clone_into(&mut rows[2][column("EstablishmentName")]);
            });
        },
        &["gias/edubasealldata.csv:4: EstablishmentName \"Zo\u{eb}\": is UTF-8, not Windows-1252"],
    );
    refused(
        &|extract| std::fs::write(extract.file(SCHOOL_FILE), b"").unwrap(),
        &["gias/edubasealldata.csv: the file is empty"],
    );
    refused(
        &|extract| extract.edit(LINK_FILE, |_, rows| rows.clear()),
        &["gias/grouplinks.csv: has a header and no rows"],
    );
    refused(
        &|extract| std::fs::remove_file(extract.file("gias/groups.csv")).unwrap(),
        &["gias/groups.csv: No such file"],
    );
    refused(
        &|extract| {
            extract.edit(LINK_FILE, |column, rows| {
                "31/08/2022".clone_into(&mut rows[0][column("Joined date")]);
            });
            extract.edit(LINK_FILE, |column, rows| {
                "06".clone_into(&mut rows[0][column("Group Type (code)")]);
            });
        },
        &["gias/grouplinks.csv:2: Joined date \"31/08/2022\": expected DD-MM-YYYY"],
    );
    assert_eq!(written(&demo).await, before);
}
