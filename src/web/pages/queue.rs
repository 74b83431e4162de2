//! The queue in front of signing in: each state told truly, complete without a script.

use std::time::Duration;

use askama::Template;
use jiff::Timestamp;
use serde::Serialize;

use super::Text;
use super::phrases::schools_with;
use crate::admission::{Range, Standing, whole_seconds_up};
use crate::domain::calendar::time_in_words;
use crate::domain::wording::{count, grouped};
use crate::node::served::Count;
use crate::web::layout::Layout;

/// Room for most of what is said of everybody, in bytes.
const LIVE_BYTES: usize = 128;
/// A ticket is kept for so long, in words.
const KEPT: &str = "12 hours";

/// What is known of somebody's place.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where they stand.
    pub standing: Standing,
    /// People ahead plus one.
    pub position: Option<u64>,
    /// When their turn comes.
    pub eta: Option<Range>,
    /// When to ask next.
    pub refresh: Duration,
    /// What they read to the helpline.
    pub reference: Option<String>,
    /// What operators tell everybody.
    pub message: Option<String>,
    /// Whether schools can read their results now.
    pub released: bool,
    /// Who has results already.
    pub served: Count,
    /// People let in a second.
    pub rate: f64,
    /// Service time now.
    pub now: Timestamp,
}

/// The changing words of the page. Its script writes them into the page as they come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Title of the page: what a tab shows.
    pub title: Text,
    /// How many are ahead.
    pub ahead: Text,
    /// When it will be their turn.
    pub when: Text,
    /// When this was, and when the page asks again.
    pub checked: String,
    /// How it goes for everybody.
    pub live: String,
    /// What operators tell everybody, or nothing.
    pub message: String,
}

/// What the browser did with its cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookies {
    /// It keeps them.
    Kept,
    /// It showed its place in the address only: it refuses them.
    Refused,
}

/// The page of somebody who waits.
#[derive(Debug, Template)]
#[template(path = "queue.html")]
pub struct Queue {
    layout: Layout,
    heading: &'static str,
    place: Place,
    said: Said,
    unreadable: bool,
    cookies: Cookies,
    asks: bool,
    here: String,
}

impl Queue {
    /// The page of a place. `again` is the address that a browser without a script loads next, and `here`
    /// the one of this page.
    pub fn new(place: Place, again: String, here: String) -> Self {
        let said = Said::of(&place);
        let seconds = u32::try_from(whole_seconds_up(place.refresh)).unwrap_or(u32::MAX);
        let layout = Layout {
            refresh_seconds: Some(seconds),
            refresh_to: again.into(),
            ..Layout::titled(said.title.clone())
        };
        let heading = heading(place.standing);
        let (unreadable, cookies, asks) = (false, Cookies::Kept, true);
        Self { layout, heading, place, said, unreadable, cookies, asks, here }
    }

    /// They showed a place that could not be read, and have a new one.
    #[must_use]
    pub fn unreadable(self, unreadable: bool) -> Self {
        Self { unreadable, ..self }
    }

    /// Their browser refuses cookies.
    #[must_use]
    pub fn cookies(self, cookies: Cookies) -> Self {
        Self { cookies, ..self }
    }

    /// They do not want the page to ask by itself.
    #[must_use]
    pub fn stopped(mut self, stopped: bool) -> Self {
        if stopped {
            self.asks = false;
            self.layout.refresh_seconds = None;
        }
        self
    }

    fn state(&self) -> &'static str {
        state(self.place.standing)
    }

    fn checked_at(&self) -> String {
        time_in_words(self.place.now)
    }

    fn has_place(&self) -> bool {
        matches!(self.place.standing, Standing::Waiting | Standing::Paused)
    }

    fn stop_href(&self) -> String {
        let mark = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{mark}checking=off", self.here)
    }
}

/// The word of the status for a standing.
pub fn state(standing: Standing) -> &'static str {
    match standing {
        Standing::Waiting => "waiting",
        Standing::Admitted => "admitted",
        Standing::Paused => "paused",
        Standing::Full => "full",
        Standing::Closed => "closed",
        Standing::Used => "open",
    }
}

fn heading(standing: Standing) -> &'static str {
    match standing {
        Standing::Waiting | Standing::Used => "You are in the queue to sign in",
        Standing::Admitted => "It is your turn to sign in",
        Standing::Paused => "Signing in is paused",
        Standing::Full => "The queue is full",
        Standing::Closed => "The queue takes nobody at the moment",
    }
}

impl Said {
    /// The words for a place.
    pub fn of(place: &Place) -> Self {
        let heading = heading(place.standing);
        let short = place.eta.map(|eta| minutes(eta.high_seconds));
        let title = match short.filter(|_| place.standing == Standing::Waiting) {
            Some(short) => [heading, ": ", &short].concat().into(),
            None => heading.into(),
        };
        let seconds = whole_seconds_up(place.refresh);
        let next = count(usize::try_from(seconds).unwrap_or(usize::MAX), "second", "seconds");
        let now = time_in_words(place.now);
        Self {
            title,
            ahead: ahead(place),
            when: when(place),
            checked: ["Checked at ", &now, ". Next check in ", &next, "."].concat(),
            live: live(place),
            message: place.message.clone().unwrap_or_default(),
        }
    }
}

