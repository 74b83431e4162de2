//! `daybreak serve`: the server as in production.

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
    let app =
        App::new(&system.config, &calendar, system.clock, Purpose::Serve).map_err(not_started)?;
    runtime()?.block_on(async {
        let drain = app.drain();
        let serving = app.serve();
        let ending = async {
            told_to_end().await;
            drain.begin();
        };
        let (report, ()) = tokio::join!(serving, ending);
        report.map(drop).map_err(not_started)
    })
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
        | StartError::Config(_) => Failure::configuration(message),
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
