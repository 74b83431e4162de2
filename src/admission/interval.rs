//! When to ask next: half of what is left to wait, so that a wait of any length costs few questions.

use std::time::Duration;

/// Shortest wait between two questions.
pub const INTERVAL_MIN: Duration = Duration::from_millis(2_500);
/// Longest: a page that says nothing for longer looks broken.
pub const INTERVAL_MAX: Duration = Duration::from_mins(1);
/// Part by which intervals differ at random either way, so that crowds come apart.
pub(super) const JITTER: f64 = 0.15;

/// How hard the node is pressed: it stretches intervals before it refuses anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stress {
    /// Intervals as they are.
    #[default]
    None,
    /// Twice as long.
    Some,
    /// Four times as long.
    Much,
}

impl Stress {
    const fn factor(self) -> u32 {
        match self {
            Self::None => 1,
            Self::Some => 2,
            Self::Much => 4,
        }
    }
}

/// The time until the next question, from the remaining seconds and 64 random bits.
pub(super) fn interval(eta_seconds: f64, stress: Stress, random: u64) -> Duration {
    let half = (eta_seconds / 2.0).max(INTERVAL_MIN.as_secs_f64()).min(INTERVAL_MAX.as_secs_f64());
    jittered(Duration::from_secs_f64(half) * stress.factor(), random)
}

/// Spreads a wait by the usual part.
pub(super) fn jittered(wait: Duration, random: u64) -> Duration {
    wait.mul_f64(1.0 - JITTER + 2.0 * JITTER * unit(random))
}

/// A number from 0 up to 1 out of 64 random bits.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
fn unit(random: u64) -> f64 {
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

/// Spreads bits: a nonce and a time become a draw without any state.
pub(super) fn mix(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_interval_is_bounded_spread_and_never_shrinks_with_the_wait(
            eta in 0.0..1e6_f64, more in 0.0..1e6_f64, random: u64, other: u64,
        ) {
            let wait = interval(eta, Stress::None, random);
            prop_assert!(wait >= INTERVAL_MIN.mul_f64(1.0 - JITTER));
            prop_assert!(wait <= INTERVAL_MAX.mul_f64(1.0 + JITTER));
            prop_assert!(interval(eta + more, Stress::None, random) >= wait);
            let ratio = interval(eta, Stress::None, other).as_secs_f64() / wait.as_secs_f64();
            prop_assert!((0.73..1.36).contains(&ratio));
            let stressed = interval(eta, Stress::Much, random);
            prop_assert!(stressed + Duration::from_micros(1) >= wait * 4);
            prop_assert!(stressed <= INTERVAL_MAX.mul_f64(4.0 * (1.0 + JITTER)));
        }

        /// A wait of T seconds costs about T/60 questions, then one for each halving, then few at the end.
        #[test]
        fn a_wait_costs_few_questions(eta in 1.0..7_200.0_f64, seed: u64) {
            let (mut left, mut asked) = (eta, 0_u32);
            while left > 0.0 {
                left -= interval(left, Stress::None, mix(seed ^ u64::from(asked))).as_secs_f64();
                asked += 1;
            }
            prop_assert!(f64::from(asked) <= eta / 51.0 + 14.0, "{asked} questions for {eta} s");
        }

        /// Whatever crowd waits, its questions stay within a budget that stress divides.
        #[test]
        fn a_crowd_stays_within_its_budget(etas in proptest::collection::vec(0.0..4_000.0_f64, 1..400), seed: u64) {
            for (stress, budget) in [(Stress::None, 0.4), (Stress::Some, 0.2), (Stress::Much, 0.1)] {
                let rate: f64 = etas.iter().zip(0..)
                    .map(|(eta, n)| 1.0 / interval(*eta, stress, mix(seed ^ n)).as_secs_f64())
                    .sum();
                let people = f64::from(u32::try_from(etas.len()).unwrap());
                prop_assert!(rate <= people * budget / (1.0 - JITTER));
            }
        }
    }

    #[test]
    fn half_of_what_is_left() {
        let middle = 1 << 63;
        assert_eq!(interval(40.0, Stress::None, middle).as_millis(), 20_000);
        assert_eq!(interval(0.0, Stress::None, middle).as_millis(), 2_500);
        assert_eq!(interval(1e9, Stress::None, middle).as_millis(), 60_000);
        assert_eq!(interval(40.0, Stress::Some, middle).as_millis(), 40_000);
    }
}
