//! One word of memory a ticket: when it should ask next, and what has become of it. No locks.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use super::moment::Tick;

/// Numbers a lane can have: 33 million tickets, 128 MB when every one is used. A restart leaves out ten thousand.
pub(super) const NUMBERS_MAX: u64 = 1 << 25;
/// Words that are allocated together.
const CHUNK: usize = 1 << 10;
/// Chunks of a lane.
const CHUNKS: usize = 1 << 15;
const _: () = assert!(CHUNKS as u64 * CHUNK as u64 == NUMBERS_MAX);
/// Bits that hold a time.
const TIME_BITS: u32 = 24;
const TIME_MASK: u32 = (1 << TIME_BITS) - 1;
/// Length of a time step: a quarter of a second. The circle of times is 48 days.
const STEP_MS: u128 = 250;

/// What has become of a ticket; flags of its word.
pub(super) const CLAIMED: u32 = 1 << 24;
/// Absent when called; comes in at once when it returns.
pub(super) const LAPSED: u32 = 1 << 25;
/// Has knocked at the door and was told a time.
pub(super) const KNOCKED: u32 = 1 << 26;
/// Somebody has signed in with it.
pub(super) const SUCCEEDED: u32 = 1 << 27;
const TRIES_SHIFT: u32 = 28;
const TRIES_MASK: u32 = 0b111 << TRIES_SHIFT;

/// A word as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(pub(super) u32);

impl Word {
    /// A number that was never given out on a node that we heard of.
    pub(super) const NONE: Self = Self(0);

    pub(super) fn due_at(tick: Tick) -> Self {
        Self(steps(tick))
    }

    pub(super) fn is(self, flag: u32) -> bool {
        self.0 & flag != 0
    }

    #[must_use]
    pub(super) fn with(self, flag: u32) -> Self {
        Self(self.0 | flag)
    }

    #[must_use]
    pub(super) fn without(self, flag: u32) -> Self {
        Self(self.0 & !flag)
    }

    /// The same flags with another time.
    #[must_use]
    pub(super) fn due(self, tick: Tick) -> Self {
        Self(self.0 & !TIME_MASK | steps(tick))
    }

    /// The same flags with no time: always late.
    #[must_use]
    pub(super) fn timeless(self) -> Self {
        Self(self.0 & !TIME_MASK)
    }

    /// Password tries that a pass has had.
    pub(super) fn tries(self) -> u32 {
        (self.0 & TRIES_MASK) >> TRIES_SHIFT
    }

    #[must_use]
    pub(super) fn with_tries(self, tries: u32) -> Self {
        Self(self.0 & !TRIES_MASK | tries.min(7) << TRIES_SHIFT)
    }

    /// Whether its time lies before this tick. What was never given out is always late.
    pub(super) fn late(self, tick: Tick) -> bool {
        self.0 & TIME_MASK == 0 || self.ahead_of(tick).is_none()
    }

    /// How long until its time; none when that is past. Times are on a circle of 48 days.
    pub(super) fn ahead_of(self, tick: Tick) -> Option<Duration> {
        let ahead = (self.0 & TIME_MASK).wrapping_sub(steps(tick)) & TIME_MASK;
        let past = ahead > TIME_MASK / 2;
        (!past).then(|| Duration::from_millis(u64::from(ahead) * 250))
    }
}

/// A tick in quarters of a second, rounded up; never zero, which means that there is no time.
fn steps(tick: Tick) -> u32 {
    let steps = tick.since_start().as_millis().div_ceil(STEP_MS) & u128::from(TIME_MASK);
    u32::try_from(steps).expect("masked to 24 bits").max(1)
}

/// The words of one lane. Memory comes in chunks, when a number of the chunk is first used.
pub(super) struct Words {
    chunks: Box<[OnceLock<Box<[AtomicU32]>>]>,
    used: AtomicUsize,
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Words({} bytes)", self.bytes())
    }
}

impl Words {
    pub(super) fn new() -> Self {
        Self { chunks: (0..CHUNKS).map(|_| OnceLock::new()).collect(), used: AtomicUsize::new(0) }
    }

