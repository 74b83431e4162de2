//! Chance with fixed bytes: the same seed gives the same nation on every machine and with every crate version.
//!
//! Only additions, multiplications and comparisons are used: `ln` and `cos` come from the platform's
//! maths library and may differ in the last bit.

/// SplitMix64 (Steele, Lea, Flood 2014): one word of state, so a stream for each school costs nothing.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: u64,
}

/// What a stream is for. Each purpose draws apart, so that more draws in one do not move another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Organisations = 1,
    Roll = 2,
    Results = 3,
    Pages = 4,
    Scripts = 5,
    Gias = 6,
    Moves = 7,
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

impl Random {
    /// The stream of one thing (a school, a page) under the plan's seed.
    pub(super) fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let purposed = mix(seed.wrapping_add(GOLDEN).wrapping_mul(purpose as u64 * 2 + 1));
        Self { state: mix(purposed ^ index.wrapping_mul(GOLDEN)) }
    }

    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    fn word(&mut self) -> u32 {
        u32::try_from(self.next() >> 32).expect("32 bits are left")
    }

    /// 0 to `end` − 1; 0 when `end` is 0.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        u32::try_from((u64::from(self.word()) * u64::from(end)) >> 32).expect("less than end")
    }

    /// 0 ≤ x < 1.
    pub(super) fn unit(&mut self) -> f64 {
        f64::from(self.word()) / 4_294_967_296.0
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Standard normal in all but the far tails: twelve uniforms have variance 1 and end at ±6.
    pub(super) fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// How many of `trials` succeed.
    pub(super) fn binomial(&mut self, trials: u16, probability: f64) -> u16 {
        (0..trials).map(|_| u16::from(self.chance(probability))).sum()
    }

    /// Beta(`a`, `b`): the `a`-th smallest of `a + b − 1` uniforms.
    pub(super) fn beta(&mut self, a: usize, b: usize) -> f64 {
        const DRAWS_MAX: usize = 64;
        let mut draws = [1.0; DRAWS_MAX];
        let count = (a + b).saturating_sub(1).clamp(1, DRAWS_MAX);
        draws[..count].fill_with(|| self.unit());
        let place = a.clamp(1, count) - 1;
        *draws[..count].select_nth_unstable_by(place, f64::total_cmp).1
    }

    /// Any of the list, equally likely.
    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let end = u32::try_from(list.len()).expect("lists are short");
        list[self.below(end) as usize]
    }

    /// One of a list ordered by frequency: the first tenth is drawn a third of the time.
    pub(super) fn pick_ranked<T: Copy>(&mut self, list: &[T]) -> T {
        let end = u32::try_from(list.len()).expect("lists are short");
        let place = self.unit() * self.unit() * f64::from(end);
        list[usize::try_from(whole(place)).unwrap_or(0).min(list.len() - 1)]
    }

    /// Draws a place by weight; the place after the last weight takes what is left to 1.
    pub(super) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut rest = self.unit();
        let drawn = weights.iter().position(|weight| {
            rest -= weight;
            rest < 0.0
        });
        drawn.unwrap_or(weights.len())
    }
}

/// The whole part of a small number; `as` saturates, so nothing can wrap.
#[expect(clippy::cast_possible_truncation, reason = "callers stay within a few thousands")]
pub(super) fn whole(value: f64) -> i32 {
    value as i32
}

/// The nearest whole number between two bounds.
pub(super) fn nearest(value: f64, low: u16, high: u16) -> u16 {
    u16::try_from(whole(value.max(0.0) + 0.5)).unwrap_or(u16::MAX).clamp(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_fixed_for_ever() {
        let mut random = Random::new(1, Purpose::Roll, 2);
        let drawn = [random.next(), random.next()];
        assert_eq!(drawn, Random::new(1, Purpose::Roll, 2).two());
        assert_ne!(drawn, Random::new(2, Purpose::Roll, 2).two());
        assert_ne!(drawn, Random::new(1, Purpose::Roll, 3).two());
        assert_ne!(drawn, Random::new(1, Purpose::Results, 2).two());
        // The reference stream of the algorithm from state 0.
        assert_eq!(Random { state: 0 }.next(), 0xE220_A839_7B1D_CDAF);
    }

    impl Random {
        fn two(mut self) -> [u64; 2] {
            [self.next(), self.next()]
        }
    }

    #[test]
    fn what_weights_leave_goes_to_the_place_after_them() {
        let mut random = Random::new(3, Purpose::Roll, 0);
        let mut counts = [0_u32; 3];
        for _ in 0..10_000 {
            counts[random.weighted(&[0.5, 0.2])] += 1;
        }
        for (count, expected) in counts.into_iter().zip([5_000, 2_000, 3_000]) {
            assert!(count.abs_diff(expected) < 200, "{counts:?}");
        }
    }

    #[test]
    fn draws_have_their_mean_and_spread() {
        const DRAWS: u32 = 20_000;
        let mut random = Random::new(7, Purpose::Results, 0);
        let draws: Vec<f64> = (0..DRAWS).map(|_| random.bell()).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(DRAWS);
        let spread = draws.iter().map(|x| x * x).sum::<f64>() / f64::from(DRAWS);
        assert!(mean.abs() < 0.03 && (spread - 1.0).abs() < 0.04, "{mean} {spread}");
        let beta = (0..DRAWS).map(|_| random.beta(26, 34)).sum::<f64>() / f64::from(DRAWS);
        assert!((beta - 26.0 / 60.0).abs() < 0.01, "{beta}");
        let successes: u32 = (0..DRAWS).map(|_| u32::from(random.binomial(20, 0.3))).sum();
        assert!((f64::from(successes) / f64::from(DRAWS) - 6.0).abs() < 0.1, "{successes}");
    }
}
