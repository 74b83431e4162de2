//! What others see of schools: an authority or trust its schools together, a secondary its year 7.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::files::{self, BOM, Columns, Party};
use super::printed::{Group, Member};
use super::school::{facts, tables};
use super::shared::{Shared, read_page};
use crate::blob::BlobError;
use crate::blob::manifest::PackEntry;
use crate::blob::pack::{PackId, SectionName, sha256};
use crate::blob::page::{Change, Correction, PupilLine, PupilsPage, SchoolLine, SchoolsPage};
use crate::domain::ids::{Laestab, Upn};
use crate::domain::scores::Outcome;
use crate::domain::wording::dfe_number;

/// The packs of schools that a view is made from.
pub type Packed = HashMap<Laestab, PackEntry>;

/// A view to be packed.
#[derive(Clone, Debug)]
pub struct View {
    /// Whose it is.
    pub id: PackId,
    /// Name of the organisation.
    pub name: String,
    /// The schools whose packs it is made from.
    pub schools: Vec<Laestab>,
    /// For a secondary: its incoming pupils.
    pub pupils: Vec<Upn>,
}

/// The views of a build: membership as on the release day, only of schools that were packed.
pub fn views(shared: &Shared<'_>, packed: &[Laestab]) -> Vec<View> {
    let register = &shared.delivery.register;
    let mut authorities: BTreeMap<_, Vec<Laestab>> = BTreeMap::new();
    let mut trusts: BTreeMap<_, Vec<Laestab>> = BTreeMap::new();
    let mut home: HashMap<Upn, Vec<Laestab>> = HashMap::new();
    for laestab in packed {
        let school = &register.schools[laestab];
        authorities.entry(school.authority).or_default().push(*laestab);
        if let Some(trust) = school.trust_on(shared.release_day) {
            trusts.entry(trust).or_default().push(*laestab);
        }
        for pupil in shared.delivery.schools.get(laestab).into_iter().flatten() {
            home.entry(pupil.upn).or_default().push(*laestab);
        }
    }
    let view =
        |id, name: &str, schools| View { id, name: name.to_owned(), schools, pupils: Vec::new() };
    let mut views: Vec<View> = authorities
        .into_iter()
        .map(|(code, schools)| {
            view(PackId::Authority(code.number().into()), &register.authorities[&code], schools)
        })
        .collect();
    views.extend(trusts.into_iter().map(|(group, schools)| {
        view(PackId::Trust(group.number()), &register.trusts[&group], schools)
    }));
    for (laestab, pupils) in &shared.delivery.year7 {
        let mut schools: Vec<Laestab> =
            pupils.iter().filter_map(|upn| home.get(upn)).flatten().copied().collect();
        schools.sort_unstable();
        schools.dedup();
        let name = &register.schools[laestab].name;
        let id = PackId::Secondary(laestab.number());
        views.push(View { pupils: pupils.clone(), ..view(id, name, schools) });
    }
    views
}

/// Packs one view from the packs of its schools.
pub async fn pack_view(
    shared: &Shared<'_>,
    view: &View,
    schools: &Packed,
) -> Result<PackEntry, BlobError> {
    let inputs = inputs(shared, view, schools);
    if let Some((entry, _)) = shared.finished(view.id, &inputs).await? {
        return Ok(entry);
    }
    let files = match view.id {
        PackId::Secondary(laestab) => secondary_files(shared, view, laestab, schools).await?,
        _ => group_files(shared, view, schools).await?,
    };
    let members = view.schools.iter().map(|school| school.number()).collect();
    shared.write(shared.index(view.id, inputs, None, members), &files).await
}

fn inputs(shared: &Shared<'_>, view: &View, schools: &Packed) -> [u8; 32] {
    let mut all = format!("daybreak view 3 {:?} {}", view.id, view.name).into_bytes();
    all.extend_from_slice(&shared.facts_digest);
    for school in &view.schools {
        all.extend_from_slice(&schools[school].index_digest);
    }
    for upn in &view.pupils {
        all.extend_from_slice(upn.as_str().as_bytes());
    }
    sha256(&all)
}

async fn pupils_page(shared: &Shared<'_>, entry: &PackEntry) -> Result<PupilsPage, BlobError> {
    read_page(&entry.key, &entry.open(shared.blobs).await?)
}

