//! One account, as the helpline and security administrators see it.

use std::time::Duration;

use askama::Template;

use super::{Problems, accounts, reason_input};
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::calendar::{day, day_in_words, instant_in_words};
use crate::domain::users::permission_name;
use crate::domain::wording::dfe_number;
use crate::service::accounts::{Account, Membership};
use crate::service::waiting::minutes;
use crate::web::components::{
    Button, Card, Colour, Content, Html, Input, NotificationBanner, SummaryList, SummaryRow, Tag,
};
use crate::web::layout::Layout;
use crate::web::pages::within;

/// What is known of an account.
#[derive(Clone, Debug)]
pub struct Known {
    /// As the database keeps it.
    pub account: Account,
    /// How long this server turns its owner away for wrong passwords.
    pub held_up: Option<Duration>,
    /// Whether they have a second factor.
    pub has_factor: bool,
}

/// Who looks.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// Row id of the user.
    pub user: i64,
    /// Their email address.
    pub username: &'a str,
    /// Whether they are a security administrator.
    pub is_admin: bool,
    /// Row id of the organisation of staff.
    pub organisation: i64,
}

/// What may be done about a second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reset {
    /// There is none.
    Nothing,
    /// It is the reader's own.
    Own,
    /// It may be proposed.
    Propose,
    /// The reader has proposed it.
    Proposed(String),
    /// Somebody else has: the reader may do it.
    Approve(String),
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "staff-account.html")]
pub struct AccountPage {
    layout: Layout,
    known: Known,
    here: String,
    reset: Reset,
    /// The page where roles are changed, of a member of staff.
    roles: Option<String>,
    is_admin: bool,
    typed: [String; 2],
    problems: Problems,
}

impl AccountPage {
    /// Title of the page.
    pub const TITLE: &'static str = "Account";

    /// The page.
    pub fn new(layout: Layout, known: Known, reader: &Reader<'_>) -> Self {
        let own = |m: &&Membership| m.organisation == reader.organisation;
        let membership = known.account.memberships.iter().find(own);
        let roles = membership.filter(|_| reader.is_admin).map(|m| format!("/users/{}", m.id));
        Self {
            layout: within(layout, accounts::HERE).back(accounts::HERE),
            here: format!("{}/{}", accounts::HERE, known.account.id),
            reset: reset(&known, reader),
            roles,
            is_admin: reader.is_admin,
            known,
            typed: <_>::default(),
            problems: Problems::default(),
        }
    }

    /// With news of what was done.
    #[must_use]
    pub fn news(mut self, words: Option<&'static str>) -> Self {
        self.layout.banner = words.map(NotificationBanner::success);
        self
    }

    /// With the reasons that were typed, for letting in and for the second factor, and what is wrong.
    #[must_use]
    pub fn refused(mut self, typed: [&str; 2], problems: Problems) -> Self {
        self.layout = self.layout.errors(problems.summary());
        Self { typed: typed.map(str::to_owned), problems, ..self }
    }

    fn state(&self) -> Tag {
        let Known { account, held_up, .. } = &self.known;
        match (account.state.as_str(), held_up, account.is_set_up) {
            ("removed", ..) => Tag::new("Removed", Colour::Grey),
            ("suspended", ..) => Tag::new("Suspended", Colour::Red),
            (_, Some(_), _) => Tag::new("Locked", Colour::Yellow),
            (_, None, false) => Tag::new("Invited", Colour::Blue),
            (_, None, true) => Tag::new("Active", Colour::Green),
        }
    }

