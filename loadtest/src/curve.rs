//! When people arrive: a few stretches of time, each with its share of the people.

use std::time::Duration;

use rand::Rng;
use serde::Deserialize;

/// People who arrive evenly, at random, between two moments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stretch {
    /// Its part of all people, in any unit: shares are divided by their sum.
    pub(crate) share: f64,
    /// Seconds from the opening of the results to its beginning; negative before.
    pub(crate) from_s: f64,
    /// Seconds from the opening of the results to its end.
    pub(crate) until_s: f64,
}

impl Stretch {
    /// What is wrong with it.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if !(self.share.is_finite() && self.share > 0.0) {
            return Some("share must be above 0");
        }
        if !(self.from_s.is_finite() && self.until_s.is_finite()) || self.until_s < self.from_s {
            return Some("until_s must not be before from_s");
        }
        None
    }
}

/// Seconds from the opening at which people arrive, in order. Each stretch gets its share to within
/// one person; inside it the moments are independent, as those of strangers are.
pub(crate) fn arrivals(curve: &[Stretch], people: usize, rng: &mut impl Rng) -> Vec<f64> {
    let whole: f64 = curve.iter().map(|stretch| stretch.share).sum();
    let mut moments = Vec::with_capacity(people);
    let mut before = 0.0;
    for stretch in curve {
        before += stretch.share;
        let due = nearest(people, before / whole);
        while moments.len() < due {
            let within = rng.random::<f64>();
            moments.push(stretch.from_s + within * (stretch.until_s - stretch.from_s));
        }
    }
    moments.sort_by(f64::total_cmp);
    moments
}

/// The whole number nearest to a part of `count`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "people are counted in thousands, and the part lies between 0 and 1"
)]
fn nearest(count: usize, part: f64) -> usize {
    (count as f64 * part.clamp(0.0, 1.0)).round() as usize
}

/// How long after the first moment each one is, with the whole morning run `speed` times as fast.
pub(crate) fn after_first(moments: &[f64], speed: f64) -> Vec<Duration> {
    let first = moments.first().copied().unwrap_or(0.0);
    moments.iter().map(|moment| Duration::from_secs_f64((moment - first) / speed)).collect()
}

/// Deals `total` things to `people`, as evenly as whole numbers allow, in an order that `rng` picks.
pub(crate) fn deal(total: usize, people: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut hands: Vec<usize> =
        (0..people).map(|person| (person + 1) * total / people - person * total / people).collect();
    for last in (1..hands.len()).rev() {
        hands.swap(last, rng.random_range(0..=last));
    }
    hands
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn morning() -> Vec<Stretch> {
        [(35.0, -120.0, 60.0), (30.0, 60.0, 900.0), (20.0, 900.0, 3600.0)]
            .map(|(share, from_s, until_s)| Stretch { share, from_s, until_s })
            .to_vec()
    }

    fn seeded(seed: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(seed)
    }

    #[test]
    fn each_stretch_gets_its_share() {
        let moments = arrivals(&morning(), 850, &mut seeded(1));
        let within = |from: f64, until: f64| {
            moments.iter().filter(|moment| (from..until).contains(*moment)).count()
        };
        assert_eq!(within(-120.0, 60.0), 350);
        assert_eq!(within(60.0, 900.0), 300);
        assert_eq!(within(900.0, 3600.0), 200);
        assert!(moments.is_sorted());
    }

    #[test]
    fn nobody_is_lost_whatever_the_shares() {
        for people in [0, 1, 2, 7, 165] {
            assert_eq!(arrivals(&morning(), people, &mut seeded(3)).len(), people);
        }
    }

    #[test]
    fn a_seed_gives_the_same_morning_again() {
        let of = |seed| arrivals(&morning(), 50, &mut seeded(seed));
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
    }

    #[test]
    fn speed_shortens_the_morning() {
        let due = after_first(&[-120.0, 0.0, 3600.0], 10.0);
        assert_eq!(due, [0, 12, 372].map(Duration::from_secs));
    }

    #[test]
    fn a_deal_gives_everything_away_evenly() {
        let hands = deal(445, 165, &mut seeded(2));
        assert_eq!(hands.iter().sum::<usize>(), 445);
        assert!(hands.iter().all(|hand| (2..=3).contains(hand)));
        assert!(!hands.is_sorted());
    }
}
