//! The bucket against an exact model in whole numbers.

use proptest::prelude::*;

use super::*;

/// Token parts: rates of thousandths a second times microseconds are whole numbers of these.
const PART: i128 = 1_000_000_000;

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait { micros: u64 },
    Take,
    Refund,
    Rate { thousandths: u32 },
}

const ANYBODY: Place = Place { lane: 2, number: 7 };

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..400_000_u64).prop_map(|micros| Step::Wait { micros }),
        1 => Just(Step::Wait { micros: 0 }),
        1 => (0..100_000_000_000_u64).prop_map(|micros| Step::Wait { micros }),
        8 => Just(Step::Take),
        1 => Just(Step::Refund),
        2 => (1..10_000_000_u32).prop_map(|thousandths| Step::Rate { thousandths }),
    ]
}

/// The bucket in parts of tokens, without rounding.
struct Exact {
    parts: i128,
    thousandths: i128,
}

impl Exact {
    fn burst(&self) -> i128 {
        (self.thousandths * PART / 4_000).max(4 * PART)
    }
}

fn rate(thousandths: u32) -> Rate {
    Rate::new(f64::from(thousandths) / 1_000.0).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// I1 for one bucket: every answer is that of exact arithmetic, but where a token is within a
    /// billionth of being whole.
    #[test]
    fn i1_the_bucket_is_exact_for_any_path_of_the_rate(
        start in 1..10_000_000_u32, steps in proptest::collection::vec(step(), 1..300),
    ) {
        let mut now = Tick::default();
        let mut bucket = Bucket::empty(rate(start), now);
        let mut exact = Exact { parts: 0, thousandths: i128::from(start) };
        for step in steps {
            match step {
                Step::Wait { micros } => {
                    now = now.after(Duration::from_micros(micros));
                    let gained = exact.thousandths * i128::from(micros);
                    exact.parts = (exact.parts + gained).min(exact.burst());
                }
                Step::Take => {
                    let close = (exact.parts - PART).abs() < 10;
                    let taken = bucket.take(now);
                    prop_assert!(close || taken == (exact.parts >= PART));
                    exact.parts -= if taken { PART } else { 0 };
                }
                Step::Refund => {
                    bucket.refund(now);
                    exact.parts = (exact.parts + PART).min(exact.burst());
                }
                Step::Rate { thousandths } => {
                    bucket.change(rate(thousandths), rate(thousandths).burst(), now);
                    exact.thousandths = i128::from(thousandths);
                    exact.parts = exact.parts.min(exact.burst());
                }
            }
            let parts = bucket.tokens(now) * 1e9;
            #[expect(clippy::cast_precision_loss, reason = "compared with a tolerance")]
            let off = (parts - exact.parts as f64).abs();
            prop_assert!(off < 100.0, "off by {off} billionths");
        }
    }

    #[test]
    fn only_rates_that_can_be_meant_are_taken(per_second: f64) {
        let fits = (RATE_MIN..=RATE_MAX).contains(&per_second);
        prop_assert_eq!(Rate::new(per_second).is_ok(), fits);
    }
}

#[test]
fn a_rate_is_refused_with_its_reason() {
    assert_eq!(Rate::new(f64::NAN), Err(BadRate::NotANumber));
    assert_eq!(Rate::new(0.0), Err(BadRate::TooLow(0.0)));
    assert_eq!(Rate::new(-27.0), Err(BadRate::TooLow(-27.0)));
    assert_eq!(Rate::new(f64::INFINITY), Err(BadRate::TooHigh(f64::INFINITY)));
    assert_eq!(Rate::new(27.5).map(Rate::per_second), Ok(27.5));
}

/// A hundred million steps of a quarter of a millisecond lose less than a thousandth of a token.
#[test]
fn arithmetic_does_not_drift() {
    let rate = Rate::new(1_000.0 / 3.0).unwrap();
    let mut now = Tick::default();
    let mut bucket = Bucket::empty(rate, now);
    let (mut taken, steps) = (0_u32, 3_000_000_u32);
    for _ in 0..steps {
        now = now.after(Duration::from_micros(250));
        taken += u32::from(bucket.take(now));
    }
    let there = f64::from(taken) + bucket.tokens(now);
    assert!((there - f64::from(steps) / 12.0).abs() < 1e-3, "{there}");
}

#[test]
fn leased_tokens_die_a_second_after_they_were_asked_for() {
    let at = |ms| Tick::new(Duration::from_millis(ms));
    let mut door = Door::new(Rate::new(27.0).unwrap(), at(0));
    door.set(Supply::Leased, Rate::new(27.0).unwrap(), 27.0, at(0));
    assert!(!door.take(ANYBODY, true, at(500)), "nothing was leased");
    door.lease(2, at(500), at(650));
    assert!(door.take(ANYBODY, true, at(1_499)));
    assert!(!door.take(ANYBODY, true, at(1_500)));
    for _ in 0..20 {
        door.lease(10, at(1_500), at(1_500));
    }
    assert!(door.tokens(at(1_600)) <= 80.0, "leases are bounded");
}

#[test]
fn a_share_saves_up_one_token_and_credits_count_extra() {
    let at = |ms| Tick::new(Duration::from_millis(ms));
    let rate = Rate::new(40.0).unwrap();
    let mut door = Door::new(rate, at(0));
    door.set(Supply::Share { nodes: 4 }, rate, 1e9, at(0));
    let taken = (0..1_000).filter(|ms| door.take(ANYBODY, true, at(*ms))).count();
    assert!((9..=10).contains(&taken), "{taken}");
    assert!((door.tokens(at(60_000)) - 1.0).abs() < 1e-9);
    door.credit(2);
    assert!(door.take_credit() && door.take_credit() && !door.take_credit());
}
