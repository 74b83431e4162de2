//! The numbers of the live page as people read them, and whether each is as it should be.

use jiff::Timestamp;
use serde_json::Value;

use super::nodes::RELEASE;
use crate::domain::calendar::{day, day_in_words, zone};
use crate::domain::wording::grouped;
use crate::telemetry::live::Sample;

/// Whether a number is as it should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Level {
    /// A number that is neither.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// To be watched.
    Watch,
    /// Somebody must act.
    Bad,
}

impl Level {
    /// The word of its class.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Watch => "watch",
            Self::Bad => "bad",
        }
    }

    fn above(value: f64, watch: f64, bad: f64) -> Self {
        match value {
            v if v > bad => Self::Bad,
            v if v > watch => Self::Watch,
            _ => Self::Good,
        }
    }
}

/// A number in words.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) name: &'static str,
    pub(super) text: String,
    pub(super) level: Level,
}

impl Word {
    /// For what there is no number of yet.
    pub(super) const fn nothing() -> Self {
        Self { name: "", text: String::new(), level: Level::Plain }
    }

    fn new(name: &'static str, text: impl Into<String>, level: Level) -> Self {
        Self { name, text: text.into(), level }
    }
}

/// All of them, of the last sample and of what the node says of its readiness.
pub(super) fn of(
    sample: Option<&Sample>,
    report: &Value,
    certificate_days: f64,
    now: Timestamp,
) -> Vec<Word> {
    let values = Values(sample);
    let at = now.to_zoned(zone());
    let mut words = vec![
        Word::new("time", at.strftime("%H:%M:%S").to_string(), Level::Plain),
        Word::new("day", day_in_words(day(now)), Level::Plain),
        release(&values),
        readiness(report),
        certificate(certificate_days),
    ];
    words.extend(served(&values));
    words.extend(queue(&values));
    words.extend(traffic(&values));
    words.extend(stores(&values, report));
    words
}

struct Values<'a>(Option<&'a Sample>);

impl Values<'_> {
    fn get(&self, name: &str) -> f64 {
        let sample = self.0.into_iter().flatten();
        sample.into_iter().find(|(known, _)| *known == name).map_or(f64::NAN, |(_, value)| *value)
    }

    fn whole(&self, name: &str) -> String {
        match self.get(name) {
            value if value.is_nan() => NONE.to_owned(),
            value => grouped(to_u64(value)),
        }
    }

    fn plain(&self, name: &'static str) -> Word {
        Word::new(name, self.whole(name), Level::Plain)
    }

    fn a_second(&self, name: &'static str, level: Level) -> Word {
        let text = match self.get(name) {
            value if value.is_nan() => NONE.to_owned(),
            value if value < 99.95 => format!("{value:.1}/s"),
            value => format!("{}/s", grouped(to_u64(value))),
        };
        Word::new(name, text, level)
    }

    fn milliseconds(&self, name: &'static str, watch: f64, bad: f64) -> Word {
        let value = self.get(name);
        let text = match value {
            value if value.is_nan() => NONE.to_owned(),
            value if value < 9.95 => format!("{value:.1} ms"),
            value => format!("{} ms", grouped(to_u64(value))),
        };
        let level = if value.is_nan() { Level::Plain } else { Level::above(value, watch, bad) };
        Word::new(name, text, level)
    }
}

/// Where there is nothing to tell of.
const NONE: &str = "–";

fn release(values: &Values<'_>) -> Word {
    let state = values.get("release_state");
    let left = values.get("opens") - values.get("at");
    let state = if state.is_nan() { 0 } else { usize::try_from(to_u64(state)).unwrap_or(0) };
    let (text, level) = match RELEASE.get(state) {
        Some(&"open") => (format!("Open for {}", spell(to_u64(-left))), Level::Good),
        Some(&"approved") => (format!("Opens in {}", spell(to_u64(left.ceil()))), Level::Good),
        Some(&"held") => ("Held back".to_owned(), Level::Bad),
        Some(&"built") => ("Built, not approved".to_owned(), Level::Watch),
        _ => ("No release".to_owned(), Level::Plain),
    };
    Word::new("release", text, level)
}

fn readiness(report: &Value) -> Word {
    if report["ready"] == true {
        return Word::new("ready", "Ready", Level::Good);
    }
    let reasons = report["reasons"].as_array().into_iter().flatten().filter_map(|r| r.as_str());
    let reasons: Vec<&str> = reasons.collect();
    Word::new("ready", format!("Not ready: {}", reasons.join(", ")), Level::Bad)
}

fn certificate(days: f64) -> Word {
    if days.is_nan() {
        return Word::new("certificate", "None here", Level::Plain);
    }
    Word::new("certificate", format!("{days:.0} days left"), Level::above(-days, -21.0, -7.0))
}

fn served(values: &Values<'_>) -> [Word; 4] {
    let (schools, all) = (values.get("schools_served"), values.get("schools_expected"));
    let percent = if all > 0.0 {
        format!("{:.0}%", (100.0 * schools / all).floor())
    } else {
        NONE.to_owned()
    };
    let (some, of) = (values.whole("organisations_served"), values.whole("organisations_expected"));
    [
        values.plain("schools_served"),
        values.plain("schools_expected"),
        Word::new("schools_percent", percent, Level::Plain),
        Word::new("organisations", format!("{some} of {of}"), Level::Plain),
    ]
}

