//! What a node tells the others of its configuration.

use aws_lc_rs::digest::{SHA256, digest as digest_of};

use super::{Config, Problem};
use crate::domain::agreed::Agreed;
use crate::domain::hex::hex;

/// Sections that may differ from machine to machine.
const OF_MACHINE: [&str; 4] = ["server", "edge", "database", "cache"];
/// Bytes of a digest that are told: enough to see a difference.
const DIGEST_BYTES: usize = 8;

impl Config {
    /// What is to be the same on every node.
    ///
    /// # Errors
    ///
    /// When the file of keys cannot be read.
    pub fn agreed(&self) -> Result<Agreed, Problem> {
        let table = toml::Table::try_from(self).expect("a configuration has a form in TOML");
        let common = table.iter().filter(|(name, _)| !OF_MACHINE.contains(&name.as_str()));
        Ok(Agreed {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            year: self.cycles.year,
            column_keys: self.second_factor.keys()?.names().map(str::to_owned).collect(),
            sections: common.map(|(name, section)| (name.clone(), digest(section))).collect(),
        })
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
        config.agreed().unwrap()
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
}
