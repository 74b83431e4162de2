//! Counts who has had results: of all nodes while the database tells, else what it told last and this node knows.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::Jobs;
use crate::blob::pack::PackId;
use crate::domain::access::OrganisationKind;
use crate::domain::calendar::Audience;
use crate::domain::release::PlannedRelease;
use crate::node::served::Count;
use crate::store::StoreError;
use crate::store::served::{ReadServed, Told};
use crate::telemetry::chain;

/// From one count to the next: people watch it.
const COUNT_EVERY: Duration = Duration::from_secs(1);
/// After the database did not answer it is asked again this much later.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// What is known is kept this often for a start without the database.
const KEEP_EVERY: Duration = Duration::from_secs(10);
/// Its name in the state folder.
const FILE: &str = "served";

/// Who was served, by release.
type Kept = BTreeMap<String, Vec<i64>>;

/// Counts again and again.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    let kept: Kept = jobs.node.state().read(FILE).ok().flatten().unwrap_or_default();
    for (release, all) in &kept {
        for organisation in all {
            jobs.node.served.note(release, *organisation);
        }
    }
    let (mut told_at, mut ask_at, mut keep_at) = (None, Instant::now(), Instant::now());
    let mut written = 0;
    loop {
        if let Some(planned) = jobs.node.plan().current() {
            if Instant::now() >= ask_at {
                match ask(&jobs, &planned.id).await {
                    Ok(Told::Same | Told::All(_)) => told_at = Some(jobs.node.clock.now()),
                    Ok(Told::Nothing) => (),
                    Err(error) => {
                        tracing::warn!(error = %chain(&error), "who was served elsewhere is not known");
                        ask_at = Instant::now() + ASK_AGAIN;
                    }
                }
            }
            let all = jobs.node.served.of(&planned.id);
            count(&jobs, planned, &all, told_at);
            if all.len() != written && Instant::now() >= keep_at {
                written = all.len();
                keep_at = Instant::now() + KEEP_EVERY;
                write(&jobs, &Kept::from([(planned.id.clone(), all)]));
            }
        }
        tokio::time::sleep(COUNT_EVERY).await;
    }
}

async fn ask(jobs: &Jobs, release: &str) -> Result<Told, StoreError> {
    let work = ReadServed { release: release.to_owned(), known: jobs.node.served.known(release) };
    let told = jobs.store.run(jobs.node.clock.now(), &work).await?;
    if let Told::All(all) = &told {
        jobs.node.served.told(release, all);
    }
    Ok(told)
}

fn write(jobs: &Jobs, kept: &Kept) {
    if let Err(error) = jobs.node.state().write(FILE, kept) {
        tracing::warn!(error = %chain(&error), "who was served is not kept");
    }
}

fn count(jobs: &Jobs, planned: &PlannedRelease, all: &[i64], told_at: Option<Timestamp>) {
    let directory = jobs.node.directory();
    let is_school = |id: &&i64| {
        directory.organisation(**id).is_some_and(|o| o.kind == OrganisationKind::School)
    };
    let now = jobs.node.clock.now();
    let expected = expected(jobs, planned, now);
    let count = Count {
        schools: all.iter().filter(is_school).count() as u64,
        schools_expected: expected.get(&Audience::School).copied().unwrap_or_default(),
        organisations: all.len() as u64,
        organisations_expected: expected.values().sum(),
        told_at,
    };
    jobs.node.served.counted(count);
    let metrics = &jobs.metrics.served;
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    metrics.schools.set(whole(count.schools));
    metrics.schools_expected.set(whole(count.schools_expected));
    metrics.organisations.set(whole(count.organisations));
    metrics.organisations_expected.set(whole(count.organisations_expected));
    let age = told_at.map(|at| now.duration_since(at).as_secs_f64());
    metrics.told_age.set(age.unwrap_or(f64::NAN));
}

/// Packs of a release by audience, of those for which it is open or will be first.
fn expected(jobs: &Jobs, planned: &PlannedRelease, now: Timestamp) -> HashMap<Audience, u64> {
    let Some(loaded) = jobs.catalogue.release(&planned.id) else { return HashMap::new() };
    let opens = |audience| planned.times.map(|times| times.of(audience));
    let first = Audience::ALL.into_iter().filter_map(opens).min();
    let mut expected = HashMap::new();
    for pack in loaded.packs() {
        let audience = match pack {
            PackId::School(_) => Audience::School,
            PackId::Authority(_) => Audience::Authority,
            PackId::Trust(_) => Audience::Trust,
            PackId::Secondary(_) => Audience::Secondary,
        };
        if opens(audience) <= first.max(Some(now)) {
            *expected.entry(audience).or_default() += 1;
        }
    }
    expected
}
