//! The database does not answer, for services that have nothing else to tell of it.

use crate::node::Node;
use crate::store::{Store, Work};
use crate::telemetry::chain;

/// The database does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Away;

/// Does `work` at service time; the log says `what` when the database does not answer.
pub(super) async fn reach<W: Work>(
    store: &Store,
    node: &Node,
    work: &W,
    what: &'static str,
) -> Result<W::Output, Away> {
    store.run(node.clock.now(), work).await.map_err(|error| {
        tracing::warn!(error = %chain(&error), "{what}");
        Away
    })
}
