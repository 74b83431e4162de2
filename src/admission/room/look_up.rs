//! What has become of one place, for the helpline.

use std::time::Duration;

use super::Room;
use crate::admission::eta::Range;
use crate::admission::moment::Tick;
use crate::admission::reference::Reference;
use crate::admission::words::{CLAIMED, LAPSED, SUCCEEDED, Word};

/// What has become of a place, as this node knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Whereabouts {
    /// Nobody was given this place.
    Unknown,
    /// They wait.
    Waits {
        /// People ahead plus one, at most.
        position: u64,
        /// When their turn comes.
        eta: Range,
        /// When their page asks next; none when it should have asked already.
        asks_in: Option<Duration>,
    },
    /// It is their turn: the next time their page asks, it lets them in as soon as the door does.
    Called {
        /// When their page asks next; none when it should have asked already.
        asks_in: Option<Duration>,
    },
    /// They were away when their turn came. They come in at once when they open the page again.
    Away,
    /// They may sign in.
    LetIn {
        /// Passwords they have tried.
        tries: u32,
        /// Time that their pass is still good for.
        left: Duration,
    },
    /// They had their turn and let the time for it pass. They come in again at once.
    RanOut,
    /// Somebody has signed in with this place.
    SignedIn,
}

impl Room {
    /// Where the holder of a place stands. Takes no lock and changes nothing.
    pub fn look_up(&self, place: Reference, now: Tick) -> Whereabouts {
        let line = self.line(place.lane);
        let word = line.words.get(place.seq);
        let asks_in = word.ahead_of(now);
        let known = word != Word::NONE && place.seq < line.issued();
        match known {
            false => Whereabouts::Unknown,
            true if word.is(SUCCEEDED) => Whereabouts::SignedIn,
            true if word.is(CLAIMED) => match asks_in {
                Some(left) => Whereabouts::LetIn { tries: word.tries(), left },
                None => Whereabouts::RanOut,
            },
            true if word.is(LAPSED) => Whereabouts::Away,
            true if place.seq < line.serving() => Whereabouts::Called { asks_in },
            true => Whereabouts::Waits {
                position: line.ahead(place.seq) + 1,
                eta: Range::around(line.eta_seconds(place.seq)),
                asks_in,
            },
        }
    }
}
