//! The report as one HTML file that needs nothing else, on a screen and on paper.

use askama::Template;

use super::{Percentiles, Report, chart};
use crate::figures::{count, date, maybe, size, time};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a Report,
    summary: String,
    served_chart: String,
    times_chart: String,
    load_chart: String,
    queue_chart: String,
}

/// Writes the file.
pub(super) fn html(report: &Report) -> String {
    let page = Page {
        report,
        summary: summary(report),
        served_chart: chart::served(report),
        times_chart: chart::times(&report.kinds),
        load_chart: chart::load(report),
        queue_chart: chart::queue(report),
    };
    page.render().expect("a template of plain values renders")
}

/// What happened, in two or three sentences.
fn summary(report: &Report) -> String {
    let served = &report.served;
    let schools = if served.with_results == served.schools {
        format!("All {} schools had their results.", count(served.schools))
    } else {
        let (some, all) = (count(served.with_results), count(served.schools));
        format!("{some} of {all} schools had their results.")
    };
    let after = &served.after_arrival;
    let waited = match (after.p50_ms, after.p99_ms) {
        (Some(half), Some(most)) => format!(
            " Half of them saw them within {} of arriving, and 99% within {}.",
            time(half),
            time(most)
        ),
        _ => String::new(),
    };
    let requests = count(report.totals.requests);
    let errors = match report.totals.errors {
        0 => format!(" There was no error in {requests} requests."),
        1 => format!(" There was one error beside {requests} good answers."),
        errors => format!(" There were {} errors beside {requests} good answers.", count(errors)),
    };
    format!("{schools}{waited}{errors}")
}

impl Page<'_> {
    fn verdict(&self) -> String {
        let missed = self.report.goals.iter().filter(|goal| !goal.kept).count();
        let all = self.report.goals.len();
        match missed {
            0 if self.report.passed && all == 0 => "Finished; the profile sets no goals".to_owned(),
            0 if self.report.passed => format!("All {all} goals reached"),
            0 => "Stopped before its end".to_owned(),
            1 => format!("1 of {all} goals missed"),
            missed => format!("{missed} of {all} goals missed"),
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the template passes references")]
    fn number(number: &u64) -> String {
        count(*number)
    }

    fn date(&self) -> String {
        date(self.report.conditions.began_unix)
    }

    fn lasted(&self) -> String {
        time(self.report.conditions.lasted_s * 1000.0)
    }

    fn page_p99(&self) -> String {
        let row = self.report.kinds.iter().find(|row| row.kind == crate::kind::Kind::Page);
        maybe(row.and_then(|row| row.times.p99_ms))
    }

    /// The most answers in a second, on average over a stretch of the timeline.
    fn peak(&self) -> String {
        let most = self.report.timeline.iter().map(|moment| moment.requests).max().unwrap_or(0);
        count(u64::from(most) / self.report.seconds_each.max(1))
    }

    fn moments(&self) -> [(&'static str, String); 4] {
        let served = &self.report.served;
        let parts = [
            ("Half", served.p50_s),
            ("90%", served.p90_s),
            ("99%", served.p99_s),
            ("All", served.p100_s),
        ];
        parts.map(|(part, at)| (part, at.map_or("not reached".to_owned(), |s| time(s * 1000.0))))
    }

    fn cells(times: &Percentiles) -> [String; 5] {
        [times.p50_ms, times.p90_ms, times.p95_ms, times.p99_ms, times.max_ms].map(maybe)
    }

    fn queue_rows(&self) -> Vec<(&'static str, String)> {
        let queue = &self.report.queue;
        let kept = queue.kept_ratio.map_or("none was made".to_owned(), |ratio| {
            format!("{:.1}% ({} of {})", ratio * 100.0, count(queue.kept), count(queue.promises))
        });
        vec![
            ("People who had to wait", count(queue.waits.count)),
            ("Half of them waited at most", maybe(queue.waits.p50_ms)),
            ("99% of them waited at most", maybe(queue.waits.p99_ms)),
            ("First promises kept", kept),
            ("Let in earlier than promised", count(queue.early)),
            ("Let in later than promised", count(queue.late)),
            (
                "Most that anybody was late",
                if queue.late == 0 {
                    "nobody was".to_owned()
                } else {
                    time(queue.worst_late_s * 1000.0)
                },
            ),
            ("Positions that rose", count(queue.position_regressions)),
        ]
    }

    fn conditions(&self) -> Vec<(&'static str, String)> {
        let (conditions, totals) = (&self.report.conditions, &self.report.totals);
        let cpu = |ms: Option<f64>| ms.map_or("not known".to_owned(), |ms| format!("{ms:.2} ms"));
        vec![
            ("Server", conditions.server.clone()),
            ("Profile", conditions.profile.clone()),
            ("Speed, with the profile's own as 1", conditions.speed.to_string()),
            ("Seed", conditions.seed.to_string()),
            ("People", count(totals.people)),
            ("Most people at once", count(conditions.users_at_once as u64)),
            ("Sign-ins", count(totals.sign_ins)),
            ("Page views", count(totals.page_views)),
            ("Downloads", count(totals.downloads)),
            ("Bytes received", size(totals.bytes)),
            ("Processors of the testing machine", conditions.processors.to_string()),
            ("CPU of the load test for each request", cpu(totals.own_cpu_ms_per_request)),
            ("CPU of the server for each request", cpu(totals.server_cpu_ms_per_request)),
            ("People started late, 99% at most", maybe(self.report.lateness.p99_ms)),
        ]
    }
}
