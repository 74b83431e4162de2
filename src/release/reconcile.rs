//! The reconciliation of a school, counted from what was delivered and what was made of it.

use crate::blob::pack::{PaperCounts, Reconciliation};
use crate::blob::page::{PupilLine, ScriptState};
use crate::domain::papers::Paper;
use crate::intake::delivery::Pupil;
use crate::intake::scripts::SchoolScripts;

/// Counts a school: `lines` are its pupils as the page has them, `pupils` the same as they were delivered.
pub fn reconcile(
    lines: &[PupilLine],
    pupils: &[&Pupil],
    scripts: &SchoolScripts,
    delivered: bool,
) -> Reconciliation {
    let papers = Paper::ALL.map(|paper| {
        let both = lines.iter().zip(pupils);
        both.fold(PaperCounts::default(), |sum, (line, pupil)| {
            sum.and(one(line, pupil, scripts, paper))
        })
    });
    Reconciliation { pupils: number(lines.len()), papers, scripts: delivered }
}

fn one(line: &PupilLine, pupil: &Pupil, scripts: &SchoolScripts, paper: Paper) -> PaperCounts {
    let expected = pupil.expects_script(paper);
    // Of a delivery without scripts, those of the revision before are still here.
    let here = line.scripts[paper.index()] == ScriptState::Here;
    let received = here || scripts.has(pupil.upn, paper);
    let tested =
        ["AS", "NS", "N", "M"].contains(&line.results[paper.subject() as usize].outcome.as_str());
    let has_mark = line.marks[paper.index()].is_some();
    PaperCounts {
        expected: expected.into(),
        received: received.into(),
        matched: (received && expected).into(),
        marked: (tested && has_mark).into(),
        coded: (!tested).into(),
        unmarked: (tested && !has_mark).into(),
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("pupils of one school")
}
