//! Section `second_factor`: the key that seals secrets, and who must have one.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::check::Checks;
use super::problem::Problem;
use super::secret;
use crate::domain::access::OrganisationKind;
use crate::domain::hex;
use crate::node::factors::ColumnKeys;

/// Section `second_factor`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactor {
    /// File with the keys that seal secrets of apps; empty for none, then nobody is asked for a second factor.
    pub key_file: PathBuf,
    /// Kinds of organisations whose people must have one, beside the staff, separated by spaces.
    pub compulsory_for: String,
}

/// What the file should hold.
const EXPECTED: &str = "write 64 hexadecimal digits, as \"openssl rand -hex 32\" makes them; \
                        the newest key first, with spaces between";

impl SecondFactor {
    /// The keys; none where no file is named.
    pub fn keys(&self) -> Result<ColumnKeys, Problem> {
        if self.key_file.as_os_str().is_empty() {
            return Ok(ColumnKeys::default());
        }
        let told = |what: String, way_out: &str| Problem {
            file: self.key_file.clone(),
            line: None,
            key: "second_factor.key_file".to_owned(),
            what,
            way_out: way_out.to_owned(),
        };
        let text = secret::read(&self.key_file).map_err(|bad| told(bad.what, &bad.way_out))?;
        let lines = text.expose().split_whitespace();
        let keys: Option<Vec<[u8; 32]>> = lines.map(hex::parse).collect();
        match keys.filter(|keys| !keys.is_empty()) {
            Some(keys) => Ok(ColumnKeys::new(&keys)),
            None => Err(told("holds no key".to_owned(), EXPECTED)),
        }
    }

    /// Kinds of organisations whose people must have one, beside the staff; else the word that is none.
    pub fn compulsory(&self) -> Result<Vec<OrganisationKind>, String> {
        let words = self.compulsory_for.split_whitespace();
        words.map(|word| word.parse().map_err(|_| word.to_owned())).collect()
    }
}

/// Checks the file and the words.
pub(super) fn check(checks: &mut Checks<'_>) {
    let config = &checks.config.second_factor;
    if let Err(problem) = config.keys() {
        checks.refuse(&["second_factor.key_file"], problem.what, problem.way_out);
    }
    if let Err(word) = config.compulsory() {
        let what = format!("names {word:?}, which is no kind of organisation");
        let way_out = "write kinds such as \"school secondary authority trust\"";
        checks.refuse(&["second_factor.compulsory_for"], what, way_out);
    }
}
