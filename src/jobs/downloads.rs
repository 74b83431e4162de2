//! Who had which file of a corrected school before: told by the journals of all nodes.

use std::sync::Arc;
use std::time::Duration;

use super::Jobs;
use crate::blob::pack::PackId;
use crate::node::directory::Organisation;
use crate::store::journal::LastDownloads;
use crate::telemetry::chain;

/// The journals are asked this often while there are corrections.
const ASK_EVERY: Duration = Duration::from_secs(30);
/// A plan that brought a correction is followed by its packs; this much later they are looked at.
const PACKS_FOLLOW: Duration = Duration::from_secs(1);

/// Keeps what organisations with corrected results had downloaded.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    let mut plans = jobs.node.plan_changes();
    loop {
        if let Err(error) = read(&jobs).await {
            tracing::warn!(error = %chain(&error), "the last downloads could not be read");
        }
        if tokio::time::timeout(ASK_EVERY, plans.changed()).await.is_ok() {
            tokio::time::sleep(PACKS_FOLLOW).await;
        }
    }
}

async fn read(jobs: &Jobs) -> Result<(), crate::store::StoreError> {
    let plan = jobs.node.plan();
    let release = plan.current().filter(|planned| !planned.corrections.is_empty());
    let Some(loaded) = release.and_then(|planned| jobs.catalogue.release(&planned.id)) else {
        return Ok(());
    };
    let corrected: Vec<PackId> = loaded.corrected().collect();
    let directory = jobs.node.directory();
    let concerned = directory.organisations().filter(|o| has_one_of(o, &corrected));
    let work = LastDownloads { organisations: concerned.map(|o| o.id).collect() };
    if work.organisations.is_empty() {
        return Ok(());
    }
    for last in jobs.store.run(jobs.node.clock.now(), &work).await? {
        jobs.node.downloads.note(last.organisation, last.school, &last.file, last.at);
    }
    Ok(())
}

fn has_one_of(organisation: &Organisation, packs: &[PackId]) -> bool {
    let laestab = organisation.laestab;
    packs.iter().any(|pack| match pack {
        PackId::School(number) | PackId::Secondary(number) => laestab == Some(*number),
        PackId::Authority(code) => organisation.la_code.map(u32::from) == Some(*code),
        PackId::Trust(group) => organisation.group_uid == Some(*group),
    })
}
