//! `daybreak serve`: the server as in production.

use std::sync::Arc;
use std::time::Duration;

use super::SystemArgs;
use super::exit::Failure;
use super::system::{System, runtime};
use crate::app::{App, Purpose, StartError};
use crate::edge::EdgeError;
use crate::telemetry::chain;
use crate::telemetry::logging::{LogTo, begin};

/// Runs until SIGTERM or SIGINT.
pub fn run(args: &SystemArgs) -> Result<(), Failure> {
    begin(LogTo::Stderr, "info");
    let system = System::open(args)?;
    let calendar = system.calendar(system.config.cycles.year)?;
    let notice = Duration::from_secs(system.config.server.notice_seconds);
    let app =
        App::new(&system.config, &calendar, system.clock, Purpose::Serve).map_err(not_started)?;
    runtime()?.block_on(until_told_to_end(app, notice))
}

/// Serves until a signal ends the node, or until it cannot go on by itself. Between the two it says that it is not
/// ready and goes on for so long.
pub async fn until_told_to_end(app: App, notice: Duration) -> Result<(), Failure> {
    let (drain, readiness) = (app.drain(), Arc::clone(&app.jobs.readiness));
    let ending = async {
        told_to_end().await;
        readiness.drain();
        tokio::time::sleep(notice).await;
        drain.begin();
        // From here serving ends by itself.
        std::future::pending().await
    };
    // A whole node is too much for the stack of whoever waits for it.
    tokio::select! {
        report = Box::pin(app.serve()) => report.map(drop).map_err(not_started),
        never = ending => never,
    }
}

/// A start that failed: bad configuration, or something that is not there.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the last stop of an error, as map_err hands it on"
)]
pub fn not_started(error: StartError) -> Failure {
    let message = chain(&error);
    match error {
        StartError::Edge(EdgeError::AddressInUse { .. }) => Failure::unavailable(message),
        StartError::Edge(EdgeError::Settings(_) | EdgeError::Certificate(_))
        | StartError::Config(_)
        | StartError::Misfit(_) => Failure::configuration(message),
        _ => Failure::failed(message),
    }
}

/// Ends with the first SIGTERM or SIGINT.
pub async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = signal(SignalKind::terminate());
    let interrupt = signal(SignalKind::interrupt());
    match (terminate, interrupt) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => (),
                _ = interrupt.recv() => (),
            }
        }
        _ => std::future::pending().await,
    }
}
