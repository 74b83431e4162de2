//! The users of an organisation: all of them, and what may be done.

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::Timestamp;

use super::within;
use crate::domain::access::OrganisationKind;
use crate::domain::calendar::{day, day_in_words};
use crate::domain::users::{Limit, is_limited, permission_name};
use crate::service::users::{Count, Counts, Member, Overview};
use crate::web::components::{Button, Colour, NotificationBanner, Tag};
use crate::web::layout::Layout;

mod check;
mod form;
mod one;
mod review;
mod term;

pub use check::Check;
pub use form::{Days, Form, Purpose};
pub use one::{Sure, Todo, User};
pub use review::ReviewUsers;
pub use term::Term;

/// Where the pages begin for an organisation.
pub const fn home(kind: OrganisationKind) -> &'static str {
    match kind {
        OrganisationKind::Staff => "/staff/users",
        _ => HERE,
    }
}

/// Where they begin for all but staff; a page about one user lies below it for everybody.
const HERE: &str = "/users";

/// A user in the list.
#[derive(Debug)]
struct Line {
    href: String,
    name: String,
    is_self: bool,
    email: String,
    bounced: bool,
    job: String,
    permissions: Vec<&'static str>,
    state: Tag,
    used: String,
}

/// The table of users, for every page that shows one.
#[derive(Debug, Template)]
#[template(path = "users-table.html")]
pub struct Table {
    lines: Vec<Line>,
}
impl HtmlSafe for Table {}

impl Table {
    /// Everybody, as the reader sees them.
    pub fn new(reader: &Reader<'_>, all: &Overview) -> Self {
        Self { lines: all.people.members.iter().map(|member| line(reader, member)).collect() }
    }
}

/// The list.
#[derive(Debug, Template)]
#[template(path = "users.html")]
pub struct Users {
    layout: Layout,
    organisation: String,
    counts: Vec<String>,
    is_full: bool,
    table: Table,
    term: Option<Term>,
    cover: Option<String>,
}

/// For whom a list is made, and when.
#[derive(Debug)]
pub struct Reader<'a> {
    /// Row id of the user.
    pub user: i64,
    /// Kind of their organisation.
    pub kind: OrganisationKind,
    /// Its name.
    pub organisation: &'a str,
    /// Service time now.
    pub now: Timestamp,
}

impl Users {
    /// Title and heading.
    pub const TITLE: &'static str = "Users";

    /// The page.
    pub fn new(layout: Layout, reader: &Reader<'_>, all: &Overview) -> Self {
        let cover = all.cover.filter(|_| all.people.counts.cover.is < 1).map(|dates| {
            let dates = [dates.first, dates.last].map(day_in_words);
            format!(
                "From {} to {}, one more user can stand in for somebody who is away.",
                dates[0], dates[1]
            )
        });
        Self {
            layout: within(layout, home(reader.kind)),
            organisation: reader.organisation.to_owned(),
            counts: counts(reader.kind, &all.people.counts),
            is_full: is_full(all.people.counts.users),
            table: Table::new(reader, all),
            term: all.review.as_ref().map(Term::new),
            cover,
        }
    }

    /// With news of what was done.
    #[must_use]
    pub fn news(mut self, words: Option<&'static str>) -> Self {
        self.layout.banner = words.map(NotificationBanner::success);
        self
    }

    fn create() -> Button {
        Button::link("Create a user", "/users/create")
    }

    fn stand_in() -> Button {
        Button::link("Create cover", "/users/cover").secondary()
    }
}

fn line(reader: &Reader<'_>, member: &Member) -> Line {
    Line {
        href: format!("{HERE}/{}", member.id),
        name: member.person.full_name(),
        is_self: member.user == reader.user,
        email: member.person.email.clone(),
        bounced: member.bounced,
        job: member.person.job.clone(),
        permissions: permissions(reader.kind, member),
        state: state(member, reader.now),
        used: used(member),
    }
}

/// Permissions in the words that people know.
fn permissions(kind: OrganisationKind, member: &Member) -> Vec<&'static str> {
    member.person.permissions.iter().map(|p| permission_name(kind, p)).collect()
}

/// What somebody is at present.
fn state(member: &Member, now: Timestamp) -> Tag {
    if member.shut_out {
        return Tag::new("Account suspended", Colour::Red);
    }
    match (member.state.as_str(), member.cover, member.used_at) {
        ("suspended", ..) => Tag::new("Suspended", Colour::Red),
        ("dormant", ..) => Tag::new("Suspended, not used", Colour::Grey),
        (_, Some((begins, _)), _) if now < begins => Tag::new("Cover, not begun", Colour::Purple),
        (_, Some((_, ends)), _) if ends <= now => Tag::new("Cover, ended", Colour::Grey),
        (_, Some(_), _) => Tag::new("Cover", Colour::Purple),
        (_, None, None) => Tag::new("Invited", Colour::Blue),
        (_, None, Some(_)) if member.warned_at.is_some() => {
            Tag::new("Not used for long", Colour::Yellow)
        }
        (_, None, Some(_)) => Tag::new("Active", Colour::Green),
    }
}

fn used(member: &Member) -> String {
    member.used_at.map_or_else(|| "Not yet".to_owned(), |at| day_in_words(day(at)))
}

fn is_full(count: Count) -> bool {
    count.most.is_some_and(|most| count.is >= most)
}

/// How many there are and may be, in sentences.
fn counts(kind: OrganisationKind, counts: &Counts) -> Vec<String> {
    let of = |count: Count| count.most.map(|most| format!("{} of {most}", count.is));
    let mut words = Vec::new();
    if is_limited(kind) {
        words.extend(of(counts.users).map(|of| format!("{of} users")));
        words.extend(of(counts.managers).map(|of| format!("{of} with account management")));
    }
    if kind == OrganisationKind::School {
        words.extend(of(counts.access).map(|of| format!("{of} with access arrangements")));
    }
    if counts.cover.is > 0 {
        words.push("and 1 who stands in for a while".to_owned());
    }
    words
}

/// What a limit says, and what to do.
pub const fn limit_words(limit: Limit) -> &'static str {
    match limit {
        Limit::Users => "Your school has all of its 7 users. Remove somebody first",
        Limit::Managers => {
            "Your school has all of its 3 account managers. Take the permission from one of them first"
        }
        Limit::Access => {
            "Your school has all of its 3 users with access arrangements. Take it from one of them first"
        }
        Limit::Cover => "Somebody stands in for your school already. Remove that user first",
        Limit::LastManager => {
            "Nobody else who has signed in looks after the users. Let somebody else do so first"
        }
        Limit::Duties => "This person would both load data and release it. Nobody may do both",
    }
}
