//! The page after signing in: what this account can do here, and what it cannot do yet.

use askama::Template;
use jiff::Timestamp;

use super::information::opening_times;
use super::within;
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::calendar::{ReleaseTimes, instant_in_words};
use crate::domain::rights::Action;
use crate::service::results::Actor;
use crate::web::components::{Button, SummaryList};
use crate::web::layout::Layout;

/// What results are to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sight {
    /// They are open since then.
    Open(String),
    /// They open then.
    Opens(String),
    /// No day is set.
    NoDay,
    /// Their organisation has results; this account does not open them.
    NotThis,
    /// Their organisation has none.
    None,
}

/// A page for staff that an account opens.
#[derive(Clone, Copy, Debug)]
struct Place {
    href: &'static str,
    words: &'static str,
    what: &'static str,
}

/// Something that an account is for and that has no pages yet.
#[derive(Clone, Copy, Debug)]
struct Later {
    what: &'static str,
    meanwhile: &'static str,
}

/// The welcome page.
#[derive(Debug, Template)]
#[template(path = "welcome.html")]
pub struct Welcome {
    layout: Layout,
    name: String,
    organisation: String,
    sight: Sight,
    is_group: bool,
    manages_accounts: bool,
    places: Vec<Place>,
    later: Vec<Later>,
    times: Option<SummaryList>,
}

impl Welcome {
    /// The page for an actor at an instant.
    pub fn new(layout: Layout, actor: &Actor, times: Option<ReleaseTimes>, now: Timestamp) -> Self {
        let kind = actor.organisation.kind;
        Self {
            layout: within(layout, "/"),
            name: actor.user.full_name.clone(),
            organisation: actor.organisation.name.clone(),
            sight: sight(actor, times, now),
            is_group: matches!(kind, OrganisationKind::Authority | OrganisationKind::Trust),
            manages_accounts: actor.permissions.has(Permission::AccountManager),
            places: places(actor),
            later: later(actor),
            times: times.map(|times| opening_times(|audience| times.of(audience))),
        }
    }

    fn results_button(&self) -> Button {
        let words = if self.is_group { "Results of your schools" } else { "Your results" };
        Button::start(words, "/results")
    }
}

fn sight(actor: &Actor, times: Option<ReleaseTimes>, now: Timestamp) -> Sight {
    let Some(audience) = actor.audience() else {
        let has_results = actor.organisation.kind.audience().is_some();
        return if has_results { Sight::NotThis } else { Sight::None };
    };
    match times.map(|times| times.of(audience)) {
        None => Sight::NoDay,
        Some(opens) if now < opens => Sight::Opens(instant_in_words(opens)),
        Some(opens) => Sight::Open(instant_in_words(opens)),
    }
}

/// Pages for staff, each with what opens it.
const PLACES: [(Action, Place); 5] = [
    (
        Action::Queue,
        Place {
            href: "/staff/queue",
            words: "Waiting room",
            what: "See how many wait. Pause, change the rate, find a caller.",
        },
    ),
    (
        Action::Releases,
        Place {
            href: "/staff/releases",
            words: "Releases",
            what: "Publish results together with another release officer, and hold them back.",
        },
    ),
    (
        Action::Reconciliation,
        Place {
            href: "/staff/reconciliation",
            words: "Reconciliation",
            what: "What was expected of each school, what came, and what is missing.",
        },
    ),
    (
        Action::Accounts,
        Place {
            href: "/staff/users",
            words: "Accounts",
            what: "Find any account by its email address, and let its owner in again.",
        },
    ),
    (
        Action::Accesses,
        Place {
            href: "/organisation/accesses",
            words: "Who signed in",
            what: "Sign-ins for the testing agency, and what was opened.",
        },
    ),
];

/// The pages for staff that the account opens.
fn places(actor: &Actor) -> Vec<Place> {
    let is_staff =
        matches!(actor.organisation.kind, OrganisationKind::Staff | OrganisationKind::Agency);
    let open = PLACES.into_iter().filter(|(action, _)| is_staff && actor.may(*action));
    open.map(|(_, place)| place).collect()
}

/// What the account is for beside results, by permission and organisation.
fn later(actor: &Actor) -> Vec<Later> {
    let may = |permission| actor.permissions.has(permission);
    let works_on_cases = [
        Permission::Caseworker,
        Permission::SeniorCaseworker,
        Permission::StaManager,
        Permission::Content,
        Permission::Systems,
    ];
    let staff = works_on_cases.into_iter().any(may);
    let trains = actor.organisation.kind == OrganisationKind::Provider;
    let lines = [
        (
            may(Permission::AccessArrangements),
            "Access arrangements and special consideration",
            "Apply in the way that this year's assessment guidance describes.",
        ),
        (
            trains,
            "Records of trainee teachers",
            "Keep your own records, and send returns the way you do now.",
        ),
        (
            may(Permission::Marker),
            "Training materials for markers",
            "Ask your marking agency, which sends them until then.",
        ),
        (
            staff,
            "Cases, reports, content and forms",
            "Work on them in the way that your team has agreed.",
        ),
    ];
    let applying = lines.into_iter().filter(|(applies, _, _)| *applies);
    applying.map(|(_, what, meanwhile)| Later { what, meanwhile }).collect()
}
