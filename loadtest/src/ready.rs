//! Where the server is and who may sign in: the ready file of a demo, and its accounts.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::Error;

/// What a load test has to know about a server.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Target {
    /// Scheme, host and port.
    pub(crate) base_url: String,
    /// The only certificate authority that is trusted.
    pub(crate) ca_file: PathBuf,
    /// `username,password,role,laestab`.
    pub(crate) accounts_file: PathBuf,
    /// When results open, in seconds of this machine's clock.
    #[serde(default)]
    pub(crate) release_opens_unix: Option<f64>,
    /// The server's process, if it runs on this machine.
    #[serde(default)]
    pub(crate) pid: Option<u32>,
}

impl Target {
    /// Reads a ready file.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let file = path.display().to_string();
        let text = fs::read(path).map_err(|error| {
            Error::data(&file, format!("{error}; is the demo running with --ready-file?"))
        })?;
        serde_json::from_slice(&text).map_err(|error| Error::data(&file, error))
    }

    /// The certificate authority, as PEM.
    pub(crate) fn authority(&self) -> Result<Vec<u8>, Error> {
        let file = self.ca_file.display().to_string();
        fs::read(&self.ca_file).map_err(|error| Error::data(&file, error))
    }
}

/// One person who can sign in.
#[derive(Clone, Deserialize)]
pub(crate) struct Account {
    /// What is typed as `username`.
    pub(crate) username: String,
    /// What is typed as `password`.
    pub(crate) password: String,
    role: String,
    /// The school, seven digits.
    pub(crate) laestab: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({} of {})", self.role, self.laestab)
    }
}

/// Accounts of the roles that take part, and their schools.
#[derive(Debug)]
pub(crate) struct Accounts {
    /// One account of each school first, in the order of the file, then the further ones.
    pub(crate) people: Vec<Account>,
    /// How many of them come first, one a school.
    pub(crate) schools: usize,
}

impl Accounts {
    /// Reads the accounts file.
    pub(crate) fn read(path: &Path, roles: &[String]) -> Result<Self, Error> {
        let file = path.display().to_string();
        let text = fs::read(path).map_err(|error| Error::data(&file, error))?;
        Self::parse(&file, &text, roles)
    }

    fn parse(file: &str, text: &[u8], roles: &[String]) -> Result<Self, Error> {
        let mut people = Vec::new();
        let mut further = Vec::new();
        let mut seen = HashSet::new();
        for (line, row) in (2..).zip(csv::Reader::from_reader(text).into_deserialize()) {
            let account: Account =
                row.map_err(|error| Error::data(file, format!("line {line}: {error}")))?;
            if !roles.contains(&account.role) {
                continue;
            }
            if !is_laestab(&account.laestab) {
                let problem = format!("line {line}: laestab must be seven digits");
                return Err(Error::data(file, problem));
            }
            let first = seen.insert(account.laestab.clone());
            if first { &mut people } else { &mut further }.push(account);
        }
        let schools = people.len();
        people.append(&mut further);
        if people.is_empty() {
            let roles = roles.join(" or ");
            return Err(Error::data(file, format!("no account has the role {roles}")));
        }
        Ok(Self { people, schools })
    }
}

/// Whether a text is a DfE number without its stroke.
pub(crate) fn is_laestab(text: &str) -> bool {
    text.len() == 7 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "username,password,role,laestab\n\
        a@one.example,p,school_user,2132011\n\
        b@one.example,p,school_user,2132011\n\
        m@one.example,p,school_account_manager,2132011\n\
        c@two.example,p,school_user,2132048\n";

    fn roles() -> Vec<String> {
        vec!["school_user".to_owned()]
    }

    #[test]
    fn each_school_comes_before_anyones_second_person() {
        let accounts = Accounts::parse("accounts.csv", FILE.as_bytes(), &roles()).unwrap();
        assert_eq!(accounts.schools, 2);
        let names: Vec<_> = accounts.people.iter().map(|person| &person.username[..1]).collect();
        assert_eq!(names, ["a", "c", "b"]);
    }

    #[test]
    fn a_bad_row_is_named_with_its_line() {
        let text = FILE.replace("2132048", "213/2048");
        let error = Accounts::parse("accounts.csv", text.as_bytes(), &roles()).unwrap_err();
        assert_eq!(error.code(), 65);
        assert_eq!(error.to_string(), "accounts.csv: line 5: laestab must be seven digits");
    }

    #[test]
    fn a_file_without_the_role_is_refused() {
        let roles = vec!["pupil".to_owned()];
        let error = Accounts::parse("accounts.csv", FILE.as_bytes(), &roles).unwrap_err();
        assert_eq!(error.to_string(), "accounts.csv: no account has the role pupil");
    }

    #[test]
    fn passwords_are_not_printed() {
        let accounts = Accounts::parse("accounts.csv", FILE.as_bytes(), &roles()).unwrap();
        assert_eq!(format!("{:?}", accounts.people[0]), "Account(school_user of 2132011)");
    }
}
