//! Numbers as people read them.

/// A count with thousands apart: `37,800`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time in its natural unit: `1.5 ms`, `44 ms`, `2.3 s`, `2 min 5 s`.
pub(crate) fn time(ms: f64) -> String {
    if ms < 9.95 {
        format!("{ms:.1} ms")
    } else if ms < 999.5 {
        format!("{ms:.0} ms")
    } else if ms < 59_950.0 {
        format!("{:.1} s", ms / 1000.0)
    } else {
        let seconds = (ms / 1000.0).round();
        let (minutes, left) = ((seconds / 60.0).floor(), seconds % 60.0);
        if left == 0.0 {
            format!("{minutes:.0} min")
        } else {
            format!("{minutes:.0} min {left:.0} s")
        }
    }
}

/// A time that may not have been.
pub(crate) fn maybe(ms: Option<f64>) -> String {
    ms.map_or("–".to_owned(), time)
}

/// An amount of bytes.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        bytes if bytes < 1e6 => format!("{:.0} kB", bytes / 1e3),
        bytes if bytes < 1e9 => format!("{:.0} MB", bytes / 1e6),
        bytes => format!("{:.1} GB", bytes / 1e9),
    }
}

/// A date with its time of day: `9 July 2024 at 06:30 UTC`.
#[expect(clippy::cast_possible_truncation, reason = "seconds of a date fit for ever")]
pub(crate) fn date(unix: f64) -> String {
    let moment = jiff::Timestamp::from_second(unix as i64).unwrap_or_default();
    moment.strftime("%-d %B %Y at %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_their_thousands_apart() {
        assert_eq!(
            [0, 999, 1000, 37_800, 1_234_567].map(count),
            ["0", "999", "1,000", "37,800", "1,234,567"]
        );
    }

    #[test]
    fn times_have_their_natural_unit() {
        let times = [0.44, 9.96, 44.4, 999.6, 2345.0, 59_960.0, 125_000.0].map(time);
        assert_eq!(times, ["0.4 ms", "10 ms", "44 ms", "1.0 s", "2.3 s", "1 min", "2 min 5 s"]);
    }

    #[test]
    fn a_date_is_written_out() {
        assert_eq!(date(1_720_506_600.7), "9 July 2024 at 06:30 UTC");
    }
}
