//! Delays that grow, quotas that renew, and what is forgiven.

use super::*;
use crate::admission::whole_seconds_up;

fn at(seconds: u64) -> Tick {
    Tick::new(Duration::from_secs(seconds))
}

/// Tries as soon as one is earned, and gives the seconds from each try to the next.
fn delays(limit: Limit, tries: usize) -> Vec<u64> {
    let limits = Limits::default();
    let mut now = 1_000;
    let mut delays = Vec::new();
    for _ in 0..tries {
        let wait = limits.look(limit, 7, at(now)).err().map_or(0, |slow| {
            assert_eq!(slow.limit, limit);
            whole_seconds_up(slow.wait)
        });
        delays.push(wait);
        now += wait;
        assert_eq!(limits.check(limit, 7, at(now)), Ok(()), "when it was told");
    }
    delays
}

#[test]
fn delays_of_colleagues_grow_from_the_eleventh_wrong_password_and_never_lock() {
    let delays = delays(Limit::Device, 60);
    assert_eq!(delays[..10], [0; 10]);
    assert_eq!(delays[10], 10);
    assert!(delays[10..].windows(2).all(|two| two[0] <= two[1]), "{delays:?}");
    assert_eq!((delays[25], delays[59]), (60, 900), "{delays:?}");
}

#[test]
fn strangers_have_ten_tries_in_any_hour_and_are_never_locked_out() {
    let delays = delays(Limit::Account, 60);
    assert_eq!((&delays[..6], delays.iter().max()), (&[0; 6][..], Some(&900)));
    let moments: Vec<u64> = delays
        .iter()
        .scan(0, |at, delay| {
            *at += delay;
            Some(*at)
        })
        .collect();
    let tries_within_an_hour = |from: &u64| {
        let hour = *from..from + 3_600;
        moments.iter().filter(|at| hour.contains(at)).count()
    };
    let most = moments.iter().map(tries_within_an_hour).max();
    assert!(most <= Some(10), "{most:?}");
}

#[test]
fn a_refused_try_is_not_counted_and_a_success_forgives_all() {
    let limits = Limits::default();
    let wrong = |second| limits.check(Limit::Account, 7, at(second));
    for _ in 0..6 {
        assert_eq!(wrong(1_000), Ok(()));
    }
    for _ in 0..500 {
        let slow = Slow { limit: Limit::Account, wait: Duration::from_mins(15) };
        assert_eq!(wrong(1_000), Err(slow));
        assert_eq!(limits.look(Limit::Account, 7, at(1_000)), Err(slow));
    }
    // Neither another name nor the owner's own device is touched.
    assert_eq!(limits.look(Limit::Account, 8, at(1_000)), Ok(()));
    assert_eq!(limits.look(Limit::Device, 7, at(1_000)), Ok(()));
    assert_eq!(wrong(1_900), Ok(()));
    assert!(wrong(1_901).is_err());
    limits.forget(Limit::Account, 7);
    for _ in 0..6 {
        assert_eq!(wrong(1_901), Ok(()));
    }
}

/// Six hundred schools behind one address, five tabs each within a minute, beside somebody who
/// tries passwords from there.
#[test]
fn a_whole_authority_behind_one_address_is_not_slowed() {
    let limits = Limits::default();
    let (address, victim) = (42, 99);
    let mut tried = 0;
    for join in 0..3_000_u64 {
        let now = at(60 + join / 50);
        assert_eq!(limits.check(Limit::Address, address, now), Ok(()), "join {join}");
        assert_eq!(limits.look(Limit::Account, 1_000 + join % 600, now), Ok(()));
        tried += u32::from(limits.check(Limit::Account, victim, now).is_ok());
    }
    assert_eq!(tried, 6, "in a minute");
}

#[test]
fn nobody_is_slowed_below_a_hundred_exports_a_second() {
    let limits = Limits::default();
    for millis in 0..60_000_u64 {
        let now = Tick::new(Duration::from_millis(millis));
        if millis % 10 == 0 {
            assert_eq!(limits.check(Limit::Organisation, 1, now), Ok(()), "{millis}");
        }
    }
    let rush = (0..5_000).filter(|_| limits.check(Limit::Organisation, 2, at(60)).is_ok());
    assert_eq!(rush.count(), 800);
}

#[test]
fn memory_is_bounded_and_a_known_name_stays_known() {
    let limits = Limits::default();
    for _ in 0..6 {
        assert_eq!(limits.check(Limit::Account, 0, at(1)), Ok(()));
    }
    for key in 1..KEYS_MAX as u64 + 10_000 {
        assert_eq!(limits.check(Limit::Account, key, at(1)), Ok(()));
    }
    assert_eq!(limits.keys(Limit::Account), KEYS_MAX);
    assert_eq!(limits.forgone(), 10_000);
    assert!(limits.check(Limit::Account, 0, at(1)).is_err(), "forgotten in the flood");
    limits.prune(at(100_000));
    assert_eq!(limits.keys(Limit::Account), 0);
}
