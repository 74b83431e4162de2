//! A password that is tried with a pass: the room learns how it ended, whatever becomes of the request.

use std::time::Duration;

use jiff::Timestamp;

use super::Waiting;
use crate::admission::{Redeemed, Spent, Ticket, Wait};

/// A password that is being tried with a pass: over when dropped, whatever becomes of the request.
#[derive(Debug)]
pub struct Attempt {
    waiting: Waiting,
    pass: Ticket,
    /// Time on a hashing thread, once there was any.
    hashed: Option<Duration>,
}

impl Waiting {
    /// A password is about to be tried with a pass.
    pub fn attempt(&self, pass: &Ticket) -> Result<Attempt, Spent> {
        let pass = self.0.room.attempt(pass, self.moment())?;
        Ok(Attempt { waiting: self.clone(), pass, hashed: None })
    }
}

impl Attempt {
    /// The pass, its time begun anew.
    pub fn pass(&self) -> &Ticket {
        &self.pass
    }

    /// Lane and number of its place, for the journal.
    pub fn place(&self) -> (u8, u64) {
        (self.pass.lane as u8, self.pass.seq)
    }

    /// How long it was waited for, for the journal.
    pub fn wait(&self) -> Option<Wait> {
        self.pass.wait()
    }

    /// No hashing thread had time for the password: the try does not count, and for a while the room lets in fewer.
    pub fn waited_in_vain(&self) {
        self.waiting.0.room.try_again(&self.pass);
        self.waiting.0.room.distressed(self.waiting.tick());
    }

    /// A hashing thread has looked at the password for so long.
    pub fn hashed(&mut self, service: Duration) {
        self.hashed = Some(service);
    }

    /// Event and epoch of its place, for the journal.
    pub fn queue(&self) -> (u32, u16) {
        (self.pass.queue.event, self.pass.queue.epoch)
    }

    /// The password was right: whether this session is the one that the place is good for, as far as this
    /// node knows and, if the database answers in time, any other.
    pub async fn redeem(&self, school: Option<u64>, session: [u8; 16], at: Timestamp) -> Redeemed {
        match self.waiting.0.room.redeem(&self.pass, school) {
            Redeemed::First if !self.waiting.first_of_all(self.place(), session, at).await => {
                Redeemed::Again
            }
            redeemed => redeemed,
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let (room, now) = (&self.waiting.0.room, self.waiting.tick());
        match self.hashed {
            Some(service) => room.finished(service, now),
            None => room.refund(now),
        }
    }
}
