//! What operators ask of the waiting room of a node.

use std::sync::PoisonError;

use serde::{Deserialize, Serialize};

use super::Waiting;
use crate::admission::{Rate, Reference, Whereabouts};

/// What an operator asks of the waiting room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// How it is.
    Status,
    /// `open`, `paused` or `closed`.
    Mode(String),
    /// Sign-ins a second over all nodes.
    Rate(f64),
    /// So many people more are let in.
    Admit(u32),
    /// What those who wait are told, or nothing.
    Message(Option<String>),
    /// Where the person stands who reads out this reference.
    Find(String),
}

/// How a node's waiting room is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// `open`, `paused` or `closed`.
    pub mode: String,
    /// People who wait.
    pub waiting: u64,
    /// People let in since the start.
    pub admitted: u64,
    /// Sign-ins a second at the most, over all nodes.
    pub ceiling: f64,
    /// Rate at which the node lets in.
    pub rate: f64,
    /// Sign-ins a second that the node's hashing threads do; 0 from a node that does not say.
    #[serde(default)]
    pub capacity: f64,
    /// Hashes that run at once.
    #[serde(default)]
    pub permits: u32,
    /// Seconds that somebody who came now would wait.
    pub eta_seconds: f64,
}

/// Where somebody stands, for the helpline. Times are in seconds from now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// `unknown`, `waits`, `called`, `away`, `let_in`, `ran_out` or `signed_in`.
    pub state: String,
    /// People ahead plus one, at most.
    pub position: Option<u64>,
    /// Their turn comes hardly sooner.
    pub eta_low_seconds: Option<f64>,
    /// Their turn comes hardly later.
    pub eta_seconds: Option<f64>,
    /// When their page asks next; none when it should have asked already.
    pub asks_in_seconds: Option<f64>,
    /// Passwords they have tried.
    pub tries: Option<u32>,
    /// Time that their pass is still good for.
    pub left_seconds: Option<f64>,
}

impl From<Whereabouts> for Found {
    fn from(whereabouts: Whereabouts) -> Self {
        let of = |state: &str| Self { state: state.to_owned(), ..Self::default() };
        let seconds = |time: std::time::Duration| time.as_secs_f64();
        match whereabouts {
            Whereabouts::Unknown => of("unknown"),
            Whereabouts::Waits { position, eta, asks_in } => Self {
                position: Some(position),
                eta_low_seconds: Some(eta.low_seconds),
                eta_seconds: Some(eta.high_seconds),
                asks_in_seconds: asks_in.map(seconds),
                ..of("waits")
            },
            Whereabouts::Called { asks_in } => {
                Self { asks_in_seconds: asks_in.map(seconds), ..of("called") }
            }
            Whereabouts::Away => of("away"),
            Whereabouts::LetIn { tries, left } => {
                Self { tries: Some(tries), left_seconds: Some(seconds(left)), ..of("let_in") }
            }
            Whereabouts::RanOut => of("ran_out"),
            Whereabouts::SignedIn => of("signed_in"),
        }
    }
}

impl Waiting {
    /// What operators tell those who wait.
    pub fn message(&self) -> Option<String> {
        self.0.message.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells those who wait something, or nothing more.
    pub fn set_message(&self, text: Option<String>) {
        *self.0.message.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    /// A version of what operators set was read, with the people let in by hand so far. None when it was
    /// known; else those who had been let in by the version before, if there was one.
    pub fn seen(&self, version: i64, admitted: i64) -> Option<Option<i64>> {
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_some_and(|(known, _)| known >= version) {
            return None;
        }
        let before = seen.replace((version, admitted));
        // Version 0 is a room that nobody has touched.
        (version > 0).then_some(before.map(|(_, admitted)| admitted))
    }

    /// How the room of this node is.
    pub fn figures(&self) -> Figures {
        let figures = self.0.room.figures(self.tick());
        Figures {
            mode: figures.mode.label().to_owned(),
            waiting: figures.waiting(),
            admitted: figures.admitted,
            ceiling: figures.ceiling,
            rate: figures.rate,
            capacity: figures.capacity,
            permits: self.0.room.settings().permits,
            eta_seconds: figures.eta_seconds(),
        }
    }

    /// Where the holder of a place stands, as this node knows.
    pub fn find(&self, place: Reference) -> Found {
        self.0.room.look_up(place, self.tick()).into()
    }

    /// Does what an operator asks; gives whether it could be done.
    pub fn obey(&self, order: Order) -> bool {
        let room = &self.0.room;
        match order {
            Order::Status => (),
            Order::Find(reference) => return reference.parse::<Reference>().is_ok(),
            Order::Mode(mode) => match mode.as_str() {
                "open" => room.open(),
                "paused" => room.pause(),
                "closed" => room.close(),
                _ => return false,
            },
            Order::Rate(rate) => match Rate::new(rate) {
                Ok(rate) => room.set_rate(rate),
                Err(_) => return false,
            },
            Order::Admit(people) => room.admit(people),
            Order::Message(text) => self.set_message(text),
        }
        true
    }
}
