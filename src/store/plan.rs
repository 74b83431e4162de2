//! What nodes must know of releases to serve or to refuse them.

use tokio_postgres::Row;

use super::releases::times;
use super::{StoreError, Tx, Work};
use crate::domain::release::{Holds, PlannedRelease};

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
        Ok(plan)
    }
}

fn planned(tx: &Tx<'_>, row: &Row) -> Result<PlannedRelease, StoreError> {
    let digest: &[u8] = row.get(2);
    let stage: &str = row.get(3);
    let year: i16 = row.get(1);
    Ok(PlannedRelease {
        id: row.get(0),
        year: u16::try_from(year).map_err(|_| tx.unreadable("year"))?,
        manifest_digest: digest.try_into().map_err(|_| tx.unreadable("manifest_digest"))?,
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
