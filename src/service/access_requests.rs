//! Somebody without an account asks for one: which organisation, who they are, and no word of who else is there.

use std::net::IpAddr;
use std::sync::Arc;

use super::waiting::{Waiting, address_hash};
use crate::admission::Limit;
use crate::domain::access::OrganisationKind;
use crate::domain::contact::Contact;
use crate::domain::ids::Laestab;
use crate::node::Node;
use crate::node::directory::Organisation;
use crate::store::Store;
use crate::store::access_requests::MakeRequest;
use crate::telemetry::chain;

/// Organisations that a search shows.
pub const FOUND_MAX: usize = 20;
/// Characters of a search at the least: with fewer nearly all are found.
const SEARCH_CHARS_MIN: usize = 3;
/// Characters at the most of a name, a job and a search.
const TEXT_CHARS_MAX: usize = 100;

/// Takes requests. Clones share it.
#[derive(Clone, Debug)]
pub struct AccessRequests {
    node: Node,
    waiting: Waiting,
    store: Arc<Store>,
}

/// What somebody wrote of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Their email address.
    pub email: String,
    /// Their job.
    pub job: String,
}

/// What is wrong with it, field by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BadPerson {
    /// With the name.
    pub name: Option<&'static str>,
    /// With the email address.
    pub email: Option<&'static str>,
    /// With the job.
    pub job: Option<&'static str>,
}

/// Why a request was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// There is no such organisation.
    Unknown,
    /// What was written is not right.
    Bad(BadPerson),
    /// Too many came from there.
    TooMany,
    /// The database does not answer.
    Away,
}

/// Why a search found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// Too little or too much was typed.
    Length,
    /// No organisation is called so.
    Nothing,
}

impl Person {
    /// What was typed in one line each, if all of it is right.
    fn checked(&self) -> Result<Self, BadPerson> {
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let person = Self {
            name: line(&self.name),
            email: self.email.trim_matches(' ').to_lowercase(),
            job: line(&self.job),
        };
        let bad_text = |text: &str, empty: &'static str, long: &'static str| match text {
            "" => Some(empty),
            text if text.chars().count() > TEXT_CHARS_MAX || text.chars().any(char::is_control) => {
                Some(long)
            }
            _ => None,
        };
        // The number is one that is always right: only the address is asked about.
        let email = Contact::typed("01632 960001", &person.email).err().and_then(|bad| bad.email);
        let bad = BadPerson {
            name: bad_text(&person.name, "Enter your name", "Enter a name of up to 100 characters"),
            email,
            job: bad_text(&person.job, "Enter your job", "Enter a job of up to 100 characters"),
        };
        if bad == BadPerson::default() { Ok(person) } else { Err(bad) }
    }
}

impl AccessRequests {
    /// `store` is the database as the role that serves users.
    pub fn new(node: Node, waiting: Waiting, store: Store) -> Self {
        Self { node, waiting, store: Arc::new(store) }
    }

    /// Organisations by DfE number or part of the name, and how many there are; names and numbers are public.
    pub fn search(&self, text: &str) -> Result<(Vec<Arc<Organisation>>, usize), NotFound> {
        let typed = text.trim().to_lowercase();
        let length = typed.chars().count();
        if !(SEARCH_CHARS_MIN..=TEXT_CHARS_MAX).contains(&length) {
            return Err(NotFound::Length);
        }
        let number = typed.replace(['/', ' '], "").parse::<Laestab>().ok().map(Laestab::number);
        let directory = self.node.directory();
        let mut found: Vec<Arc<Organisation>> = directory
            .organisations_called(&typed)
            .chain(number.into_iter().filter_map(|number| directory.school(number)))
            .filter(|organisation| takes_requests(organisation.kind))
            .map(Arc::clone)
            .collect();
        found.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        found.dedup_by_key(|organisation| organisation.id);
        let all = found.len();
        found.truncate(FOUND_MAX);
        if found.is_empty() { Err(NotFound::Nothing) } else { Ok((found, all)) }
    }

    /// An organisation of which an account can be asked for.
    pub fn organisation(&self, id: i64) -> Option<Arc<Organisation>> {
        let directory = self.node.directory();
        directory.organisation(id).filter(|found| takes_requests(found.kind)).map(Arc::clone)
    }

    /// Keeps a request. Whether anybody manages accounts there makes no difference here.
    pub async fn ask(
        &self,
        organisation: i64,
        person: &Person,
        address: Option<IpAddr>,
    ) -> Result<(), NotTaken> {
        let organisation = self.organisation(organisation).ok_or(NotTaken::Unknown)?.id;
        let Person { name, email, job } = person.checked().map_err(NotTaken::Bad)?;
        let key = address.map_or(0, address_hash);
        let limited = self.waiting.limited(Limit::LettersOfAddress, key);
        limited.map_err(|_| NotTaken::TooMany)?;
        let now = self.node.clock.now();
        let work = MakeRequest { organisation, full_name: name, email, job_title: job, now };
        self.store.run(now, &work).await.map_err(|error| {
            tracing::warn!(error = %chain(&error), "requests for accounts cannot be kept");
            NotTaken::Away
        })
    }
}

/// Whether people of such organisations are given accounts by somebody there.
fn takes_requests(kind: OrganisationKind) -> bool {
    !matches!(kind, OrganisationKind::Agency | OrganisationKind::Staff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_field_by_field() {
        let person = |name: &str, email: &str, job: &str| Person {
            name: name.to_owned(),
            email: email.to_owned(),
            job: job.to_owned(),
        };
        let good = person(" Ann\r\n Bee ", "Ann@School.example", "Head").checked().unwrap();
        assert_eq!((good.name.as_str(), good.email.as_str()), ("Ann Bee", "ann@school.example"));
        let long = "a".repeat(101);
        let bad =
            person(&long, "ann@school.example\r\nBcc: b@c.example", "").checked().unwrap_err();
        assert!(bad.name.is_some() && bad.email.is_some() && bad.job == Some("Enter your job"));
        assert!(person("A\u{0}B", "a@b.example", "x").checked().is_err());
    }
}
