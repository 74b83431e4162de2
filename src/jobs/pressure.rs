//! Watches how hard the node is pressed, and gives up the classes of load that help fewest.

use std::sync::Arc;
use std::time::Duration;

use super::Jobs;
use crate::admission::{Class, Load, Pressure};

/// How often the load is looked at: what stands for a second is seen ten times.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Watches until the node stops.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    let mut pressure = Pressure::default();
    let mut before = 0;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let load = Load { late: jobs.lag.worst(), hashing: jobs.passwords.backlog() };
        let given_up = pressure.note(load, jobs.waiting.tick());
        if given_up == before {
            continue;
        }
        jobs.waiting.classes().give_up(given_up);
        jobs.waiting.metrics().given_up.set(given_up.into());
        let shed: Vec<_> =
            Class::ALL.iter().rev().take(given_up.into()).map(|class| class.label()).collect();
        tracing::warn!(?shed, ?load, "classes of load that are given up");
        before = given_up;
    }
}
