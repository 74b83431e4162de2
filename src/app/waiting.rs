//! Puts the waiting room together: what the machine can do, and where the room was before the last stop.

use prometheus::Registry;
use tokio::time::Instant;

use super::parts::hashing_threads;
use crate::admission::{
    Class, Classes, Lane, Limit, Queue, Rate, Refused, Room, Settings, Snapshot, Suspects,
};
use crate::config::Config;
use crate::node::Node;
use crate::node::journal::Kind;
use crate::service::passwords;
use crate::service::waiting::Waiting;
use crate::telemetry::chain;
use crate::telemetry::waiting::{WaitingMetrics, WaitingWords};

/// What the room reports, with every word of its labels.
fn metrics(registry: &Registry) -> WaitingMetrics {
    let words = WaitingWords {
        classes: &Class::ALL.map(Class::label),
        lanes: &Lane::ALL.map(Lane::label),
        reasons: &Refused::ALL.map(Refused::label),
        limits: &Limit::ALL.map(Limit::label),
    };
    WaitingMetrics::new(registry, &words)
}

/// The room of a node. One queue a cycle: places of another year are not believed.
pub(super) fn open(config: &Config, year: u16, node: &Node, registry: &Registry) -> Waiting {
    let threads = hashing_threads(config);
    let config = &config.admission;
    let metrics = metrics(registry);
    let service = passwords::measured();
    let permits = u32::try_from(threads.max(1)).unwrap_or(u32::MAX);
    let capacity = f64::from(permits) / service.as_secs_f64();
    let asked = if config.rate > 0.0 { config.rate } else { capacity };
    let rate = Rate::new(asked).unwrap_or_else(|bad| {
        tracing::error!(error = %chain(&bad), "the configured rate is not usable");
        Rate::new(capacity.clamp(1.0, 1_000.0)).expect("within what a rate can be")
    });
    let settings = Settings {
        queue: Queue { event: year.into(), epoch: 1 },
        rate,
        waiting_max: config.waiting_max,
        permits,
        service,
        suspects: Suspects::Observe,
    };
    let began = Instant::now();
    let classes = Classes::new(config.classes.permits());
    let waiting = |room| Waiting::new(node.clone(), room, began, classes.clone(), metrics.clone());
    let fixed = config.rate > 0.0;
    let empty = Room::new(settings, crate::admission::Tick::default());
    let empty = waiting(if fixed { empty } else { empty.with_rate_of_all() });
    let waiting = match node.state().read::<Snapshot>("admission") {
        Ok(Some(snapshot)) => match Room::restore(settings, &snapshot, empty.moment()) {
            Ok(room) => {
                // The configuration counts when it names a rate; else what operators had set.
                if fixed {
                    room.set_rate(rate);
                }
                waiting(room)
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the waiting room begins anew; places are honoured");
                empty
            }
        },
        _ => empty,
    };
    note_used(node, waiting.room());
    waiting
}

/// Places that were used since the snapshot, as the journals of earlier starts tell.
fn note_used(node: &Node, room: &Room) {
    let Queue { event, epoch } = room.queue();
    match node.journal.records(Kind::SignedIn) {
        Ok(records) => {
            let here = records.iter().filter(|record| record.queue == Some((event, epoch)));
            for (lane, seq) in here.filter_map(|record| record.place) {
                if let Some(lane) = Lane::from_number(lane) {
                    room.note_redeemed(lane, seq);
                }
            }
        }
        Err(error) => {
            tracing::error!(error = %chain(&error), "places that were used before are not known here");
        }
    }
}
