//! Somebody asks how it stands, and is let in when it is their turn.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Answer, ENDED_MAX, Inner, Mode, Room, Standing, count, pass_end, pass_of};
use crate::admission::cursor::as_count;
use crate::admission::eta::Range;
use crate::admission::interval::{INTERVAL_MIN, interval, jittered, mix};
use crate::admission::kept::{AGAIN, Place};
use crate::admission::lanes::as_f64;
use crate::admission::moment::Moment;
use crate::admission::ticket::{PASS_LIFE, Ticket};
use crate::admission::words::{CLAIMED, KNOCKED, LAPSED, SUCCEEDED, Word};

/// How early somebody may be for their time at the door.
const EARLY: Duration = Duration::from_millis(500);
/// Soonest time to come again for those whose time has come while sign-ins are slow.
const AGAIN_MIN: Duration = Duration::from_secs(1);
/// Longest time at the door that is promised; by then the rate may be another.
const PROMISE_MAX: Duration = Duration::from_secs(8);
/// Waits that intervals go by while the room is paused: nobody is let in, but all must be near when it goes
/// on, else it calls too many at once and late comers overtake.
const PAUSED_SECONDS: std::ops::RangeInclusive<f64> = 20.0..=30.0;

impl Room {
    /// Where the holder of a genuine ticket stands. `lowest` is the lowest position that their page
    /// was shown, as it says; no higher one is answered. Those who wait take no lock.
    pub fn poll(&self, ticket: &Ticket, lowest: Option<u64>, now: Moment) -> Answer {
        count(&self.counts.polls);
        let line = self.line(ticket.lane);
        let word = line.words.get(ticket.seq);
        if word.is(SUCCEEDED) {
            return answer(Standing::Used, INTERVAL_MIN);
        }
        let called = ticket.seq < line.serving() || word.is(CLAIMED);
        match self.mode() {
            Mode::Closed => answer(Standing::Closed, self.long_interval(ticket, now)),
            Mode::Open if called => self.claim(&mut self.lock(), ticket, now),
            Mode::Paused if called && self.may_enter_paused(word, now) => {
                self.claim(&mut self.lock(), ticket, now)
            }
            Mode::Paused if called && self.credits_elsewhere.load(Ordering::Relaxed) > 0 => {
                self.ask_again(ticket, now)
            }
            Mode::Open | Mode::Paused => self.waiting(ticket, lowest, now),
        }
    }

    fn may_enter_paused(&self, word: Word, now: Moment) -> bool {
        let has_pass = word.is(CLAIMED) && !word.late(now.tick);
        has_pass || self.credits.load(Ordering::Relaxed) > 0
    }

    /// Somebody may come in by hand: this node asks for it, and they ask again soon.
    fn ask_again(&self, ticket: &Ticket, now: Moment) -> Answer {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let due = now.tick.after(AGAIN_MIN);
        self.line(ticket.lane).words.change(ticket.seq, |word| word.without(CLAIMED).due(due));
        Answer { position: Some(1), ..answer(Standing::Paused, AGAIN_MIN) }
    }

    /// The answer for somebody who waits; notes when they are expected next.
    pub(super) fn waiting(&self, ticket: &Ticket, lowest: Option<u64>, now: Moment) -> Answer {
        let line = self.line(ticket.lane);
        let eta = line.eta_seconds(ticket.seq);
        let paused = self.mode() == Mode::Paused;
        let refresh = if paused {
            self.long_interval(ticket, now)
        } else {
            interval(eta, self.stress(), draw(ticket, now))
        };
        // A pass that ran out is a place again, and a time at the door is none in a room that is paused.
        let due = now.tick.after(refresh);
        line.words.change(ticket.seq, |word| word.without(CLAIMED | KNOCKED).due(due));
        let position = line.ahead(ticket.seq) + 1;
        if lowest.is_some_and(|lowest| position > lowest.max(1)) {
            count(&self.counts.regressions);
        }
        let position = position.min(lowest.unwrap_or(u64::MAX)).max(1);
        Answer {
            position: Some(position),
            eta: (!paused).then(|| Range::around(eta)),
            ..answer(if paused { Standing::Paused } else { Standing::Waiting }, refresh)
        }
    }

    fn long_interval(&self, ticket: &Ticket, now: Moment) -> Duration {
        let eta = self.line(ticket.lane).eta_seconds(ticket.seq);
        let eta = eta.clamp(*PAUSED_SECONDS.start(), *PAUSED_SECONDS.end());
        interval(eta, self.stress(), draw(ticket, now))
    }

