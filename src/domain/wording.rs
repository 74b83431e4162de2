//! Numbers as people read them, the same on pages and in letters.

/// A DfE number as schools write it: "888/2045".
pub fn dfe_number(laestab: u32) -> String {
    format!("{:03}/{:04}", laestab / 10_000, laestab % 10_000)
}

/// With a capital at its beginning, as a sentence begins.
pub fn begun(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A number with a comma before each third digit: "1,234".
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    if digits.len() <= 3 {
        return digits;
    }
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with its noun: "1 pupil", "1,234 pupils".
pub fn count(number: usize, one: &str, many: &str) -> String {
    [grouped(number as u64).as_str(), " ", if number == 1 { one } else { many }].concat()
}

/// A length as people read it: "34 kB", "24.1 MB".
pub fn size(bytes: u64) -> String {
    match bytes {
        0..950 => "1 kB".to_owned(),
        950..999_500 => format!("{} kB", (bytes + 500) / 1000),
        _ => {
            let tenths = (bytes + 50_000) / 100_000;
            format!("{}.{} MB", grouped(tenths / 10), tenths % 10)
        }
    }
}

/// "30 (73%)", or only the number where there is nobody to take a part of.
pub fn share(part: u32, whole: u32) -> String {
    match percent(part, whole) {
        Some(percent) => format!("{part} ({percent}%)"),
        None => part.to_string(),
    }
}

/// A part in whole per cent.
pub fn percent(part: u32, whole: u32) -> Option<u32> {
    (part * 100 + whole / 2).checked_div(whole)
}

/// Letters to insert, remove or replace (Levenshtein).
pub fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_read_well() {
        let sizes = [0, 949, 1_499, 34_400, 999_499, 999_500, 24_140_000, 1_234_560_000];
        let expected =
            ["1 kB", "1 kB", "1 kB", "34 kB", "999 kB", "1.0 MB", "24.1 MB", "1,234.6 MB"];
        assert_eq!(sizes.map(size), expected);
        assert_eq!([1, 999, 1_000, 1_234_567].map(grouped), ["1", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [count(1, "pupil", "pupils"), count(0, "pupil", "pupils")],
            ["1 pupil", "0 pupils"]
        );
        assert_eq!([share(30, 41), share(0, 0), share(1, 200)], ["30 (73%)", "0", "1 (1%)"]);
        assert_eq!(dfe_number(8_882_045), "888/2045");
    }

    #[test]
    fn distance_counts_letters() {
        for (a, b, letters) in
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("ä", "a", 1)]
        {
            assert_eq!(distance(a, b), letters, "{a} {b}");
        }
    }
}
