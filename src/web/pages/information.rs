//! Pages that anybody may read: start, help, cookies, accessibility, status.

use askama::Template;
use jiff::Timestamp;

pub use super::welcome::Welcome;

use crate::domain::calendar::{Audience, instant_in_words};
use crate::domain::release::{PlannedRelease, Stage, stage};
use crate::domain::wording::grouped;
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
    served: i64,
    now: String,
}

impl Status {
    /// The state of a release at an instant; `served` organisations have had results from this node.
    pub fn new(
        layout: Layout,
        release: Option<&PlannedRelease>,
        served: i64,
        now: Timestamp,
    ) -> Self {
        let times = release.and_then(|release| release.times);
        let opens = |audience| times.map(|times| instant_in_words(times.of(audience)));
        Self {
            layout,
            stage: stage(release, now),
            schools_open: opens(Audience::School).unwrap_or_default(),
            times: times.map(|times| opening_times(|audience| times.of(audience))),
            served,
            now: instant_in_words(now),
        }
    }

    fn served_in_words(&self) -> String {
        match self.served {
            0 => String::new(),
            1 => "1 organisation has opened its results since then.".to_owned(),
            many => {
                let many = grouped(many.unsigned_abs());
                format!("{many} organisations have opened their results since then.")
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
