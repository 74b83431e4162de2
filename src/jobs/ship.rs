//! Ships journals to the database, each record exactly once, and removes those that are through.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::Jobs;
use crate::node::journal::{Entry, JournalFile, Kind, Position, Record, Second};
use crate::node::state::StateError;
use crate::store::StoreError;
use crate::store::factors::{CodeUsed, Used};
use crate::store::journal::{JournalRow, Session, ShipJournal, ShippedUpto};
use crate::store::redeemed::Redemption;
use crate::store::sessions::Began;

/// How often the journal is shipped.
const SHIP_EVERY: Duration = Duration::from_millis(500);
/// Records of one transaction.
const BATCH_MAX: usize = 500;
/// Time for the last shipment at the end of a node.
pub(super) const LAST_SHIPMENT: Duration = Duration::from_secs(3);

/// Why a journal was not shipped.
#[derive(Debug, thiserror::Error)]
pub enum ShipError {
    /// The database is away or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal could not be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// The journal could not be read.
    #[error("a journal could not be read")]
    Read(#[from] std::io::Error),
}

/// Ships again and again.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    let mut positions = HashMap::new();
    loop {
        match ship_from(&jobs, &mut positions).await {
            Ok(()) => jobs.readiness.shipped(jobs.node.clock.now()),
            Err(error) => {
                tracing::warn!(error = %crate::telemetry::chain(&error), "the journal waits");
            }
        }
        report(&jobs);
        tokio::time::sleep(SHIP_EVERY).await;
    }
}

/// Ships everything that there is.
pub async fn ship_all(jobs: &Jobs) -> Result<(), ShipError> {
    ship_from(jobs, &mut HashMap::new()).await
}

type Positions = HashMap<[u8; 16], Position>;

async fn ship_from(jobs: &Jobs, positions: &mut Positions) -> Result<(), ShipError> {
    // Asked first: what is read to its end below may get more records until it is followed.
    let present = jobs.node.journal.id();
    for file in jobs.node.journal.all()? {
        let id = file.id;
        let mut position = match positions.get(&id) {
            Some(known) => *known,
            None => find_place(jobs, &file).await?,
        };
        loop {
            let rows = read(&file, &mut position)?;
            if rows.is_empty() {
                break;
            }
            let node = jobs.node.name.to_string();
            let shipped = rows.len() as u64;
            let now = jobs.node.clock.now();
            jobs.store.run(now, &ShipJournal { journal: id, node, rows, now }).await?;
            positions.insert(id, position);
            jobs.node.journal.shipped(id, shipped);
        }
        positions.insert(id, position);
        // Nobody writes to an earlier segment any more.
        if id != present {
            file.remove()?;
            positions.remove(&id);
        }
    }
    Ok(())
}

/// Where shipping goes on in a journal that an earlier start may have shipped in part.
async fn find_place(jobs: &Jobs, file: &JournalFile) -> Result<Position, ShipError> {
    let shipped = jobs.store.run(jobs.node.clock.now(), &ShippedUpto(file.id)).await?;
    let shipped = u64::try_from(shipped).unwrap_or(0);
    let mut position = Position::default();
    while position.seq < shipped && file.read(&mut position)?.is_some() {}
    Ok(position)
}

fn read(file: &JournalFile, position: &mut Position) -> Result<Vec<JournalRow>, ShipError> {
    let mut rows = Vec::new();
    while rows.len() < BATCH_MAX {
        let Some(entry) = file.read(position)? else { break };
        rows.push(row(entry)?);
    }
    Ok(rows)
}

fn row(entry: Entry) -> Result<JournalRow, ShipError> {
    let record: Record = serde_json::from_slice(&entry.text).map_err(std::io::Error::from)?;
    let redemption = redemption(&record);
    let session = session(&record);
    let counted = match record.second {
        Some(Second::Passkey(id)) => record.counter.map(|counter| (id, counter)),
        Some(Second::Code(_) | Second::Recovery(_) | Second::Service) | None => None,
    };
    Ok(JournalRow {
        seq: i64::try_from(entry.seq).expect("a journal is far smaller"),
        at: record.at,
        kind: record.kind.key().to_owned(),
        user_id: record.user,
        organisation_id: record.organisation,
        served: (record.kind == Kind::Ended && record.complete == Some(true))
            .then_some(record.release)
            .filter(|release| !release.is_empty()),
        record: entry.text,
        hash: entry.hash,
        redemption,
        session,
        counted,
    })
}

/// The session that a record begins or ends. One of a node that did not tell its id is left out.
fn session(record: &Record) -> Option<Session> {
    let session = record.whole_session?;
    match record.kind {
        Kind::SignedIn => {
            let (user, organisation, at) = (record.user?, record.organisation?, record.at);
            let device = record.device.clone();
            let began = Began { session, user, organisation, device, at };
            let spent = |what| Some(CodeUsed { user, what, session, at });
            let code = match record.second {
                Some(Second::Code(step)) => spent(Used::Step(step)),
                Some(Second::Recovery(id)) => spent(Used::Recovery(id)),
                Some(Second::Passkey(_) | Second::Service) | None => None,
            };
            Some(Session::Began(began, code))
        }
        Kind::SignedOut => Some(Session::Ended(session)),
        Kind::Refused | Kind::Granted | Kind::Ended => None,
    }
}

/// The place in the queue with which somebody signed in.
fn redemption(record: &Record) -> Option<Redemption> {
    let ((event, epoch), (lane, seq)) = (record.queue?, record.place?);
    let session = record.whole_session?;
    Some(Redemption { event, epoch, lane, seq, session, at: record.at })
}

fn report(jobs: &Jobs) {
    let (unshipped, dropped) = jobs.node.journal.counts();
    jobs.metrics.journal_unshipped.set(i64::try_from(unshipped).unwrap_or(i64::MAX));
    let known = jobs.metrics.journal_dropped.get();
    jobs.metrics.journal_dropped.inc_by(dropped.saturating_sub(known));
}