    /// What the state means, and what to do.
    fn meaning(&self) -> String {
        let Known { account, held_up, .. } = &self.known;
        match (account.state.as_str(), held_up, account.is_set_up) {
            ("removed", ..) => {
                "This account belongs nowhere any more. Whoever looks after the users can create it again.".to_owned()
            }
            ("suspended", ..) => "Its owner cannot sign in until somebody lets them in again.".to_owned(),
            (_, Some(left), _) => format!(
                "Too many wrong passwords were typed. This server takes the next one in {}.",
                minutes(left.as_secs_f64())
            ),
            (_, None, false) => {
                "Its owner has not set up the account. Whoever looks after the users can invite them again.".to_owned()
            }
            (_, None, true) => {
                "Its owner can sign in here. If they are told to wait, another server has counted wrong passwords: let them in again below.".to_owned()
            }
        }
    }

    /// Whether there is something to let them in from: wrong passwords may have been counted by another server.
    fn may_be_locked(&self) -> bool {
        let account = &self.known.account;
        account.state == "suspended" || (account.state == "active" && account.is_set_up)
    }

    fn summary(&self) -> SummaryList {
        let account = &self.known.account;
        let row = |key: &'static str, value: String| SummaryRow::new(key, value);
        let tag: Content = Html::trusted(self.state().to_string()).into();
        let signed_in = account.memberships.iter().filter_map(|m| m.used_at).max();
        let mut rows = vec![
            row("Name", account.full_name.clone()),
            row("Email address", account.username.clone()),
            SummaryRow::new("State", tag),
            row("Last sign-in", signed_in.map_or("Not yet".to_owned(), instant_in_words)),
            row("Second factor", if self.known.has_factor { "Set up" } else { "None" }.to_owned()),
        ];
        let bounced = account.bounced_at;
        rows.extend(bounced.map(|at| row("Emails come back since", day_in_words(day(at)))));
        SummaryList { rows, ..SummaryList::default() }
    }

    fn organisations(&self) -> Vec<SummaryList> {
        self.known.account.memberships.iter().map(organisation).collect()
    }

    fn unlock_reason(&self) -> Input {
        reason_input("unlock_reason", &self.typed[0], &self.problems)
    }

    fn reset_reason(&self) -> Input {
        reason_input("reset_reason", &self.typed[1], &self.problems)
    }

    fn unlock() -> Button {
        Button::submit("Let this person in again")
    }

    fn propose() -> Button {
        Button::submit("Propose to remove the second factor").secondary()
    }

    fn approve() -> Button {
        Button::submit("Remove the second factor").warning()
    }
}

fn reset(known: &Known, reader: &Reader<'_>) -> Reset {
    let account = &known.account;
    match &account.reset {
        _ if account.id == reader.user => Reset::Own,
        Some((by, at)) if by == reader.username => Reset::Proposed(instant_in_words(*at)),
        Some((by, at)) => Reset::Approve(format!("{by} at {}", instant_in_words(*at))),
        None if known.has_factor && account.state == "active" => Reset::Propose,
        None => Reset::Nothing,
    }
}

fn organisation(membership: &Membership) -> SummaryList {
    let kind = membership.kind.parse::<OrganisationKind>().ok();
    let word = |word: &String| match (kind, word.parse::<Permission>()) {
        (Some(kind), Ok(permission)) => permission_name(kind, permission).to_owned(),
        _ => word.clone(),
    };
    let permissions: Vec<String> = membership.permissions.iter().map(word).collect();
    let state = match membership.state.as_str() {
        "suspended" => "Suspended by this organisation",
        "dormant" => "Suspended, not used",
        _ => "May act for it",
    };
    let used = membership.used_at.map_or("Not yet".to_owned(), instant_in_words);
    let number = membership.laestab.map(|n| SummaryRow::new("DfE number", dfe_number(n)));
    let mut rows: Vec<SummaryRow> = number.into_iter().collect();
    rows.extend([
        SummaryRow::new("Permissions", permissions.join(", ")),
        SummaryRow::new("State", state),
        SummaryRow::new("Last sign-in", used),
    ]);
    let mut card = Card::titled(membership.name.clone());
    card.title.heading_level = Some(3);
    SummaryList { rows, card: Some(card), ..SummaryList::default() }
}
