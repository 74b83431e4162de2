//! The waiting room: who may sign in now when more want to than can, and what is shed first.
//!
//! Pure: no socket, no file, no statement, no task. Time comes in as [`Moment`] and [`Tick`]. Start
//! with [`Room`]; `docs/waiting-room.md` explains it on one page.

mod classes;
mod cursor;
mod door;
mod eta;
mod interval;
mod kept;
mod lanes;
mod limits;
mod line;
mod moment;
mod numbers;
mod pace;
mod pressure;
mod reference;
pub mod rehearsal;
mod room;
mod shared;
mod ticket;
mod words;

pub use classes::{Class, Classes, Permit, Permits, Shed};
pub use door::{ADMIT_MAX, BadRate, Bucket, LEASE_LIFE, RATE_MAX, RATE_MIN, Rate};
pub use eta::{Range, whole_seconds_up};
pub use interval::{INTERVAL_MAX, INTERVAL_MIN, Stress};
pub use kept::{Kept, Place};
pub use lanes::{LANES, Lane};
pub use limits::{Limit, Limits, Slow};
pub use line::GRACE;
pub use moment::{Moment, Tick};
pub use numbers::Zone;
pub use pressure::{Load, Pressure};
pub use reference::{BadReference, Reference};
pub use room::{
    Answer, BadSnapshot, ChunkSnapshot, Figures, LaneFigures, LaneRow, LaneSnapshot, Membership,
    Mode, Presence, Redeemed, Role, Room, SNAPSHOT_EVERY, Settings, Snapshot, Spent, Standing,
    Suspects, TICK, TRIES_MAX, Visitor, WAITING_MAX, Whereabouts,
};
pub use shared::{ByHand, Gap, Granted, Member, Report, Shared};
pub use ticket::{
    DEVICE_LIFE, Kind, PASS_LIFE, Queue, Refused, TICKET_BYTES, TICKET_CHARS, TICKET_LIFE, Ticket,
    TicketKeys, Wait,
};
