//! `daybreak queue report`: what became of a results morning, from the journals of all nodes.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::exit::Failure;
use crate::cli::print;
use crate::cli::system::System;
use crate::config::Role;
use crate::domain::calendar::{instant_in_words, zone};
use crate::domain::wording::{count, grouped};
use crate::service::desk::Desk;
use crate::service::morning::{self, NoReport, PARTS, Told, spelled};

/// Minutes that are printed for people; `--json` has all.
const MINUTES_MAX: usize = 60;
/// Length of the bar of the busiest minute.
const BAR: i64 = 40;

/// Reads and prints it.
pub(super) async fn report(
    system: &System,
    release: Option<&str>,
    json: bool,
) -> Result<(), Failure> {
    let desk = Desk::of_command(system.store(Role::Owner)?, None, system.clock.now());
    let told = morning::read(&desk, release).await.map_err(|error| match error {
        NoReport::NotDone(error) => Failure::from(error),
        nothing => Failure::failed(nothing.to_string()),
    })?;
    let told = Report(&told);
    if json {
        return print(&told.json().to_string());
    }
    told.lines().iter().try_for_each(|line| print(line))
}

/// A morning as the command prints it.
struct Report<'a>(&'a Told);

impl Report<'_> {
    fn json(&self) -> Value {
        let (signed_in, refused) = self.0.sign_ins();
        let waits = &self.0.morning.waits;
        let seconds = waits.seconds.unwrap_or([0.0; 4]);
        let minutes = self.0.morning.minutes.iter();
        let minutes: Vec<Value> = minutes
            .map(
                |m| json!({"at": m.at.to_string(), "signed_in": m.signed_in, "refused": m.refused}),
            )
            .collect();
        let acts = self.0.morning.acts.iter();
        let acts: Vec<Value> = acts
            .map(|a| json!({"at": a.at.to_string(), "what": a.what, "actor": a.actor, "approved_by": a.approved_by}))
            .collect();
        let to: serde_json::Map<String, Value> = PARTS
            .map(|part| (part.to_string(), json!(self.0.seconds_to(part))))
            .into_iter()
            .collect();
        json!({
            "release": self.0.release,
            "opened": self.0.opened.to_string(),
            "signed_in": signed_in,
            "refused": refused,
            "waits": {
                "known": waits.known, "waited": waits.waited,
                "p50_seconds": seconds[0], "p90_seconds": seconds[1],
                "p99_seconds": seconds[2], "max_seconds": seconds[3],
            },
            "promises": {"kept": waits.known - waits.late, "late": waits.late},
            "schools": {"expected": self.0.expected, "served": self.0.morning.served.len(), "seconds_to": to},
            "minutes": minutes,
            "acts": acts,
        })
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "Release {} opened to schools at {}.",
            self.0.release,
            instant_in_words(self.0.opened)
        )];
        lines.push(self.schools());
        for part in PARTS {
            let after = self.0.seconds_to(part).map_or("not yet".to_owned(), spelled);
            lines.push(format!("  {part:>3}% of schools   {after}"));
        }
        lines.extend(self.waits());
        let (signed_in, refused) = self.0.sign_ins();
        let (some, others) = (unsigned(signed_in), unsigned(refused));
        lines.push(format!("Sign-ins: {}; refused: {}.", grouped(some), grouped(others)));
        lines.extend(self.minutes());
        match self.0.morning.acts.len() {
            0 => lines.push("No operator changed the queue.".to_owned()),
            acts => lines.push(format!("{} by operators:", count(acts, "act", "acts"))),
        }
        lines.extend(self.0.morning.acts.iter().map(|act| {
            let approved = act.approved_by.as_ref();
            let approved =
                approved.map_or("not approved".to_owned(), |who| format!("approved by {who}"));
            format!("  {}  {} by {}, {approved}", time(act.at), act.what, act.actor)
        }));
        lines
    }

    fn schools(&self) -> String {
        let served = grouped(self.0.morning.served.len() as u64);
        format!(
            "{served} of {} schools have their results; from the instant it took:",
            grouped(self.0.expected)
        )
    }

    fn waits(&self) -> Vec<String> {
        let waits = &self.0.morning.waits;
        let Some([half, most, nearly_all, longest]) = waits.seconds else {
            return vec!["Nobody who signed in had waited.".to_owned()];
        };
        let kept_percent = self.0.kept_percent();
        vec![
            format!("People who signed in after waiting: {}.", grouped(unsigned(waits.waited))),
            format!(
                "  half within {half:.0} s, 90% within {most:.0} s, 99% within {nearly_all:.0} s, the longest {longest:.0} s"
            ),
            format!("  {kept_percent:.1}% were let in within the time that they were first told"),
        ]
    }

    fn minutes(&self) -> Vec<String> {
        let minutes = &self.0.morning.minutes;
        let busiest = minutes.iter().map(|m| m.signed_in).max().unwrap_or_default().max(1);
        let line = |m: &crate::service::morning::Minute| {
            let bar = "#".repeat(usize::try_from(BAR * m.signed_in / busiest).unwrap_or_default());
            format!("  {}  {:>6}  {bar}", &time(m.at)[..5], m.signed_in)
        };
        let mut lines: Vec<String> = minutes.iter().take(MINUTES_MAX).map(line).collect();
        if minutes.len() > MINUTES_MAX {
            let more = minutes.len() - MINUTES_MAX;
            lines.push(format!(
                "  and {}: --json has all",
                count(more, "minute more", "minutes more")
            ));
        }
        lines
    }
}

fn time(at: Timestamp) -> String {
    at.to_zoned(zone()).strftime("%H:%M:%S").to_string()
}

fn unsigned(count: i64) -> u64 {
    count.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::morning::{Minute, Morning, Waits};
    use jiff::SignedDuration;

    #[test]
    fn the_time_to_a_part_of_the_schools_is_that_of_the_school_that_makes_it_up() {
        let opened: Timestamp = "2024-07-09T06:30:00Z".parse().unwrap();
        let at = |second| opened + SignedDuration::from_secs(second);
        let waits = Waits { known: 3, waited: 2, late: 1, seconds: Some([40.0, 90.0, 90.0, 90.0]) };
        let minutes = vec![Minute { at: opened, signed_in: 3, refused: 1 }];
        let served = (1..=9).map(|n| at(n * 10)).collect();
        let morning = Morning { waits, minutes, served, acts: Vec::new() };
        let told = Told { release: "2024-0".to_owned(), opened, expected: 10, morning };
        assert_eq!(PARTS.map(|part| told.seconds_to(part)), [Some(50), Some(90), None, None]);
        let report = Report(&told);
        let text = report.lines().join("\n");
        for words in [
            "opened to schools at 7:30am on 9 July 2024",
            "9 of 10 schools have their results",
            " 90% of schools   1 min 30 s",
            "100% of schools   not yet",
            "half within 40 s",
            "66.7% were let in within the time",
            "07:30       3  ####",
        ] {
            assert!(text.contains(words), "{words} in:\n{text}");
        }
        assert_eq!(report.json()["schools"]["seconds_to"]["90"], 90);
        assert_eq!(report.json()["promises"], json!({"kept": 2, "late": 1}));
    }
}
