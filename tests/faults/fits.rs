//! A node and what it does not belong with: another portal's database, one that it does not trust, a newer program's,
//! nodes of another year or with other keys, and a copy of itself.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::database::eventually;
use super::nodes::{Node, Settings, told};
use crate::support::{Browser, Demo};

/// A certificate for this machine that nobody else signed, and its key.
fn certificate(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) =
        (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

/// Gives the demo's database a certificate, which is its own authority.
fn encrypt(demo: &Demo) -> PathBuf {
    let data = Path::new(demo.text("postgres_data"));
    let (certificate, key) = certificate(data, "server");
    let owner = std::fs::metadata(data).unwrap();
    for file in [&certificate, &key] {
        chown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let settings = data.join("postgresql.conf");
    let text = std::fs::read_to_string(&settings).unwrap();
    let tls = "log_connections = on\nssl = on\nssl_cert_file = 'server.pem'\nssl_key_file = 'server.key'\n";
    std::fs::write(&settings, text + tls).unwrap();
    demo.stop_postgres();
    demo.start_postgres();
    certificate
}

fn trusting(authority: &Path) -> impl FnOnce(&mut Settings) {
    let authority = authority.to_str().unwrap().to_owned();
    |config| {
        config.insert("database", "host", "localhost");
        config.insert("database", "certificate_authority", authority);
    }
}

/// Connections of nodes over TLS that the database has taken.
fn encrypted(demo: &Demo) -> usize {
    let log = Path::new(demo.text("postgres_data")).join("server.log");
    let log = std::fs::read_to_string(log).unwrap();
    log.lines().filter(|l| l.contains("user=daybreak_node") && l.contains("SSL enabled")).count()
}

#[tokio::test]
async fn a_node_speaks_tls_to_the_database_and_refuses_a_server_that_it_does_not_trust() {
    let demo = Demo::start(&["--schools", "4", "--released"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let (other, _) = certificate(elsewhere.path(), "other");
    // Without TLS there is nothing to trust.
    let (code, said) = told(&demo, &["serve"], trusting(&other));
    assert!(code == 78 && said.contains("server does not support TLS"), "{code} {said}");
    let authority = encrypt(&demo);
    assert_eq!(encrypted(&demo), 0, "the demo itself goes without");
    for command in ["serve", "check"] {
        let (code, said) = told(&demo, &[command], trusting(&other));
        assert!(code == 78 && said.contains("is not trusted"), "{command}: {code} {said}");
        assert!(said.contains("invalid peer certificate"), "{command}: {said}");
    }
    let node = Node::changed(&demo, trusting(&authority));
    eventually("the node speaks TLS", async || encrypted(&demo) > 0).await;
    let school = demo.account("school_user");
    let browser = Browser::new(&demo).at(&node.base);
    eventually("somebody signs in there", async || {
        browser.sign_in(&school.username, &school.password).await.status() == 303
    })
    .await;
    let (code, said) = told(&demo, &["check"], trusting(&elsewhere.path().join("nothing.pem")));
    assert!(code == 78 && said.contains("certificate_authority"), "{code} {said}");
}

/// What the demo's node says of its database.
async fn state(demo: &Demo) -> String {
    let ready = reqwest::get(format!("{}/health/ready", demo.text("ops_url"))).await.unwrap();
    let told: serde_json::Value = ready.json().await.unwrap();
    told["database"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_node_refuses_a_database_that_is_not_its_own() {
    let demo = Demo::start(&["--schools", "4", "--released"]);
    let moved =
        |config: &mut Settings| config.insert("server", "origin", "https://results.other.example");
    let both = "database daybreak is the one of localhost, and this configuration is of results.other.example";
    for command in ["serve", "check", "migrate"] {
        let (code, said) = told(&demo, &[command], moved);
        assert!(code == 78 && said.contains(both), "{command}: {code} {said}");
    }
    let (code, said) = told(&demo, &["migrate", "--moved-from", "elsewhere.example"], moved);
    assert!(code == 78 && said.contains("is the one of localhost"), "{code} {said}");
    let (code, said) = told(&demo, &["migrate", "--moved-from", "localhost"], moved);
    assert_eq!(code, 0, "{said}");
    // The node that runs goes on until it has lost its connections; then it refuses as one that starts does.
    demo.stop_postgres();
    demo.start_postgres();
    eventually("the running node refuses it", async || state(&demo).await == "unsafe").await;
    let school = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &school).await;
    let file = format!("/results/{}/results.csv", school.laestab);
    assert_eq!(browser.get(&file).await.status(), 200, "schools go on from memory");
    let (code, said) = told(&demo, &["migrate", "--moved-from", "results.other.example"], |_| ());
    assert_eq!(code, 0, "{said}");
    eventually("it is ours again", async || state(&demo).await == "up").await;

    demo.query(
        "INSERT INTO refinery_schema_history VALUES (999, 'later', '2030-01-01T00:00:00Z', '1')",
    )
    .await;
    for command in ["serve", "check", "migrate"] {
        let (code, said) = told(&demo, &[command], |_| ());
        let newer = "has the schema V999 of a newer program, and this one (";
        assert!(code == 78 && said.contains(newer), "{command}: {code} {said}");
    }
}

#[tokio::test]
async fn a_node_refuses_to_stand_beside_one_of_another_year_or_with_other_keys() {
    let demo = Demo::start(&["--schools", "4", "--released"]);
    let heard = "SELECT count(*) FROM nodes WHERE readiness ? 'configuration'";
    eventually("the demo has told", async || demo.query(heard).await[0][0] == "1").await;
    let (code, said) = told(&demo, &["serve"], |config| config.insert("cycles", "year", 2025));
    assert!(
        code == 78 && said.contains("cycles.year is 2025 here and 2024 on node"),
        "{code} {said}"
    );
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "ab".repeat(32)).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let (code, said) = told(&demo, &["serve"], |config| {
        config.insert("second_factor", "key_file", key.to_str().unwrap());
    });
    assert!(
        code == 78 && said.contains("neither could open what the other seals"),
        "{code} {said}"
    );
}

#[tokio::test]
async fn doctor_tells_a_copied_state_folder_and_nodes_that_are_configured_otherwise() {
    let demo = Demo::start(&["--schools", "4", "--released"]);
    let first = Node::start(&demo);
    let second = Node::changed(&demo, |config| {
        copy(&first.state(), Path::new(config.text("server", "state")));
        config.insert("sessions", "idle_minutes", 25);
    });
    eventually("doctor says so", async || {
        let (_, said, _) = demo.command(&["doctor"]);
        said.contains("two processes speak as node")
            && said.contains("configured otherwise: section sessions")
    })
    .await;
    drop(second);
    eventually("the first is alone again", async || {
        !demo.command(&["doctor"]).1.contains("two processes speak")
    })
    .await;
}

/// Copies a folder as `cp` does.
fn copy(from: &Path, to: &Path) {
    let copied = std::process::Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status();
    assert!(copied.unwrap().success());
}

/// Undoes the newest migrations; whoever adds one writes here how.
const AS_BEFORE: &str = "DROP TABLE submission_history, submissions;
    DROP FUNCTION submission_is_sent;
    ALTER TABLE authenticators DROP COLUMN confirmed_step;
    REVOKE SELECT (made_at) ON identity_links FROM daybreak_node;
    DROP POLICY identity_links_reset ON identity_links;
    DROP POLICY identity_invites_reset ON identity_invites;
    DROP TABLE installation;
    REVOKE SELECT ON refinery_schema_history FROM daybreak_app, daybreak_node, daybreak_worker;
    DELETE FROM refinery_schema_history WHERE version IN (22, 23, 24, 25)";

#[tokio::test]
async fn the_program_serves_with_the_schema_of_before_and_takes_the_new_one_while_it_runs() {
    let demo = Demo::start(&["--schools", "4", "--released"]);
    let newest = "SELECT max(version) FROM refinery_schema_history";
    assert_eq!(demo.query(newest).await[0][0], "25", "AS_BEFORE is about an older migration");
    demo.query(AS_BEFORE).await;
    // A configuration of before does not know the newest keys either.
    let node = Node::changed(&demo, |config| {
        config.remove("database", "certificate_authority");
        config.remove("server", "notice_seconds");
    });
    let school = demo.account("school_user");
    let browser = Browser::new(&demo).at(&node.base);
    let file = format!("/results/{}/results.csv", school.laestab);
    eventually("somebody signs in", async || {
        browser.sign_in(&school.username, &school.password).await.status() == 303
    })
    .await;
    assert_eq!(browser.get(&file).await.status(), 200);
    let page = browser.page("/account/sessions").await;
    assert!(page.contains("<h1"), "{page}");
    let (code, said) = told(&demo, &["migrate"], |_| ());
    assert!(code == 0 && said.contains("V25"), "{code} {said}");
    assert_eq!(browser.get(&file).await.status(), 200);
    assert_eq!(demo.query("SELECT host FROM installation").await[0][0], "localhost");
    let (code, said) = told(&demo, &["check"], |_| ());
    assert_eq!(code, 0, "{said}");
}
