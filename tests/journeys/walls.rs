//! The database's own walls between tenants, tried as each of its roles.

use tokio_postgres::{Client, Config, NoTls};

use crate::expected::Delivery;
use crate::support::Demo;

/// Connects as one of the program's roles, with the password of its file.
async fn connect(demo: &Demo, role: &str) -> (Client, tokio::task::JoinSet<()>) {
    let mut config: Config = demo.text("database_url").parse().unwrap();
    let password = demo.data().join("secrets").join(format!("{role}.password"));
    config.user(format!("daybreak_{role}")).password(std::fs::read_to_string(password).unwrap());
    let (client, connection) = config.connect(NoTls).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async { connection.await.unwrap() });
    (client, tasks)
}

/// Why Postgres refuses a statement.
async fn refusal(client: &Client, sql: &str) -> String {
    let error = client.batch_execute(sql).await.expect_err(sql);
    error.as_db_error().unwrap_or_else(|| panic!("{sql}: {error}")).message().to_owned()
}

async fn count(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap_or_else(|e| panic!("{sql}: {e}")).get(0)
}

#[tokio::test]
async fn without_a_scope_nothing_is_read() {
    let demo = Demo::released();
    for role in ["app", "worker"] {
        let (client, _task) = connect(&demo, role).await;
        for table in [
            "pupils",
            "memberships",
            "users",
            "journal_entries",
            "outbox",
            "members",
            "organisation_people",
            "user_reviews",
        ] {
            let message = refusal(&client, &format!("SELECT count(*) FROM {table}")).await;
            assert_eq!(message, "app.scope is not set", "{role} {table}");
        }
        let message = refusal(&client, "SET app.scope = ''; SELECT count(*) FROM pupils").await;
        assert_eq!(message, "app.scope is not set", "{role}");
        assert!(count(&client, "SELECT count(*) FROM organisations").await > 0);
    }
}

#[tokio::test]
async fn with_a_scope_one_organisation_is_read_and_written() {
    let demo = Demo::released();
    let delivery = Delivery::read(demo.text("delivery").as_ref());
    let (client, _task) = connect(&demo, "app").await;
    let rows = demo.query("SELECT id, laestab FROM organisations WHERE kind = 'school'").await;
    let mut seen = 0;
    for row in rows.iter().filter(|row| delivery.schools.contains_key(&row[1])) {
        let (id, laestab) = (&row[0], &row[1]);
        client.batch_execute(&format!("SET app.scope = '{{{id}}}'")).await.unwrap();
        let upns = client.query("SELECT upn, organisation_id FROM pupils", &[]).await.unwrap();
        seen += upns.len();
        assert!(upns.len() >= delivery.schools[laestab].pupils.len(), "{laestab}");
        assert!(upns.iter().all(|row| row.get::<_, i64>(1).to_string() == *id), "{laestab}");
        let foreign = format!("SELECT count(*) FROM pupils WHERE organisation_id <> {id}");
        assert_eq!(count(&client, &foreign).await, 0);
        let change = format!("UPDATE pupils SET surname = surname WHERE organisation_id <> {id}");
        assert_eq!(client.execute(&change, &[]).await.unwrap(), 0);
    }
    assert!(seen >= delivery.schools.values().map(|s| s.pupils.len()).sum());
    let id = &rows.iter().find(|row| delivery.schools.contains_key(&row[1])).unwrap()[0];
    client.batch_execute(&format!("SET app.scope = '{{{id}}}'")).await.unwrap();
    let smuggled = format!(
        "INSERT INTO pupils SELECT o.id, 2024, 'A', 'b', 'c', '', '2013-01-01', 'F', 'Registered', \
         'Registered', 'Registered' FROM organisations o WHERE o.id <> {id} LIMIT 1"
    );
    assert!(refusal(&client, &smuggled).await.contains("row-level security"));
    let moved = "UPDATE pupils SET organisation_id = organisation_id + 1";
    assert!(refusal(&client, moved).await.contains("row-level security"));
}

#[tokio::test]
async fn the_serving_role_changes_how_its_own_organisation_can_be_reached_and_nothing_else() {
    let demo = Demo::released();
    let (client, _task) = connect(&demo, "app").await;
    let change = "UPDATE organisations SET email = 'x@y.example'";
    assert_eq!(refusal(&client, change).await, "app.scope is not set");
    let id = count(&client, "SELECT max(id) FROM organisations").await;
    client.batch_execute(&format!("SET app.scope = '{{{id}}}'")).await.unwrap();
    client.batch_execute("BEGIN").await.unwrap();
    assert_eq!(client.execute(change, &[]).await.unwrap(), 1, "its own row alone");
    client.batch_execute("ROLLBACK").await.unwrap();
    for forbidden in [
        "UPDATE organisations SET name = 'x'",
        "UPDATE organisations SET laestab = NULL",
        "INSERT INTO organisations (kind, name, taken_over_at) VALUES ('staff', 'x', now())",
        "DELETE FROM organisations",
        "UPDATE trust_members SET left_on = now()",
        "INSERT INTO organisation_numbers (organisation_id, until) VALUES (1, now())",
        "SELECT detail FROM audit",
        "SELECT report FROM gias_runs",
        "UPDATE leases SET holder = 'x'",
        "UPDATE members SET user_id = 1",
        "UPDATE members SET ends_at = NULL",
        "UPDATE organisation_people SET users = 0",
        "UPDATE user_reviews SET kept = 1",
        "UPDATE users SET username = 'x'",
        "SELECT open_people(1)",
        "SELECT detail FROM outbox",
    ] {
        let message = refusal(&client, forbidden).await;
        assert!(message.contains("permission denied"), "{forbidden}: {message}");
    }
}

