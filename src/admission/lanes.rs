//! Lanes: who stands in which line, and how calls are split between lines that wait.

/// Lanes that there are.
pub const LANES: usize = 4;

/// A line of its own, with its own numbers. The page speaks of its reader's line only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// Was signed in, or had a pass, today.
    ReEntry,
    /// A known device of a school from which nobody has come in yet.
    Known,
    /// Everybody else: second users of a school, authorities, trusts, new devices.
    Standard,
    /// Addresses with many joins that never ask again. Used only when enforced.
    Suspect,
}

impl Lane {
    /// Every lane.
    pub const ALL: [Self; LANES] = [Self::ReEntry, Self::Known, Self::Standard, Self::Suspect];

    /// Its number in a ticket.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The lane of a number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The word of the metric's label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ReEntry => "re_entry",
            Self::Known => "known",
            Self::Standard => "standard",
            Self::Suspect => "suspect",
        }
    }

    /// Weight of one person who waits. Fixed weights of lanes would let 500 strangers with a third of
    /// the calls overtake 15,000 known schools.
    const fn weight(self) -> f64 {
        match self {
            Self::ReEntry => 4.0,
            Self::Known => 1.0,
            // A quarter, so that a school's second person, who cannot be told from a stranger, comes after
            // most first ones. With 0.8 the simulation showed no gain for schools.
            Self::Standard => 0.25,
            Self::Suspect => 0.1,
        }
    }

    /// Greatest share while somebody waits in the first two lanes: numbers alone buy no more.
    const fn cap(self) -> f64 {
        match self {
            Self::ReEntry | Self::Known => 1.0,
            Self::Standard => 0.5,
            Self::Suspect => 0.1,
        }
    }
}

/// Least share of a lane in which somebody waits: no lane starves.
pub(super) const SHARE_MIN: f64 = 0.05;

/// How calls are split, from how many wait in each lane. Shares of lanes that wait sum to one.
pub(super) fn shares(waiting: [u64; LANES]) -> [f64; LANES] {
    let first_lanes_wait = waiting[0] + waiting[1] > 0;
    let mut capped: [Option<f64>; LANES] = [None; LANES];
    loop {
        let left = 1.0 - capped.iter().flatten().sum::<f64>();
        let free = |at: usize| if capped[at].is_none() { as_f64(waiting[at]) } else { 0.0 };
        let wanted = Lane::ALL.map(|lane| lane.weight() * free(lane as usize));
        let total: f64 = wanted.iter().sum();
        let share = wanted.map(|wanted| if total > 0.0 { wanted / total * left } else { 0.0 });
        let over = |lane: Lane| first_lanes_wait && share[lane as usize] > lane.cap();
        // What a cap takes from one lane goes to the others, which may then be over theirs.
        match Lane::ALL.into_iter().find(|lane| over(*lane)) {
            Some(lane) => capped[lane as usize] = Some(lane.cap()),
            None => {
                return floored(waiting, std::array::from_fn(|at| capped[at].unwrap_or(share[at])));
            }
        }
    }
}

fn floored(waiting: [u64; LANES], shares: [f64; LANES]) -> [f64; LANES] {
    let least: [f64; LANES] =
        std::array::from_fn(|at| if waiting[at] > 0 { shares[at].max(SHARE_MIN) } else { 0.0 });
    let total: f64 = least.iter().sum();
    least.map(|share| if total > 0.0 { share / total } else { 0.0 })
}

/// Takes turns in proportion to shares, each lane at its due time and never in bursts.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    credit: [f64; LANES],
}

impl Turns {
    /// The lane that is called next, of those with somebody to call.
    pub(super) fn next(&mut self, shares: &[f64; LANES], callable: [bool; LANES]) -> Option<usize> {
        let total: f64 = (0..LANES).filter(|at| callable[*at]).map(|at| shares[at]).sum();
        let mut best = None;
        for at in (0..LANES).filter(|at| callable[*at]) {
            // Before the first count of heads a lane may have no share yet.
            self.credit[at] += if total > 0.0 { shares[at] / total } else { 1.0 };
            if best.is_none_or(|b: usize| self.credit[at] > self.credit[b]) {
                best = Some(at);
            }
        }
        for at in (0..LANES).filter(|at| !callable[*at]) {
            self.credit[at] = 0.0;
        }
        if let Some(at) = best {
            self.credit[at] -= 1.0;
        }
        best
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of people, far below 2^52")]
pub(super) fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(shares: [f64; LANES], expected: [f64; LANES]) {
        for at in 0..LANES {
            assert!((shares[at] - expected[at]).abs() < 0.01, "{shares:?}, not {expected:?}");
        }
    }

    #[test]
    fn calls_follow_heads_within_caps_and_above_a_floor() {
        near(shares([0; LANES]), [0.0; LANES]);
        near(shares([0, 0, 500, 0]), [0.0, 0.0, 1.0, 0.0]);
        near(shares([0, 15_000, 500, 0]), [0.0, 0.951, 0.049, 0.0]);
        near(shares([0, 100, 100_000, 0]), [0.0, 0.5, 0.5, 0.0]);
        near(shares([0, 15_000, 0, 1_000_000]), [0.0, 0.9, 0.0, 0.1]);
        near(shares([1, 15_000, 1_000, 1_000_000]), [0.046, 0.814, 0.046, 0.093]);
    }

    /// I5: with any mixture each lane that waits has at least almost its floor.
    #[test]
    fn i5_no_lane_starves_in_any_mixture() {
        for mixture in 0..625_u64 {
            let heads = [0, 1, 40, 17_000, 1_000_000];
            let of = |place: u32| heads[usize::try_from(mixture / 5_u64.pow(place) % 5).unwrap()];
            let waiting = [of(0), of(1), of(2), of(3)];
            let shares = shares(waiting);
            let mut turns = Turns::default();
            let callable = waiting.map(|heads| heads > 0);
            let mut called = [0_u32; LANES];
            for _ in 0..1_000 {
                let Some(at) = turns.next(&shares, callable) else { break };
                called[at] += 1;
            }
            for at in 0..LANES {
                assert_eq!(called[at] > 0, waiting[at] > 0, "{waiting:?}: {called:?}");
                assert!(waiting[at] == 0 || called[at] >= 41, "{waiting:?}: {called:?}");
            }
        }
    }
}
