//! The static table: a path to a route, a route to its methods, body limit and name in metrics.

use http::Method;

use crate::admission::Class;
use crate::service::own_password::TokenPurpose;

mod file;
mod first;
mod keeps;
mod staff;
mod table;
mod users;
mod viewed;

pub use file::File;
pub use staff::AccountPage;
pub use table::NAMES;
use table::PAGES;
pub use users::UserPage;
pub use viewed::Viewed;

/// Longest body of a form, in bytes.
pub const FORM_BYTES_MAX: u64 = 64 * 1024;
/// The same of a form that carries another one, sealed and written in base 64, and a password.
pub const KEPT_FORM_BYTES_MAX: u64 = 128 * 1024;
/// Pages that take such a form.
const TAKE_KEPT_FORMS: [&str; 3] =
    ["/sign-in/again", "/sign-in/code", "/account/second-factor/app"];

const _: () = assert!(FORM_BYTES_MAX * 4 / 3 + 16 * 1024 < KEPT_FORM_BYTES_MAX);

/// A page about one school's results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchoolPage {
    /// The summary and the table of pupils.
    Results,
    /// Marks by paper of one subject, by its place in `Subject::ALL`.
    Subject(usize),
    /// Scripts by pupil and paper.
    Scripts,
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// A static file.
    Asset(&'a str),
    /// Own results, or the list of one's schools.
    Results,
    /// A combined file of an authority or trust.
    All(File),
    /// The raw-to-scaled calculator.
    Calculator,
    /// A page about one school.
    School(u32, SchoolPage),
    /// A file of one school.
    File(u32, File),
    /// One script: reference and paper.
    Script(u32, &'a str, &'a str),
    /// Is there a queue?
    QueueStatus,
    /// How long does the session last?
    SessionLeft,
    /// The reconciliation of all schools, or of one.
    Reconciliation(Option<u32>),
    /// A release, by its name.
    Release(&'a str),
    /// An account of anybody, by row id.
    Account(i64, AccountPage),
    /// The details of a school.
    Organisation(u32),
    /// A user of one's organisation, by row id of the membership.
    User(i64, UserPage),
    /// The demo's mailbox, or one email of it.
    Mailbox(Option<&'a str>),
    /// A link from an email that sets a password: what it is for, and its token.
    Link(TokenPurpose, &'a str),
    /// A form of my activity, by its name.
    Form(&'a str),
    /// A draft or what was sent of a form: the form, what people call it, and a page of it.
    FormPage(&'a str, &'a str, Option<&'a str>),
    /// An ordinary page, by its path.
    Page(&'static str),
}

/// Place in [`NAMES`] of what is no route.
pub const UNKNOWN: usize = NAMES.len() - 1;

impl<'a> Route<'a> {
    /// Finds the route of a path.
    pub fn parse(path: &'a str) -> Option<Self> {
        if let Some((path, ..)) = PAGES.iter().find(|(known, ..)| *known == path) {
            return Some(Route::Page(path));
        }
        let mut parts = path.strip_prefix('/')?.splitn(5, '/');
        let four = (parts.next()?, parts.next(), parts.next(), parts.next());
        if parts.next().is_some() {
            return None;
        }
        match four {
            ("session", Some("left"), None, None) => Some(Route::SessionLeft),
            ("assets", Some(name), None, None) => Some(Route::Asset(name)),
            ("staff", Some(place), below, page) => staff::parse(place, below, page),
            ("organisation", Some(school), None, None) => {
                Some(Route::Organisation(laestab(school)?))
            }
            ("users", Some(member), page, None) => {
                Some(Route::User(row_id(member)?, UserPage::parse(page)?))
            }
            ("set-up-account", Some(token), None, None) => {
                Some(Route::Link(TokenPurpose::SetUp, token))
            }
            ("reset-password", Some(token), None, None) => {
                Some(Route::Link(TokenPurpose::Reset, token))
            }
            ("activity", Some(form), None, None) => Some(Route::Form(word(form)?)),
            ("activity", Some(form), Some(reference), page) => {
                let page = page.map(word);
                (page != Some(None)).then_some(Route::FormPage(
                    word(form)?,
                    word(reference)?,
                    page.flatten(),
                ))
            }
            ("demo", Some("mailbox"), id, None) => Some(Route::Mailbox(id)),
            ("queue", Some("status"), None, None) => Some(Route::QueueStatus),
            ("results", None, None, None) => Some(Route::Results),
            ("results", Some("all.csv"), None, None) => Some(Route::All(File::Csv)),
            ("results", Some("all-with-ta.csv"), None, None) => Some(Route::All(File::CsvWithTa)),
            ("results", Some("all.xlsx"), None, None) => Some(Route::All(File::Xlsx)),
            ("results", Some("all.pdf"), None, None) => Some(Route::All(File::Pdf)),
            ("results", Some("calculator"), None, None) => Some(Route::Calculator),
            ("results", Some(school), below, last) => Self::school(laestab(school)?, below, last),
            _ => None,
        }
    }

    fn school(school: u32, below: Option<&'a str>, last: Option<&'a str>) -> Option<Self> {
        match (below, last) {
            (None, _) => Some(Route::School(school, SchoolPage::Results)),
            (Some("scripts"), None) => Some(Route::School(school, SchoolPage::Scripts)),
            (Some("scripts"), Some(file)) => {
                let (reference, paper) = file.strip_suffix(".pdf")?.rsplit_once('-')?;
                Some(Route::Script(school, reference, paper))
            }
            (Some(subject @ ("gps" | "reading" | "maths")), None) => {
                let place = ["gps", "reading", "maths"].iter().position(|s| *s == subject)?;
                Some(Route::School(school, SchoolPage::Subject(place)))
            }
            (Some(file), None) => File::parse(file).map(|file| Route::File(school, file)),
            _ => None,
        }
    }

    /// Place of its name in [`NAMES`].
    pub fn place(&self) -> usize {
        match self {
            Route::Page(path) => {
                PAGES.iter().position(|(known, ..)| known == path).unwrap_or(UNKNOWN)
            }
            Route::Asset(_) => PAGES.len(),
            Route::Results => PAGES.len() + 1,
            Route::All(_) => PAGES.len() + 2,
            Route::Calculator => PAGES.len() + 3,
            Route::School(..) => PAGES.len() + 4,
            Route::File(..) => PAGES.len() + 5,
            Route::Script(..) => PAGES.len() + 6,
            Route::QueueStatus => PAGES.len() + 7,
            Route::Reconciliation(_) => PAGES.len() + 8,
            Route::Organisation(_) => PAGES.len() + 9,
            Route::Mailbox(_) => PAGES.len() + 10,
            Route::User(..) => PAGES.len() + 11,
            Route::Link(TokenPurpose::SetUp, _) => PAGES.len() + 12,
            Route::Link(TokenPurpose::Reset, _) => PAGES.len() + 13,
            Route::SessionLeft => PAGES.len() + 14,
            Route::Release(_) => PAGES.len() + 15,
            Route::Account(..) => PAGES.len() + 16,
            Route::Form(_) => PAGES.len() + 17,
            Route::FormPage(..) => PAGES.len() + 18,
        }
    }

    /// Whether it can be read, and whether it takes a form.
    fn reads_and_posts(&self) -> (bool, bool) {
        match self {
            Route::Page(
                "/sign-out"
                | "/sign-in/again"
                | "/organisation/check"
                | "/users/create/check"
                | "/users/cover/check"
                | "/staff/queue/approve"
                | "/staff/view-as/end",
            ) => (false, true),
            Route::User(_, page) => page.reads_and_posts(),
            Route::Account(_, page) => page.reads_and_posts(),
            Route::Page(path) => {
                (true, PAGES.iter().any(|(known, _, form, _)| known == path && *form))
            }
            Route::FormPage(.., page) => (true, page.is_some()),
            Route::Link(..) | Route::Release(_) | Route::Form(_) => (true, true),
            _ => (true, false),
        }
    }

    /// Whether the router of ordinary pages has its handler.
    pub fn is_ordinary(&self) -> bool {
        matches!(
            self,
            Route::Page(_)
                | Route::User(..)
                | Route::Release(_)
                | Route::Account(..)
                | Route::Form(_)
                | Route::FormPage(..)
        )
    }

    /// The methods that it takes, as `Allow` names them.
    pub fn allow(&self) -> &'static str {
        match self.reads_and_posts() {
            (false, _) => "POST",
            (true, true) => "GET, HEAD, POST",
            (true, false) => "GET, HEAD",
        }
    }

    /// Whether it takes a method.
    pub fn takes(&self, method: &Method) -> bool {
        let (reads, posts) = self.reads_and_posts();
        match *method {
            Method::GET | Method::HEAD => reads,
            Method::POST => posts,
            _ => false,
        }
    }

    /// What it is for, where it costs enough to be given up; what costs next to nothing never is.
    pub fn class(&self) -> Option<Class> {
        match self {
            Route::Page(path) => PAGES.iter().find(|(known, ..)| known == path)?.3,
            // Whoever has to hold results back is never turned away either.
            Route::Asset(_)
            | Route::QueueStatus
            | Route::SessionLeft
            | Route::Mailbox(_)
            | Route::Release(_) => None,
            Route::School(_, SchoolPage::Scripts)
            | Route::File(_, File::Bundle)
            | Route::Script(..) => Some(Class::Scripts),
            Route::Results | Route::Calculator | Route::School(..) | Route::File(..) => {
                Some(Class::Results)
            }
            Route::All(_) => Some(Class::Exports),
            Route::Reconciliation(_) => Some(Class::Reports),
            Route::Organisation(_) | Route::User(..) | Route::Form(_) | Route::FormPage(..) => {
                Some(Class::Forms)
            }
            // On results morning the helpline lets people in.
            Route::Link(..) | Route::Account(..) => Some(Class::SignIn),
        }
    }

    /// Longest body that it reads, in bytes.
    pub fn body_bytes_max(&self) -> u64 {
        match self {
            Route::Page(path) if TAKE_KEPT_FORMS.contains(path) => KEPT_FORM_BYTES_MAX,
            _ if self.takes(&Method::POST) => FORM_BYTES_MAX,
            _ => 0,
        }
    }
}

fn laestab(text: &str) -> Option<u32> {
    text.parse::<crate::domain::ids::Laestab>().ok().map(crate::domain::ids::Laestab::number)
}

/// A name as our own addresses have them.
fn word(text: &str) -> Option<&str> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (!text.is_empty() && text.bytes().all(fits)).then_some(text)
}

/// A row id as our own pages write it.
fn row_id(text: &str) -> Option<i64> {
    let plain = !text.starts_with(['0', '+', '-']);
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests;
