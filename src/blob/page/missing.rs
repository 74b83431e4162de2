//! What is missing, counted and named: a mark or a script that is being traced is never an absence.

use super::{PupilLine, PupilsPage, ScriptState};
use crate::domain::papers::Paper;
use crate::domain::wording::{count, grouped};

/// How much of the results is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    pupils: usize,
    complete: usize,
    /// Scripts that are here and that were expected; none where scripts are not shown.
    scripts: Option<(usize, usize)>,
}

impl Tally {
    /// Counts a page; scripts only for somebody who may open them.
    pub fn of(page: &PupilsPage, may_open_scripts: bool) -> Self {
        let is_complete =
            |pupil: &&PupilLine| pupil.results.iter().all(|result| result.outcome != "M");
        let states = || page.pupils.iter().flat_map(|pupil| pupil.scripts);
        let here = states().filter(|state| *state == ScriptState::Here).count();
        let traced = states().filter(|state| *state == ScriptState::Traced).count();
        Self {
            pupils: page.pupils.len(),
            complete: page.pupils.iter().filter(is_complete).count(),
            scripts: (may_open_scripts && page.scripts_delivered).then_some((here, here + traced)),
        }
    }

    /// "41 of 41 pupils have all their results."
    pub fn pupils_in_words(&self) -> String {
        match (self.complete, self.pupils) {
            (1, 1) => "The only pupil has all results.".to_owned(),
            (complete, all) => {
                let all = count(all, "pupil", "pupils");
                format!("{} of {all} have all their results.", grouped(complete as u64))
            }
        }
    }

    /// "245 of 246 scripts are here; 1 is being traced."
    pub fn scripts_in_words(&self) -> Option<String> {
        let (here, expected) = self.scripts.filter(|(_, expected)| *expected > 0)?;
        let of = format!("{} of {}", grouped(here as u64), count(expected, "script", "scripts"));
        Some(match expected - here {
            0 => format!("{of} are here."),
            1 => format!("{of} are here; 1 is being traced."),
            traced => format!("{of} are here; {} are being traced.", grouped(traced as u64)),
        })
    }
}

/// One thing that is missing.
#[derive(Debug)]
pub struct Missing {
    /// Name of the pupil.
    pub pupil: String,
    /// Unique pupil number.
    pub upn: String,
    /// Title of the paper.
    pub paper: &'static str,
    /// What is missing of it.
    pub state: &'static str,
}

impl Missing {
    /// Everything that is missing, by pupil and paper; scripts only for somebody who may open them.
    pub fn of(pupils: &[PupilLine], may_open_scripts: bool) -> Vec<Self> {
        let all = pupils.iter().flat_map(|pupil| Paper::ALL.map(|paper| (pupil, paper)));
        all.filter_map(|(pupil, paper)| {
            let state = state(pupil, paper, may_open_scripts)?;
            let (name, upn) = (pupil.listed_name(), pupil.upn.clone());
            Some(Self { pupil: name, upn, paper: paper.title(), state })
        })
        .collect()
    }
}

fn state(pupil: &PupilLine, paper: Paper, may_open_scripts: bool) -> Option<&'static str> {
    let mark = pupil.marks[paper.index()];
    let unmarked = mark.is_none() && pupil.results[paper.subject() as usize].outcome == "M";
    let traced = may_open_scripts && pupil.scripts[paper.index()] == ScriptState::Traced;
    match (unmarked, traced) {
        (true, true) => Some("Mark and script are being traced"),
        (true, false) => Some("Mark is being traced"),
        (false, true) if mark.is_some() => {
            Some("Script is being traced. Its mark is in the results")
        }
        (false, true) => Some("Script is being traced"),
        (false, false) => None,
    }
}
