//! Providers of email that are slow, break off or talk nonsense, and a node that is killed in between.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Demo, until};

mod notify;
mod smtp;

use notify::NotifyServer;
use smtp::SmtpServer;

const KEY: &str = "test-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0";

/// Queues as many messages for a school's user as asked, and gives the reference of the last.
async fn queue(demo: &Demo, cause: &str, count: u32) -> String {
    let username = demo.account("school_user").username;
    let name = r"Ann\r\nBcc: all@school.example <b>[x](https://evil.example)</b> ((help))";
    demo.query(&format!(
        "INSERT INTO outbox (cause, recipient, organisation_id, template, content, queued_at)
         SELECT '{cause} ' || n, u.username, m.organisation_id, 'results-corrected',
             jsonb_build_object('name', E'{name}', 'organisations', jsonb_build_array('A School')),
             '2024-07-09T12:00:00Z'
         FROM generate_series(1, {count}) n, users u JOIN memberships m ON m.user_id = u.id
         WHERE u.username = '{username}' AND m.permission = 'user' ORDER BY n"
    ))
    .await;
    let rows = demo.query("SELECT reference FROM outbox ORDER BY id DESC LIMIT 1").await;
    rows[0][0].clone()
}

/// Nothing waits for its time any more, as if it had come.
async fn time_passes(demo: &Demo) {
    demo.query("UPDATE outbox SET due_at = '-infinity' WHERE due_at IS NOT NULL").await;
}

async fn state(demo: &Demo, reference: &str) -> String {
    let sql = format!("SELECT state FROM outbox WHERE reference = '{reference}'");
    demo.query(&sql).await[0][0].clone()
}

async fn becomes(demo: &Demo, reference: &str, expected: &str) {
    let what = format!("{reference} is {expected}");
    until(&what, async || state(demo, reference).await == expected).await;
}

fn with_notify(server: &NotifyServer, secrets: &tempfile::TempDir) -> Demo {
    let key = secrets.path().join("key");
    fs::write(&key, KEY).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let toml = format!(
        "[email]\nsender = 'notify'\n[email.notify]\naddress = 'http://{}'\nkey_file = '{}'\n\
         template_id = 'f33517ff-2a88-4f6e-b855-c550268ce08a'",
        server.address,
        key.display()
    );
    Demo::configured(12, &toml, &["--released"])
}

fn with_smtp(server: &SmtpServer) -> Demo {
    let toml = format!(
        "[email]\nsender = 'smtp'\nfrom_address = 'no-reply@results.example'\n\
         [email.smtp]\nhost = '127.0.0.1'\nport = {}\nencryption = 'none'",
        server.address.port()
    );
    Demo::configured(12, &toml, &["--released"])
}

#[tokio::test]
async fn notify_gets_each_message_once_whatever_it_answers() {
    use notify::Mode;
    let (server, secrets) = (NotifyServer::start(), tempfile::tempdir().unwrap());
    let mut demo = with_notify(&server, &secrets);
    // Kept, and then: no answer, a failure, nonsense, no id, an endless answer.
    let unanswered = [Mode::Cut, Mode::Fail, Mode::Nonsense, Mode::NoId, Mode::Endless];
    for (number, mode) in unanswered.into_iter().enumerate() {
        server.set(mode);
        let reference = queue(&demo, &format!("unanswered {number}"), 1).await;
        becomes(&demo, &reference, "sending").await;
        until("it was kept", async || server.kept(&reference) == 1).await;
        until("noted", async || answered(&demo, &reference).await).await;
        server.set(Mode::Take);
        time_passes(&demo).await;
        becomes(&demo, &reference, "sent").await;
        assert_eq!(server.kept(&reference), 1, "{mode:?}");
    }
    // Surely not taken: tried again. Refused: not tried again.
    server.set(Mode::Busy);
    let reference = queue(&demo, "busy", 1).await;
    until("tried", async || detail(&demo, &reference).await.contains("429")).await;
    assert_eq!(state(&demo, &reference).await, "pending");
    server.set(Mode::Take);
    time_passes(&demo).await;
    becomes(&demo, &reference, "sent").await;
    time_passes(&demo).await;
    becomes(&demo, &reference, "delivered").await;
    server.set(Mode::Refuse);
    let refused = queue(&demo, "refused", 1).await;
    becomes(&demo, &refused, "failed").await;

    // Killed after it was kept and before that was noted.
    server.set(Mode::Hang);
    let reference = queue(&demo, "killed", 1).await;
    until("it was kept", async || server.kept(&reference) == 1).await;
    demo.kill();
    time_passes(&demo).await;
    server.set(Mode::Take);
    demo.restart();
    becomes(&demo, &reference, "sent").await;
    assert_eq!(server.kept(&reference), 1, "a duplicate");
    words_are_safe(&server, &reference);

    // An address from which messages come back gets no more.
    server.set(Mode::Bounce);
    let last = queue(&demo, "bounced", 1).await;
    becomes(&demo, &last, "sent").await;
    time_passes(&demo).await;
    becomes(&demo, &last, "bounced").await;
    server.set(Mode::Take);
    let next = queue(&demo, "after", 1).await;
    becomes(&demo, &next, "bounced").await;
    assert_eq!(server.kept(&next), 0);
    operators_see_and_send_again(&demo, &next);
    becomes(&demo, &next, "sent").await;
    // What a demo tells the terminal stands beside its log.
    let (log, username) = (demo.log(), demo.account("school_user").username);
    let told = log.lines().filter(|line| line.starts_with('{') && line.contains(&username));
    assert_eq!(told.collect::<Vec<_>>(), Vec::<&str>::new(), "a person in the log");
}

