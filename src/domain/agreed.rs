//! What the nodes of one portal have in common, told by each to the others: its year, its keys, and a digest of each
//! section of its configuration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a node tells the others of its configuration. Nothing of it is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Agreed {
    /// Version of the program.
    pub program: String,
    /// The year that is on.
    pub year: u16,
    /// Names of the keys that seal columns, the newest first; whoever seals anew looks at what nodes have.
    pub column_keys: Vec<String>,
    /// Digest of each section that is to be the same everywhere, by its name.
    pub sections: BTreeMap<String, String>,
}

impl Agreed {
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

#[cfg(test)]
mod tests {
    use super::*;

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
