//! Each page in each state that people meet.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use super::fixture::{Morning, SCHOOL, actor, at, frame, planned, served, times, trust};
use super::pupils::{pupil, traced, without};
use crate::clock::Clock;
use crate::delivery::{PupilLine, ScriptState};
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::calendar::Audience;
use crate::domain::papers::{Paper, Subject};
use crate::domain::release::PlannedRelease;
use crate::node::peers::Crowd;
use crate::service::mailbox::{Piece, Stored};
use crate::web::layout::Layout;
use crate::web::pages::account::SignIn;
use crate::web::pages::information::{Accessibility, Cookies, Help, Live, Start, Status, Welcome};
use crate::web::pages::mailbox;
use crate::web::pages::results::{
    Calculator, Countdown, NotHere, Results, Schools, Scripts, SubjectMarks,
};
use crate::web::pages::scripts::Promised;
use crate::web::pages::signed_in;

type State = (&'static str, String);

/// All of them, by name.
pub(super) fn states() -> Vec<State> {
    static STATES: OnceLock<Vec<State>> = OnceLock::new();
    let all = || {
        let pages = [
            sign_in(),
            information(),
            mailbox(),
            welcomes(),
            instead(),
            schools(),
            results(),
            fixed(),
        ];
        [
            pages.concat(),
            super::waiting::queue(),
            super::waiting::reconciliation(),
            super::organisation::states(),
            super::forms::states(),
            super::users::states(),
            super::getting_in::states(),
            super::factors::states(),
            super::factors::links(),
            super::staff::states(),
            super::view_as::states(),
        ]
        .concat()
    };
    STATES.get_or_init(all).clone()
}

fn sign_in() -> Vec<State> {
    let form = || SignIn::new("token".to_owned(), "/results");
    let typed = || form().username("amina\"<b>@example.org");
    vec![
        ("sign-in", form().to_string()),
        ("sign-in-incomplete", typed().incomplete().to_string()),
        ("sign-in-refused", typed().refused().to_string()),
    ]
}

fn mailbox() -> Vec<State> {
    let email = || Stored {
        id: "20240709T063000Z-1".to_owned(),
        to: "amina@example.org".to_owned(),
        subject: "Results were corrected: <Khan> & sons".to_owned(),
        date: "Tue, 9 Jul 2024 06:30:00 +0000".to_owned(),
        body: String::new(),
    };
    let layout = || Layout::titled("Mailbox of this demo");
    let lines = vec![
        vec![Piece::Text("Dear <Khan>,".to_owned())],
        vec![Piece::Text("See ".to_owned()), Piece::Link("/help".to_owned())],
    ];
    vec![
        ("mailbox-empty", mailbox::List { layout: layout(), emails: Vec::new() }.to_string()),
        ("mailbox", mailbox::List { layout: layout(), emails: vec![email()] }.to_string()),
        ("mailbox-email", mailbox::One::new(layout(), email(), lines).to_string()),
    ]
}

fn information() -> Vec<State> {
    let page = |title| Layout::titled(title);
    let status = |release: Option<&PlannedRelease>, schools, now| {
        let layout = page("How the service is running");
        let crowd = Crowd { waiting: schools / 20, let_in: schools / 10 };
        Status::new(layout, release, Live { served: served(schools), crowd }, at(now)).to_string()
    };
    let release = planned([0; 32]);
    let mut held = release.clone();
    held.holds.all = true;
    let mut built = release.clone();
    built.times = None;
    let (before, after) = ("2024-07-08T12:00:00Z", "2024-07-09T06:41:00Z");
    vec![
        ("start", Start::new(page("Primary assessment")).to_string()),
        ("help", Help { layout: page("Help"), desk: None }.to_string()),
        ("cookies", Cookies { layout: page("Cookies") }.to_string()),
        (
            "accessibility",
            Accessibility { layout: page("Accessibility of this service") }.to_string(),
        ),
        ("status-none", status(None, 0, before)),
        ("status-built", status(Some(&built), 0, before)),
        ("status-before", status(Some(&release), 0, before)),
        ("status-open", status(Some(&release), 16_204, after)),
        ("status-open-one", status(Some(&release), 1, after)),
        ("status-held", status(Some(&held), 3, after)),
        ("status-open-stale", status(Some(&release), 16_204, "2024-07-09T06:52:00Z")),
    ]
}

fn welcomes() -> Vec<State> {
    use OrganisationKind::{Agency, Provider, School, Staff, Trust};
    use Permission::{
        AccessArrangements, AccountManager, Auditor, Caseworker, Marker, QueueOperator,
        ReleaseOfficer, User, Viewer,
    };
    let page = |kind, permissions: &[Permission], opens, now| {
        let actor = actor(kind, permissions);
        let layout = signed_in(&actor, "token".to_owned(), "Welcome");
        let welcome = Welcome::new(layout, &actor, opens, at(now));
        welcome.announced(&super::welcome::announced(), &actor, at(now)).to_string()
    };
    let (before, after) = ("2024-07-08T12:00:00Z", "2024-07-09T06:41:00Z");
    let times = Some(times());
    vec![
        ("welcome-before", page(School, &[User], times, before)),
        ("welcome-open", page(School, &[User, AccountManager, AccessArrangements], times, after)),
        ("welcome-no-day", page(Trust, &[User], None, before)),
        ("welcome-manager", page(School, &[AccountManager], times, after)),
        ("welcome-access", page(School, &[AccessArrangements], times, after)),
        ("welcome-provider", page(Provider, &[Viewer], times, after)),
        ("welcome-marker", page(Agency, &[Marker], times, after)),
        ("welcome-staff", page(Staff, &[Auditor], None, after)),
        ("welcome-roles", page(Staff, &[Caseworker, ReleaseOfficer, QueueOperator], None, after)),
        ("welcome-january", page(School, &[User], None, "2024-01-10T12:00:00Z")),
        ("welcome-january-manager", page(School, &[AccountManager], None, "2024-01-10T12:00:00Z")),
        (
            "welcome-test-week",
            page(School, &[User, AccessArrangements], None, "2024-05-13T12:00:00Z"),
        ),
        ("welcome-over", page(School, &[User], times, "2024-08-20T12:00:00Z")),
        ("welcome-untold", super::welcome::untold()),
    ]
}

fn instead() -> Vec<State> {
    let clock = Clock::manual(at("2024-07-09T06:21:30.250Z"));
    let layout = frame("Your results are not open yet");
    vec![
        (
            "countdown",
            Countdown::new(layout.clone(), at("2024-07-09T06:30:00Z"), &clock).to_string(),
        ),
        (
            "countdown-password",
            Countdown::new(layout, at("2024-07-09T06:30:00Z"), &clock).password_ends().to_string(),
        ),
        ("no-permission", NotHere::no_permission(frame("Results")).to_string()),
        ("no-results", NotHere::no_results(frame("Results")).to_string()),
        ("no-release", NotHere::no_release(frame("Results")).to_string()),
        ("held", NotHere::held(frame("Results")).to_string()),
    ]
}

fn schools() -> Vec<State> {
    let page = |count, held: &[u32], search: &str| {
        let (list, pack, opened) = trust(count);
        let held: BTreeSet<u32> = held.iter().copied().collect();
        let layout = frame("Results of your schools");
        Schools::new(layout, list, &pack, &held, search, &opened).to_string()
    };
    vec![
        ("schools", page(14, &[], "")),
        ("schools-held", page(5, &[SCHOOL, SCHOOL + 2], "")),
        ("schools-search", page(14, &[], "wallop")),
        ("schools-nothing-found", page(14, &[], "\"<b>nowhere\"")),
        ("schools-none", page(0, &[], "")),
        ("schools-480", page(480, &[], "")),
    ]
}

/// What is said when something went wrong.
fn fixed() -> Vec<State> {
    use crate::web::static_pages as pages;
    let text = |(_, page): (_, &crate::web::static_pages::Page)| {
        String::from_utf8(page.html.to_vec()).unwrap()
    };
    vec![
        ("fixed-bad-request", text(pages::bad_request())),
        ("fixed-forbidden", text(pages::forbidden())),
        ("fixed-not-found", text(pages::not_found())),
        ("fixed-not-allowed", text(pages::not_allowed())),
        ("fixed-too-large", text(pages::too_large())),
        ("fixed-too-often", text(pages::too_often())),
        ("fixed-failed", text(pages::failed())),
        ("fixed-busy", text(pages::busy())),
        ("fixed-results-first", text(pages::results_first())),
        ("fixed-share-taken", text(pages::share_taken())),
        ("fixed-store-away", text(pages::store_away())),
    ]
}

/// Forty-one pupils with something of everything.
fn mixed() -> Vec<PupilLine> {
    let mut pupils: Vec<_> = (0..41).map(pupil).collect();
    pupils[1].scripts[Paper::Reading.index()] = ScriptState::Traced;
    pupils[2] = traced(pupils[2].clone(), Paper::Maths2);
    for (place, code) in ["A", "B", "U", "J", "L", "H", ""].into_iter().enumerate() {
        pupils[5 + place] = without(pupils[5 + place].clone(), Subject::ALL[place % 3], code);
    }
    pupils
}

fn lost(count: usize) -> Vec<PupilLine> {
    let all = |n| Paper::ALL.into_iter().fold(pupil(n), traced);
    (0..count).map(all).collect()
}

fn results() -> Vec<State> {
    let school = Morning::school(mixed());
    let full = Morning::school((0..150).map(pupil).collect());
    let empty = Morning::school(Vec::new());
    let missing = Morning::school(lost(30));
    let bare = Morning::without_scripts(vec![pupil(0)]);
    let scripts =
        |morning: &Morning| Scripts::new(frame("Scripts"), &morning.released(), None).to_string();
    let busy = Some(Duration::from_secs(200));
    let busy = Scripts::new(frame("Scripts"), &school.released(), busy).to_string();
    let mut states = vec![
        ("results", overview(&school, Audience::School)),
        ("results-trust", overview(&school, Audience::Trust)),
        ("results-150", overview(&full, Audience::School)),
        ("results-none", overview(&empty, Audience::School)),
        ("results-all-missing", overview(&missing, Audience::School)),
        ("results-no-scripts", overview(&bare, Audience::School)),
        ("scripts", scripts(&school)),
        ("scripts-busy", busy),
        ("scripts-later", later()),
        ("scripts-150", scripts(&full)),
        ("scripts-none", scripts(&empty)),
        ("scripts-all-missing", scripts(&missing)),
        ("scripts-not-delivered", scripts(&bare)),
    ];
    states.extend(small());
    states.extend(corrected());
    states.extend(marks(&school, &empty));
    states.extend(calculators(&school));
    states
}

/// A colleague is downloading all scripts.
fn later() -> String {
    let base = format!("/results/{SCHOOL}");
    Promised::new(frame(Promised::TITLE), base, 221, at("2024-07-09T06:34:10Z")).to_string()
}

fn overview(morning: &Morning, audience: Audience) -> String {
    let layout = frame("Key stage 2 results");
    Results::new(layout, &morning.released(), morning.right(audience)).to_string()
}

fn small() -> Vec<State> {
    let one = Morning::school(vec![pupil(0)]);
    let secondary = Morning::secondary(mixed());
    let mut cut = Morning::secondary((0..3).map(pupil).collect());
    cut.held.insert(SCHOOL);
    vec![
        ("results-one", overview(&one, Audience::School)),
        ("results-secondary", overview(&secondary, Audience::Secondary)),
        ("results-secondary-cut", overview(&cut, Audience::Secondary)),
    ]
}

/// Two corrections: a mark after a review, then a script that was found.
fn corrected() -> Vec<State> {
    let now = mixed();
    let mut before = now.clone();
    before[3] = traced(before[3].clone(), Paper::Maths3);
    let mut first = before.clone();
    first[6].marks[Paper::Reading.index()] = Some(21);
    first[6].results[1].raw = Some(21);
    first[6].results[1].scaled = Some(97);
    first[6].results[1].outcome = "NS".to_owned();
    let school = Morning::school(now).corrected([&first, &before]);
    vec![
        ("results-corrected", overview(&school, Audience::School)),
        ("results-corrected-trust", overview(&school, Audience::Trust)),
    ]
}

fn marks(school: &Morning, empty: &Morning) -> Vec<State> {
    let page = |morning: &Morning, subject: Subject| {
        let layout = frame("Marks by paper");
        SubjectMarks::new(layout, &morning.released(), subject as usize).to_string()
    };
    vec![
        ("marks-gps", page(school, Subject::Gps)),
        ("marks-reading", page(school, Subject::Reading)),
        ("marks-maths", page(school, Subject::Maths)),
        ("marks-none", page(empty, Subject::Maths)),
    ]
}

fn calculators(school: &Morning) -> Vec<State> {
    let page = |subject: &str, raw: &str| {
        let layout = frame("Raw mark to scaled score");
        Calculator::new(layout, &school.opened, subject, raw).to_string()
    };
    vec![
        ("calculator", page("", "")),
        ("calculator-answer", page("gps", "35")),
        ("calculator-too-low", page("reading", "2")),
        ("calculator-errors", page("", "<b>")),
        ("calculator-too-high", page("maths", "111")),
    ]
}
