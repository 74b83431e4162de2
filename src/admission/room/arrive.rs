//! Somebody comes to sign in without a ticket.

use std::time::Duration;

use super::{Answer, Inner, Mode, Room, SCHOOLS_MAX, Standing, Suspects, count};
use crate::admission::eta::Range;
use crate::admission::interval::{INTERVAL_MIN, jittered, mix};
use crate::admission::lanes::Lane;
use crate::admission::moment::{Moment, Tick};
use crate::admission::room::Role;
use crate::admission::ticket::{Kind, Ticket, unix_stamp};
use crate::admission::words::Word;

/// When to come again if this node has no number at hand.
const NUMBER_WAIT: Duration = Duration::from_secs(1);

/// What is known of somebody who comes without a ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visitor {
    /// Was signed in or had a pass today, and can show it.
    pub returning: bool,
    /// Hash of the school of a device that has signed in before; the `seq` of its device token.
    pub known_school: Option<u64>,
    /// The address has had many joins that never asked again.
    pub suspected: bool,
    /// Random bits for the ticket.
    pub nonce: u64,
}

impl Room {
    /// Gives a place, and lets in at once when nobody waits: then the answer has a pass and nobody
    /// sees a queue. A full or closed room remembers nothing of the visitor.
    pub fn arrive(&self, visitor: &Visitor, now: Moment) -> Answer {
        if self.mode() == Mode::Closed {
            return refusal(Standing::Closed, visitor.nonce);
        }
        let mut guard = self.lock();
        let inner = &mut *guard;
        let waiting: u64 = self.lines.iter().map(super::Line::uncalled).sum();
        if waiting >= self.settings.waiting_max {
            count(&self.counts.full);
            return refusal(Standing::Full, visitor.nonce);
        }
        let lane = self.choose_lane(inner, visitor);
        let at = lane as usize;
        inner.arrived[at] += 1;
        let Some(seq) = inner.numbering[at].take() else {
            // Until numbers are leased: the page asks again, as somebody new.
            let refresh = jittered(NUMBER_WAIT, mix(visitor.nonce));
            return Answer { refresh, ..refusal(Standing::Waiting, visitor.nonce) };
        };
        inner.joined[at] += 1;
        let ticket = Ticket {
            kind: Kind::Ticket,
            lane,
            queue: self.settings.queue,
            flags: 0,
            issued: unix_stamp(now.unix),
            seq,
            nonce: visitor.nonce,
        };
        let answer = self.place(inner, &ticket, now);
        Answer { ticket: Some(ticket.promised(answer.eta)), ..answer }
    }

    /// Whether somebody who came now would be let in at once.
    pub fn would_admit(&self, now: Tick) -> bool {
        if self.mode() != Mode::Open || self.crowded() {
            return false;
        }
        let mut guard = self.lock();
        let inner = &mut *guard;
        inner.pace.advance(now);
        inner.pace.allows(now) && inner.door.would_take(now)
    }

    fn place(&self, inner: &mut Inner, ticket: &Ticket, now: Moment) -> Answer {
        let line = self.line(ticket.lane);
        // There before the cursor can pass over it.
        line.words.change(ticket.seq, |_| Word::due_at(now.tick));
        line.issue_to(ticket.seq + 1);
        let idle_elsewhere = matches!(inner.role, Role::Follower { crowded: false, .. });
        let run = self.run(inner, now.tick);
        let at = ticket.lane as usize;
        let first = inner.role.calls()
            && inner.cursor.newcomer(&self.lines, at, ticket.seq, &run, now.tick);
        if first || idle_elsewhere {
            return self.claim(inner, ticket, now);
        }
        self.waiting(ticket, None, now)
    }

    /// One person of a school before anyone's second, as far as devices tell.
    fn choose_lane(&self, inner: &mut Inner, visitor: &Visitor) -> Lane {
        if visitor.suspected {
            count(&self.counts.suspected);
            if self.settings.suspects == Suspects::Demote {
                return Lane::Suspect;
            }
        }
        if visitor.returning {
            return Lane::ReEntry;
        }
        let first = visitor.known_school.is_some_and(|school| inner.first_of(school));
        if first { Lane::Known } else { Lane::Standard }
    }
}

impl Inner {
    /// Whether nobody of this school came before; from now on somebody has. When too many schools are
    /// remembered, no more are first: everybody is alike.
    pub(super) fn first_of(&mut self, school: u64) -> bool {
        self.schools.len() < SCHOOLS_MAX && self.schools.insert(school)
    }
}

fn refusal(standing: Standing, nonce: u64) -> Answer {
    let (position, eta): (_, Option<Range>) = (None, None);
    let refresh = jittered(INTERVAL_MIN * 4, mix(nonce));
    Answer { standing, position, eta, refresh, ticket: None, pass: None }
}