async fn group_files(
    shared: &Shared<'_>,
    view: &View,
    schools: &Packed,
) -> Result<Vec<(SectionName, Vec<u8>)>, BlobError> {
    let heading = |columns| format!("{BOM}{}", files::header(columns)).into_bytes();
    let mut tests = heading(Columns::Tests);
    let mut with_judgements = heading(Columns::WithJudgements);
    let mut members: Vec<Member> = Vec::with_capacity(view.schools.len());
    for laestab in &view.schools {
        let page = pupils_page(shared, &schools[laestab]).await?;
        let facts = facts(shared, *laestab);
        tests.extend(files::rows(&facts, &page.pupils, Columns::Tests));
        with_judgements.extend(files::rows(&facts, &page.pupils, Columns::WithJudgements));
        let line = school_line(&page);
        members.push((facts, page, line));
    }
    let documents = shared.documents();
    let pupils = members.iter().map(|(facts, page, _)| (facts, page.pupils.as_slice()));
    let workbook = documents.workbook(&pupils.collect::<Vec<_>>());
    let by_name = |(_, _, line): &Member| (line.name.clone(), line.laestab);
    members.sort_by_cached_key(by_name);
    let number = number(view.id);
    let group = Group { name: &view.name, number, schools: &members };
    let pdf = documents.pdf(SectionName::Pdf, &documents.printed.group(&group));
    let lines = members.into_iter().map(|(_, _, line)| line).collect();
    let page = SchoolsPage { name: view.name.clone(), schools: lines };
    let mut files = vec![
        (SectionName::Page, serde_json::to_vec(&page).expect("plain data")),
        (SectionName::Csv, tests),
        (SectionName::CsvWithTa, with_judgements),
    ];
    files.extend(workbook);
    files.extend(pdf);
    Ok(files)
}

/// What the number of an authority or trust is called, and the number.
fn number(id: PackId) -> (&'static str, String) {
    match id {
        PackId::Authority(code) => ("Local authority", format!("{code:03}")),
        PackId::Trust(group) => ("Trust, group UID", group.to_string()),
        PackId::School(laestab) | PackId::Secondary(laestab) => ("DfE number", dfe_number(laestab)),
    }
}

fn school_line(page: &PupilsPage) -> SchoolLine {
    let count = |n: usize| u32::try_from(n).expect("pupils of one school");
    let with = |subject: usize, is: fn(&str) -> bool| {
        count(page.pupils.iter().filter(|pupil| is(&pupil.results[subject].outcome)).count())
    };
    SchoolLine {
        laestab: page.laestab,
        name: page.name.clone(),
        pupils: count(page.pupils.len()),
        counted: [0, 1, 2].map(|subject| with(subject, Outcome::counts)),
        achieved: [0, 1, 2].map(|subject| with(subject, |code| code == Outcome::Achieved.code())),
        corrected: page.corrections.last().map(|correction| correction.revision),
    }
}

/// One correction may change pupils of several schools.
fn add_correction(corrections: &mut BTreeMap<u32, Correction>, correction: Correction) {
    if correction.changes.is_empty() {
        return;
    }
    match corrections.entry(correction.revision) {
        Entry::Vacant(place) => drop(place.insert(correction)),
        Entry::Occupied(place) => place.into_mut().changes.extend(correction.changes),
    }
}

async fn secondary_files(
    shared: &Shared<'_>,
    view: &View,
    laestab: u32,
    schools: &Packed,
) -> Result<Vec<(SectionName, Vec<u8>)>, BlobError> {
    let mut groups = Vec::new();
    let mut everybody: Vec<PupilLine> = Vec::new();
    let mut corrections: BTreeMap<u32, Correction> = BTreeMap::new();
    for school in &view.schools {
        let mut page = pupils_page(shared, &schools[school]).await?;
        let incoming = |pupil: &PupilLine| view.pupils.iter().any(|upn| upn.as_str() == pupil.upn);
        page.pupils.retain(incoming);
        let theirs = |change: &Change| {
            !change.what.is_of_script() && view.pupils.iter().any(|upn| upn.as_str() == change.upn)
        };
        for mut correction in page.corrections {
            correction.changes.retain(theirs);
            add_correction(&mut corrections, correction);
        }
        for pupil in &mut page.pupils {
            pupil.school.clone_from(&page.name);
            // A secondary never learns of scripts.
            pupil.scripts = [crate::blob::page::ScriptState::None; 6];
        }
        everybody.extend(page.pupils.iter().cloned());
        groups.push((facts(shared, *school), page.pupils));
    }
    everybody
        .sort_by(|a, b| (&a.surname, &a.forename, &a.upn).cmp(&(&b.surname, &b.forename, &b.upn)));
    let [csv, csv_with_ta] = tables(&groups);
    let documents = shared.documents();
    let pupils = groups.iter().map(|(facts, pupils)| (facts, pupils.as_slice()));
    let workbook = documents.workbook(&pupils.collect::<Vec<_>>());
    let own = Laestab::from_number(laestab).expect("was a DfE number before");
    let facts = facts(shared, own);
    let transfer = files::transfer_file(Party::Destination(&facts), shared.year, &everybody);
    let page = PupilsPage {
        name: view.name.clone(),
        laestab,
        pupils: everybody,
        scripts_delivered: false,
        corrections: corrections.into_values().collect(),
    };
    let pdf = documents.pdf(SectionName::Pdf, &documents.printed.secondary(&facts, &page));
    let page = serde_json::to_vec(&page).expect("plain data");
    let mut files = vec![(SectionName::Page, page), csv, csv_with_ta, (SectionName::Ctf, transfer)];
    files.extend(workbook);
    files.extend(pdf);
    Ok(files)
}
