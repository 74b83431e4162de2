//! Acts that wait for approval, as the page lists them.

use crate::domain::calendar::instant_in_words;
use crate::domain::wording::begun;
use crate::service::queue_control::ActRow;

/// An act that nobody has approved.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) id: i64,
    pub(super) what: String,
    pub(super) who: String,
    pub(super) at: String,
    pub(super) is_proposed: bool,
    pub(super) is_own: bool,
}

impl Line {
    /// For the operator of this name.
    pub(super) fn new(act: &ActRow, reader: &str) -> Self {
        Self {
            id: act.id,
            what: in_words(&act.what),
            who: act.actor.clone(),
            at: instant_in_words(act.at),
            is_proposed: act.is_proposed,
            is_own: act.actor == reader,
        }
    }
}

/// An act without the word of the program that it begins with: `queue.rate: 12.5 a second` is "Rate: 12.5 a second".
fn in_words(what: &str) -> String {
    begun(what.strip_prefix("queue.").unwrap_or(what))
}
