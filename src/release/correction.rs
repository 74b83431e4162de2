//! A correction: a few schools of a release packed anew as its next revision, and the views that show them.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::bundle::Before;
use super::report::sorted;
use super::school::NotPacked;
use super::shared::{Revised, Shared, read_page};
use super::verify::Reading;
use super::views::{self, Packed, View};
use super::{BuildError, Order, Source, pack_schools, pack_views, runtime, write_manifest};
use crate::blob::BlobError;
use crate::blob::manifest::{PackEntry, ReleaseManifest};
use crate::blob::pack::{PackId, ScriptsIndex};
use crate::blob::page::{Change, Correction, PupilLine, PupilsPage, ScriptState};
use crate::domain::ids::{Laestab, Upn};
use crate::domain::papers::Paper;
use crate::intake::problems::{Problem, Problems, Severity};

/// Schools of one correction; more of them are a release of their own.
pub const SCHOOLS_MAX: usize = 500;

/// What is corrected.
#[derive(Clone, Copy, Debug)]
pub struct Correcting<'a> {
    /// The new revision, from 2.
    pub revision: u32,
    /// The manifest of the revision that it replaces.
    pub before: &'a ReleaseManifest,
    /// The schools.
    pub schools: &'a [Laestab],
    /// Why, for them to read.
    pub reason: &'a str,
}

/// What a correction says at its end.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Release name.
    pub release: String,
    /// The new revision.
    pub revision: u32,
    /// The schools that were packed anew.
    pub schools: Vec<Corrected>,
    /// Whose packs are new beside those of schools.
    pub views: Vec<PackId>,
    /// Every problem, errors first by file and line.
    pub problems: Vec<Problem>,
    /// Problems beyond the number that is listed.
    pub problems_not_listed: usize,
}

/// A corrected school.
#[derive(Clone, Debug, Serialize)]
pub struct Corrected {
    /// DfE number.
    pub laestab: u32,
    /// Its name.
    pub name: String,
    /// What changed, without names: pupil number, what it is about, what it was, what it is.
    pub changes: Vec<[String; 4]>,
}

/// Packs the schools and the views that show them, and writes the manifest of the new revision with its
/// digest; none when anything was refused: a correction is whole or not at all.
pub fn correct(
    order: &Order<'_>,
    source: Source<'_>,
    correcting: Correcting<'_>,
    mut problems: Problems,
) -> Result<(Option<[u8; 32]>, Report), BuildError> {
    let entries = correcting.before.packs.iter().map(|entry| (entry.id, entry.clone()));
    let before = Revised {
        revision: correcting.revision,
        reason: correcting.reason,
        before: entries.collect(),
    };
    let shared = Shared::new(order, source, before);
    refuse_unknown(&shared, correcting, &mut problems);
    let mut report = Report {
        release: order.release.to_owned(),
        revision: correcting.revision,
        schools: Vec::new(),
        views: Vec::new(),
        problems: Vec::new(),
        problems_not_listed: 0,
    };
    if problems.errors() == 0 {
        let tally = pack_schools(&shared, order.threads, correcting.schools, problems, &|_, _| ())?;
        problems = tally.problems;
        if problems.errors() == 0 && tally.refused.is_empty() {
            let digest = publishable(&shared, order, &tally.packed, &mut report)?;
            (report.problems, report.problems_not_listed) = (sorted(&problems), problems.dropped());
            return Ok((Some(digest), report));
        }
    }
    (report.problems, report.problems_not_listed) = (sorted(&problems), problems.dropped());
    Ok((None, report))
}

/// Refuses schools that the delivery or its register does not have.
fn refuse_unknown(shared: &Shared<'_>, correcting: Correcting<'_>, problems: &mut Problems) {
    let delivery = shared.delivery;
    let mut refuse = |file: &str, laestab: Laestab, text: &str| {
        let problem = Problem::of_file(Severity::Error, file, text.to_owned());
        problems.add(Problem { laestab: Some(laestab), ..problem });
    };
    for laestab in correcting.schools {
        if !delivery.schools.contains_key(laestab) {
            refuse("pupils.csv", *laestab, "the delivery has no pupils of this school");
        } else if delivery.refused.contains(laestab) {
            refuse("pupils.csv", *laestab, "its data has errors: nothing is corrected");
        }
    }
    for laestab in schools_of(&shared.before) {
        if !delivery.register.schools.contains_key(&laestab) {
            let text = "is in the release, but not in the register of this delivery";
            refuse("gias/edubasealldata.csv", laestab, text);
        }
    }
}

fn schools_of(packs: &HashMap<PackId, PackEntry>) -> BTreeSet<Laestab> {
    let school = |id: &PackId| match id {
        PackId::School(number) => Laestab::from_number(*number).ok(),
        _ => None,
    };
    packs.keys().filter_map(school).collect()
}

