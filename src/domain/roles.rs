//! Roles that people have at the identity service: what they cover here, and for how long a look-up counts.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::access::{Permission, Permissions};
use super::papers::UnknownName;

/// What an identity service last said of a user in one of their organisations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles {
    /// Row id of the user.
    pub user: i64,
    /// Row id of the organisation.
    pub organisation: i64,
    /// Address of the service.
    pub issuer: String,
    /// The organisation, as the service names it.
    pub place: String,
    /// Codes of their roles; none when it gives them no access.
    pub codes: Option<Vec<String>>,
    /// When it was asked.
    pub looked_up_at: Timestamp,
}

/// What each role of the identity service covers, by its code there. A code that is not named covers nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covers(BTreeMap<String, Permissions>);

impl Covers {
    /// Adds a code, with permissions written with spaces between; those are looked at one by one.
    pub fn add(&mut self, code: &str, words: &str) -> Result<(), UnknownName> {
        let permissions = words.split_whitespace().map(str::parse::<Permission>);
        let permissions: Permissions = permissions.collect::<Result<_, _>>()?;
        self.0.insert(code.to_owned(), permissions);
        Ok(())
    }

    /// What somebody with these roles may do at the most.
    pub fn of(&self, codes: &[String]) -> Permissions {
        let covered = codes.iter().filter_map(|code| self.0.get(code));
        covered.fold(Permissions::default(), |all, one| all.or(*one))
    }
}

/// For how long a look-up counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ages {
    /// For all that it says.
    pub whole: SignedDuration,
    /// For reading, when there is no newer one to be had.
    pub last_known: SignedDuration,
}

/// What a look-up is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// All that it says.
    Whole,
    /// It is to be asked for again; without an answer it is good for reading until this instant.
    LastKnown(Timestamp),
    /// Nothing any more.
    Nothing,
}

impl Ages {
    /// What the look-up of an instant is worth at another. Clocks of nodes differ: one that is a little ahead
    /// has looked up just now.
    pub fn worth(self, looked_up: Timestamp, now: Timestamp) -> Worth {
        let until = looked_up + self.last_known;
        if now < looked_up + self.whole {
            Worth::Whole
        } else if now < until {
            Worth::LastKnown(until)
        } else {
            Worth::Nothing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_up_is_whole_then_to_be_read_then_nothing() {
        let ages = Ages {
            whole: SignedDuration::from_mins(30),
            last_known: SignedDuration::from_hours(24),
        };
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let looked_up = at("2024-07-09T06:30:00Z");
        let until = at("2024-07-10T06:30:00Z");
        for (now, worth) in [
            ("2024-07-09T06:29:00Z", Worth::Whole),
            ("2024-07-09T06:30:00Z", Worth::Whole),
            ("2024-07-09T06:59:59Z", Worth::Whole),
            ("2024-07-09T07:00:00Z", Worth::LastKnown(until)),
            ("2024-07-10T06:29:59Z", Worth::LastKnown(until)),
            ("2024-07-10T06:30:00Z", Worth::Nothing),
        ] {
            assert_eq!(ages.worth(looked_up, at(now)), worth, "{now}");
        }
    }

    #[test]
    fn roles_cover_what_is_named_and_nothing_else() {
        let mut covers = Covers::default();
        covers.add("reader", "user").unwrap();
        covers.add("head", "user  account_manager").unwrap();
        covers.add("nothing", "").unwrap();
        assert!(covers.add("wrong", "user everything").is_err());
        let of = |codes: &[&str]| {
            let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
            covers.of(&codes).iter().map(Permission::key).collect::<Vec<_>>()
        };
        assert_eq!(of(&["reader", "reader", "unheard of"]), ["user"]);
        assert_eq!(of(&["reader", "head"]), ["account_manager", "user"]);
        for nothing in ["nothing", "wrong", "READER", ""] {
            assert_eq!(of(&[nothing]), Vec::<&str>::new(), "{nothing}");
        }
    }
}