fn ahead(place: &Place) -> Text {
    match place.position {
        None => Text::default(),
        Some(0 | 1) => "Your place is saved. You are next.".into(),
        Some(2) => "Your place is saved. There is no more than 1 person ahead of you.".into(),
        Some(position) => {
            let people = grouped(position - 1);
            let words =
                ["Your place is saved. There are no more than ", &people, " people ahead of you."];
            words.concat().into()
        }
    }
}

fn when(place: &Place) -> Text {
    let Some(eta) = place.eta.filter(|_| place.standing == Standing::Waiting) else {
        return Text::default();
    };
    if eta.high_seconds <= 60.0 {
        return "You should be able to sign in within a minute.".into();
    }
    let at = |seconds: f64| {
        // A wait is at the most half a day: no fraction of a second is lost that anybody sees.
        let wait = Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0));
        time_in_words(place.now + wait)
    };
    let (from, to) = (at(eta.low_seconds), at(eta.high_seconds));
    if from == to {
        return ["You should be able to sign in at about ", &to, "."].concat().into();
    }
    ["You should be able to sign in between ", &from, " and ", &to, "."].concat().into()
}

/// A wait at the longest, short enough for a tab.
fn minutes(seconds: f64) -> String {
    match whole_seconds_up(Duration::from_secs_f64((seconds / 60.0).clamp(0.0, 1_440.0))) {
        0 | 1 => "less than a minute".to_owned(),
        minutes => format!("at most {minutes} minutes"),
    }
}

fn live(place: &Place) -> String {
    let mut words = String::with_capacity(LIVE_BYTES);
    if place.standing == Standing::Waiting {
        let rate = Duration::from_secs_f64((place.rate * 60.0).clamp(0.0, 1e6));
        let a_minute = usize::try_from(whole_seconds_up(rate)).unwrap_or(usize::MAX);
        words.push_str("We let in up to ");
        words.push_str(&count(a_minute, "person", "people"));
        words.push_str(" a minute.");
    }
    let served = schools_with(&place.served, place.now);
    if !served.is_empty() {
        words.push_str(if words.is_empty() { "" } else { " " });
        words.push_str(&served);
        words.push_str(" their results.");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(standing: Standing, position: Option<u64>, eta: Option<f64>) -> Place {
        Place {
            standing,
            position,
            eta: eta.map(Range::around),
            refresh: Duration::from_millis(20_400),
            reference: Some("QF7-3KD".to_owned()),
            message: None,
            released: true,
            served: Count {
                schools: 11_240,
                schools_expected: 16_800,
                told_at: Some("2024-07-09T06:31:19Z".parse().unwrap()),
                ..Count::default()
            },
            rate: 1.5,
            now: "2024-07-09T06:31:20Z".parse().unwrap(),
        }
    }

    #[test]
    fn the_wait_is_told_as_times_of_the_clock_and_never_too_short() {
        let said = Said::of(&place(Standing::Waiting, Some(813), Some(180.0)));
        assert_eq!(
            said.ahead,
            "Your place is saved. There are no more than 812 people ahead of you."
        );
        assert_eq!(said.when, "You should be able to sign in between 7:33am and 7:35am.");
        assert_eq!(said.title, "You are in the queue to sign in: at most 5 minutes");
        assert_eq!(said.checked, "Checked at 7:31am. Next check in 21 seconds.");
        assert_eq!(
            said.live,
            "We let in up to 90 people a minute. 11,240 of 16,800 schools have their results."
        );
        let soon = Said::of(&place(Standing::Waiting, Some(1), Some(4.0)));
        assert_eq!(soon.ahead, "Your place is saved. You are next.");
        assert_eq!(soon.when, "You should be able to sign in within a minute.");
        let one = Said::of(&place(Standing::Waiting, Some(2), None));
        assert!(one.ahead.ends_with("no more than 1 person ahead of you."));
        assert_eq!(one.when, "");
    }

    #[test]
    fn nobody_is_told_a_time_while_the_room_is_paused() {
        let said = Said::of(&place(Standing::Paused, Some(40), None));
        assert_eq!((&*said.title, &*said.when), ("Signing in is paused", ""));
        assert!(said.ahead.contains("39 people ahead"));
        assert_eq!(said.live, "11,240 of 16,800 schools have their results.");
    }

    #[test]
    fn each_state_fits_into_one_answer_and_says_nothing_banned() {
        for standing in [Standing::Waiting, Standing::Paused, Standing::Full, Standing::Closed] {
            let place = place(standing, Some(5), Some(90.0));
            let again = format!("/queue?t={}", "x".repeat(64));
            let html = Queue::new(place, again, "/sign-in".to_owned()).unreadable(true).to_string();
            assert!(html.len() < 14_000, "{standing:?} has {} bytes", html.len());
            let lower = html.to_lowercase();
            assert!(!lower.contains("maintenance") && !lower.contains("patient"));
        }
    }
}
