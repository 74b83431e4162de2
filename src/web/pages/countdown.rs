//! The page before the instant: it says when results open, waits, and opens them.
//!
//! It has one length whatever the time and whatever is known of the school: its numbers have fixed
//! widths, and its script writes the changing words.

use askama::Template;
use jiff::Timestamp;

use super::within;
use crate::clock::Clock;
use crate::domain::calendar::instant_in_words;
use crate::node::keys::random;
use crate::web::layout::Layout;

/// Without a script the page loads itself again after so many seconds: always two digits.
const REFRESH_SECONDS: std::ops::RangeInclusive<i64> = 10..=60;
/// Browsers without a script come back within so many seconds after the instant, not all at once.
const SPREAD_SECONDS: u8 = 5;

/// The countdown.
#[derive(Debug, Template)]
#[template(path = "countdown.html")]
pub struct Countdown {
    layout: Layout,
    opens_in_words: String,
    opens: String,
    now: String,
    /// The reader's own password ends soon.
    password_ends: bool,
}

impl Countdown {
    /// A countdown to `opens` by the service's clock.
    pub fn new(layout: Layout, opens: Timestamp, clock: &Clock) -> Self {
        let now = clock.now();
        let spread = i64::from(random::<1>()[0] % SPREAD_SECONDS);
        // It keeps the session alive by itself; how long that lasts would change its length.
        let refresh_seconds = Some(refresh(now, opens, spread));
        let layout = Layout { refresh_seconds, lasts: None, ..layout };
        Self {
            layout: within(layout, "/results"),
            opens_in_words: instant_in_words(opens),
            opens: milliseconds(opens),
            now: milliseconds(now),
            password_ends: false,
        }
    }

    /// The reader's password ends soon: here is time to see to it.
    #[must_use]
    pub fn password_ends(self) -> Self {
        Self { password_ends: true, ..self }
    }
}

/// Unix milliseconds, in 13 digits until the year 2286.
fn milliseconds(at: Timestamp) -> String {
    format!("{:013}", at.as_millisecond())
}

fn refresh(now: Timestamp, opens: Timestamp, spread: i64) -> u32 {
    let left = opens.duration_since(now).as_secs().saturating_add(1 + spread);
    let seconds = left.clamp(*REFRESH_SECONDS.start(), *REFRESH_SECONDS.end());
    u32::try_from(seconds).expect("between the two limits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(opens: &str, now: &str) -> String {
        let layout = Layout::titled("Your results are not open yet");
        let clock = Clock::manual(now.parse().unwrap());
        Countdown::new(layout, opens.parse().unwrap(), &clock).to_string()
    }

    #[test]
    fn its_length_tells_nothing() {
        let opens = "2024-07-09T06:30:00Z";
        let length = html(opens, "2024-07-09T06:29:59.999Z").len();
        for now in [
            "2024-01-01T00:00:00Z",
            "2024-07-08T06:30:00Z",
            "2024-07-09T06:20:00Z",
            "2024-07-09T06:29:15.007Z",
            "2024-07-09T06:29:51Z",
            "2024-07-09T06:30:00Z",
            "2024-07-09T06:31:00Z",
        ] {
            assert_eq!(html(opens, now).len(), length, "{now}");
        }
        assert_eq!(html("2025-07-08T06:30:00Z", "2024-07-09T06:20:00Z").len(), length);
    }

    #[test]
    fn it_comes_back_sooner_near_the_instant_and_not_all_at_once() {
        let opens: Timestamp = "2024-07-09T06:30:00Z".parse().unwrap();
        let at = |now: &str, spread| refresh(now.parse().unwrap(), opens, spread);
        assert_eq!(at("2024-07-08T06:30:00Z", 0), 60);
        assert_eq!(at("2024-07-09T06:29:30Z", 0), 31);
        assert_eq!(at("2024-07-09T06:29:30Z", 5), 36);
        assert_eq!(at("2024-07-09T06:29:58Z", 5), 10);
        assert_eq!(at("2024-07-09T07:30:00Z", 5), 10);
    }

    #[test]
    fn it_says_when_results_open() {
        let html = html("2024-07-09T06:30:00Z", "2024-07-09T06:20:00Z");
        assert!(html.contains("7:30am on 9 July 2024"));
        assert!(html.contains("data-opens=\"1720506600000\" data-now=\"1720506000000\""));
        assert!(html.contains("<noscript><meta http-equiv=\"refresh\" content=\"60\"></noscript>"));
    }
}