async fn answered(demo: &Demo, reference: &str) -> bool {
    let sql = format!("SELECT lease IS NULL FROM outbox WHERE reference = '{reference}'");
    demo.query(&sql).await[0][0] == "t"
}

async fn detail(demo: &Demo, reference: &str) -> String {
    let sql = format!("SELECT detail FROM outbox WHERE reference = '{reference}'");
    demo.query(&sql).await[0][0].clone()
}

/// What stands in a name is text: no second line, no link, no markup, no placeholder.
fn words_are_safe(server: &NotifyServer, reference: &str) {
    let body = server.body(reference);
    let dear = body.lines().find(|line| line.starts_with("Dear ")).unwrap();
    assert!(dear.contains("Bcc:") && dear.ends_with(','), "{dear}");
    for look in ["](", "://", "((", "evil.example"] {
        assert!(!dear.contains(look), "{dear}");
    }
    assert!(body.contains("/results\n"), "{body}");
}

fn operators_see_and_send_again(demo: &Demo, reference: &str) {
    let (code, list, _) = demo.command(&["email", "list", "--json"]);
    let lines: Vec<serde_json::Value> =
        list.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ours = lines.iter().find(|line| line["reference"] == reference).unwrap();
    assert_eq!((code, &ours["state"]), (0, &"bounced".into()));
    let id = ours["id"].to_string();
    let (code, shown, _) = demo.command(&["email", "show", &id]);
    assert!(code == 0 && shown.contains("come back"), "{shown}");
    let (code, users, _) = demo.command(&["user", "list"]);
    assert!(code == 0 && users.contains("emails come back"), "{users}");
    assert_eq!(demo.command(&["email", "retry", &id]).0, 0);
    assert_eq!(demo.command(&["email", "retry", "999999"]).0, 1);
}

#[tokio::test]
async fn smtp_may_get_a_message_twice_and_it_says_so() {
    use smtp::Mode;
    let server = SmtpServer::start();
    let mut demo = with_smtp(&server);
    let reference = queue(&demo, "plain", 1).await;
    becomes(&demo, &reference, "sent").await;
    let message = server.messages(&reference).remove(0);
    let (head, _) = message.split_once("\r\n\r\n").unwrap();
    assert!(!head.to_lowercase().contains("\r\nbcc:"), "{head}");
    assert!(head.contains(&format!("Message-ID: <{reference}@results.example>")), "{head}");

    // Before the message: surely not sent, so never marked.
    for (number, mode) in [Mode::CutBefore, Mode::Later, Mode::Nonsense].into_iter().enumerate() {
        server.set(mode);
        let reference = queue(&demo, &format!("before {number}"), 1).await;
        until("tried", async || !detail(&demo, &reference).await.is_empty()).await;
        assert_eq!(state(&demo, &reference).await, "pending", "{mode:?}");
        server.set(Mode::Take);
        time_passes(&demo).await;
        becomes(&demo, &reference, "sent").await;
        assert_eq!(server.messages(&reference).len(), 1);
        assert!(!marked(&demo, &reference).await, "{mode:?}");
    }
    // The connection is cut after the message.
    server.set(Mode::CutAfter);
    let reference = queue(&demo, "cut", 1).await;
    becomes(&demo, &reference, "sending").await;
    until("noted", async || answered(&demo, &reference).await).await;
    server.set(Mode::Take);
    time_passes(&demo).await;
    becomes(&demo, &reference, "sent").await;
    assert!(server.messages(&reference).len() == 2 && marked(&demo, &reference).await);

    // Killed between the message and the note.
    server.set(Mode::Hang);
    let reference = queue(&demo, "killed", 1).await;
    until("it was taken", async || server.messages(&reference).len() == 1).await;
    demo.kill();
    time_passes(&demo).await;
    server.set(Mode::Take);
    demo.restart();
    becomes(&demo, &reference, "sent").await;
    assert!(server.messages(&reference).len() == 2 && marked(&demo, &reference).await);

    // The address is refused.
    server.set(Mode::NoSuchUser);
    let reference = queue(&demo, "unknown", 1).await;
    becomes(&demo, &reference, "bounced").await;
    let (code, _, error) = demo.command(&["email", "bounced", "nobody@school.example"]);
    assert!(code == 1 && error.contains("nobody"), "{error}");
}

async fn marked(demo: &Demo, reference: &str) -> bool {
    let sql = format!("SELECT maybe_twice FROM outbox WHERE reference = '{reference}'");
    demo.query(&sql).await[0][0] == "t"
}

/// Memory that the server has had at most so far, in kB.
fn most_memory(demo: &Demo) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", demo.ready["pid"])).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Ten thousand messages at once may add this much memory, in kB.
const GROWTH_MAX: u64 = 64 * 1024;

#[tokio::test]
async fn ten_thousand_messages_are_sent_by_two_nodes_each_once() {
    let demo = Demo::of_sample(12, &["--released"]);
    let before = most_memory(&demo);
    let _other = super::nodes::Node::start(&demo);
    queue(&demo, "many", 10_000).await;
    let left = async || {
        let sql = "SELECT count(*) FROM outbox WHERE state <> 'sent'";
        demo.query(sql).await[0][0].parse::<u32>().unwrap()
    };
    while left().await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    let grown = most_memory(&demo).saturating_sub(before);
    assert!(grown < GROWTH_MAX, "{grown} kB");
    let tries = demo.query("SELECT max(attempts), sum(attempts) FROM outbox").await;
    assert_eq!(tries, [["1", "10000"]]);
    let files = fs::read_dir(demo.text("mail_dir")).unwrap().count();
    assert_eq!(files, 10_000);
    assert!(demo.count("daybreak_emails_total{outcome=\"sent\"}").await > 0);
}
