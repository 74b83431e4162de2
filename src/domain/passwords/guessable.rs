//! What everybody would guess: well-known passwords and their variations, and the words around a person.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use super::Context;
use crate::domain::wording::distance;

/// Characters that must be left of a password when the words around its owner are taken away.
const REST_MIN: usize = 8;
/// Shorter words stand in others by chance.
const WORD_CHARS_MIN: usize = 4;
/// Changes of one character between an old password and a new one that is too much like it.
const CHANGES_MAX: usize = 3;
/// Characters in a row of an alphabet, a keyboard or one character that count as one.
const RUN_MIN: usize = 4;
/// Rows that fingers follow.
const ROWS: [&str; 6] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv",
];
/// Words of the service and its year.
const SERVICE: [&str; 14] = [
    "daybreak",
    "assessment",
    "primary",
    "school",
    "academy",
    "sats",
    "results",
    "gateway",
    "pag",
    "teacher",
    "headteacher",
    "admin",
    "login",
    "keystage",
];

/// The words that everybody tries.
#[derive(Clone, Default)]
pub struct Guessable(HashSet<String>);

impl std::fmt::Debug for Guessable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Guessable({} words)", self.0.len())
    }
}

impl Guessable {
    /// From well-known passwords; each stands for its variations too.
    pub fn new<'a>(passwords: impl IntoIterator<Item = &'a str>) -> Self {
        Self(passwords.into_iter().map(folded).filter(|word| !word.is_empty()).collect())
    }

    /// Whether a password is well known, or one with figures and signs around it, letters replaced by signs
    /// that look like them, written again and again, or a row of the keyboard.
    pub fn is_common(&self, password: &str) -> bool {
        let plain = password.to_lowercase();
        let core = |text: &str| text.trim_matches(|c: char| !c.is_alphabetic()).to_owned();
        let forms =
            [folded(password), folded(&core(&plain)), core(&folded(password)), core(&plain)];
        let is_known = |form: &String| {
            let unit = unit(form);
            self.0.contains(form) || self.0.contains(&unit)
        };
        forms.iter().any(is_known) || without_runs(&plain).chars().count() < RUN_MIN
    }

    /// A word around the person without which too little is left of the password.
    pub fn word(&self, password: &str, context: &Context<'_>) -> Option<String> {
        let mut rest = folded(password);
        let mut found = None;
        let mut words = words_around(context);
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        for word in words {
            if rest.contains(&word) {
                rest = rest.replace(&word, "");
                found.get_or_insert(word);
            }
        }
        let left = rest.chars().filter(|c| c.is_alphabetic()).count();
        found.filter(|_| left < REST_MIN)
    }
}

/// Letters as everybody reads them: small, without accents, and with signs for what they stand for.
fn folded(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    plain.flat_map(char::to_lowercase).map(letter).filter(|c| c.is_alphanumeric()).collect()
}

/// The letter that a figure or sign looks like.
const fn letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// The shortest piece of which a text is a repetition; the text itself when there is none.
fn unit(text: &str) -> String {
    let all: Vec<char> = text.chars().collect();
    let repeats = |length: &usize| {
        all.len().is_multiple_of(*length)
            && all.chunks(*length).all(|piece| *piece == all[..*length])
    };
    let length = (1..=all.len()).find(repeats).unwrap_or(all.len());
    all[..length].iter().collect()
}

/// A text in which each row of neighbours counts as one character.
fn without_runs(text: &str) -> String {
    let all: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < all.len() {
        let run = run_at(&all[at..]);
        out.push(all[at]);
        at += if run >= RUN_MIN { run } else { 1 };
    }
    out
}

/// How many characters at the start follow each other in a row, forwards or backwards, or are the same.
fn run_at(text: &[char]) -> usize {
    let same = text.iter().take_while(|c| **c == text[0]).count();
    let along = |row: &[char]| {
        let starts = row.iter().enumerate().filter(|(_, c)| **c == text[0]);
        starts.map(|(at, _)| row[at..].iter().zip(text).take_while(|(a, b)| a == b).count()).max()
    };
    let rows = ROWS.iter().flat_map(|row| {
        let forwards: Vec<char> = row.chars().collect();
        let backwards = forwards.iter().rev().copied().collect();
        [forwards, backwards]
    });
    rows.filter_map(|row| along(&row)).max().unwrap_or(0).max(same)
}

/// Words of the service, the person, the address and the organisations.
fn words_around(context: &Context<'_>) -> Vec<String> {
    let Context { full_name, username, organisations, .. } = context;
    let texts = [*full_name, *username].into_iter().chain(organisations.iter().copied());
    let words = texts.flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let own = words.map(folded).filter(|word| word.chars().count() >= WORD_CHARS_MIN);
    own.chain(SERVICE.map(folded)).collect()
}

/// Whether a new password is an old one with few changes, or holds it whole.
pub(super) fn are_alike(old: &str, new: &str) -> bool {
    let (old, new) = (old.to_lowercase(), new.to_lowercase());
    (!old.is_empty() && new.contains(&old)) || distance(&old, &new) <= CHANGES_MAX
}
