//! What the nodes of one portal have in common, told by each to the others: its year, its keys, and a digest of each section.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest as digest_of};
use serde::{Deserialize, Serialize};

use super::{Config, Problem};
use crate::domain::hex::hex;

/// Sections that may differ from machine to machine.
const OF_MACHINE: [&str; 4] = ["server", "edge", "database", "cache"];
/// Bytes of a digest that are told: enough to see a difference.
const DIGEST_BYTES: usize = 8;

/// What a node tells the others of its configuration. No value of it is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Agreed {
    /// Version of the program.
    program: String,
    /// The year that is on.
    year: u16,
    /// Names of the keys that seal columns, the newest first; whoever seals anew looks at what nodes have.
    column_keys: Vec<String>,
    /// Digest of each section that is to be the same everywhere, by its name.
    sections: BTreeMap<String, String>,
}

impl Agreed {
    /// What a configuration says.
    ///
    /// # Errors
    ///
    /// When the file of keys cannot be read.
    pub fn of(config: &Config) -> Result<Self, Problem> {
        let table = toml::Table::try_from(config).expect("a configuration has a form in TOML");
        let common = table.iter().filter(|(name, _)| !OF_MACHINE.contains(&name.as_str()));
        Ok(Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            year: config.cycles.year,
            column_keys: config.second_factor.keys()?.names().map(str::to_owned).collect(),
            sections: common.map(|(name, section)| (name.clone(), digest(section))).collect(),
        })
    }

    /// Why two nodes cannot serve one portal together; `other` is the one that runs already.
    pub fn contradictions(&self, other: &Self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        if self.year != other.year {
            found.push(format!(
                "cycles.year is {} here and {} on node {name}",
                self.year, other.year
            ));
        }
        let shared = self.column_keys.iter().any(|key| other.column_keys.contains(key));
        if !shared && !self.column_keys.is_empty() && !other.column_keys.is_empty() {
            found.push(format!(
                "second_factor.key_file holds the key {} here and {} on node {name}: neither could \
                 open what the other seals",
                self.column_keys[0], other.column_keys[0]
            ));
        }
        found
    }

    /// What else is not the same, in words; all of it may differ while nodes are replaced one after the other.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let names = self.sections.keys().chain(other.sections.keys());
        let mut found: Vec<String> = names
            .filter(|name| self.sections.get(*name) != other.sections.get(*name))
            .map(|name| format!("section {name}"))
            .collect();
        if self.program != other.program {
            found.push(format!("program {} and {}", self.program, other.program));
        }
        if self.column_keys != other.column_keys {
            found.push("keys of second_factor.key_file".to_owned());
        }
        found.sort();
        found.dedup();
        found
    }
}

fn digest(section: &toml::Value) -> String {
    hex(&digest_of(&SHA256, section.to_string().as_bytes()).as_ref()[..DIGEST_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed(change: impl FnOnce(&mut Config)) -> Agreed {
        let mut config = Config::default();
        change(&mut config);
        Agreed::of(&config).unwrap()
    }

    #[test]
    fn machines_may_differ_and_sections_of_all_are_named() {
        let own = agreed(|_| ());
        let machine = agreed(|config| config.server.state = "/elsewhere".into());
        assert_eq!(own.differences(&machine), Vec::<String>::new());
        let other = agreed(|config| config.sessions.idle_minutes = 25);
        assert_eq!(own.differences(&other), ["section sessions"]);
        assert_eq!(own.contradictions(&other, "b"), Vec::<String>::new());
    }

    #[test]
    fn another_year_or_keys_that_share_none_are_contradictions() {
        let own = Agreed { year: 2025, column_keys: vec!["aa".into()], ..Agreed::default() };
        let next = Agreed { column_keys: vec!["bb".into(), "aa".into()], ..own.clone() };
        assert_eq!(
            own.contradictions(&next, "b"),
            Vec::<String>::new(),
            "in the middle of a change of keys"
        );
        assert_eq!(own.differences(&next), ["keys of second_factor.key_file"]);
        let other = Agreed { year: 2024, column_keys: vec!["cc".into()], ..Agreed::default() };
        let found = own.contradictions(&other, "b");
        assert!(found[0].contains("2025 here and 2024 on node b"), "{found:?}");
        assert!(found[1].contains("aa here and cc on node b"), "{found:?}");
    }
}
