//! The ready file, and what a person at the terminal is told.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::accounts::{ACCOUNTS_CSV, Account};
use super::database::Database;
use super::folder::{Folder, replace};
use super::{DemoArgs, text};
use crate::app::App;
use crate::cli::exit::Failure;
use crate::cli::say;
use crate::clock::Clock;
use crate::cluster::{DATABASE, ROLES};
use crate::config::Calendar;
use crate::domain::calendar::{Audience, instant_in_words};

/// Writes the ready file by rename, and says what to try.
pub(super) fn write(
    args: &DemoArgs,
    folder: &Folder,
    app: &App,
    calendar: &Calendar,
    clock: &Clock,
    database: &Database,
) -> Result<(), Failure> {
    let accounts = read_accounts(folder)?;
    let opens = calendar.opens.of(Audience::School);
    let opens_unix = clock.machine_time(opens).as_millisecond();
    let path = folder.path();
    let kept = folder.kept();
    let (_, ops) = app.addresses();
    let base_url = format!("https://localhost:{}", kept.port);
    // A store over the network has no folder.
    let blobs = path.join("blobs");
    let blob_dir = blobs.exists().then(|| text(&blobs));
    let report = json!({
        "base_url": base_url,
        "ops_url": format!("http://{ops}"),
        "ca_file": text(&path.join("tls/ca.pem")),
        "mail_dir": text(&path.join("mail")),
        "database_url": database_url(&kept.database_password, database),
        "release": kept.release(),
        "release_at": opens.to_string(),
        "release_opens_unix": seconds(opens_unix),
        "pid": std::process::id(),
        "postgres_pid": database.cluster.running(),
        "postgres_data": text(database.cluster.data()),
        "blob_dir": blob_dir,
        "delivery": text(&kept.delivery),
        "accounts": accounts,
        "accounts_file": text(&path.join(ACCOUNTS_CSV)),
    });
    let place = args.ready_file.clone().unwrap_or_else(|| path.join("ready.json"));
    replace(&place, serde_json::to_string_pretty(&report).expect("plain data").as_bytes())?;
    tell(&base_url, &accounts, opens.duration_since(clock.now()), &instant_in_words(opens));
    Ok(())
}

/// Unix seconds with their milliseconds.
fn seconds(milliseconds: i64) -> Value {
    let whole = milliseconds.div_euclid(1000);
    let part = milliseconds.rem_euclid(1000);
    serde_json::from_str(&format!("{whole}.{part:03}")).expect("a number")
}

fn database_url(password: &str, database: &Database) -> String {
    let port = database.cluster.port();
    format!("postgresql://{}:{password}@127.0.0.1:{port}/{DATABASE}", ROLES[0])
}

/// Moments of the cycle 2024 to try, in London's time.
const MOMENTS: [(&str, &str); 3] = [
    ("registration", "2024-03-05T09:00"),
    ("test week", "2024-05-14T09:00"),
    ("results morning", "2024-07-09T07:25"),
];

fn read_accounts(folder: &Folder) -> Result<Vec<Account>, Failure> {
    let path = folder.path().join("accounts.json");
    let bytes = std::fs::read(&path)
        .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))
}

fn tell(base_url: &str, accounts: &[Account], wait: SignedDuration, opens: &str) {
    say(&format!("\nDaybreak is at {base_url}"));
    if wait.is_positive() {
        let (minutes, seconds) = (wait.as_secs() / 60, wait.as_secs() % 60);
        say(&format!("Results open {opens} service time: in {minutes} min {seconds} s."));
    } else {
        say(&format!("Results have been open since {opens} service time."));
    }
    say("\nAccounts (all with the same password):");
    let mut told = Vec::new();
    for account in accounts {
        if !told.contains(&account.role.as_str()) {
            told.push(&account.role);
            say(&format!(
                "  {:<28} {:<44} {}",
                account.role, account.username, account.organisation
            ));
        }
    }
    if accounts.iter().any(|account| account.totp_secret.is_some()) {
        say(
            "\nStaff are asked for a code as well: totp_secret in accounts.json, for any authenticator app.",
        );
    }
    if let Some(account) = accounts.first() {
        say(&format!("\nPassword: {}", account.password));
        say(
            "Try: sign in as the school_user, wait for the countdown, open a script, download scripts.zip.",
        );
    }
    say(&format!("Emails of this demo: {base_url}/demo/mailbox"));
    say("Other moments, each in a folder of its own:");
    for (moment, local) in MOMENTS {
        say(&format!("  {moment:<16} daybreak demo --data var/{} --as-of {local}", &local[..10]));
    }
    say("Ctrl-C stops everything; the data stays for the next start.");
}
