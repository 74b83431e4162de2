//! Around the results, who belongs to which trust stays as it is: joining and leaving wait.

use std::mem;

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::wording::{change, name_of};
use super::{Change, ChangeKind, Difference, Step};
use crate::domain::calendar::{ReleaseTimes, day, instant_in_words, zone};
use crate::domain::reason::Reason;
use crate::domain::release::PlannedRelease;

/// When trusts stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreezeWindow {
    /// Hours before results open.
    pub hours_before: u16,
    /// Hours after the day on which they opened.
    pub hours_after: u16,
    /// The cycle.
    pub year: u16,
    /// When its results open by the calendar, as long as no release of it is approved.
    pub times: ReleaseTimes,
}

impl FreezeWindow {
    /// Until when trusts stay as they are; none when they may change now.
    pub fn until(&self, releases: &[PlannedRelease], now: Timestamp) -> Option<Timestamp> {
        let mine = releases.iter().filter(|release| release.year == self.year);
        let approved: Vec<_> = mine.filter_map(|release| release.times).collect();
        let times = if approved.is_empty() { vec![self.times] } else { approved };
        times.iter().filter_map(|times| self.around(times.first(), now)).max()
    }

    fn around(&self, opens: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let hours = |count: u16| SignedDuration::from_hours(count.into());
        let next_day = day(opens).saturating_add(1.day()).to_zoned(zone()).ok()?;
        let until = next_day.timestamp() + hours(self.hours_after);
        (opens - hours(self.hours_before)..until).contains(&now).then_some(until)
    }
}

/// Whether changes of trusts wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Freeze {
    /// They do not.
    #[default]
    Off,
    /// They wait until then.
    Until(Timestamp),
    /// They would, and somebody has said why they must not.
    Despite(Reason),
}

impl Freeze {
    /// Of an instant until which they wait, and of somebody's reason not to.
    pub fn of(until: Option<Timestamp>, despite: Option<Reason>) -> Self {
        match (until, despite) {
            (None, _) => Self::Off,
            (Some(_), Some(reason)) => Self::Despite(reason),
            (Some(until), None) => Self::Until(until),
        }
    }
}

/// Changes of trusts that are not written yet; an extract from after their time has them again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Until when.
    pub until: Timestamp,
    /// Who joined and who left.
    pub changes: Vec<Change>,
}

impl Waiting {
    /// How many and until when, as reports say it.
    pub fn words(&self) -> String {
        let what = match self.changes.len() {
            1 => "1 trust change waits".to_owned(),
            count => format!("{count} trust changes wait"),
        };
        format!("{what} until {}: results open", instant_in_words(self.until))
    }
}

impl Difference {
    /// Takes out who joined and who left a trust, of new schools too: by then nobody sees their results through it.
    pub fn hold_trusts(&mut self, until: Timestamp) {
        let is_trust =
            |change: &Change| matches!(change.kind, ChangeKind::Joined | ChangeKind::Left);
        let all = mem::take(&mut self.changes).into_iter();
        let (mut changes, others): (Vec<_>, Vec<_>) = all.partition(is_trust);
        self.changes = others;
        let new = self.steps.iter().filter(|step| step.id.is_none());
        changes.extend(new.flat_map(|step| self.joined(step)));
        changes.sort_unstable();
        for step in &mut self.steps {
            step.joins.clear();
            step.leaves.clear();
        }
        self.waiting = (!changes.is_empty()).then_some(Waiting { until, changes });
    }

    /// What a new school joins, which is otherwise told with the school itself.
    fn joined(&self, step: &Step) -> Vec<Change> {
        let name = |group: i32| {
            let mut trusts = self.steps.iter().filter(|s| s.facts.group_uid == Some(group));
            trusts.next().map_or("", |trust| trust.facts.name.as_str())
        };
        let joins = step.joins.iter();
        let words = joins.map(|(group, on)| format!("{group} {} on {on}", name(*group)));
        words.map(|what| change(ChangeKind::Joined, name_of(&step.facts), what)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::release::Holds;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn window() -> FreezeWindow {
        let times = ReleaseTimes::new([at("2024-07-09T06:30:00Z"); 4]);
        FreezeWindow { hours_before: 24, hours_after: 0, year: 2024, times }
    }

    fn approved(year: u16, opens: &str) -> PlannedRelease {
        PlannedRelease {
            id: "one".to_owned(),
            year,
            manifest_digest: [0; 32],
            corrections: Vec::new(),
            times: Some(ReleaseTimes::new([at(opens); 4])),
            holds: Holds::default(),
        }
    }

    #[test]
    fn it_lasts_from_a_day_before_until_the_day_is_over_in_london() {
        let until = |now| window().until(&[], at(now));
        let end = Some(at("2024-07-09T23:00:00Z"));
        assert_eq!(until("2024-07-08T06:29:59Z"), None);
        assert_eq!(until("2024-07-08T06:30:00Z"), end);
        assert_eq!(until("2024-07-09T22:59:59Z"), end);
        assert_eq!(until("2024-07-09T23:00:00Z"), None);
        let longer = FreezeWindow { hours_after: 2, ..window() };
        let end = Some(at("2024-07-10T01:00:00Z"));
        assert_eq!(longer.until(&[], at("2024-07-10T00:59:59Z")), end);
    }

    #[test]
    fn it_follows_the_approved_release_of_its_cycle() {
        let moved = approved(2024, "2024-07-16T06:30:00Z");
        let last_year = approved(2023, "2023-07-11T06:30:00Z");
        let both = [last_year.clone(), moved];
        let morning = at("2024-07-09T06:30:00Z");
        assert_eq!(window().until(&both, morning), None);
        assert_eq!(
            window().until(&both, at("2024-07-16T06:30:00Z")),
            Some(at("2024-07-16T23:00:00Z"))
        );
        assert!(window().until(&[last_year], morning).is_some());
    }
}
