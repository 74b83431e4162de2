//! What a password must be, under a profile: length, kinds of characters, and what everybody would guess.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

mod expiry;
mod guessable;

pub use expiry::{Expiry, ExpiryRule, Kept};
pub use guessable::Guessable;

/// What a profile asks of a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Name in the configuration.
    pub name: String,
    /// Characters at least for who signs in with the password alone.
    pub length_min: usize,
    /// Characters at least for who has a second factor.
    pub length_min_second_factor: usize,
    /// Characters at the most.
    pub length_max: usize,
    /// Which kinds of characters.
    pub kinds: Kinds,
    /// When it ends; none for never.
    pub expiry: Option<ExpiryRule>,
}

/// Which kinds of characters a password needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinds {
    /// Any.
    Any,
    /// A capital letter, a small one, a digit, and something else.
    AllFour,
}

/// Whose password it will be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The person's name.
    pub full_name: &'a str,
    /// Their email address.
    pub username: &'a str,
    /// Names of their organisations.
    pub organisations: &'a [&'a str],
    /// Whether something else than the password is asked for too.
    pub second_factor: SecondFactor,
    /// The password that it replaces, where it was typed in.
    pub old: Option<&'a str>,
}

/// Whether signing in asks for more than a password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondFactor {
    /// The password alone.
    #[default]
    None,
    /// A code or a key too.
    Asked,
}

/// Why a password is refused; `Display` tells the person what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Fewer characters than this.
    TooShort(usize),
    /// More characters than this.
    TooLong(usize),
    /// No capital letter.
    NoCapital,
    /// No small letter.
    NoSmall,
    /// No digit.
    NoDigit,
    /// Nothing but letters and digits.
    NoOther,
    /// Among the first that everybody tries.
    Common,
    /// In a list of passwords that became known.
    Breached,
    /// Little more than this word, which belongs to the person, the organisation or the service.
    Word(String),
    /// Almost the password that it replaces.
    LikeOld,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort(least) => write!(f, "Use at least {least} characters"),
            Self::TooLong(most) => write!(f, "Use at most {most} characters"),
            Self::NoCapital => f.write_str("Add a capital letter"),
            Self::NoSmall => f.write_str("Add a small letter"),
            Self::NoDigit => f.write_str("Add a digit"),
            Self::NoOther => {
                f.write_str("Add a character that is no letter or digit, for example ? ! & or £")
            }
            Self::Common => f.write_str("Choose a password that fewer people use"),
            Self::Breached => {
                f.write_str("Choose another password: this one became known elsewhere")
            }
            Self::Word(word) => write!(f, "Choose a password with more in it than “{word}”"),
            Self::LikeOld => f.write_str("Choose a password that is less like your old one"),
        }
    }
}

/// A password as it is compared and hashed: letters that were typed apart are one (NFC), all else stays.
pub fn normalised(password: &str) -> String {
    password.nfc().collect()
}

impl Profile {
    /// Every reason against a password, in the order of [`Reason`]; none when it is good.
    pub fn reasons(
        &self,
        password: &str,
        context: &Context<'_>,
        guessable: &Guessable,
    ) -> Vec<Reason> {
        let password = normalised(password);
        let length = password.chars().count();
        let least = match context.second_factor {
            SecondFactor::None => self.length_min,
            SecondFactor::Asked => self.length_min_second_factor,
        };
        let mut reasons = Vec::new();
        if length < least {
            reasons.push(Reason::TooShort(least));
        }
        if length > self.length_max {
            // What follows would take its time over each of them.
            return vec![Reason::TooLong(self.length_max)];
        }
        if self.kinds == Kinds::AllFour {
            reasons.extend(missing_kinds(&password));
        }
        if guessable.is_common(&password) {
            reasons.push(Reason::Common);
        }
        reasons.extend(guessable.word(&password, context).map(Reason::Word));
        if context.old.is_some_and(|old| guessable::are_alike(&normalised(old), &password)) {
            reasons.push(Reason::LikeOld);
        }
        reasons
    }
}

fn missing_kinds(password: &str) -> impl Iterator<Item = Reason> + '_ {
    let has = |kind: fn(char) -> bool| password.chars().any(kind);
    let kinds = [
        (has(char::is_uppercase), Reason::NoCapital),
        (has(char::is_lowercase), Reason::NoSmall),
        (has(char::is_numeric), Reason::NoDigit),
        (has(|c| !c.is_alphanumeric()), Reason::NoOther),
    ];
    kinds.into_iter().filter(|(has, _)| !has).map(|(_, reason)| reason)
}

#[cfg(test)]
mod tests;
