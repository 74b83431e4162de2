//! Numbers and days as people type them, and the ends of sentences that say what is wrong with one.

use jiff::civil::Date;

use super::fields::DATE_PARTS;
pub(super) use crate::domain::wording::begun;

/// With a small letter at its beginning, unless it is an abbreviation.
pub(super) fn within(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => label.to_owned(),
    }
}

/// A whole number within a range, both ends in it; commas between thousands are all right.
pub(super) fn number(text: &str, (least, most): (u32, u32)) -> Result<u32, String> {
    let plain: String = text.chars().filter(|c| !matches!(c, ',' | ' ')).collect();
    let digits = plain.strip_prefix('-').unwrap_or(&plain);
    let whole = digits.split_once('.').map_or(digits, |(whole, _)| whole);
    let is_number = !whole.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !is_number {
        return Err("must be a number".to_owned());
    }
    if digits.contains('.') {
        return Err("must be a whole number".to_owned());
    }
    let number = plain.parse::<u32>().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("must be between {least} and {most}"))
}

/// A day in its three parts, or the part that is wrong and why. Years have four figures; months may be names.
pub(super) fn day(parts: &[String; 3]) -> Result<Date, (&'static str, String)> {
    for (name, text) in DATE_PARTS.into_iter().zip(parts) {
        if text.is_empty() {
            return Err((name, format!("must include a {name}")));
        }
    }
    let figures = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let [day, month, year] = parts;
    if !figures(year) || year.len() != 4 {
        return Err(("year", "must include a year with 4 numbers".to_owned()));
    }
    let read = || {
        let month = if figures(month) { month.parse().ok()? } else { month_named(month)? };
        let (day, year) = (figures(day).then(|| day.parse().ok())??, year.parse().ok()?);
        // The year nought is one to the library.
        if year == 0 {
            return None;
        }
        Date::new(year, month, day).ok()
    };
    read().ok_or_else(|| ("day", "must be a real date".to_owned()))
}

fn month_named(text: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let text = text.to_ascii_lowercase();
    let is_it = |month: &str| text.len() >= 3 && month.starts_with(&text);
    let place = MONTHS.iter().position(|month| is_it(month))?;
    i8::try_from(place + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(number("1,250", (0, 2000)), Ok(1250));
        assert_eq!(number("007", (0, 10)), Ok(7));
        for (text, says) in [
            ("12.5", "must be a whole number"),
            ("twelve", "must be a number"),
            (".", "must be a number"),
            ("-1", "must be between 0 and 999"),
            ("1000", "must be between 0 and 999"),
            ("99999999999", "must be between 0 and 999"),
        ] {
            assert_eq!(number(text, (0, 999)), Err(says.to_owned()), "{text}");
        }
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        let parts = |text: &str| -> [String; 3] {
            let parts: Vec<String> = text.split('/').map(str::to_owned).collect();
            parts.try_into().unwrap()
        };
        for good in ["1/4/2024", "01/04/2024", "1/april/2024", "1/Apr/2024"] {
            assert_eq!(day(&parts(good)), Ok(Date::constant(2024, 4, 1)), "{good}");
        }
        for (bad, part, says) in [
            ("/4/2024", "day", "must include a day"),
            ("1//2024", "month", "must include a month"),
            ("1/4/", "year", "must include a year"),
            ("1/4/24", "year", "must include a year with 4 numbers"),
            ("30/2/2024", "day", "must be a real date"),
            ("1/ma/2024", "day", "must be a real date"),
            ("x/4/2024", "day", "must be a real date"),
            ("1/4/20x4", "year", "must include a year with 4 numbers"),
            ("1/4/-2024", "year", "must include a year with 4 numbers"),
            ("1/4/0000", "day", "must be a real date"),
        ] {
            assert_eq!(day(&parts(bad)), Err((part, says.to_owned())), "{bad}");
        }
    }

    #[test]
    fn sentences_begin_and_go_on() {
        assert_eq!((begun("the day"), begun("")), ("The day".to_owned(), String::new()));
        assert_eq!((within("Braille"), within("GPS")), ("braille".to_owned(), "GPS".to_owned()));
    }
}
