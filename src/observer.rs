//! The black-box observer: a school that does not exist signs in on every node again and again, as a school would,
//! and what it meets becomes metrics. It knows the portal only from outside.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;

use crate::telemetry::Hidden;

mod browser;
mod metrics;
mod visit;

pub use browser::BadTarget;
pub use metrics::ObserverMetrics;
pub use visit::{Fault, Outcome, Seen, Step};

use visit::Visitor;

/// Whole time of a visit, of which hashing a password is the most.
const VISIT_WAIT: Duration = Duration::from_secs(15);

/// What is observed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where schools go, such as `https://portal.example`.
    pub origin: String,
    /// The nodes behind it, by name. Each is asked at its own address, under the name of the origin.
    pub nodes: Vec<(String, SocketAddr)>,
    /// The authority that signed their certificates, if the machine does not know it.
    pub ca_file: Option<Vec<u8>>,
    /// Account of the school that does not exist.
    pub username: String,
    /// Its password.
    pub password: Hidden<String>,
    /// Its DfE number.
    pub school: u32,
    /// Nothing may be given before; none where no release is expected.
    pub opens: Option<Timestamp>,
    /// SHA-256 of its `results.csv`, in hexadecimal; without it nodes are only compared with one another.
    pub digest: Option<String>,
    /// From one visit of a node to its next.
    pub every: Duration,
}

/// One node with whoever visits it.
#[derive(Debug)]
struct Observed {
    name: String,
    visitor: Visitor,
}

/// The observer of a portal.
#[derive(Debug)]
pub struct Observer {
    observed: Vec<Observed>,
    every: Duration,
    metrics: ObserverMetrics,
}

impl Observer {
    /// One visitor for each node; nothing is asked yet.
    pub fn new(settings: &Settings, metrics: ObserverMetrics) -> Result<Self, BadTarget> {
        let observed = settings.nodes.iter().map(|(name, address)| {
            let visitor = Visitor::new(settings, *address)?;
            Ok(Observed { name: name.clone(), visitor })
        });
        let observed = observed.collect::<Result<Vec<_>, BadTarget>>()?;
        Ok(Self { observed, every: settings.every, metrics })
    }

    /// Visits every node once, all at the same time; what was seen, by node.
    pub async fn look(&mut self) -> Vec<(String, Seen)> {
        let visits = self.observed.iter_mut().map(|observed| async {
            let visit = tokio::time::timeout(VISIT_WAIT, observed.visitor.visit()).await;
            (observed.name.clone(), visit.unwrap_or_else(|_| Seen::late()))
        });
        let seen = futures_util::future::join_all(visits).await;
        for (node, seen) in &seen {
            self.metrics.note(node, seen);
            for fault in &seen.faults {
                tracing::warn!(
                    node,
                    step = fault.step.label(),
                    what = fault.what,
                    "a visit failed"
                );
            }
        }
        self.metrics.compare(seen.iter().filter_map(|(_, seen)| seen.digest.as_deref()));
        seen
    }

    /// Visits every node again and again.
    pub async fn run(mut self) {
        let mut ticks = tokio::time::interval(self.every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.look().await;
        }
    }
}
