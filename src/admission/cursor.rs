//! The cursor: who is called next. Runs ten times a second, under the room's lock; polls never wait for it.

use std::collections::VecDeque;
use std::time::Duration;

use super::eta::Slope;
use super::lanes::{LANES, Turns, shares};
use super::line::Line;
use super::moment::Tick;
use super::words::{CLAIMED, LAPSED, SUCCEEDED, Word};

/// Seconds of the rate that are called ahead of the door. Too many calls do no harm, too few waste it.
pub(super) const WINDOW_SECONDS: f64 = 6.0;
/// Fewest who are called ahead.
pub(super) const WINDOW_MIN: f64 = 4.0;
/// How many times the window may be called in all: the longest interval is ten times the window's.
const CALLED_FACTOR: f64 = 10.0;
/// How much wider the window becomes in one run while tokens go to waste, and narrower while not: ten
/// times within two seconds, half within seven.
const WIDEN: f64 = 1.15;
const NARROW: f64 = 0.99;
/// How long somebody who was called may stay away before others are called instead.
pub(super) const CALL_LIFE: Duration = Duration::from_secs(15);
/// Numbers that one run passes over at most: about a millisecond.
const STEPS_MAX: u32 = 1 << 18;
/// Numbers that are looked at to count who is still there.
const SAMPLE: u64 = 16_384;

/// Somebody who was called and is not in yet.
#[derive(Clone, Copy, Debug)]
struct Called {
    number: u64,
    at: Tick,
}

/// The cursor of one lane.
#[derive(Debug)]
pub(super) struct LaneCursor {
    window: VecDeque<Called>,
    /// Of these, who is expected within the window's seconds.
    near: usize,
    slope: Slope,
    /// People who wait and still ask, counted once a second.
    pub(super) waiting: u64,
}

impl LaneCursor {
    fn new(rate: f64, now: Tick) -> Self {
        Self { window: VecDeque::new(), near: 0, slope: Slope::new(rate, 0, now), waiting: 0 }
    }

    /// Forgets those who are in, and gives up on those who stay away. Counts the latter.
    fn sweep(&mut self, line: &Line, now: Tick) -> u64 {
        let (mut lapsed, mut near) = (0, 0);
        self.window.retain(|called| {
            let word = line.words.get(called.number);
            if word.is(CLAIMED) || word.is(SUCCEEDED) {
                return false;
            }
            let away = Line::absent(word, now) && now.since(called.at) > CALL_LIFE;
            if away {
                line.words.change(called.number, |word| word.with(LAPSED));
                lapsed += 1;
            }
            near += usize::from(!away && is_near(word, now));
            !away
        });
        self.near = near;
        lapsed
    }

    /// Calls the next one who is there, passing over who is not. Stops at `end`.
    fn call(&mut self, line: &Line, end: u64, now: Tick, budget: &mut u32) -> Calling {
        let mut number = line.serving();
        while number < end && *budget > 0 {
            *budget -= 1;
            let used = line.words.skip_unused(number, end);
            if used > number {
                number = used;
                continue;
            }
            let word = line.words.get(number);
            number += 1;
            if word.is(CLAIMED) || word.is(SUCCEEDED) {
                continue;
            }
            if Line::absent(word, now) {
                if word.0 != 0 {
                    line.words.change(number - 1, |word| word.with(LAPSED));
                }
                continue;
            }
            self.window.push_back(Called { number: number - 1, at: now });
            self.near += usize::from(is_near(word, now));
            line.serve_to(number);
            return Calling::Called;
        }
        line.serve_to(number);
        if *budget == 0 { Calling::Tired } else { Calling::Nobody }
    }

    /// Somebody came while nobody waited in this lane: called at once.
    fn call_newcomer(&mut self, line: &Line, number: u64, now: Tick) {
        line.serve_to(number + 1);
        self.window.push_back(Called { number, at: now });
        self.near += 1;
        line.publish(as_count(self.window.len()), line.speed());
    }

    /// Others move this lane: its slope is measured, and as many are taken to be called as they keep.
    pub(super) fn watch(&mut self, line: &Line, now: Tick) {
        if line.serving() < line.issued() {
            self.slope.see(line.passed(), now);
        } else {
            self.slope.rest(line.passed(), now);
        }
        let speed = self.slope.per_second();
        line.publish(super::numbers::whole(speed * WINDOW_SECONDS), speed);
    }

    pub(super) fn forget_calls(&mut self, line: &Line, now: Tick) {
        self.window.clear();
        self.near = 0;
        self.slope.rest(line.passed(), now);
    }

    fn count(&mut self, line: &Line, now: Tick) {
        let (from, to) = (line.serving(), line.issued());
        let numbers = to.saturating_sub(from);
        // An odd step does not fall in with the stride of numbers that detached nodes give out.
        let step = (numbers / SAMPLE) | 1;
        let mut there = 0;
        let mut number = from;
        while number < to {
            let word = line.words.get(number);
            there += u64::from(!word.is(CLAIMED) && !Line::absent(word, now));
            number += step;
        }
        self.waiting = (there * step).min(line.uncalled());
    }