/// Packs the views, writes the manifest and reads everything new back.
fn publishable(
    shared: &Shared<'_>,
    order: &Order<'_>,
    corrected: &[(Laestab, PackEntry)],
    report: &mut Report,
) -> Result<[u8; 32], BuildError> {
    let mut schools: Packed = schools_of(&shared.before)
        .into_iter()
        .map(|laestab| (laestab, shared.before[&PackId::School(laestab.number())].clone()))
        .collect();
    schools.extend(corrected.iter().cloned());
    let all: Vec<Laestab> = schools.keys().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let mut views = views::views(shared, &all);
    runtime().block_on(async {
        for view in &mut views {
            add_pupils_of_before(shared, view).await?;
        }
        Ok::<(), BlobError>(())
    })?;
    views.retain(|view| corrected.iter().any(|(school, _)| view.schools.contains(school)));
    let mut new = pack_views(shared, order.threads, &views, &schools)?;
    report.views = new.iter().map(|entry| entry.id).collect();
    new.extend(corrected.iter().map(|(_, entry)| entry.clone()));
    let mut packs = shared.before.clone();
    packs.extend(new.iter().map(|entry| (entry.id, entry.clone())));
    let digest = write_manifest(shared, packs.into_values().collect())?;
    runtime().block_on(read_back(shared, &new, corrected, report))?;
    Ok(digest)
}

/// A delivery of some schools knows some of a secondary's pupils; the others are those that it had.
async fn add_pupils_of_before(shared: &Shared<'_>, view: &mut View) -> Result<(), BlobError> {
    let PackId::Secondary(_) = view.id else { return Ok(()) };
    let Some(before) = shared.school_before(view.id).await? else { return Ok(()) };
    let pupils: BTreeSet<Upn> = view
        .pupils
        .iter()
        .copied()
        .chain(before.page.pupils.iter().filter_map(|pupil| pupil.upn.parse().ok()))
        .collect();
    let schools = before.pack.index.schools.iter().filter_map(|n| Laestab::from_number(*n).ok());
    let schools: BTreeSet<Laestab> = view.schools.iter().copied().chain(schools).collect();
    view.pupils = pupils.into_iter().collect();
    view.schools = schools.into_iter().collect();
    Ok(())
}

/// Re-reads every digest of the new packs at each copy, and says what changed.
async fn read_back(
    shared: &Shared<'_>,
    new: &[PackEntry],
    corrected: &[(Laestab, PackEntry)],
    report: &mut Report,
) -> Result<(), BlobError> {
    for copy in shared.blobs.copies() {
        let mut reading = Reading::default();
        for entry in new {
            reading.pack(&copy, entry).await?;
        }
    }
    for (laestab, entry) in corrected {
        let page = read_page(&entry.key, &entry.open(shared.blobs).await?)?;
        let own = page.corrections.iter().filter(|c| c.revision == shared.revision);
        let changes = own.flat_map(|correction| &correction.changes).map(|change| {
            let [about, was, is] = change.what.row();
            [change.upn.clone(), about, was, is]
        });
        let (laestab, changes) = (laestab.number(), changes.collect());
        report.schools.push(Corrected { laestab, name: page.name, changes });
    }
    Ok(())
}

/// Leaves the scripts of the revision before as they are: the delivery has none.
pub(super) fn keep_scripts(lines: &mut [PupilLine], before: &PupilsPage) {
    let states: HashMap<&str, [ScriptState; 6]> =
        before.pupils.iter().map(|line| (line.reference.as_str(), line.scripts)).collect();
    for line in lines {
        if let Some(scripts) = states.get(line.reference.as_str()) {
            line.scripts = *scripts;
        }
    }
}

/// All corrections of a school up to this revision; one that changes nothing is refused.
pub(super) fn corrections(
    shared: &Shared<'_>,
    laestab: Laestab,
    before: &Before,
    lines: &[PupilLine],
    bundle: Option<&ScriptsIndex>,
    problems: &mut Problems,
) -> Result<Vec<Correction>, NotPacked> {
    let digests = |bundle: Option<&ScriptsIndex>| -> HashMap<(String, u8), [u8; 32]> {
        let entries = bundle.into_iter().flat_map(|bundle| &bundle.entries);
        entries.map(|entry| ((entry.reference.clone(), entry.paper), entry.digest)).collect()
    };
    let (was, is) = (digests(before.pack.index.scripts.as_ref()), digests(bundle));
    let replaced = |reference: &str, paper: Paper| {
        let key = (reference.to_owned(), u8::try_from(paper.index()).expect("six papers"));
        was.get(&key) != is.get(&key)
    };
    let changes = Change::between(&before.page.pupils, lines, &replaced);
    if changes.is_empty() {
        let text = format!("nothing differs from revision {} of the release", shared.revision - 1);
        let problem = Problem::of_file(Severity::Error, "marks.csv", text);
        problems.add(Problem { laestab: Some(laestab), ..problem });
        return Err(NotPacked::Refused);
    }
    let mut corrections = before.page.corrections.clone();
    let (revision, reason) = (shared.revision, shared.reason.to_owned());
    corrections.push(Correction { revision, reason, changes });
    Ok(corrections)
}
