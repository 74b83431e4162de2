//! Each night one node takes over the national register: found, held against limits, applied or kept for a person.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

pub mod source;

use super::Jobs;
use crate::domain::calendar::{day, zone};
use crate::domain::gias::{Freeze, FreezeWindow, Limits};
use crate::intake::problems::Problems;
use crate::store::gias::runs::{NoteRun, ReadStanding, RunState, Standing, TakeOverRun};
use crate::store::gias::{Mode, TakeOver};
use crate::store::{Store, StoreError};
use crate::telemetry::chain;
use crate::telemetry::gias::GiasOutcome;
use source::{Fetched, Source, SourceError};

/// Name of the job in leases, and its actor in the audit.
const NAME: &str = "gias";
/// It looks this often whether it is time.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// After a look, whatever came of it, no node looks again for so long.
const TURN: SignedDuration = SignedDuration::from_mins(30);
/// Problems of an extract that are noted down with it.
const PROBLEMS_MAX: usize = 50;

/// What the job works with.
#[derive(Clone, Debug)]
pub struct Nightly {
    /// Where extracts are.
    pub source: Source,
    /// Hour of the day in London from which it looks for the day's.
    pub hour: i8,
    /// What may change without a person.
    pub limits: Limits,
    /// When trusts stay as they are.
    pub freeze: FreezeWindow,
}

/// Why a look failed.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error("the database did not do its part")]
    Store(#[from] StoreError),
    #[error("the source did not do its part")]
    Source(#[from] SourceError),
}

/// Looks again and again; does nothing where no source is configured.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    let Some(nightly) = &jobs.gias else { return };
    loop {
        let now = jobs.node.clock.now();
        match look(&jobs, nightly, now).await {
            Ok(None) => (),
            Ok(Some(outcome)) => jobs.metrics.gias.looked(outcome),
            Err(error) => {
                jobs.metrics.gias.looked(GiasOutcome::Failed);
                tracing::warn!(error = %chain(&error), "the register was not taken over");
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// None when it is not time, or another node's turn.
async fn look(
    jobs: &Jobs,
    nightly: &Nightly,
    now: Timestamp,
) -> Result<Option<GiasOutcome>, LookError> {
    // Until the schema has its tables, there is nothing to do.
    let Some(standing) = jobs.working.run(now, &ReadStanding).await? else { return Ok(None) };
    jobs.metrics.gias.taken_over(standing.taken_over_at);
    jobs.metrics.gias.held.set(standing.held);
    let hour = now.to_zoned(zone()).hour();
    if hour < nightly.hour || standing.seen.is_some_and(|seen| seen >= day(now)) {
        return Ok(None);
    }
    if !jobs.takes_turn(NAME, now, TURN).await? {
        return Ok(None);
    }
    let until = nightly.freeze.until(&jobs.node.plan().releases, now);
    let freeze = Freeze::of(until, None);
    let outcome = take(&jobs.working, nightly, &standing, freeze, now).await?;
    tracing::info!(outcome = outcome.label(), "looked for an extract of the register");
    Ok(Some(outcome))
}

/// Finds the newest extract that was not read yet and takes it over, if its changes stay within the limits.
async fn take(
    store: &Store,
    nightly: &Nightly,
    standing: &Standing,
    freeze: Freeze,
    now: Timestamp,
) -> Result<GiasOutcome, LookError> {
    let Some(found) = nightly.source.newest(day(now), standing.seen).await? else {
        return Ok(GiasOutcome::Nothing);
    };
    let Fetched { on, digest, extract } = found;
    let read = tokio::task::spawn_blocking(move || {
        let mut problems = Problems::default();
        (extract.read(&mut problems), problems)
    });
    let Ok((register, problems)) = read.await else { return Ok(GiasOutcome::Failed) };
    if problems.errors() > 0 {
        store.run(now, &refused(on, digest, &problems, now)).await?;
        return Ok(GiasOutcome::Refused);
    }
    let work = TakeOver {
        register: Arc::new(register),
        with_pupils: None,
        day: on,
        now,
        actor: NAME.to_owned(),
        mode: Mode::Within(nightly.limits.clone()),
        freeze,
    };
    let taken = store.run(now, &TakeOverRun { work, digest }).await?;
    if let Some(waiting) = &taken.difference.waiting {
        tracing::info!("{}", waiting.words());
    }
    Ok(if taken.applied { GiasOutcome::Applied } else { GiasOutcome::Held })
}

/// An extract that cannot be read, for `gias show`.
fn refused(on: Date, digest: Vec<u8>, problems: &Problems, now: Timestamp) -> NoteRun {
    let told: Vec<String> =
        problems.list().iter().take(PROBLEMS_MAX).map(ToString::to_string).collect();
    tracing::error!(first = told.first(), "the extract of the register cannot be read");
    let report = json!({ "problems": told });
    NoteRun { extract_on: on, digest, state: RunState::Refused, report, now }
}
