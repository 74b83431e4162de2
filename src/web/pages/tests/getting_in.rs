//! The states of what people meet who want to get in, and of their own accounts.

use std::sync::Arc;

use super::fixture::{actor, at, frame};
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::passwords::{Kinds, Profile};
use crate::node::directory::{Directory, Organisation};
use crate::service::access_requests::{BadPerson, NotFound, Person};
use crate::service::identity::Linked;
use crate::service::own_password::TokenPurpose;
use crate::web::pages::access_requests::{Ask, Asked as Requested, Find};
use crate::web::pages::account::SignIn;
use crate::web::pages::forgotten_password::{Ask as Forgotten, Asked};
use crate::web::pages::own_password::{Account, Change, Gone, SetByLink};

fn profile(kinds: Kinds) -> Profile {
    Profile {
        name: "ncsc".to_owned(),
        length_min: 15,
        length_min_second_factor: 8,
        length_max: 128,
        kinds,
        expiry: None,
    }
}

pub(super) fn states() -> Vec<(&'static str, String)> {
    [links(), own(), forgotten(), requests()].concat()
}

fn links() -> Vec<(&'static str, String)> {
    let email = "a.very.long.name.of.somebody.who.teaches@st-marys-primary.netherby.sch.example";
    let form = |purpose| SetByLink::new("token".to_owned(), purpose, email, &profile(Kinds::Any));
    let problems = ["Use at least 15 characters", "Choose a password that fewer people use"];
    let problems = || problems.map(str::to_owned).to_vec();
    vec![
        ("set-up-account", form(TokenPurpose::SetUp).to_string()),
        ("set-up-account-refused", form(TokenPurpose::SetUp).refused(problems()).to_string()),
        ("reset-password", form(TokenPurpose::Reset).to_string()),
        ("link-gone", Gone::default().to_string()),
        ("sign-in-password-set", SignIn::new("token".to_owned(), "").password_set().to_string()),
    ]
}

fn own() -> Vec<(&'static str, String)> {
    let actor = actor(OrganisationKind::School, &[Permission::User, Permission::AccountManager]);
    let organisation = Organisation::clone(&actor.organisation);
    let directory = Directory::new(vec![organisation], Vec::new());
    let page = |ends| Account::new(frame(Account::TITLE), &actor, &directory, ends);
    let since = Some(at("2024-07-12T00:00:00Z"));
    let linked = Linked { name: "Sector Sign-in".to_owned(), since };
    let form = |is_asked| {
        let profile = profile(Kinds::AllFour);
        Change::new(frame(Change::TITLE), &actor.user.username, &profile, "/results", is_asked)
    };
    let reason = vec!["Choose a password with more in it than “<khan>”".to_owned()];
    vec![
        ("account", page(None).to_string()),
        ("account-changed", page(Some(at("2024-07-12T00:00:00Z"))).after("changed").to_string()),
        ("account-unlinked", page(None).after("unlinked").to_string()),
        ("account-linked", page(None).linked(Some(linked)).to_string()),
        ("account-password", form(false).to_string()),
        ("account-password-asked", form(true).to_string()),
        ("account-password-refused", form(false).refused(Some(Change::WRONG), reason).to_string()),
    ]
}

fn forgotten() -> Vec<(&'static str, String)> {
    let form = || Forgotten::new("token".to_owned());
    vec![
        ("forgotten-password", form().to_string()),
        ("forgotten-password-refused", form().refused("\"Bobby\" <Khan>").to_string()),
        ("forgotten-password-sent", Asked::default().to_string()),
    ]
}

fn requests() -> Vec<(&'static str, String)> {
    let organisation = actor(OrganisationKind::School, &[]).organisation;
    let found = [Arc::clone(&organisation), Arc::clone(&organisation)];
    let form = || Ask::new("token".to_owned(), &organisation);
    let person = Person {
        name: "Amina <Khan>".to_owned(),
        email: "\"Bobby\" & co".to_owned(),
        job: String::new(),
    };
    let bad = BadPerson {
        email: Some("Enter an email address in the correct format, like name@example.com"),
        job: Some("Enter your job"),
        ..BadPerson::default()
    };
    let many = BadPerson { name: Some(Ask::TOO_MANY), ..BadPerson::default() };
    vec![
        ("request-account-find", Find::default().to_string()),
        ("request-account-found", Find::default().found("<Khan>", &found, 24).to_string()),
        ("request-account-short", Find::default().refused("<Khan>", NotFound::Length).to_string()),
        ("request-account-nothing", Find::default().refused("x", NotFound::Nothing).to_string()),
        ("request-account", form().to_string()),
        ("request-account-refused", form().typed(&person).refused(bad).to_string()),
        ("request-account-many", form().typed(&person).refused(many).to_string()),
        ("request-account-away", form().typed(&person).away().to_string()),
        ("request-account-sent", Requested::default().to_string()),
    ]
}
