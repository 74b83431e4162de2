//! What the waiting room says, and whether it keeps its word.

use std::time::Duration;

use serde::Deserialize;

/// Shortest and longest time between two polls, whatever the server asks for.
const REFRESH: [Duration; 2] = [Duration::from_millis(500), Duration::from_mins(2)];

/// What `/queue/status` says about this person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// In the queue.
    Waiting,
    /// May sign in now.
    Admitted,
    /// There is no queue.
    Open,
    /// In the queue, which stands still.
    Paused,
    /// No more places.
    Full,
    /// No sign-in at all.
    Closed,
}

impl State {
    /// Whether the sign-in page should now be there.
    pub(crate) fn lets_in(self) -> bool {
        match self {
            Self::Admitted | Self::Open => true,
            Self::Waiting | Self::Paused | Self::Full | Self::Closed => false,
        }
    }
}

/// An answer of `/queue/status`. Fields that it may have besides are passed over.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Status {
    /// Where the person stands.
    pub(crate) state: State,
    /// People ahead plus one.
    pub(crate) position: Option<u64>,
    /// Lower end of the promised wait, in seconds.
    pub(crate) eta_low_seconds: Option<f64>,
    /// Upper end of the promised wait, in seconds.
    pub(crate) eta_seconds: Option<f64>,
    /// When to ask again, in seconds.
    refresh_seconds: f64,
}

impl Status {
    /// Reads the JSON of the contract. A position where there is none to have is refused.
    pub(crate) fn parse(json: &[u8]) -> Option<Self> {
        let status: Self = serde_json::from_slice(json).ok()?;
        let in_line = matches!(status.state, State::Waiting | State::Paused);
        (in_line || status.position.is_none()).then_some(status)
    }

    /// When to ask again.
    pub(crate) fn refresh(&self) -> Duration {
        let asked = Duration::try_from_secs_f64(self.refresh_seconds).unwrap_or(REFRESH[1]);
        asked.clamp(REFRESH[0], REFRESH[1])
    }
}

/// One person's time in the queue.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    lowest: Option<u64>,
    /// The first promise: when it was made, and its range.
    promise: Option<(Duration, [f64; 2])>,
    last_poll: Duration,
}

impl Watch {
    /// Takes a status, so long after joining. True when the position rose.
    pub(crate) fn rose(&mut self, status: &Status, after: Duration) -> bool {
        if !status.state.lets_in() {
            self.last_poll = after;
        }
        if let (None, Some(low), Some(high), State::Waiting) =
            (self.promise, status.eta_low_seconds, status.eta_seconds, status.state)
        {
            self.promise = Some((after, [low, high]));
        }
        let Some(position) = status.position else { return false };
        let rose = self.lowest.is_some_and(|lowest| position > lowest);
        self.lowest = Some(self.lowest.map_or(position, |lowest| lowest.min(position)));
        rose
    }
}

/// Promises of the queue, and what became of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Honesty {
    /// First promises made to people who were let in.
    pub(crate) made: u64,
    /// Let in within the promised range.
    pub(crate) kept: u64,
    /// Let in before it.
    pub(crate) early: u64,
    /// Let in after it.
    pub(crate) late: u64,
    /// The most that anybody was late, in seconds.
    pub(crate) worst_late_s: f64,
}

impl Honesty {
    /// Somebody was let in, so long after joining. The true moment lies between the last poll that
    /// said to wait and this one, so a promise that meets this stretch was kept.
    pub(crate) fn let_in(&mut self, watch: &Watch, after: Duration) {
        let Some((made, [low, high])) = watch.promise else { return };
        let since = |moment: Duration| moment.saturating_sub(made).as_secs_f64();
        let (earliest, latest) = (since(watch.last_poll), since(after));
        self.made += 1;
        if latest < low {
            self.early += 1;
        } else if earliest > high {
            self.late += 1;
            self.worst_late_s = self.worst_late_s.max(earliest - high);
        } else {
            self.kept += 1;
        }
    }

    /// The part that was kept. None without promises.
    #[expect(clippy::cast_precision_loss, reason = "people are counted in thousands")]
    pub(crate) fn kept_ratio(&self) -> Option<f64> {
        (self.made > 0).then(|| self.kept as f64 / self.made as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn waiting(position: u64, low: u32, high: u32) -> Status {
        let json = format!(
            r#"{{"state":"waiting","position":{position},"eta_low_seconds":{low},"eta_seconds":{high},"refresh_seconds":20,"message":null}}"#
        );
        Status::parse(json.as_bytes()).unwrap()
    }

    fn admitted() -> Status {
        let json = br#"{"state":"admitted","position":null,"eta_low_seconds":0,"eta_seconds":0,"refresh_seconds":2.5,"message":null}"#;
        Status::parse(json).unwrap()
    }

    #[track_caller]
    fn check(polls: &[(u64, u64)], let_in_at: u64, expected: [u64; 3]) {
        let (mut watch, mut honesty) = (Watch::default(), Honesty::default());
        for (at, position) in polls {
            assert!(!watch.rose(&waiting(*position, 60, 120), s(*at)));
        }
        assert!(!watch.rose(&admitted(), s(let_in_at)));
        honesty.let_in(&watch, s(let_in_at));
        assert_eq!([honesty.early, honesty.kept, honesty.late], expected);
    }

    #[test]
    fn a_promise_is_judged_by_what_happened() {
        check(&[(0, 100), (50, 40)], 90, [0, 1, 0]);
        check(&[(0, 100), (20, 40)], 40, [1, 0, 0]);
        check(&[(0, 100), (130, 40)], 150, [0, 0, 1]);
        check(&[(0, 100), (110, 40)], 130, [0, 1, 0]);
    }

    #[test]
    fn a_position_that_rises_is_seen() {
        let mut watch = Watch::default();
        let rises = [50, 40, 40, 41, 39].map(|position| watch.rose(&waiting(position, 1, 2), s(1)));
        assert_eq!(rises, [false, false, false, true, false]);
    }

    #[test]
    fn the_refresh_is_taken_within_reason() {
        assert_eq!(waiting(1, 1, 2).refresh(), s(20));
        assert_eq!(admitted().refresh(), Duration::from_millis(2500));
        let status = |refresh: &str| {
            let json = format!(r#"{{"state":"open","position":null,"refresh_seconds":{refresh}}}"#);
            Status::parse(json.as_bytes()).unwrap().refresh()
        };
        assert_eq!(
            [status("0"), status("-1"), status("1e9")],
            [REFRESH[0], REFRESH[1], REFRESH[1]]
        );
    }

    #[test]
    fn what_the_contract_does_not_know_is_refused() {
        for json in [
            r#"{"state":"wait","position":1,"refresh_seconds":2}"#,
            r#"{"state":"open","position":7,"refresh_seconds":2}"#,
            r#"{"state":"open"}"#,
            "<html>",
        ] {
            assert!(Status::parse(json.as_bytes()).is_none(), "{json}");
        }
    }
}