    /// Somebody who was called stands at the door.
    pub(super) fn claim(&self, inner: &mut Inner, ticket: &Ticket, now: Moment) -> Answer {
        let line = self.line(ticket.lane);
        let word = line.words.get(ticket.seq);
        if word.is(CLAIMED) && !word.late(now.tick) {
            // The answer was lost, or it is another tab: the same pass and wait, no second token.
            let left = word.ahead_of(now.tick).unwrap_or(PASS_LIFE);
            let inside = PASS_LIFE.saturating_sub(left).as_secs();
            return admitted(&ticket.waited(now.unix.saturating_sub(inside)), now);
        }
        let expected =
            word.is(KNOCKED) && word.ahead_of(now.tick).is_none_or(|early| early <= EARLY);
        let place = Place { lane: ticket.lane as usize, number: ticket.seq };
        if !self.take(inner, place, expected, now) {
            return self.promise(inner, ticket, word, expected, now);
        }
        if word.is(LAPSED) {
            count(&self.counts.returned);
        }
        let end = pass_end(now.tick);
        let fresh =
            |word: Word| word.without(KNOCKED | LAPSED).with(CLAIMED).with_tries(0).due(end);
        line.words.change(ticket.seq, fresh);
        inner.pace.claimed(now.tick);
        count(&self.counts.admitted);
        let answer = admitted(ticket, now);
        if let (Some(wait), true) =
            (answer.pass.and_then(|pass| pass.wait()), inner.ended.len() < ENDED_MAX)
        {
            inner.ended.push((ticket.lane, wait));
        }
        answer
    }

    fn take(&self, inner: &mut Inner, place: Place, expected: bool, now: Moment) -> bool {
        if inner.door.take_credit() {
            inner.door.waiters.leaves(place);
            self.credits.store(inner.door.credits(), Ordering::Relaxed);
            return true;
        }
        inner.pace.advance(now.tick);
        self.mode() == Mode::Open
            && inner.pace.allows(now.tick)
            && inner.door.take(place, expected, now.tick)
    }

    /// No token: a time of their own, in the order of knocking, so that nobody stands there in vain.
    fn promise(
        &self,
        inner: &mut Inner,
        ticket: &Ticket,
        word: Word,
        expected: bool,
        now: Moment,
    ) -> Answer {
        let refresh = if self.mode() == Mode::Paused {
            self.long_interval(ticket, now)
        } else if inner.door.is_leased() {
            // Soon enough for a token that is kept for them.
            AGAIN
        } else if expected {
            jittered(again(inner), draw(ticket, now))
        } else if word.is(KNOCKED) {
            // Came before the promised time, which stands.
            word.ahead_of(now.tick).unwrap_or(AGAIN_MIN)
        } else {
            inner.door.promise(now.tick).min(PROMISE_MAX)
        };
        let due = now.tick.after(refresh);
        self.line(ticket.lane)
            .words
            .change(ticket.seq, |word| word.without(CLAIMED).with(KNOCKED).due(due));
        let eta = Range::around(refresh.as_secs_f64());
        let paused = self.mode() == Mode::Paused;
        Answer {
            position: Some(1),
            eta: (!paused).then_some(eta),
            ..answer(if paused { Standing::Paused } else { Standing::Waiting }, refresh)
        }
    }
}

/// A quarter of the time in which all who were called can come in: they knock in vain few times.
fn again(inner: &Inner) -> Duration {
    let people = as_f64(as_count(inner.cursor.called()));
    let seconds = people / inner.door.rate().per_second() / 4.0;
    Duration::from_secs_f64(seconds.min(PROMISE_MAX.as_secs_f64())).max(AGAIN_MIN)
}

/// Random bits of one question: no state, and another draw each time.
fn draw(ticket: &Ticket, now: Moment) -> u64 {
    let micros = u64::try_from(now.tick.since_start().as_micros()).unwrap_or(u64::MAX);
    mix(ticket.nonce ^ mix(micros))
}

fn answer(standing: Standing, refresh: Duration) -> Answer {
    Answer { standing, position: None, eta: None, refresh, ticket: None, pass: None }
}

fn admitted(ticket: &Ticket, now: Moment) -> Answer {
    Answer { pass: Some(pass_of(ticket, now)), ..answer(Standing::Admitted, INTERVAL_MIN) }
}
