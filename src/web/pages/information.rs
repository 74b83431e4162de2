//! Pages that anybody may read: start, help, cookies, accessibility, status.

use askama::Template;
use jiff::Timestamp;

use super::phrases::schools_with;
pub use super::welcome::Welcome;

use crate::domain::announced::HelpDesk;
use crate::domain::calendar::{Audience, instant_in_words, time_in_words};
use crate::domain::release::{PlannedRelease, Stage, stage};
use crate::domain::wording::grouped;
use crate::node::peers::Crowd;
use crate::node::served::Count;
use crate::web::components::{Button, SummaryList, SummaryRow};
use crate::web::layout::Layout;

/// What the service is, for somebody who is not signed in.
#[derive(Debug, Template)]
#[template(path = "start.html")]
pub struct Start {
    layout: Layout,
}

impl Start {
    /// The start page.
    pub fn new(layout: Layout) -> Self {
        Self { layout }
    }

    fn button() -> Button {
        Button::start("Sign in", "/sign-in")
    }
}

/// How to use the service, and whom to ask.
#[derive(Debug, Template)]
#[template(path = "help.html")]
pub struct Help {
    /// The frame.
    pub layout: Layout,
    /// Whom to ask; none where nobody said.
    pub desk: Option<SummaryList>,
}

/// How somebody can be asked.
pub fn help_desk(desk: &HelpDesk) -> SummaryList {
    let rows = [("Telephone", &desk.phone), ("Email", &desk.email), ("Hours", &desk.hours)];
    let row = |(key, value): (&'static str, &String)| SummaryRow::new(key, value.clone());
    SummaryList { rows: rows.map(row).into(), ..SummaryList::default() }
}

/// Which cookies there are.
#[derive(Debug, Template)]
#[template(path = "cookies.html")]
pub struct Cookies {
    /// The frame.
    pub layout: Layout,
}

/// What works for whom, and what does not.
#[derive(Debug, Template)]
#[template(path = "accessibility.html")]
pub struct Accessibility {
    /// The frame.
    pub layout: Layout,
}

/// How the service is running, for everybody.
#[derive(Debug, Template)]
#[template(path = "status.html")]
pub struct Status {
    layout: Layout,
    stage: Stage,
    schools_open: String,
    times: Option<SummaryList>,
    live: Live,
    now: Timestamp,
}

/// What is counted of all servers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Live {
    /// Who has results.
    pub served: Count,
    /// The queue.
    pub crowd: Crowd,
}

impl Status {
    /// The state of a release at an instant.
    pub fn new(
        layout: Layout,
        release: Option<&PlannedRelease>,
        live: Live,
        now: Timestamp,
    ) -> Self {
        let times = release.and_then(|release| release.times);
        let opens = |audience| times.map(|times| instant_in_words(times.of(audience)));
        Self {
            layout,
            stage: stage(release, now),
            schools_open: opens(Audience::School).unwrap_or_default(),
            times: times.map(|times| opening_times(|audience| times.of(audience))),
            live,
            now,
        }
    }

    fn as_of(&self) -> String {
        instant_in_words(self.now)
    }

    fn served(&self) -> String {
        match schools_with(&self.live.served, self.now) {
            served if served.is_empty() => served,
            served => format!("{served} opened their results since then."),
        }
    }

    /// When all servers were last counted, where that is not now.
    fn counted(&self) -> String {
        let served = &self.live.served;
        match served.told_at {
            Some(at) if !served.is_fresh(self.now) => {
                format!(" All servers were last counted at {}.", time_in_words(at))
            }
            _ => String::new(),
        }
    }

    fn queue(&self) -> String {
        let waiting = match self.live.crowd.waiting {
            0 => "Nobody is waiting to sign in.".to_owned(),
            1 => "1 person is waiting to sign in.".to_owned(),
            many => format!("{} people are waiting to sign in.", grouped(many)),
        };
        match self.live.crowd.let_in {
            0 => waiting,
            1 => format!("{waiting} 1 person was let in during the last minute."),
            many => {
                format!("{waiting} {} people were let in during the last minute.", grouped(many))
            }
        }
    }
}

/// When each kind of organisation may see results.
pub(super) fn opening_times(of: impl Fn(Audience) -> Timestamp) -> SummaryList {
    let row = |who: &'static str, audience| SummaryRow::new(who, instant_in_words(of(audience)));
    SummaryList {
        rows: vec![
            row("Schools", Audience::School),
            row("Local authorities", Audience::Authority),
            row("Trusts", Audience::Trust),
            row("Secondary schools, for their new year 7", Audience::Secondary),
        ],
        ..SummaryList::default()
    }
}
