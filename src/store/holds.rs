//! Holds: a release, or one school of it, is served to nobody until the hold is lifted.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::audit::{Act, append};
use super::{StoreError, Tx, Work};
use crate::domain::ids::Laestab;

/// Holds a release or one school of it back, or lifts such a hold.
#[derive(Debug)]
pub struct SetHold {
    /// The release.
    pub id: String,
    /// One school, or everything.
    pub school: Option<Laestab>,
    /// Hold, or lift the hold.
    pub hold: Hold,
    /// Why, if they say so.
    pub reason: Option<String>,
    /// Who does it.
    pub actor: String,
    /// Service time now.
    pub now: Timestamp,
}

/// What to do with a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Stop serving.
    Place,
    /// Serve again.
    Lift,
}

impl Work for SetHold {
    const NAME: &'static str = "releases.hold";
    /// Whether anything changed.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const PLACE: &str = "-- releases.hold
            INSERT INTO holds (release_id, laestab, placed_by, placed_at)
            SELECT $1, NULLIF($2, 0), $3, $4 WHERE EXISTS (SELECT FROM releases WHERE id = $1)
            ON CONFLICT DO NOTHING";
        const LIFT: &str = "-- releases.resume
            UPDATE holds SET lifted_by = $3, lifted_at = $4
            WHERE release_id = $1 AND COALESCE(laestab, 0) = $2 AND lifted_at IS NULL";
        // By itself: a node that ships holds may find the schema of before, which has no reasons.
        const WHY: &str = "-- releases.hold_why
            UPDATE holds SET reason = $3
            WHERE release_id = $1 AND COALESCE(laestab, 0) = $2 AND lifted_at IS NULL";
        let (sql, action) = match self.hold {
            Hold::Place => (PLACE, "release.held"),
            Hold::Lift => (LIFT, "release.resumed"),
        };
        let school = self.school.map_or(0, |s| s.number().cast_signed());
        let changed = tx.execute(sql, &[&self.id, &school, &self.actor, &self.now]).await? == 1;
        if changed {
            let what = self.school.map_or_else(|| "all".to_owned(), |s| s.to_string());
            let detail = match &self.reason {
                None => what,
                Some(reason) => format!("{what} ({reason})"),
            };
            append(tx, self.now, &Act::new(&self.actor, action, &self.id, detail)).await?;
        }
        if let (true, Hold::Place, Some(reason)) = (changed, self.hold, &self.reason) {
            tx.execute(WHY, &[&self.id, &school, reason]).await?;
        }
        Ok(changed)
    }
}

/// A hold that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRow {
    /// The release.
    pub release: String,
    /// DfE number of one school; none is everything.
    pub school: Option<u32>,
    /// Who placed it.
    pub placed_by: String,
    /// When.
    pub placed_at: Timestamp,
    /// Why, if they said so.
    pub reason: Option<String>,
}

/// Every hold that stands, everything first.
#[derive(Debug)]
pub struct StandingHolds;

impl Work for StandingHolds {
    const NAME: &'static str = "releases.standing_holds";
    type Output = Vec<HoldRow>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<HoldRow>, StoreError> {
        const SQL: &str = "-- releases.standing_holds
            SELECT release_id, laestab, placed_by, placed_at, reason FROM holds
            WHERE lifted_at IS NULL ORDER BY release_id, COALESCE(laestab, 0)";
        let hold = |row: &Row| HoldRow {
            release: row.get(0),
            school: row.get::<_, Option<i32>>(1).map(i32::cast_unsigned),
            placed_by: row.get(2),
            placed_at: row.get(3),
            reason: row.get(4),
        };
        Ok(tx.query(SQL, &[]).await?.iter().map(hold).collect())
    }
}
