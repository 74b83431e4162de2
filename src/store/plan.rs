//! What nodes must know of releases to serve or to refuse them.

use tokio_postgres::Row;

use super::releases::times;
use super::{StoreError, Tx, Work};
use crate::domain::release::{Correction, Holds, PlannedRelease};

/// What a node must know of releases: built and approved ones, with their standing holds.
#[derive(Debug)]
pub struct ReadPlan;

impl Work for ReadPlan {
    const NAME: &'static str = "releases.read_plan";
    type Output = Vec<PlannedRelease>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<PlannedRelease>, StoreError> {
        const RELEASES: &str = "-- releases.plan
            SELECT id, year, manifest_digest, stage, opens_school, opens_authority, opens_trust,
                opens_secondary
            FROM releases WHERE manifest_digest IS NOT NULL
            ORDER BY year, approved_at NULLS LAST, built_at, id";
        const HOLDS: &str = "-- releases.plan_holds
            SELECT release_id, laestab FROM holds WHERE lifted_at IS NULL";
        let mut plan = Vec::new();
        for row in tx.query(RELEASES, &[]).await? {
            plan.push(planned(tx, &row)?);
        }
        for row in tx.query(HOLDS, &[]).await? {
            let id: &str = row.get(0);
            let Some(release) = plan.iter_mut().find(|r| r.id == id) else { continue };
            hold(tx, &mut release.holds, row.get(1))?;
        }
        corrections(tx, &mut plan).await?;
        Ok(plan)
    }
}

/// Puts the approved corrections into force; a database of before has no table for them.
async fn corrections(tx: &Tx<'_>, plan: &mut [PlannedRelease]) -> Result<(), StoreError> {
    const SQL: &str = "-- releases.plan_corrections
        SELECT release_id, revision, manifest_digest, approved_at FROM corrections
        WHERE stage = 'approved' ORDER BY revision";
    if !tx.has_table("corrections").await? {
        return Ok(());
    }
    for row in tx.query(SQL, &[]).await? {
        let id: &str = row.get(0);
        let Some(release) = plan.iter_mut().find(|r| r.id == id) else { continue };
        let digest: &[u8] = row.get(2);
        release.manifest_digest =
            digest.try_into().map_err(|_| tx.unreadable("manifest_digest"))?;
        let revision = row.get::<_, i32>(1).unsigned_abs();
        release.corrections.push(Correction { revision, approved_at: row.get(3) });
    }
    Ok(())
}

fn planned(tx: &Tx<'_>, row: &Row) -> Result<PlannedRelease, StoreError> {
    let digest: &[u8] = row.get(2);
    let stage: &str = row.get(3);
    let year: i16 = row.get(1);
    Ok(PlannedRelease {
        id: row.get(0),
        year: u16::try_from(year).map_err(|_| tx.unreadable("year"))?,
        manifest_digest: digest.try_into().map_err(|_| tx.unreadable("manifest_digest"))?,
        corrections: Vec::new(),
        times: times(row, 4).filter(|_| stage == "approved"),
        holds: Holds::default(),
    })
}

fn hold(tx: &Tx<'_>, holds: &mut Holds, laestab: Option<i32>) -> Result<(), StoreError> {
    match laestab {
        None => holds.all = true,
        Some(number) => {
            let school = number.to_string().parse().map_err(|_| tx.unreadable("laestab"))?;
            holds.schools.insert(school);
        }
    }
    Ok(())
}
