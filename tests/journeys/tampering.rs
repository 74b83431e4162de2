//! The chains of audit and journal: whole after use, and broken by whatever is done to their rows.

use crate::support::{Browser, Demo, until};

/// Turns a query as the owner of the tables, who steps over what keeps their rows.
async fn force(demo: &Demo, table: &str, change: &str) {
    let force = if table == "audit" { "" } else { "FORCE ROW LEVEL SECURITY" };
    let (open, close) = match force {
        "" => (String::new(), String::new()),
        force => {
            (format!("ALTER TABLE {table} NO {force};"), format!("ALTER TABLE {table} {force};"))
        }
    };
    demo.query(&format!(
        "BEGIN; {open} ALTER TABLE {table} DISABLE TRIGGER keep_rows; {change};
         ALTER TABLE {table} ENABLE TRIGGER keep_rows; {close} COMMIT"
    ))
    .await;
}

fn verify(demo: &Demo) -> (i32, String) {
    let (code, out, error) = demo.command(&["audit", "verify"]);
    (code, out + &error)
}

#[tokio::test]
async fn every_change_of_a_record_is_found() {
    let demo = Demo::of_sample(12, &["--released"]);
    let account = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &account).await;
    for file in ["results.csv", "results.xml", "scripts.zip"] {
        browser.file(&format!("/results/{}/{file}", account.laestab)).await;
    }
    until("the journal is shipped", async || {
        demo.query("SELECT FROM journal_entries WHERE kind = 'ended'").await.len() >= 3
    })
    .await;
    assert_eq!(verify(&demo).0, 0, "{}", verify(&demo).1);
    let (code, out, _) = demo.command(&["audit", "verify", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0);
    assert!(report["acts"].as_u64() >= Some(2) && report["records"].as_u64() >= Some(7), "{out}");

    // Not even the owner changes rows by the way.
    let url = demo.text("database_url").parse::<tokio_postgres::Config>().unwrap();
    let (owner, connection) = url.connect(tokio_postgres::NoTls).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async { connection.await.unwrap() });
    for change in [
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM journal_entries",
        "TRUNCATE journal_entries",
    ] {
        assert!(owner.batch_execute(change).await.is_err(), "{change}");
    }
    drop(owner);

    for (table, what, change) in [
        (
            "journal_entries",
            "a record is altered",
            "UPDATE journal_entries SET record = set_byte(record, 20, 1) WHERE seq = 2",
        ),
        (
            "journal_entries",
            "a hash is altered",
            "UPDATE journal_entries SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) WHERE seq = 3",
        ),
        (
            "journal_entries",
            "a record in the middle is gone",
            "DELETE FROM journal_entries WHERE seq = 2",
        ),
        (
            "journal_entries",
            "the last records are gone",
            "DELETE FROM journal_entries WHERE seq > 4",
        ),
        (
            "journal_entries",
            "two records have changed places",
            "UPDATE journal_entries SET seq = -seq WHERE seq IN (2, 3);
             UPDATE journal_entries SET seq = 5 + seq WHERE seq < 0",
        ),
        ("journal_entries", "all is gone", "DELETE FROM journal_entries"),
        ("audit", "an actor is altered", "UPDATE audit SET actor = 'somebody' WHERE seq = 1"),
        ("audit", "a time is altered", "UPDATE audit SET at = at + interval '1 s' WHERE seq = 2"),
        ("audit", "an act in the middle is gone", "DELETE FROM audit WHERE seq = 1"),
        (
            "audit",
            "the last act is gone",
            "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
        ),
        (
            "audit",
            "two acts have changed places",
            "UPDATE audit SET seq = -seq WHERE seq IN (1, 2);
             UPDATE audit SET seq = 3 + seq WHERE seq < 0",
        ),
        ("audit", "all is gone", "DELETE FROM audit"),
    ] {
        force(&demo, table, &format!("CREATE TABLE kept AS SELECT * FROM {table}; {change}")).await;
        let (code, said) = verify(&demo);
        assert_eq!(code, 1, "{table}: {what}: {said}");
        let restored =
            format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept ORDER BY seq");
        force(&demo, table, &format!("{restored}; DROP TABLE kept")).await;
        assert_eq!(verify(&demo).0, 0, "{table} is whole again after: {what}");
    }
}
