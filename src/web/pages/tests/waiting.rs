//! The states of the queue and of the reconciliation, as people and operators meet them.

use std::time::Duration;

use super::fixture::{at, frame, planned, served};
use crate::admission::{Range, Standing};
use crate::delivery::{PaperCounts, Reconciliation};
use crate::web::pages::account::Longer;
use crate::web::pages::queue::{Cookies, Place, Queue};
use crate::web::pages::reconciliation::{All, Found, One, School};

/// The queue in each state.
pub(super) fn queue() -> Vec<(&'static str, String)> {
    let place = |standing, position, eta: Option<f64>| Place {
        standing,
        position,
        eta: eta.map(Range::around),
        refresh: Duration::from_secs(21),
        reference: position.map(|_| "QF7-3KD".to_owned()),
        message: None,
        released: true,
        served: served(11_240),
        rate: 1.5,
        now: at("2024-07-09T06:31:20Z"),
    };
    let page =
        |place| Queue::new(place, format!("/queue?t={}", "x".repeat(64)), "/sign-in".to_owned());
    let waiting = || place(Standing::Waiting, Some(813), Some(180.0));
    let told = Place { message: Some("We have <slowed> down.".to_owned()), ..waiting() };
    vec![
        ("queue", page(waiting()).to_string()),
        ("queue-next", page(place(Standing::Waiting, Some(1), Some(3.0))).to_string()),
        ("queue-message", page(told).to_string()),
        ("queue-stopped", page(waiting()).stopped(true).to_string()),
        ("queue-unreadable", page(waiting()).unreadable(true).to_string()),
        ("queue-no-cookies", page(waiting()).cookies(Cookies::Refused).to_string()),
        ("queue-paused", page(place(Standing::Paused, Some(813), None)).to_string()),
        ("queue-full", page(place(Standing::Full, None, None)).to_string()),
        ("queue-closed", page(place(Standing::Closed, None, None)).to_string()),
        ("sign-in-longer", Longer::new("/sign-in").to_string()),
    ]
}

/// Schools of which some lack something.
pub(super) fn reconciliation() -> Vec<(&'static str, String)> {
    let school = |n: u32| {
        let lost = u32::from(n.is_multiple_of(3));
        let paper = PaperCounts {
            expected: 29,
            received: 29 - lost,
            matched: 29 - lost,
            marked: 29 - lost,
            coded: 1,
            unmarked: lost,
        };
        let counts = Reconciliation { pupils: 30, papers: [paper; 6], scripts: true };
        let name = ["St Mary's <Primary>", "Ysgol Tŷ'r Felin", "Nether Wallop & District"];
        let name = Some(name[n as usize % 3].to_owned());
        School::new(
            8_882_000 + n,
            name,
            counts,
            1 + n % 2,
            &planned([0; 32]),
            at("2024-07-16T10:00:00Z"),
        )
    };
    let all = |count, search: &str, all| {
        let found = Found::new(search, all, "1");
        All::new(frame("Reconciliation"), "2024-0", (0..count).map(school).collect(), found)
    };
    vec![
        ("reconciliation", all(14, "", false).to_string()),
        ("reconciliation-all", all(250, "", true).to_string()),
        ("reconciliation-search", all(14, "wallop", true).to_string()),
        ("reconciliation-none", All::nothing(frame("Reconciliation")).to_string()),
        (
            "reconciliation-school",
            One::new(frame("Reconciliation"), "2024-0", school(3)).to_string(),
        ),
    ]
}