fn queue(values: &Values<'_>) -> [Word; 6] {
    let (mode, level) = match to_u64(values.get("mode")) {
        0 => ("Open", Level::Good),
        1 => ("Paused", Level::Bad),
        _ => ("Closed", Level::Bad),
    };
    let eta = values.get("eta");
    let eta = if eta.is_nan() { NONE.to_owned() } else { spell(to_u64(eta.ceil())) };
    [
        values.plain("waiting"),
        values.a_second("let_in", Level::Plain),
        values.a_second("rate", Level::Plain),
        values.a_second("ceiling", Level::Plain),
        Word::new("mode", mode, level),
        Word::new("eta", eta, Level::Plain),
    ]
}

fn traffic(values: &Values<'_>) -> Vec<Word> {
    let share = |part: &str, whole: f64| if whole > 0.0 { values.get(part) / whole } else { 0.0 };
    let errors = Level::above(share("errors", values.get("requests")), 0.0, 0.01);
    let broken = share("broken", values.get("broken") + values.get("downloads"));
    let hits = values.get("cache_hits");
    let percent = if hits.is_nan() { NONE.to_owned() } else { format!("{:.0}%", 100.0 * hits) };
    let bytes = match values.get("bytes") {
        value if value.is_nan() => NONE.to_owned(),
        value if value < 1e6 => format!("{:.0} kB/s", value / 1e3),
        value => format!("{:.1} MB/s", value / 1e6),
    };
    vec![
        values.a_second("sign_ins", Level::Plain),
        values.a_second("refused", Level::Plain),
        values.a_second("downloads", Level::Plain),
        values.a_second("broken", Level::above(broken, 0.05, 0.2)),
        values.a_second("requests", Level::Plain),
        values.a_second("errors", errors),
        values.milliseconds("p50", 100.0, 500.0),
        values.milliseconds("p99", 250.0, 1000.0),
        values.milliseconds("hash_wait_p99", 1000.0, 5000.0),
        values.plain("hash_waiting"),
        values.plain("connections"),
        Word::new("cache_hits", percent, Level::Plain),
        Word::new("bytes", bytes, Level::Plain),
    ]
}

fn stores(values: &Values<'_>, report: &Value) -> [Word; 6] {
    let database = match report["database"].as_str() {
        Some("up") => Word::new("database", "Up", Level::Good),
        Some("unsafe") => Word::new("database", "Unsafe: nothing is written", Level::Bad),
        Some(other) => Word::new("database", format!("{other}: results go on"), Level::Watch),
        None => Word::new("database", NONE, Level::Plain),
    };
    let difference = report["clock_difference_ms"].as_i64();
    let (clock, level) = match (report["clock"].as_str(), difference) {
        (Some("compared"), Some(ms)) => (format!("Compared, {ms} ms"), Level::Good),
        (Some("never compared"), _) => ("Never compared".to_owned(), Level::Watch),
        (Some(other), _) => (format!("Not trusted: {other}"), Level::Bad),
        (None, _) => (NONE.to_owned(), Level::Plain),
    };
    let preloaded = values.get("preloaded");
    let ratio = if preloaded.is_nan() {
        NONE.to_owned()
    } else {
        format!("{:.0}%", (100.0 * preloaded).floor())
    };
    let lost = values.get("dropped");
    [
        database,
        Word::new("clock", clock, level),
        Word::new("preloaded", ratio, Level::above(1.0 - preloaded, 0.0, 0.01)),
        Word::new(
            "unshipped",
            values.whole("unshipped"),
            Level::above(values.get("unshipped"), 5_000.0, 100_000.0),
        ),
        Word::new("dropped", values.whole("dropped"), Level::above(lost, 0.0, 0.0)),
        values.plain("embargo"),
    ]
}

/// A time that passes: "45 s", "3 min 20 s", "2 h 5 min".
pub(super) fn spell(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates: below 0 and NaN are 0"
)]
fn to_u64(value: f64) -> u64 {
    value.round() as u64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn word(words: &[Word], name: &str) -> (String, Level) {
        let word = words.iter().find(|word| word.name == name).unwrap();
        (word.text.clone(), word.level)
    }

    #[test]
    fn numbers_are_told_with_their_level() {
        let sample: Sample = vec![
            ("at", 1_000.0),
            ("opens", 800.0),
            ("release_state", 3.0),
            ("requests", 200.0),
            ("errors", 4.0),
            ("p99", 312.4),
            ("schools_served", 11_240.0),
            ("schools_expected", 16_800.0),
            ("mode", 1.0),
        ];
        let report =
            json!({"ready": false, "reasons": ["clock"], "database": "away", "clock": "stepped"});
        let now = "2024-07-09T06:31:07Z".parse().unwrap();
        let words = of(Some(&sample), &report, 6.0, now);
        for (name, text, level) in [
            ("time", "07:31:07", Level::Plain),
            ("release", "Open for 3 min 20 s", Level::Good),
            ("ready", "Not ready: clock", Level::Bad),
            ("errors", "4.0/s", Level::Bad),
            ("p99", "312 ms", Level::Watch),
            ("schools_percent", "66%", Level::Plain),
            ("mode", "Paused", Level::Bad),
            ("certificate", "6 days left", Level::Bad),
            ("database", "away: results go on", Level::Watch),
            ("clock", "Not trusted: stepped", Level::Bad),
            ("waiting", "–", Level::Plain),
        ] {
            assert_eq!(word(&words, name), (text.to_owned(), level), "{name}");
        }
        assert_eq!(
            [45, 200, 7_500, 200_000].map(spell),
            ["45 s", "3 min 20 s", "2 h 5 min", "2 days"]
        );
    }

    #[test]
    fn before_the_first_sample_there_is_nothing_to_tell() {
        let words =
            of(None, &json!({"ready": true}), f64::NAN, "2024-07-09T06:31:07Z".parse().unwrap());
        assert_eq!(word(&words, "release").0, "No release");
        assert_eq!(word(&words, "requests").0, "–");
    }
}
