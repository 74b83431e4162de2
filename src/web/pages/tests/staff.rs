//! The states of the pages for staff.

use std::time::Duration;

use serde_json::json;

use super::fixture::{actor, at, times};
use super::users::{overview_of_staff, term_of_staff};
use crate::admission::Rate;
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::calendar::Audience;
use crate::service::accounts::{Account, Membership};
use crate::service::morning::{Act, Minute, Morning, Told, Waits};
use crate::service::queue_control::{ActRow, RoomRow, outlook};
use crate::service::release_control::corrections::CorrectionRow;
use crate::service::release_control::{HoldRow, ReleaseRow};
use crate::service::waiting::{Figures, Found};
use crate::web::layout::Layout;
use crate::web::pages::signed_in;
use crate::web::pages::staff::Problems;
use crate::web::pages::staff::account::{AccountPage, Known as KnownAccount, Reader};
use crate::web::pages::staff::accounts::Accounts;
use crate::web::pages::staff::queue::{Asked, Look, Queue, Typed};
use crate::web::pages::staff::queue_report::QueueReport;
use crate::web::pages::staff::release::{Known, Release, Typed as TypedRelease};
use crate::web::pages::staff::releases::Releases;

type State = (&'static str, String);

const NOW: &str = "2024-07-09T06:41:07Z";
const FIRST: &str = "first@agency.example";
const SECOND: &str = "second@agency.example";

pub(super) fn states() -> Vec<State> {
    [queues(), reports(), releases(), accounts()].concat()
}

fn frame(title: &'static str) -> Layout {
    use Permission::{Helpline, QueueOperator, ReleaseOfficer, SecurityAdmin};
    let roles = [QueueOperator, ReleaseOfficer, Helpline, SecurityAdmin];
    signed_in(&actor(OrganisationKind::Staff, &roles), "token".to_owned(), title)
}

fn look(mode: &str, acts: Vec<ActRow>) -> Look {
    let figures = Figures {
        mode: mode.to_owned(),
        waiting: 16_204,
        admitted: 3_210,
        ceiling: 40.0,
        rate: 38.5,
        capacity: 24.0,
        permits: 2,
        eta_seconds: 421.0,
    };
    let message = Some("The marks of <one> school are being checked.".to_owned());
    let room =
        RoomRow { version: 3, mode: mode.to_owned(), rate: Some(40.0), message, admitted: 20 };
    let node = "node-1".to_owned();
    let nodes = "node-1, node-2".to_owned();
    Look { figures, room: Some(room), acts, node, nodes, now: at(NOW) }
}

fn act(id: i64, actor: &str, is_proposed: bool) -> ActRow {
    let what = "queue.rate: 40 a second (the <database> is slow)".to_owned();
    ActRow { id, what, actor: actor.to_owned(), at: at(NOW), is_proposed }
}

fn queues() -> Vec<State> {
    let page = |mode, acts| Queue::new(frame(Queue::TITLE), look(mode, acts), FIRST);
    let acts = || vec![act(7, FIRST, false), act(8, SECOND, true), act(9, SECOND, false)];
    let found = Found {
        state: "waits".to_owned(),
        position: Some(311),
        eta_low_seconds: Some(60.0),
        eta_seconds: Some(130.0),
        asks_in_seconds: Some(4.0),
        ..Found::default()
    };
    let found = Asked { typed: "QF7-3KD".to_owned(), answer: Some(found) };
    let rate = Rate::new(100.0).expect("a rate that can be set");
    let what_if = Asked { typed: "100".to_owned(), answer: Some(outlook(rate, 16_204, 24.0)) };
    let typed = Typed { act: "rate".into(), rate: "<b>".into(), ..Typed::default() };
    let mut problems = Problems::of("rate", "Enter the rate as a number, for example 12.5");
    problems.add("reason", "Enter a reason");
    let news = Some("Proposed as act 8. Another queue operator does it within half an hour".into());
    vec![
        ("staff-queue", page("open", Vec::new()).to_string()),
        ("staff-queue-acts", page("paused", acts()).news(news).to_string()),
        ("staff-queue-closed", page("closed", Vec::new()).asked(found, what_if).to_string()),
        ("staff-queue-refused", page("open", acts()).typed(typed).refused(problems).to_string()),
    ]
}

fn reports() -> Vec<State> {
    let minute = |n: i64| Minute {
        at: at(NOW) + jiff::SignedDuration::from_mins(n),
        signed_in: 40 * n,
        refused: n,
    };
    let acts = vec![Act {
        at: at(NOW),
        what: "queue.pause: paused (a <slow> database)".to_owned(),
        actor: FIRST.to_owned(),
        approved_by: None,
    }];
    let waits =
        Waits { known: 900, waited: 700, late: 3, seconds: Some([40.0, 90.0, 140.0, 301.0]) };
    let minutes = (0..70).map(minute).collect();
    let served = (0..9_000).map(|n| at(NOW) + jiff::SignedDuration::from_secs(n)).collect();
    let morning = Morning { waits, minutes, served, acts };
    let told = Told { release: "2024-0".into(), opened: at(NOW), expected: 16_800, morning };
    let quiet = Told { morning: Morning::default(), release: "2024-0".into(), ..told_of_nothing() };
    let page = |told| QueueReport::new(frame(QueueReport::TITLE), told).to_string();
    vec![
        ("staff-queue-report", page(Some(told))),
        ("staff-queue-report-quiet", page(Some(quiet))),
        ("staff-queue-report-none", page(None)),
    ]
}

fn told_of_nothing() -> Told {
    let release = String::new();
    Told { release, opened: at(NOW), expected: 10, morning: Morning::default() }
}

fn release(stage: &str, proposed_by: Option<&str>) -> ReleaseRow {
    ReleaseRow {
        id: "2024-1f3a9c20".to_owned(),
        year: 2024,
        stage: stage.to_owned(),
        manifest_digest: None,
        loaded_by: "data.operator@agency.example".to_owned(),
        proposed_by: proposed_by.map(str::to_owned),
        approved_by: (stage == "approved").then(|| SECOND.to_owned()),
        times: proposed_by.map(|_| times()),
        report: Some(json!({"schools": 16_800, "pupils": 690_120, "scripts": 4_100_000,
            "missing_scripts": [{}, {}], "problems": [{}], "refused": ["8882045"]})),
        built_at: Some(at("2024-07-08T18:00:00Z")),
    }
}

fn hold(school: Option<u32>) -> (HoldRow, Option<String>) {
    let hold = HoldRow {
        release: "2024-1f3a9c20".to_owned(),
        school,
        placed_by: FIRST.to_owned(),
        placed_at: at(NOW),
        reason: school.map(|_| "A mark is <being> checked".to_owned()),
    };
    (hold, school.map(|_| "St Mary's <Primary>".to_owned()))
}

fn correction(revision: u32, stage: &str) -> CorrectionRow {
    CorrectionRow {
        revision,
        base_revision: revision - 1,
        stage: stage.to_owned(),
        reason: "A script of <one> pupil was found".to_owned(),
        manifest_digest: None,
        report: None,
        loaded_by: "data.operator@agency.example".to_owned(),
        proposed_by: (stage == "proposed").then(|| SECOND.to_owned()),
        approved: None,
    }
}

fn releases() -> Vec<State> {
    let known = |release, holds, corrections| Known {
        release,
        corrections,
        holds,
        nodes: vec![("node-1".into(), "Ready, with revision 1".into())],
        planned: Some(times().of(Audience::School)),
    };
    let page = |known| Release::new(frame(Release::TITLE), known, FIRST);
    let built = || known(release("built", None), Vec::new(), Vec::new());
    let proposed = known(release("proposed", Some(SECOND)), Vec::new(), Vec::new());
    let own = known(release("proposed", Some(FIRST)), Vec::new(), Vec::new());
    let corrections = vec![correction(2, "built"), correction(3, "proposed")];
    let approved = release("approved", Some(FIRST));
    let approved = known(approved, vec![hold(None), hold(Some(8_882_045))], corrections);
    let typed = TypedRelease { time: "<b>".into(), part: "school".into(), ..Default::default() };
    let mut problems = Problems::of("time", "Enter the time at which it opens, for example 07:30");
    problems.add("left_out", "Select that the schools which were refused are left out");
    problems.add("school", "Enter the DfE number of a school, for example 888/2045");
    let rows = [release("built", None), release("approved", Some(FIRST))];
    let list = |rows: &[ReleaseRow], holds: &[HoldRow]| {
        Releases::new(frame(Releases::TITLE), rows, holds).to_string()
    };
    vec![
        ("staff-releases", list(&rows, &[hold(Some(8_882_045)).0])),
        ("staff-releases-none", list(&[], &[])),
        ("staff-release-built", page(built()).to_string()),
        ("staff-release-refused", page(built()).refused(typed, problems).to_string()),
        ("staff-release-proposed", page(proposed).news(Some("Approved")).to_string()),
        ("staff-release-own", page(own).to_string()),
        ("staff-release-approved", page(approved).to_string()),
    ]
}

fn account(state: &str, reset: Option<&str>) -> KnownAccount {
    let membership = |id, name: &str, kind: &str, state: &str| Membership {
        id,
        organisation: id,
        name: name.to_owned(),
        kind: kind.to_owned(),
        laestab: (kind == "school").then_some(8_882_045),
        permissions: vec!["user".to_owned(), "auditor".to_owned()],
        state: state.to_owned(),
        used_at: Some(at(NOW)),
    };
    let memberships = vec![
        membership(1, "St Mary's <Primary>", "school", "dormant"),
        membership(2, "Standards and Testing Agency", "staff", "active"),
    ];
    let account = Account {
        id: 9,
        username: "amina@school.example".to_owned(),
        full_name: "Amina <Khan> & Sons".to_owned(),
        state: state.to_owned(),
        is_set_up: state != "invited",
        bounced_at: Some(at(NOW)),
        memberships,
        reset: reset.map(|by| (by.to_owned(), at(NOW))),
    };
    KnownAccount { account, held_up: None, has_factor: true }
}

fn accounts() -> Vec<State> {
    let reader = |user| Reader { user, username: FIRST, is_admin: true, organisation: 2 };
    let page = |known| AccountPage::new(frame(AccountPage::TITLE), known, &reader(1));
    let locked = || KnownAccount {
        held_up: Some(Duration::from_mins(10)),
        ..account("active", Some(SECOND))
    };
    let mut bare = account("removed", None);
    (bare.account.memberships, bare.has_factor) = (Vec::new(), false);
    let own = AccountPage::new(frame(AccountPage::TITLE), account("active", None), &reader(9));
    let wrong = Problems::of("unlock_reason", "Enter a reason");
    let list = || Accounts::new(frame(Accounts::TITLE), Some(overview_of_staff()));
    let typed = Problems::of("email", "No account has this email address. Ask for its spelling");
    vec![
        ("staff-users", list().news(Some("User removed")).to_string()),
        ("staff-users-due", list().term(Some(term_of_staff(false))).to_string()),
        ("staff-users-overdue", list().term(Some(term_of_staff(true))).to_string()),
        ("staff-users-helpline", Accounts::new(frame(Accounts::TITLE), None).to_string()),
        ("staff-users-refused", list().refused("a\"<b>@c.example", typed).to_string()),
        ("staff-account", page(account("active", None)).news(Some("Done")).to_string()),
        ("staff-account-suspended", page(account("suspended", Some(FIRST))).to_string()),
        ("staff-account-locked", page(locked()).refused(["<b>", ""], wrong).to_string()),
        ("staff-account-invited", page(account("invited", None)).to_string()),
        ("staff-account-removed", page(bare).to_string()),
        ("staff-account-own", own.to_string()),
    ]
}