#[tokio::test]
async fn what_is_for_staff_opens_to_the_member_who_may_and_to_nobody_else() {
    let demo = Demo::released();
    let (client, _task) = connect(&demo, "app").await;
    let staff = async |role: &str| {
        let username = demo.account(role).username;
        demo.query(&format!("SELECT id FROM users WHERE username = '{username}'")).await[0][0]
            .clone()
    };
    let pause = "UPDATE waiting_room SET mode = 'paused'";
    let hold = "UPDATE releases SET stage = 'built'";
    let unlock = "UPDATE users SET state = 'active' WHERE state = 'suspended'";
    let acts = [pause, hold, unlock];
    let scope = &demo.query("SELECT id FROM organisations WHERE kind = 'staff'").await[0][0];
    client.batch_execute(&format!("SET app.scope = '{{{scope}}}'")).await.unwrap();
    let done = async |who: &str| {
        client.batch_execute(&format!("SET app.staff = '{who}'; BEGIN")).await.unwrap();
        let mut done = Vec::new();
        for act in acts {
            done.push(client.execute(act, &[]).await.unwrap() > 0);
        }
        client.batch_execute("ROLLBACK").await.unwrap();
        done
    };
    assert_eq!(done("").await, [false; 3]);
    for (role, may) in [
        ("auditor", [false, false, false]),
        ("school_user", [false, false, false]),
        ("queue_operator", [true, false, false]),
        ("release_officer", [false, true, false]),
        ("helpline", [false, false, true]),
        ("security_admin", [false, false, true]),
    ] {
        assert_eq!(done(&staff(role).await).await, may, "{role}");
    }
    let helper = staff("helpline").await;
    client
        .batch_execute(&format!("SET app.staff = '{helper}'; SET app.person = '{helper}'"))
        .await
        .unwrap();
    assert_eq!(
        count(&client, "SELECT count(*) FROM authenticators WHERE user_id <> app_person()").await,
        0
    );
    for forbidden in
        ["SELECT reference_key FROM releases", "DELETE FROM holds", "SELECT secret FROM key_rings"]
    {
        let message = refusal(&client, forbidden).await;
        assert!(message.contains("permission denied"), "{forbidden}: {message}");
    }
}

#[tokio::test]
async fn a_node_reads_the_directory_and_no_pupil() {
    let demo = Demo::released();
    let (client, _task) = connect(&demo, "node").await;
    assert!(count(&client, "SELECT count(*) FROM memberships").await > 0);
    assert!(count(&client, "SELECT count(password_hash) FROM users").await > 0);
    for forbidden in [
        "SELECT count(*) FROM pupils",
        "SET app.scope = '{1,2,3}'; SELECT upn FROM pupils",
        "SELECT job_title FROM users",
        "SELECT recipient FROM outbox",
        "SELECT content FROM outbox",
        "UPDATE outbox SET state = 'sent'",
        "SELECT detail FROM outbox_history",
        "UPDATE users SET state = 'removed'",
        "SELECT phone FROM members",
        "UPDATE members SET state = 'active'",
        "SELECT person_at('a@b.example', 'Ann')",
        "DELETE FROM memberships",
        "UPDATE releases SET stage = 'approved'",
        "CREATE TABLE mine (id int)",
        "SET ROLE daybreak_owner",
    ] {
        let message = refusal(&client, forbidden).await;
        assert!(message.contains("permission denied"), "{forbidden}: {message}");
    }
    for kept in ["UPDATE audit SET actor = ''", "DELETE FROM journal_entries"] {
        assert!(refusal(&client, kept).await.contains("permission denied"), "{kept}");
    }
}

#[tokio::test]
async fn every_table_of_a_tenant_forces_its_policies_and_no_role_steps_over_them() {
    let demo = Demo::released();
    // Who belongs to which trust is public; everything else of an organisation or a person is not.
    let open = demo
        .query(
            "SELECT DISTINCT c.relname FROM pg_class c
             JOIN information_schema.columns i ON i.table_name = c.relname
             WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
               AND i.column_name IN ('organisation_id', 'user_id', 'upn', 'password_hash')
               AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
        )
        .await;
    assert_eq!(open, [["trust_members"]]);
    let strong = demo
        .query(
            "SELECT rolname FROM pg_roles WHERE rolname IN
                 ('daybreak_owner', 'daybreak_app', 'daybreak_node', 'daybreak_worker')
               AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication)",
        )
        .await;
    assert_eq!(strong, Vec::<Vec<String>>::new());
}

#[test]
fn check_finds_nothing_wrong_with_the_demo() {
    let demo = Demo::released();
    let (code, out, error) = demo.command(&["check"]);
    assert_eq!((code, out.trim()), (0, "No problems found."), "{error}");
    let (code, out, _) = demo.command(&["check", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["problems"]), (0, &serde_json::json!([])));
}
