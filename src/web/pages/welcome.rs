//! The page after signing in: what this account can do here, what it cannot do yet, and what the season brings.

use askama::Template;
use jiff::{SignedDuration, Timestamp};

use super::information::{help_desk, opening_times};
use super::within;
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::announced::{Activity, Announced, When};
use crate::domain::calendar::{ReleaseTimes, day, day_in_words, instant_in_words};
use crate::domain::rights::Action;
use crate::domain::users::managing;
use crate::service::results::Actor;
use crate::web::components::{Button, SummaryList, SummaryRow};
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
    manages_users: bool,
    later: Vec<Later>,
    times: Option<SummaryList>,
    told: Told,
}

/// What the year's configuration tells this account.
#[derive(Debug, Default)]
struct Told {
    check_accounts: bool,
    notices: Vec<(String, String)>,
    open: Option<SummaryList>,
    coming: Option<SummaryList>,
    /// Whether there were activities, all of them over.
    are_over: bool,
    documents: Vec<(String, String)>,
    help: Option<SummaryList>,
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
            manages_users: actor.may(Action::Users),
            later: later(actor),
            told: Told::default(),
            times: times.map(|times| opening_times(|audience| times.of(audience))),
        }
    }

    /// With what the year's configuration tells the actor at an instant.
    #[must_use]
    pub fn announced(self, announced: &Announced, actor: &Actor, now: Timestamp) -> Self {
        Self { told: told(announced, actor, now), ..self }
    }

    fn results_button(&self) -> Button {
        let words = if self.is_group { "Results of your schools" } else { "Your results" };
        Button::start(words, "/results")
    }
}

fn told(announced: &Announced, actor: &Actor, now: Timestamp) -> Told {
    let (who, today) = ((actor.organisation.kind, actor.permissions), day(now));
    let agenda = announced.agenda(who, now);
    let list = |activities: &[&Activity]| {
        let row =
            |activity: &&Activity| SummaryRow::new(activity.name.clone(), when(activity.when));
        let rows: Vec<_> = activities.iter().map(row).collect();
        (!rows.is_empty()).then(|| SummaryList { rows, ..SummaryList::default() })
    };
    Told {
        // Accounts are looked after where there is somebody who does.
        check_accounts: announced.asks_to_check(today) && managing(who.0).is_some(),
        notices: announced
            .notices(who, today)
            .map(|notice| (notice.title.clone(), notice.text.clone()))
            .collect(),
        open: list(&agenda.open),
        coming: list(&agenda.coming),
        are_over: agenda.over > 0 && agenda.open.is_empty() && agenda.coming.is_empty(),
        documents: announced.documents(who).map(|d| (d.name.clone(), d.href.clone())).collect(),
        help: announced.help.as_ref().map(help_desk),
    }
}

/// When an activity is.
fn when(when: When) -> String {
    match when {
        When::On(on) => day_in_words(on),
        When::From(opens) => format!("From {}", opening(opens)),
        When::Window(opens, closes) => {
            format!("From {} until {}", opening(opens), instant_in_words(closes))
        }
    }
}

/// What opens with a day is told by the day alone.
fn opening(opens: Timestamp) -> String {
    let begins_a_day = day(opens - SignedDuration::from_nanos(1)) != day(opens);
    if begins_a_day { day_in_words(day(opens)) } else { instant_in_words(opens) }
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
const PLACES: [(Action, Place); 6] = [
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
        Action::ViewAs,
        Place {
            href: "/staff/view-as",
            words: "See what a caller sees",
            what: "Look at the portal as the users of an organisation see it, changing nothing.",
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