    fn measure(&mut self, line: &Line, rate: f64, now: Tick) {
        let inside = as_count(self.window.len());
        let passed = line.passed().saturating_sub(inside);
        if line.serving() >= line.issued() {
            self.slope = Slope::new(rate, passed, now);
        } else {
            self.slope.see(passed, now);
        }
        line.publish(inside, self.slope.per_second());
    }
}

enum Calling {
    Called,
    Nobody,
    /// This run has passed over as many as it may; the next goes on.
    Tired,
}

/// What one run of the cursor goes by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Rate at which this cursor's callers are let in.
    pub(super) rate: f64,
    /// People let in by hand beyond the rate.
    pub(super) credits: u32,
    /// Numbers beyond which no lane may call yet: what the last snapshot has written ahead.
    pub(super) fence: [u64; LANES],
    /// Whether anybody is called at all.
    pub(super) calls: bool,
    /// Whether tokens go to waste because too few of those who were called have come.
    pub(super) wasted: bool,
}

impl Run {
    fn window(&self, times: f64) -> usize {
        let people = (self.rate * WINDOW_SECONDS).max(WINDOW_MIN) * times + f64::from(self.credits);
        usize::try_from(super::numbers::whole(people)).unwrap_or(usize::MAX)
    }
}

/// The cursors of all lanes.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) lanes: [LaneCursor; LANES],
    turns: Turns,
    shares: [f64; LANES],
    counted: Option<Tick>,
    /// How many windows are called: more than one while many do not come.
    width: f64,
    pub(super) lapsed: u64,
}

impl Cursor {
    pub(super) fn new(rate: f64, now: Tick) -> Self {
        Self {
            lanes: std::array::from_fn(|_| LaneCursor::new(rate, now)),
            turns: Turns::default(),
            shares: [0.0; LANES],
            counted: None,
            width: 1.0,
            lapsed: 0,
        }
    }

    /// People who were called and are not in yet.
    pub(super) fn called(&self) -> usize {
        self.lanes.iter().map(|lane| lane.window.len()).sum()
    }

    /// Whether more should be called. Who is not expected soon, because the line was slow when they last
    /// asked, does not fill the window: a rate that rises would find nobody at the door.
    fn has_room(&self, run: &Run) -> bool {
        let near: usize = self.lanes.iter().map(|lane| lane.near).sum();
        near < run.window(self.width) && self.called() < run.window(CALLED_FACTOR)
    }

    pub(super) fn shares(&self) -> [f64; LANES] {
        self.shares
    }

    /// One run: forget, give up, call.
    pub(super) fn run(&mut self, lines: &[Line; LANES], run: &Run, now: Tick) {
        for (lane, line) in self.lanes.iter_mut().zip(lines) {
            self.lapsed += lane.sweep(line, now);
        }
        self.count(lines, now);
        if run.calls {
            self.call(lines, run, now);
        }
        // Where nobody else could be called, a wider window would be of no use but later.
        let times = if run.wasted && !self.has_room(run) { WIDEN } else { NARROW };
        self.width = (self.width * times).clamp(1.0, CALLED_FACTOR);
        for (at, line) in lines.iter().enumerate() {
            let lane = &mut self.lanes[at];
            if run.calls {
                let share = if self.shares[at] > 0.0 { self.shares[at] } else { 1.0 };
                lane.measure(line, run.rate * share, now);
            } else {
                let inside = as_count(lane.window.len());
                lane.slope.rest(line.passed().saturating_sub(inside), now);
            }
        }
    }

    /// Counts heads once a second, and takes the split from them.
    pub(super) fn count(&mut self, lines: &[Line; LANES], now: Tick) {
        if self.counted.is_some_and(|at| now.since(at) < Duration::from_secs(1)) {
            return;
        }
        self.counted = Some(now);
        for (lane, line) in self.lanes.iter_mut().zip(lines) {
            lane.count(line, now);
        }
        self.shares = shares(std::array::from_fn(|at| self.lanes[at].waiting));
    }

    fn call(&mut self, lines: &[Line; LANES], run: &Run, now: Tick) {
        let end = |at: usize| lines[at].issued().min(run.fence[at]);
        let mut callable: [bool; LANES] = std::array::from_fn(|at| lines[at].serving() < end(at));
        let mut budget = STEPS_MAX;
        while self.has_room(run) {
            let Some(at) = self.turns.next(&self.shares, callable) else { return };
            match self.lanes[at].call(&lines[at], end(at), now, &mut budget) {
                Calling::Called => (),
                Calling::Nobody => callable[at] = false,
                Calling::Tired => return,
            }
        }
    }

    /// Whether a newcomer with this number may knock at once: nobody of its lane waits uncalled.
    pub(super) fn newcomer(
        &mut self,
        lines: &[Line; LANES],
        at: usize,
        number: u64,
        run: &Run,
        now: Tick,
    ) -> bool {
        let line = &lines[at];
        let first = line.zones.people(line.serving(), number) == 0;
        let free = run.calls && number < run.fence[at] && self.has_room(run);
        // Other lanes have heads waiting only when the window is full, or within one run.
        if first && free {
            self.lanes[at].call_newcomer(line, number, now);
        }
        first && free
    }
}

pub(super) fn is_near(word: Word, now: Tick) -> bool {
    word.late(now.after(Duration::from_secs_f64(WINDOW_SECONDS)))
}

pub(super) fn as_count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
