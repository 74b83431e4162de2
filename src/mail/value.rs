//! What stands in a template's place: always a piece of one line, never a link or markup.

/// Characters of one value; longer ones are cut.
const VALUE_CHARS_MAX: usize = 200;
/// Joins what stands beside it, and shows nothing: what looked like a link or markup is text then.
const JOINER: char = '\u{2060}';
/// With these at the start of a line, or twice, programs begin markup or a placeholder.
const MARKUP: &[char] =
    &['#', '*', '^', '[', ']', '(', ')', '_', '~', '`', '<', '>', '-', '+', '='];

/// A text in one line: line ends, controls and characters that turn the direction become spaces.
pub(super) fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() || is_layout(c) { ' ' } else { c };
    let text: String = text.chars().map(plain).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Separators of lines, characters that turn the direction of others, and those that show nothing.
const fn is_layout(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
}

/// A value as it may stand in an email.
pub(super) fn plain(text: &str) -> String {
    let line = one_line(text);
    let mut out = String::with_capacity(line.len());
    let mut before = '\n';
    let mut rest = line.chars().take(VALUE_CHARS_MAX).peekable();
    while let Some(c) = rest.next() {
        let begins = MARKUP.contains(&c) && (before == '\n' || MARKUP.contains(&before));
        if begins {
            out.push(JOINER);
        }
        out.push(c);
        // "a.b" and "a@b" look like addresses, "a:" like the beginning of one.
        let next_is_word = rest.peek().is_some_and(|next| !next.is_whitespace());
        if matches!(c, '.' | '@' | ':') && next_is_word {
            out.push(JOINER);
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_stay_as_they_are() {
        for name in
            ["St Mary's Church of England Primary", "O'Brien, Zoë", "École d'été", "李 小龍"]
        {
            assert_eq!(plain(name), name);
        }
    }

    #[test]
    fn lines_links_and_markup_do_not() {
        for (value, expected) in [
            ("Ann\r\nBcc: all@daybreak.example", "Ann Bcc: all@\u{2060}daybreak.\u{2060}example"),
            ("https://evil.example", "https:\u{2060}//evil.\u{2060}example"),
            ("[here](x)", "\u{2060}[here]\u{2060}(x)"),
            ("# Ann", "\u{2060}# Ann"),
            ("((name))", "\u{2060}(\u{2060}(name)\u{2060})"),
            ("\u{202e}nnA\u{2028}\u{0}x", "nnA x"),
        ] {
            assert_eq!(plain(value), expected);
        }
    }

    proptest! {
        #[test]
        fn any_value_is_a_piece_of_one_line(text in any::<String>()) {
            let value = plain(&text);
            let ends_line = |c: char| c.is_control() || ['\u{2028}', '\u{2029}'].contains(&c);
            let is_one_line = !value.chars().any(ends_line);
            prop_assert!(is_one_line, "{:?}", value);
            for look in ["://", "((", "))", "](", "**", "__"] {
                prop_assert!(!value.contains(look), "{:?}", value);
            }
            prop_assert!(!value.starts_with(MARKUP));
            // Nothing that people read was lost or added.
            let read: String = value.chars().filter(|c| *c != JOINER).collect();
            let whole: String = one_line(&text).chars().take(VALUE_CHARS_MAX).collect();
            prop_assert_eq!(read, whole);
        }
    }
}
