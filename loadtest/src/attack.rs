//! The run itself: goose starts a number of users, and each of them is one person after the other.
//!
//! Goose alone is a closed model: its users wait for their answers before they go on. Here the plan says
//! when each person arrives, whatever became of those before. A goose user takes the next person, waits
//! for their moment, opens a browser of their own and lives their visit. While there are more users than
//! people at once, a slow server does not slow the arrivals; when there are not, lateness is measured.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use goose::GooseAttack;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionFunction};
use tokio::time::Instant;

use crate::browser::{Trust, fresh};
use crate::error::Error;
use crate::ready::Target;
use crate::run::{Place, Run};
use crate::visit::come;

/// Goose users started in a second.
const USERS_PER_SECOND: usize = 2000;
/// From the start of goose to the first arrival, beyond the time that starting its users takes.
const LEAD: Duration = Duration::from_secs(2);
/// Time between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(10);

/// How long goose needs until all its users wait for their people.
pub(crate) fn lead(users: usize) -> Duration {
    LEAD + Duration::from_secs_f64(f64::from(u32::try_from(users).unwrap_or(u32::MAX)) / 1000.0)
}

/// Finds the server, and asks it one thing, so that a wrong address is known before anybody arrives.
pub(crate) async fn find(target: &Target) -> Result<Place, Error> {
    let url = target.base_url.trim_end_matches('/').to_owned();
    let unreachable = |problem: String| Error::Unreachable { url: url.clone(), problem };
    let parsed = reqwest::Url::parse(&url).map_err(|error| Error::data("base_url", error))?;
    let (Some(host), Some(port)) = (parsed.host_str(), parsed.port_or_known_default()) else {
        return Err(Error::data("base_url", format!("{url} names no host")));
    };
    let file = target.ca_file.display().to_string();
    let trust = Trust::from_pem(&target.authority()?).map_err(|error| Error::data(&file, error))?;
    let mut problem = "no address".to_owned();
    for address in addresses(host, port).map_err(|error| unreachable(error.to_string()))? {
        let (base_url, trust) = (url.clone(), trust.clone());
        let place = Place { base_url, host: host.to_owned(), address, trust };
        match answers(&place).await {
            Ok(()) => return Ok(place),
            Err(error) => problem = chain(&error),
        }
    }
    Err(unreachable(problem))
}

fn addresses(host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    Ok((bare, port).to_socket_addrs()?.collect())
}

async fn answers(place: &Place) -> Result<(), reqwest::Error> {
    let client = fresh(place).build()?;
    client.get(format!("{}/queue/status", place.base_url)).send().await?.error_for_status()?;
    Ok(())
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    words
}

/// Runs the plan to its end, or until it is stopped.
pub(crate) async fn run(run: &Arc<Run>, users: usize) -> Result<(), Error> {
    let shared = Arc::clone(run);
    let function: TransactionFunction = Arc::new(move |user: &mut GooseUser| {
        let run = Arc::clone(&shared);
        Box::pin(async move {
            while let Some(visit) = run.next_visit() {
                if come(&run, user, visit).await.is_err() {
                    break;
                }
            }
            Ok(())
        })
    });
    let people = Scenario::new("people").register_transaction(Transaction::new(function));
    let attack = GooseAttack::initialize_with_config(options(&run.place.base_url, users)?)
        // One client that goose asks for and nobody uses: each person brings their own.
        .and_then(|attack| {
            attack.set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())
        })
        .map_err(|error| Error::Failed(error.to_string()))?
        .register_scenario(people);
    tokio::select! {
        done = attack.execute() => done.map(|_| ()).map_err(|error| Error::Failed(error.to_string())),
        () = tell(run) => Ok(()),
    }
}

/// Options of goose. Its own figures are off: they end at the first byte of an answer and are rounded.
fn options(host: &str, users: usize) -> Result<GooseConfiguration, Error> {
    let (users, rate) = (users.to_string(), USERS_PER_SECOND.to_string());
    let options = [
        "--host",
        host,
        "--users",
        &users,
        "--increase-rate",
        &rate,
        "--iterations",
        "1",
        "--no-metrics",
        "--no-print-metrics",
        "--no-telnet",
        "-qqq",
    ];
    GooseConfiguration::parse_args_default(&options)
        .map_err(|error| Error::Failed(error.to_string()))
}

/// Says how it goes, until it is no longer asked.
async fn tell(run: &Run) {
    let all = run.plan.visits.len();
    let mut next = run.started;
    loop {
        next += PROGRESS;
        tokio::time::sleep_until(next).await;
        let (seconds, [came, went], served, waiting, errors) = run.tally(|tally| {
            let served = tally.served.iter().flatten().count();
            (run.now().as_secs(), tally.visits, served, tally.waiting, tally.errors())
        });
        eprintln!(
            "{seconds:>5} s: {came} of {all} people came, {went} left, {waiting} in the queue, \
             {served} of {} schools served, {errors} errors",
            run.plan.schools
        );
    }
}

/// The moment of the first arrival: as soon as goose is ready, or, where results are still to open, so
/// that the plan's opening meets theirs.
pub(crate) fn first_arrival(until_opening: Option<f64>, opening_s: f64, users: usize) -> Instant {
    let soonest = lead(users);
    let wished = until_opening.map(|left| left - opening_s).filter(|left| *left > 0.0);
    let wait = wished.map_or(soonest, |left| Duration::from_secs_f64(left).max(soonest));
    Instant::now() + wait
}
