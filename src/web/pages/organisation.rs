//! An organisation's details, the form for changing how it can be reached, and the answers to check.

use askama::Template;

use super::within;
use crate::domain::access::OrganisationKind;
use crate::domain::calendar::{day_in_words, instant_in_words};
use crate::domain::contact::{BadContact, Contact};
use crate::domain::schools::Nature;
use crate::domain::wording::dfe_number;
use crate::service::organisation::Details;
use crate::web::components::{
    Action, Button, Field, Input, NotificationBanner, SummaryList, SummaryRow, Text,
};
use crate::web::layout::Layout;

/// The form's address.
const CHANGE: &str = "/organisation/change";
/// What stands where nobody has said anything.
const NOT_GIVEN: &str = "Not given";

/// The details.
#[derive(Debug, Template)]
#[template(path = "organisation.html")]
pub struct Organisation {
    layout: Layout,
    kind: OrganisationKind,
    may_edit: bool,
    has_accesses: bool,
    register: SummaryList,
    contact: SummaryList,
    taken_over: String,
}

impl Organisation {
    /// The page; with links for changing, if the reader may.
    pub fn new(layout: Layout, details: &Details, may_edit: bool) -> Self {
        Self {
            layout: within(layout, "/organisation"),
            kind: details.kind,
            may_edit,
            has_accesses: false,
            register: SummaryList { rows: register(details), ..SummaryList::default() },
            contact: contact(&details.contact, may_edit),
            taken_over: instant_in_words(details.taken_over_at),
        }
    }

    /// With a link to the record of accesses, for those who may read it.
    #[must_use]
    pub fn accesses(mut self, may_read: bool) -> Self {
        self.has_accesses = may_read;
        self
    }

    /// What was changed is kept.
    #[must_use]
    pub fn saved(mut self) -> Self {
        self.layout.banner = Some(NotificationBanner::success("Contact details saved"));
        self
    }

    /// The heading of the page.
    pub const fn heading(kind: OrganisationKind) -> &'static str {
        match kind {
            OrganisationKind::School | OrganisationKind::Secondary => "School details",
            OrganisationKind::Authority => "Local authority details",
            OrganisationKind::Trust => "Trust details",
            OrganisationKind::Provider | OrganisationKind::Agency | OrganisationKind::Staff => {
                "Organisation details"
            }
        }
    }

    fn title(&self) -> &'static str {
        Self::heading(self.kind)
    }

    /// Whether the national register names it.
    fn is_registered(&self) -> bool {
        self.is_school()
            || matches!(self.kind, OrganisationKind::Authority | OrganisationKind::Trust)
    }

    fn is_school(&self) -> bool {
        matches!(self.kind, OrganisationKind::School | OrganisationKind::Secondary)
    }
}

