//! Steering the waiting room, the same from a command and from a page: to stop and to say something one operator
//! alone does at once, and another approves it afterwards; the rest is done by the second person.

use super::desk::{Desk, NotDone};
use super::waiting::{MESSAGE_BYTES_MAX, Order};
use crate::admission::{ADMIT_MAX, BadRate, Rate};
use crate::domain::reason::Reason;
use crate::store::acts::{Act, ApproveAct, ChangeRoom, OpenActs, ProposeChange};
use crate::store::waiting::{Change, ReadRoom};

pub use crate::store::acts::{ActRow, Approval};
pub use crate::store::waiting::RoomRow;

/// What is done to the room.
#[derive(Clone, Debug, PartialEq)]
pub enum Steer {
    /// Let people in.
    Open,
    /// Keep every place, let nobody in.
    Pause,
    /// Let people in again.
    Resume,
    /// Give out no new places.
    Close,
    /// Sign-ins a second over all nodes.
    Rate(Rate),
    /// So many people more are let in.
    Admit(u32),
    /// What those who wait are told, or nothing.
    Message(Option<String>),
}

/// Why something cannot be asked of the room.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BadSteer {
    /// A rate that nobody can have meant.
    #[error(transparent)]
    Rate(#[from] BadRate),
    /// Nobody, or more people than are let in at once.
    #[error("admit 1 to {ADMIT_MAX} people at once")]
    People,
    /// A message that is too long, or more than one line.
    #[error("a message is one line of at most {MESSAGE_BYTES_MAX} bytes")]
    Message,
}

impl Steer {
    /// Another rate.
    pub fn rate(per_second: f64) -> Result<Self, BadSteer> {
        Ok(Self::Rate(Rate::new(per_second)?))
    }

    /// People let in by hand.
    pub fn admit(people: u32) -> Result<Self, BadSteer> {
        match people {
            1..=ADMIT_MAX => Ok(Self::Admit(people)),
            _ => Err(BadSteer::People),
        }
    }

    /// What those who wait are told; an empty text is nothing.
    pub fn message(text: &str) -> Result<Self, BadSteer> {
        let text = text.trim();
        if text.len() > MESSAGE_BYTES_MAX || text.chars().any(char::is_control) {
            return Err(BadSteer::Message);
        }
        Ok(Self::Message((!text.is_empty()).then(|| text.to_owned())))
    }

    /// Whether one operator alone may do it: to stop and to say something cannot wait for a second one.
    pub const fn is_for_one(&self) -> bool {
        matches!(self, Self::Pause | Self::Message(_))
    }

    /// What the list of acts and the audit call it.
    const fn name(&self) -> &'static str {
        match self {
            Self::Open => "queue.open",
            Self::Pause => "queue.pause",
            Self::Resume => "queue.resume",
            Self::Close => "queue.close",
            Self::Rate(_) => "queue.rate",
            Self::Admit(_) => "queue.admit",
            Self::Message(_) => "queue.message",
        }
    }

    fn change(&self) -> Change {
        match self {
            Self::Open | Self::Resume => Change::Mode("open"),
            Self::Pause => Change::Mode("paused"),
            Self::Close => Change::Mode("closed"),
            Self::Rate(rate) => Change::Rate(rate.per_second()),
            Self::Admit(people) => Change::Admit(*people),
            Self::Message(text) => Change::Message(text.clone()),
        }
    }

    /// The same as an order to one node, where no database answers.
    pub fn order(&self) -> Order {
        match self.change() {
            Change::Mode(mode) => Order::Mode(mode.to_owned()),
            Change::Rate(rate) => Order::Rate(rate),
            Change::Admit(people) => Order::Admit(people),
            Change::Message(text) => Order::Message(text),
        }
    }
}

/// What came of steering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steered {
    /// Another operator does it by approving the act of this number.
    Proposed(i64),
    /// It is done on every node; another operator approves the act of this number.
    Done(i64),
}

/// Does it, or proposes it where it takes two people. Whoever owns the machine needs no second one.
pub async fn steer(desk: &Desk, what: &Steer, reason: Option<Reason>) -> Result<Steered, NotDone> {
    let act = Act {
        change: what.change(),
        name: what.name(),
        reason: reason.map(|reason| reason.as_str().to_owned()),
        actor: desk.actor().to_owned(),
        now: desk.now(),
    };
    if desk.is_named() && !what.is_for_one() {
        return Ok(Steered::Proposed(desk.run(ProposeChange(act)).await?));
    }
    Ok(Steered::Done(desk.run(ChangeRoom(act)).await?))
}

/// A second operator approves what was done, or does what was proposed.
pub async fn approve(desk: &Desk, id: i64) -> Result<Approval, NotDone> {
    let actor = desk.actor().to_owned();
    desk.run(ApproveAct { id, actor, now: desk.now() }).await
}

/// What is set of the room; none in a database that is older than it.
pub async fn room(desk: &Desk) -> Result<Option<RoomRow>, NotDone> {
    desk.run(ReadRoom).await
}

/// What waits for approval.
pub async fn acts(desk: &Desk) -> Result<Vec<ActRow>, NotDone> {
    desk.run(OpenActs { now: desk.now() }).await
}

/// What another rate would mean for those who wait now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// The rate that was asked about.
    pub rate: f64,
    /// What comes of it: hashing is what runs out, and a rate above it only moves the queue behind the door.
    pub effective: f64,
    /// Seconds until the last of them is let in.
    pub last_seconds: f64,
}

/// Works it out for a node that does `capacity` sign-ins a second; 0 is not known.
pub fn outlook(rate: Rate, waiting: u64, capacity: f64) -> Outlook {
    let most = if capacity > 0.0 { capacity } else { f64::INFINITY };
    let effective = rate.per_second().min(most);
    let people = u32::try_from(waiting).map_or(f64::MAX, f64::from);
    Outlook { rate: rate.per_second(), effective, last_seconds: people / effective }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_can_mean_is_refused() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert!(Steer::rate(rate).is_err(), "{rate}");
        }
        assert_eq!(Steer::admit(0), Err(BadSteer::People));
        assert_eq!(Steer::admit(ADMIT_MAX + 1), Err(BadSteer::People));
        assert_eq!(Steer::message(&"a".repeat(501)), Err(BadSteer::Message));
        assert_eq!(Steer::message("a\nb"), Err(BadSteer::Message));
        assert_eq!(Steer::message("  "), Ok(Steer::Message(None)));
    }

    #[test]
    fn one_alone_stops_and_speaks_and_nothing_else() {
        let alone = [Steer::Pause, Steer::Message(None)];
        assert!(alone.iter().all(Steer::is_for_one));
        let two = [Steer::Open, Steer::Resume, Steer::Close];
        assert!(!two.iter().any(Steer::is_for_one));
        assert!(!Steer::rate(1.0).unwrap().is_for_one() && !Steer::admit(1).unwrap().is_for_one());
    }

    #[test]
    fn an_outlook_goes_no_faster_than_passwords_are_checked() {
        let fast = outlook(Rate::new(100.0).unwrap(), 500, 20.0);
        assert_eq!((fast.effective, fast.last_seconds), (20.0, 25.0));
        let unknown = outlook(Rate::new(100.0).unwrap(), 500, 0.0);
        assert_eq!((unknown.effective, unknown.last_seconds), (100.0, 5.0));
    }
}
