//! Why somebody did something: one line that is kept with the act.

/// Longest reason, in characters: room for two sentences.
pub const REASON_CHARS_MAX: usize = 500;

/// A reason of 1 to 500 characters, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(String);

/// Why a text is no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReason {
    /// Nothing.
    #[error("Enter a reason")]
    Empty,
    /// Longer than is kept.
    #[error("Enter a reason of 500 characters or fewer")]
    Long,
    /// A character that is none of a line.
    #[error("Enter a reason in one line of letters, numbers and signs")]
    Control,
}

impl Reason {
    /// Reads what was typed; spaces around it are not part of it.
    pub fn typed(text: &str) -> Result<Self, BadReason> {
        let text = text.trim_matches(' ');
        if text.is_empty() {
            Err(BadReason::Empty)
        } else if text.chars().count() > REASON_CHARS_MAX {
            Err(BadReason::Long)
        } else if text.chars().any(char::is_control) {
            Err(BadReason::Control)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// Reads what was typed over several lines, as one: breaks, and other controls, are spaces.
    pub fn of_lines(text: &str) -> Result<Self, BadReason> {
        let plain = text.chars().map(|sign| if sign.is_control() { ' ' } else { sign });
        let words = plain.collect::<String>();
        Self::typed(&words.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_of_up_to_500_characters() {
        let longest = "é".repeat(REASON_CHARS_MAX);
        assert_eq!(Reason::typed(" a slow database ").unwrap().as_str(), "a slow database");
        assert_eq!(Reason::typed(&longest).unwrap().as_str(), longest);
        for (text, bad) in [
            ("", BadReason::Empty),
            ("   ", BadReason::Empty),
            (&*format!("{longest}é"), BadReason::Long),
            ("a\r\nb", BadReason::Control),
            ("a\u{0}b", BadReason::Control),
            ("a\tb", BadReason::Control),
        ] {
            assert_eq!(Reason::typed(text), Err(bad), "{text:?}");
        }
    }

    #[test]
    fn several_lines_are_one_of_some_length() {
        let reason = |typed: &str| Reason::of_lines(typed).map(|reason| reason.as_str().to_owned());
        assert_eq!(reason(" They see\r\n no\u{0}results "), Ok("They see no results".to_owned()));
        assert_eq!(reason(" \n\u{7}"), Err(BadReason::Empty));
        let of = |count: usize| reason(&"é".repeat(count));
        assert!(of(REASON_CHARS_MAX).is_ok());
        assert_eq!(of(REASON_CHARS_MAX + 1), Err(BadReason::Long));
    }
}
