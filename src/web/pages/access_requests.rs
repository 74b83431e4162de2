//! Asking for an account: the search for an organisation, the form, and what happens next.

use std::sync::Arc;

use askama::Template;

use crate::domain::wording::dfe_number;
use crate::node::directory::Organisation;
use crate::service::access_requests::{BadPerson, NotFound, Person};
use crate::web::components::{Button, Field, Input, Text};
use crate::web::layout::Layout;

/// Title of all of it.
const TITLE: &str = "Ask for an account";

/// An organisation that was found.
#[derive(Debug)]
struct Line {
    href: String,
    name: String,
    number: String,
}

/// The search.
#[derive(Debug, Template)]
#[template(path = "request-account-find.html")]
pub struct Find {
    layout: Layout,
    typed: String,
    problem: Option<&'static str>,
    found: Vec<Line>,
    /// How many there are, shown or not.
    all: usize,
}

/// Before anything was typed.
impl Default for Find {
    fn default() -> Self {
        let layout = Layout::titled(TITLE).back("/sign-in");
        Self { layout, typed: String::new(), problem: None, found: Vec::new(), all: 0 }
    }
}

impl Find {
    /// What was found.
    #[must_use]
    pub fn found(self, typed: &str, found: &[Arc<Organisation>], all: usize) -> Self {
        let line = |organisation: &Arc<Organisation>| Line {
            href: format!("/request-account?organisation={}", organisation.id),
            name: organisation.name.clone(),
            number: organisation.laestab.map(dfe_number).unwrap_or_default(),
        };
        let found = found.iter().map(line).collect();
        Self { typed: typed.to_owned(), found, all, ..self }
    }

    /// Nothing was.
    #[must_use]
    pub fn refused(mut self, typed: &str, why: NotFound) -> Self {
        let told = match why {
            NotFound::Length => "Enter a DfE number, or at least 3 letters of the name",
            NotFound::Nothing => "Enter another part of the name: nothing was found with this one",
        };
        self.layout = self.layout.errors(vec![("q".into(), told.into())]);
        Self { typed: typed.to_owned(), problem: Some(told), ..self }
    }

    fn input(&self) -> Input {
        let field = Field::new("q", "Name or DfE number of your school or organisation")
            .hint("Part of the name is enough. A DfE number looks like 888/2045")
            .error(self.problem.map(Text::from));
        Input { value: self.typed.clone().into(), spellcheck: Some(false), ..Input::from(field) }
    }

    fn button() -> Button {
        Button::submit("Find").secondary()
    }
}

/// The form.
#[derive(Debug, Template)]
#[template(path = "request-account.html")]
pub struct Ask {
    layout: Layout,
    id: i64,
    organisation: String,
    number: String,
    person: Person,
    bad: BadPerson,
}

impl Ask {
    /// What stands at the name when too many requests came from one address.
    pub const TOO_MANY: &'static str =
        "Many requests have come from where you are. Wait 10 minutes and send it again";

    /// The empty form for an organisation.
    pub fn new(csrf: String, organisation: &Organisation) -> Self {
        let layout = Layout::titled(TITLE).back("/request-account");
        Self {
            layout: Layout { csrf: csrf.into(), ..layout },
            id: organisation.id,
            organisation: organisation.name.clone(),
            number: organisation.laestab.map(dfe_number).unwrap_or_default(),
            person: Person::default(),
            bad: BadPerson::default(),
        }
    }

    /// With what was typed.
    #[must_use]
    pub fn typed(self, person: &Person) -> Self {
        Self { person: person.clone(), ..self }
    }

    /// With what is wrong with it.
    #[must_use]
    pub fn refused(mut self, bad: BadPerson) -> Self {
        let wrong = [("name", bad.name), ("email", bad.email), ("job", bad.job)];
        let wrong = wrong.into_iter().filter_map(|(id, what)| Some((id.into(), what?.into())));
        self.layout = self.layout.errors(wrong.collect());
        Self { bad, ..self }
    }

    /// It could not be kept at present; nothing of it is lost.
    #[must_use]
    pub fn away(mut self) -> Self {
        let told = "Your request was not sent, because of a fault on our side. Send it again";
        self.layout = self.layout.errors(vec![("name".into(), told.into())]);
        self
    }

    fn input(
        name: &'static str,
        label: &'static str,
        (value, bad): (&str, Option<&'static str>),
        autocomplete: &'static str,
    ) -> Input {
        let field = Field::new(name, label).error(bad.map(Text::from));
        Input {
            value: value.to_owned().into(),
            autocomplete: autocomplete.into(),
            spellcheck: Some(false),
            ..Input::from(field)
        }
    }

    fn name(&self) -> Input {
        Self::input("name", "Your name", (&self.person.name, self.bad.name), "name")
    }

    fn email(&self) -> Input {
        let input = Self::input(
            "email",
            "Your email address at work",
            (&self.person.email, self.bad.email),
            "email",
        );
        Input { kind: "email".into(), autocapitalize: "none".into(), ..input }
    }

    fn job(&self) -> Input {
        let typed = (self.person.job.as_str(), self.bad.job);
        Self::input("job", "Your job", typed, "organization-title")
    }

    fn button() -> Button {
        Button::submit("Send request")
    }
}

/// What happens next: the same whoever is there to be asked.
#[derive(Debug, Template)]
#[template(path = "request-account-sent.html")]
pub struct Asked {
    layout: Layout,
}

impl Default for Asked {
    fn default() -> Self {
        Self { layout: Layout::titled("Your request is sent") }
    }
}
