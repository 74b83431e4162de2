//! The waiting room as operators set it: one row for all nodes. What they did is in `acts`.

use super::{StoreError, Tx, Work};

/// What is set of the room.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomRow {
    /// Rises with every act.
    pub version: i64,
    /// `open`, `paused` or `closed`.
    pub mode: String,
    /// Sign-ins a second over all nodes; none is the configured rate.
    pub rate: Option<f64>,
    /// What those who wait are told.
    pub message: Option<String>,
    /// People let in by hand so far.
    pub admitted: i64,
}

/// What is set of the room; none in a database that is older than it.
#[derive(Debug)]
pub struct ReadRoom;

impl Work for ReadRoom {
    const NAME: &'static str = "waiting.read";
    type Output = Option<RoomRow>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<RoomRow>, StoreError> {
        const SQL: &str = "-- waiting.read
            SELECT version, mode, rate, message, admitted FROM waiting_room";
        if !tx.has_table("waiting_room").await? {
            return Ok(None);
        }
        let rows = tx.query(SQL, &[]).await?;
        Ok(rows.first().map(|row| RoomRow {
            version: row.get(0),
            mode: row.get(1),
            rate: row.get(2),
            message: row.get(3),
            admitted: row.get(4),
        }))
    }
}

/// A change of the room.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// `open`, `paused` or `closed`.
    Mode(&'static str),
    /// Sign-ins a second over all nodes.
    Rate(f64),
    /// So many people more are let in.
    Admit(u32),
    /// What those who wait are told, or nothing.
    Message(Option<String>),
}

impl Change {
    /// Mode, rate and people let in by hand, as far as it changes them.
    pub(super) fn set(&self) -> (Option<&str>, Option<f64>, Option<i64>) {
        match self {
            Self::Mode(mode) => (Some(mode), None, None),
            Self::Rate(rate) => (None, Some(*rate), None),
            Self::Admit(people) => (None, None, Some(i64::from(*people))),
            Self::Message(_) => (None, None, None),
        }
    }

    /// What the list of acts calls it.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Mode(mode) => (*mode).to_owned(),
            Self::Rate(rate) => format!("{rate} a second"),
            Self::Admit(people) => format!("{people} people"),
            Self::Message(text) => text.clone().unwrap_or_else(|| "no message".to_owned()),
        }
    }
}