/// What the register says of it.
fn register(details: &Details) -> Vec<SummaryRow> {
    let number = |number: Option<i32>| number.map(|number| number.to_string());
    let dfe = |number: i32| dfe_number(number.cast_unsigned());
    let nature = details.nature.parse().ok().map(|nature: Nature| nature.words().to_owned());
    let before = |(number, until): &(Option<i32>, jiff::civil::Date)| {
        Some(format!("{} until {}", dfe((*number)?), day_in_words(*until)))
    };
    let before: Vec<String> = details.numbers.iter().filter_map(before).collect();
    let trusts: Vec<String> = details
        .trusts
        .iter()
        .map(|(name, joined)| format!("{name}, since {}", day_in_words(*joined)))
        .collect();
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let is_school = details.laestab.is_some();
    let rows = [
        ("Name", Some(details.name.clone())),
        ("Type", nature),
        ("DfE number", details.laestab.map(dfe)),
        ("Earlier DfE numbers", some(before.join("; "))),
        ("URN", number(details.urn)),
        ("Local authority", details.authority.clone().filter(|_| is_school)),
        ("Code", details.la_code.map(|code| code.to_string()).filter(|_| !is_school)),
        ("Group UID", number(details.group_uid)),
        ("Trust", some(trusts.join("; "))),
        ("Address", some(details.address.clone())),
        ("Closed", details.closed_on.map(day_in_words)),
    ];
    let row = |(key, value): (&'static str, Option<String>)| Some(SummaryRow::new(key, value?));
    rows.into_iter().filter_map(row).collect()
}

/// How it can be reached.
fn contact(contact: &Contact, may_edit: bool) -> SummaryList {
    let row = |key: &'static str, value: &str, what: &'static str| {
        let value = if value.is_empty() { NOT_GIVEN } else { value };
        let row = SummaryRow::new(key, value.to_owned());
        if may_edit { row.action(Action::change(CHANGE, what)) } else { row }
    };
    let rows = vec![
        row("Telephone number", contact.phone(), "telephone number"),
        row("Email address", contact.email(), "email address"),
    ];
    SummaryList { rows, ..SummaryList::default() }
}

/// The form.
#[derive(Debug, Template)]
#[template(path = "organisation-change.html")]
pub struct Change {
    layout: Layout,
    old: Contact,
    phone: String,
    email: String,
    bad: BadContact,
    /// What somebody else has saved meanwhile.
    overtaken: bool,
}

impl Change {
    /// Title and heading.
    pub const TITLE: &'static str = "Change contact details";

    /// The form with what is kept at present.
    pub fn new(layout: Layout, old: &Contact) -> Self {
        let layout = within(layout, "/organisation").back("/organisation");
        let (phone, email) = (old.phone().to_owned(), old.email().to_owned());
        let (old, bad) = (old.clone(), BadContact::default());
        Self { layout, old, phone, email, bad, overtaken: false }
    }

    /// With what was typed.
    #[must_use]
    pub fn typed(self, phone: &str, email: &str) -> Self {
        Self { phone: phone.to_owned(), email: email.to_owned(), ..self }
    }

    /// With what is wrong with it.
    #[must_use]
    pub fn refused(mut self, bad: BadContact) -> Self {
        let wrong = [("phone", bad.phone), ("email", bad.email)];
        let wrong = wrong.into_iter().filter_map(|(id, what)| Some((id.into(), what?.into())));
        self.layout = self.layout.errors(wrong.collect());
        Self { bad, ..self }
    }

    /// Somebody else saved something first, which stands beside what was typed.
    #[must_use]
    pub fn overtaken(mut self, kept: &Contact) -> Self {
        let told = "Somebody else changed these details. Check yours against theirs";
        self.layout = self.layout.errors(vec![("phone".into(), told.into())]);
        Self { old: kept.clone(), overtaken: true, ..self }
    }

    fn phone_input(&self) -> Input {
        let field = Field::new("phone", "Telephone number").error(self.bad.phone.map(Text::from));
        Input {
            value: self.phone.clone().into(),
            kind: "tel".into(),
            autocomplete: "tel".into(),
            ..Input::from(field)
        }
    }

    fn email_input(&self) -> Input {
        let field = Field::new("email", "Email address").error(self.bad.email.map(Text::from));
        Input {
            value: self.email.clone().into(),
            kind: "email".into(),
            autocomplete: "email".into(),
            spellcheck: Some(false),
            autocapitalize: "none".into(),
            ..Input::from(field)
        }
    }

    fn button() -> Button {
        Button::submit("Continue")
    }
}

/// The answers to check before they are kept.
#[derive(Debug, Template)]
#[template(path = "organisation-check.html")]
pub struct Check {
    layout: Layout,
    old: Contact,
    new: Contact,
    answers: SummaryList,
}

impl Check {
    /// Title and heading.
    pub const TITLE: &'static str = "Check the contact details";

    /// The page; what was kept before goes along, so that nobody's change is lost.
    pub fn new(layout: Layout, old: Contact, new: Contact) -> Self {
        let answers = contact(&new, false);
        Self { layout: within(layout, "/organisation"), old, new, answers }
    }

    fn save() -> Button {
        Button::submit("Confirm and save")
    }

    fn again() -> Button {
        Button {
            name: "again".into(),
            value: "yes".into(),
            ..Button::submit("Change the details").secondary()
        }
    }
}
