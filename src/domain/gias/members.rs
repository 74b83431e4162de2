//! Who joined and who left a trust.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::matching::{Matching, signed};
use super::wording::{change, name_of};
use super::{ChangeKind, Difference, Known, Step};
use crate::domain::schools::School;

impl Matching<'_> {
    /// What joining and leaving trusts is to be written.
    pub(super) fn members(
        &self,
        difference: &mut Difference,
        mut step: Step,
        known: Option<&Known>,
        school: Option<&School>,
    ) -> Step {
        let trusts = school.into_iter().flat_map(|school| &school.trusts);
        let now: BTreeMap<i32, Date> =
            trusts.map(|(group, joined)| (signed(group.number()), *joined)).collect();
        let none = BTreeMap::new();
        let held = known.map_or(&none, |known| &known.trusts);
        let who = name_of(&step.facts);
        for (group, joined) in held {
            if now.get(group) == Some(joined) {
                continue;
            }
            let until = match now.get(group) {
                // Another day for the same membership: the one of before ends where the new one begins.
                Some(again) => *again,
                None => self.left_on(*group, step.facts.closed_on),
            };
            step.leaves.push((*group, *joined, until.max(*joined)));
            if !now.contains_key(group) {
                let what = format!("{} on {until}", self.trust(*group));
                difference.changes.push(change(ChangeKind::Left, who.clone(), what));
            }
        }
        for (group, joined) in now {
            if held.get(&group) != Some(&joined) {
                step.joins.push((group, joined));
                if known.is_some() {
                    let what = format!("{} on {joined}", self.trust(group));
                    difference.changes.push(change(ChangeKind::Joined, who.clone(), what));
                }
            }
        }
        step
    }

    /// The extract only knows who is a member: they left by its day, or when the trust or the school closed.
    fn left_on(&self, group: i32, school_closed: Option<Date>) -> Date {
        let closed = self.register.closed_trusts.iter();
        let mut closed = closed.filter(|(uid, _)| signed(uid.number()) == group);
        let trust_closed = closed.next().and_then(|(_, on)| *on);
        trust_closed.into_iter().chain(school_closed).chain([self.day]).min().unwrap_or(self.day)
    }

    fn trust(&self, group: i32) -> String {
        let mut names = self.register.trusts.iter();
        let open = names.find(|(uid, _)| signed(uid.number()) == group).map(|(_, name)| name);
        let known = || {
            let mut trusts = self.known.iter().filter(|k| k.facts.group_uid == Some(group));
            trusts.next().map(|trust| &trust.facts.name)
        };
        let name = open.or_else(known).map_or("", String::as_str);
        format!("{group} {name}")
    }
}
