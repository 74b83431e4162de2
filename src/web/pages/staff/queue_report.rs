//! What became of the last results morning, as operators read it afterwards.

use askama::Template;
use jiff::Timestamp;

use super::queue;
use crate::domain::calendar::{instant_in_words, zone};
use crate::domain::wording::{count, grouped};
use crate::service::morning::{Minute, PARTS, Told, spelled};
use crate::web::components::{Cell, SummaryList, SummaryRow, Table};
use crate::web::layout::Layout;
use crate::web::pages::within;

/// Minutes that are shown; the command prints all.
const MINUTES_MAX: usize = 60;

/// The page.
#[derive(Debug, Template)]
#[template(path = "staff-queue-report.html")]
pub struct QueueReport {
    layout: Layout,
    told: Option<Told>,
}

impl QueueReport {
    /// Title and heading.
    pub const TITLE: &'static str = "Report of the last results morning";

    /// The page; without a morning it says so.
    pub fn new(layout: Layout, told: Option<Told>) -> Self {
        Self { layout: within(layout, queue::HERE).back(queue::HERE), told }
    }

    fn opened(told: &Told) -> String {
        format!("Release {} opened to schools at {}.", told.release, instant_in_words(told.opened))
    }

    fn schools(told: &Told) -> SummaryList {
        let served = grouped(told.morning.served.len() as u64);
        let all = format!("{served} of {}", grouped(told.expected));
        let mut rows = vec![SummaryRow::new("Schools with results", all)];
        rows.extend(PARTS.map(|part| {
            let after = told.seconds_to(part).map_or_else(|| "Not yet".to_owned(), spelled);
            SummaryRow::new(format!("{part}% of schools had them after"), after)
        }));
        SummaryList { rows, ..SummaryList::default() }
    }

    fn waits(told: &Told) -> SummaryList {
        let waits = &told.morning.waits;
        let (signed_in, refused) = told.sign_ins();
        let number = |count: i64| grouped(count.unsigned_abs());
        let mut rows = vec![
            SummaryRow::new("Sign-ins", number(signed_in)),
            SummaryRow::new("Tries that were refused", number(refused)),
            SummaryRow::new("Signed in after waiting", number(waits.waited)),
        ];
        if let Some([half, most, nearly_all, longest]) = waits.seconds {
            let seconds = |value: f64| format!("{value:.0} s");
            rows.extend([
                SummaryRow::new("Half of them waited no longer than", seconds(half)),
                SummaryRow::new("90% of them", seconds(most)),
                SummaryRow::new("99% of them", seconds(nearly_all)),
                SummaryRow::new("The longest wait", seconds(longest)),
                SummaryRow::new(
                    "Let in within the time first told",
                    format!("{:.1}%", told.kept_percent()),
                ),
            ]);
        }
        SummaryList { rows, ..SummaryList::default() }
    }

    fn minutes(told: &Told) -> Table {
        let number = |count: i64| Cell::numeric(grouped(count.unsigned_abs()));
        let row = |minute: &Minute| {
            vec![
                Cell::from(time(minute.at, "%H:%M")),
                number(minute.signed_in),
                number(minute.refused),
            ]
        };
        Table {
            caption: "Sign-ins by minute".into(),
            caption_classes: "govuk-table__caption--m".into(),
            head: vec!["Minute".into(), Cell::numeric("Signed in"), Cell::numeric("Refused")],
            rows: told.morning.minutes.iter().take(MINUTES_MAX).map(row).collect(),
            first_cell_is_header: true,
            ..Table::default()
        }
    }

    fn more_minutes(told: &Told) -> Option<String> {
        let more = told.morning.minutes.len().checked_sub(MINUTES_MAX).filter(|more| *more > 0)?;
        Some(format!("and {}", count(more, "minute more", "minutes more")))
    }

    fn acts(told: &Told) -> Table {
        let acts = told.morning.acts.iter();
        let row = |act: &crate::service::morning::Act| {
            let approved = act.approved_by.clone().unwrap_or_else(|| "Nobody yet".to_owned());
            let at = time(act.at, "%H:%M:%S");
            vec![at.into(), act.what.clone().into(), act.actor.clone().into(), approved.into()]
        };
        Table {
            caption: "What operators did".into(),
            caption_classes: "govuk-table__caption--m".into(),
            head: ["At", "What", "By", "Approved by"].map(Cell::from).into(),
            rows: acts.map(row).collect(),
            first_cell_is_header: true,
            scrolls: true,
            ..Table::default()
        }
    }
}

fn time(at: Timestamp, format: &str) -> String {
    at.to_zoned(zone()).strftime(format).to_string()
}