    fn place(number: u64) -> Option<(usize, usize)> {
        let number = usize::try_from(number).ok().filter(|n| *n < CHUNKS * CHUNK)?;
        Some((number / CHUNK, number % CHUNK))
    }

    fn cell(&self, number: u64) -> Option<&AtomicU32> {
        let (chunk, at) = Self::place(number)?;
        self.chunks[chunk].get().map(|words| &words[at])
    }

    /// The word of a number; [`Word::NONE`] when there is none.
    pub(super) fn get(&self, number: u64) -> Word {
        self.cell(number).map_or(Word::NONE, |cell| Word(cell.load(Ordering::Relaxed)))
    }

    /// Changes a word and gives what it was. A number beyond the end has no word and stays so.
    pub(super) fn change(&self, number: u64, change: impl Fn(Word) -> Word) -> Word {
        let Some((chunk, at)) = Self::place(number) else { return Word::NONE };
        let make = || {
            self.used.fetch_add(1, Ordering::Relaxed);
            (0..CHUNK).map(|_| AtomicU32::new(0)).collect()
        };
        let cell = &self.chunks[chunk].get_or_init(make)[at];
        let both = (Ordering::Relaxed, Ordering::Relaxed);
        let before = cell.fetch_update(both.0, both.1, |old| Some(change(Word(old)).0));
        Word(before.unwrap_or_else(|same| same))
    }

    /// The first number from here on whose chunk exists: the rest was never given out.
    pub(super) fn skip_unused(&self, from: u64, end: u64) -> u64 {
        let mut number = from;
        while number < end {
            match Self::place(number) {
                Some((chunk, _)) if self.chunks[chunk].get().is_none() => {
                    number = (number / CHUNK as u64 + 1) * CHUNK as u64;
                }
                _ => break,
            }
        }
        number.min(end)
    }

    /// Chunks that exist: the first number of each, and its words.
    pub(super) fn used(&self) -> impl Iterator<Item = (u64, impl Iterator<Item = Word>)> {
        let there = self.chunks.iter().zip((0_u64..).step_by(CHUNK));
        there.filter_map(|(chunk, first)| {
            let words = chunk.get()?.iter().map(|cell| Word(cell.load(Ordering::Relaxed)));
            Some((first, words))
        })
    }

    /// Bytes of the words.
    pub(super) fn bytes(&self) -> usize {
        self.used.load(Ordering::Relaxed) * CHUNK * size_of::<AtomicU32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(seconds: f64) -> Tick {
        Tick::new(Duration::from_secs_f64(seconds))
    }

    #[test]
    fn a_time_is_late_when_it_is_past_also_after_the_circle_has_closed() {
        for start in [0.0, 1_000.0, 4_194_300.0, 9_999_999.0] {
            let word = Word::due_at(tick(start + 10.0)).with(CLAIMED).with_tries(6);
            assert!(!word.late(tick(start + 9.0)), "{start}");
            assert!(word.late(tick(start + 10.6)), "{start}");
            assert_eq!((word.tries(), word.is(CLAIMED), word.is(LAPSED)), (6, true, false));
        }
        assert!(Word::NONE.late(tick(0.0)));
        assert!(Word::NONE.with(CLAIMED).late(tick(3.0)));
    }

    /// I14: four bytes a ticket, taken only where tickets are.
    #[test]
    fn i14_a_ticket_costs_four_bytes() {
        let words = Words::new();
        for number in 0..100_000 {
            words.change(number, |_| Word::due_at(tick(1.0)));
        }
        assert!(words.bytes() <= 100_000 * 4 + CHUNK * 4);
        words.change(NUMBERS_MAX, |_| Word::due_at(tick(1.0)));
        assert_eq!(words.get(NUMBERS_MAX), Word::NONE);
        assert_eq!(words.get(5_000_000), Word::NONE);
        assert_eq!(words.skip_unused(99_999, 5_000_000), 99_999);
        assert_eq!(words.skip_unused(200_000, 5_000_000), 5_000_000);
    }
}
