//! Two nodes on one database and one folder of extracts: the register is taken over once.

use super::nodes::Node;
use crate::support::{Demo, sample, until};

/// Schools of the demo.
const SCHOOLS: u32 = 4;

/// Puts the extract of a day there, in which a school has another name.
async fn put(demo: &Demo, folder: &std::path::Path, day: &str) {
    let to = folder.join(day);
    std::fs::create_dir(&to).unwrap();
    for name in ["groups.csv", "grouplinks.csv"] {
        std::fs::copy(sample(SCHOOLS).join("gias").join(name), to.join(name)).unwrap();
    }
    // The file is not UTF-8: only a plain name is the same there.
    let sql = "SELECT name FROM organisations WHERE kind = 'school' AND name ~ '^[A-Za-z ]+$'
        AND name <> 'Renamed School' ORDER BY id LIMIT 1";
    let name = demo.query(sql).await.remove(0).remove(0).into_bytes();
    let mut schools =
        std::fs::read(sample(SCHOOLS).join("gias").join("edubasealldata.csv")).unwrap();
    let place = schools.windows(name.len()).position(|part| part == name).unwrap();
    schools.splice(place..place + name.len(), *b"Renamed School");
    std::fs::write(to.join("edubasealldata.csv"), schools).unwrap();
}

/// Both stand still until each is late with its next look, and then look at the same moment.
async fn both_look(demo: &Demo, second: &Node) {
    demo.signal("-STOP");
    second.signal("-STOP");
    demo.query("UPDATE leases SET until = '-infinity' WHERE name = 'gias'").await;
    demo.query("SELECT pg_sleep(11)").await;
    demo.signal("-CONT");
    second.signal("-CONT");
    until("one of them has a turn", async || has_had_turn(demo).await).await;
}

async fn has_had_turn(demo: &Demo) -> bool {
    let sql = "SELECT FROM leases WHERE name = 'gias' AND until > '2024-07-01'";
    !demo.query(sql).await.is_empty()
}

#[tokio::test]
async fn two_nodes_that_are_due_at_once_take_an_extract_over_once() {
    let folder = tempfile::tempdir().unwrap();
    let toml = format!(
        "[gias]\nfolder = \"{}\"\nschools = \"{{date}}/edubasealldata.csv\"\n\
         groups = \"{{date}}/groups.csv\"\nmemberships = \"{{date}}/grouplinks.csv\"\n",
        folder.path().display()
    );
    let demo = Demo::configured(SCHOOLS, &toml, &["--released"]);
    let second = Node::start(&demo);
    until("somebody has looked", async || has_had_turn(&demo).await).await;
    let taken = "SELECT count(*) FROM audit WHERE action = 'gias.taken_over' AND actor = 'gias'";
    for (before, day) in [("0", "20240707"), ("1", "20240708"), ("2", "20240709")] {
        assert_eq!(demo.query(taken).await, [[before]], "each once");
        put(&demo, folder.path(), day).await;
        both_look(&demo, &second).await;
        let runs =
            format!("SELECT FROM gias_runs WHERE extract_on = '{day}' AND state = 'applied'");
        until("it is taken over", async || !demo.query(&runs).await.is_empty()).await;
        let renamed = "SELECT count(*) FROM organisations WHERE name = 'Renamed School'";
        assert_eq!(demo.query(renamed).await, [["1"]]);
    }
    // Another turn of both finds nothing new.
    both_look(&demo, &second).await;
    assert_eq!(demo.query(taken).await, [["3"]]);
    assert_eq!(demo.query("SELECT count(*) FROM gias_runs").await, [["3"]]);
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}
