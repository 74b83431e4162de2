//! The report on a terminal.

use std::fmt::Write;
use std::path::Path;

use super::{Percentiles, Report};

impl Report {
    /// The report as text, with where its longer forms are.
    pub(crate) fn words(&self, folder: &Path) -> String {
        let mut text = String::new();
        self.put(&mut text, folder).expect("a string takes everything");
        text
    }

    fn put(&self, out: &mut String, folder: &Path) -> std::fmt::Result {
        let (totals, served) = (&self.totals, &self.served);
        writeln!(
            out,
            "\n{}: {}\n",
            self.title,
            if self.passed { "all goals reached" } else { "MISSED" }
        )?;
        writeln!(
            out,
            "{} people, {} sign-ins, {} page views, {} downloads, {} requests in {:.0} s ({:.1}/s), {:.1} MB",
            totals.people,
            totals.sign_ins,
            totals.page_views,
            totals.downloads,
            totals.requests,
            self.conditions.lasted_s,
            totals.requests_per_s,
            megabytes(totals.bytes),
        )?;
        writeln!(
            out,
            "{} of {} schools served; 50% after {}, 90% {}, 99% {}, all {}\n",
            served.with_results,
            served.schools,
            secs(served.p50_s),
            secs(served.p90_s),
            secs(served.p99_s),
            secs(served.p100_s),
        )?;
        self.put_times(out)?;
        self.put_queue(out)?;
        self.put_errors(out)?;
        self.put_goals(out)?;
        if let Some(own) = totals.own_cpu_ms_per_request {
            write!(out, "\nCPU for each request: {own:.2} ms here")?;
            if let Some(server) = totals.server_cpu_ms_per_request {
                write!(out, ", {server:.2} ms in the server")?;
            }
            writeln!(out)?;
        }
        writeln!(out, "Report: {}", folder.join("report.html").display())
    }

    fn put_times(&self, out: &mut String) -> std::fmt::Result {
        let head = ["ms", "count", "p50", "p90", "p95", "p99", "max"];
        writeln!(
            out,
            "{:<22}{:>8}{:>10}{:>10}{:>10}{:>10}{:>10}",
            head[0], head[1], head[2], head[3], head[4], head[5], head[6]
        )?;
        for row in &self.kinds {
            put_row(out, row.label, &row.times)?;
        }
        put_row(out, "late starts", &self.lateness)?;
        put_row(out, "arrival to results", &self.served.after_arrival)
    }

    fn put_queue(&self, out: &mut String) -> std::fmt::Result {
        let queue = &self.queue;
        if queue.waits.count == 0 {
            return writeln!(out, "\nNobody had to wait in a queue.");
        }
        put_row(out, "wait in the queue", &queue.waits)?;
        writeln!(
            out,
            "\nQueue: {} of {} first promises kept, {} let in early, {} late (worst {:.0} s); {} positions rose",
            queue.kept,
            queue.promises,
            queue.early,
            queue.late,
            queue.worst_late_s,
            queue.position_regressions
        )
    }

    fn put_errors(&self, out: &mut String) -> std::fmt::Result {
        for (file, count) in &self.not_offered {
            writeln!(out, "Not offered by the pages: {file}, wanted {count} times")?;
        }
        writeln!(out, "Errors: {}", self.totals.errors)?;
        self.faults
            .iter()
            .try_for_each(|row| writeln!(out, "{:>8}  {}: {}", row.count, row.request, row.fault))
    }

    fn put_goals(&self, out: &mut String) -> std::fmt::Result {
        let missed: Vec<_> = self.goals.iter().filter(|goal| !goal.kept).collect();
        writeln!(
            out,
            "Goals: {} of {} reached",
            self.goals.len() - missed.len(),
            self.goals.len()
        )?;
        missed.iter().try_for_each(|goal| {
            let (words, wanted, reached) = (goal.words, &goal.wanted, &goal.reached);
            writeln!(out, "  missed: {words} ({}): {reached}, wanted {wanted}", goal.goal)
        })
    }
}

fn put_row(out: &mut String, label: &str, times: &Percentiles) -> std::fmt::Result {
    write!(out, "{label:<22}{:>8}", times.count)?;
    for time in [times.p50_ms, times.p90_ms, times.p95_ms, times.p99_ms, times.max_ms] {
        let text = time.map_or("-".to_owned(), |time| format!("{time:.1}"));
        write!(out, "{text:>10}")?;
    }
    writeln!(out)
}

fn secs(time: Option<f64>) -> String {
    time.map_or("never".to_owned(), |time| format!("{time:.1} s"))
}

/// Millions of bytes.
#[expect(clippy::cast_precision_loss, reason = "a tenth of a megabyte is enough")]
pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
