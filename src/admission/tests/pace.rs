//! Little's law, learnt and held.

use super::*;

fn at(seconds: f64) -> Tick {
    Tick::new(Duration::from_secs_f64(seconds))
}

fn calibrated() -> Pace {
    Pace::new(2, Duration::from_millis(66), at(0.0))
}

#[test]
fn it_begins_with_what_is_known_before() {
    let pace = calibrated();
    assert!((pace.capacity(at(0.0)) - 30.3).abs() < 0.1);
    assert!((10.0..13.0).contains(&pace.typing_seconds()), "{}", pace.typing_seconds());
    assert!(pace.hope[0] > 0.98);
    assert!((300.0..400.0).contains(&pace.limit(at(0.0))), "{}", pace.limit(at(0.0)));
}

/// I13: a claim is never granted at or above the limit, and a slower service lowers it at once.
#[test]
fn i13_nobody_is_let_in_at_the_limit() {
    let mut pace = calibrated();
    let mut granted = 0;
    while pace.allows(at(0.5)) {
        pace.claimed(at(0.5));
        granted += 1;
        assert!(granted < 1_000);
    }
    assert!(pace.work() >= pace.limit(at(0.5)) && pace.work() < pace.limit(at(0.5)) + 1.0);
    for n in 0..50 {
        pace.first_post(Duration::from_secs(1), at(1.5));
        pace.finished(Some(Duration::from_millis(660)), at(1.6 + f64::from(n) / 100.0));
    }
    pace.advance(at(2.2));
    assert!((pace.capacity(at(2.2)) - 3.03).abs() < 0.05);
    assert!(!pace.allows(at(2.2)), "{} of {}", pace.work(), pace.limit(at(2.2)));
}

#[test]
fn it_learns_how_many_never_post() {
    let mut pace = calibrated();
    for second in 0..600_u32 {
        let now = at(f64::from(second) + 0.5);
        pace.advance(now);
        for _ in 0..20 {
            pace.claimed(now);
        }
        // Half of them post, all at the age of twenty seconds.
        let posts = if second >= 20 { 10 } else { 0 };
        for _ in 0..posts {
            pace.first_post(Duration::from_secs(20), now);
            pace.finished(Some(Duration::from_millis(66)), now);
        }
    }
    assert!((0.45..0.56).contains(&pace.hope[0]), "{}", pace.hope[0]);
    assert!(pace.hope[25] < 0.06, "{}", pace.hope[25]);
    assert!((19.0..21.5).contains(&pace.typing_seconds()), "{}", pace.typing_seconds());
    assert!(pace.rate(at(600.0)) > 1.9 * pace.capacity(at(600.0)));
}

#[test]
fn silence_distress_and_a_standstill_hold_people_back() {
    let mut pace = calibrated();
    pace.distressed(at(1.0));
    assert!((pace.capacity(at(5.9)) - 15.15).abs() < 0.1);
    assert!((pace.capacity(at(6.1)) - 30.3).abs() < 0.1);
    for _ in 0..12 {
        pace.post(at(7.0));
    }
    pace.advance(at(13.0));
    assert!(pace.capacity(at(13.0)) < 0.4, "six seconds of silence are no sixty milliseconds");
    pace.service_seconds = 0.05;
    pace.claimed(at(13.0));
    assert!(!pace.allows(at(13.5)), "one a second while nothing comes back");
    assert!(pace.allows(at(14.1)));
}

#[test]
fn a_long_sleep_leaves_finite_numbers_and_a_way_in() {
    let mut pace = calibrated();
    pace.claimed(at(1.0));
    pace.advance(at(1e7));
    assert!(
        pace.work() < 1e-9 && pace.limit(at(1e7)).is_finite() && pace.rate(at(1e7)).is_finite()
    );
    assert!(pace.allows(at(1e7)));
    pace.first_post(Duration::from_mins(15), at(1e7));
    pace.finished(Some(Duration::ZERO), at(1e7));
    pace.advance(at(1e7 + 1.0));
    assert!(pace.capacity(at(1e7 + 1.0)).is_finite());
}
