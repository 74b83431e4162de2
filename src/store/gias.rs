//! Taking over the national register: everything in one transaction, or nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::audit::{self, append};
use super::{StoreError, Tx, Work};
use crate::domain::gias::{Difference, Facts, Freeze, Kinds, Known, Limits, Step};
use crate::domain::ids::Laestab;
use crate::domain::schools::Register;

pub mod runs;

/// Every organisation that we hold, with its numbers and trusts.
#[derive(Debug)]
pub struct ReadKnown;

impl Work for ReadKnown {
    const NAME: &'static str = "gias.known";
    type Output = Vec<Known>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<Known>, StoreError> {
        known(tx).await
    }
}

async fn known(tx: &Tx<'_>) -> Result<Vec<Known>, StoreError> {
    const SQL: &str = "-- gias.organisations
        SELECT id, kind, name, urn, laestab, la_code, group_uid, closed_on, nature, address
        FROM organisations ORDER BY id";
    let mut trusts = trusts(tx).await?;
    let mut known = Vec::new();
    for row in tx.query(SQL, &[]).await? {
        let (id, kind): (i64, &str) = (row.get(0), row.get(1));
        let facts = Facts {
            kind: kind.parse().map_err(|_| tx.unreadable(format!("kind {kind}")))?,
            name: row.get(2),
            urn: row.get(3),
            laestab: row.get(4),
            la_code: row.get(5),
            group_uid: row.get(6),
            closed_on: row.get(7),
            nature: row.get(8),
            address: row.get(9),
        };
        known.push(Known { id, facts, trusts: trusts.remove(&id).unwrap_or_default() });
    }
    Ok(known)
}

async fn trusts(tx: &Tx<'_>) -> Result<HashMap<i64, BTreeMap<i32, Date>>, StoreError> {
    const SQL: &str = "-- gias.members
        SELECT organisation_id, group_uid, joined_on FROM trust_members WHERE left_on IS NULL";
    let mut trusts: HashMap<i64, BTreeMap<i32, Date>> = HashMap::new();
    for row in tx.query(SQL, &[]).await? {
        trusts.entry(row.get(0)).or_default().insert(row.get(1), row.get(2));
    }
    Ok(trusts)
}

/// What is to be done with a register.
#[derive(Clone, Debug)]
pub enum Mode {
    /// Only look what would change.
    Look,
    /// Take it over, whatever changes: a person has seen it.
    Apply,
    /// Take it over if the changes stay within these limits.
    Within(Limits),
}

/// Holds a register against what we know, and takes it over.
#[derive(Clone, Debug)]
pub struct TakeOver {
    /// The register.
    pub register: Arc<Register>,
    /// Schools that have pupils in the delivery, if it comes with one.
    pub with_pupils: Option<BTreeSet<Laestab>>,
    /// The day of the extract.
    pub day: Date,
    /// Service time now.
    pub now: Timestamp,
    /// Who takes it over.
    pub actor: String,
    /// What is to be done.
    pub mode: Mode,
    /// Whether changes of trusts wait.
    pub freeze: Freeze,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct TakenOver {
    /// What changes.
    pub difference: Difference,
    /// Whether it was written.
    pub applied: bool,
}

impl Work for TakeOver {
    const NAME: &'static str = "gias.take_over";
    type Output = TakenOver;

    async fn run(&self, tx: &Tx<'_>) -> Result<TakenOver, StoreError> {
        const LOCK: &str = "-- gias.lock\nSELECT pg_advisory_xact_lock(hashtext('daybreak.gias'))";
        tx.query(LOCK, &[]).await?;
        let known = known(tx).await?;
        let kinds = self.with_pupils.as_ref().map_or(Kinds::Keep, Kinds::WithPupils);
        let mut difference = Difference::between(&self.register, &known, kinds, self.day);
        // Where nobody is a member of anything yet, there is nothing that could stay as it is.
        let has_members = known.iter().any(|known| !known.trusts.is_empty());
        if let (Freeze::Until(until), true) = (&self.freeze, has_members) {
            difference.hold_trusts(*until);
        }
        let applied = match &self.mode {
            Mode::Look => false,
            Mode::Apply => true,
            Mode::Within(limits) => difference.beyond(limits).is_empty(),
        };
        if applied {
            self.write(tx, &difference).await?;
        }
        Ok(TakenOver { difference, applied })
    }
}

impl TakeOver {
    async fn write(&self, tx: &Tx<'_>, difference: &Difference) -> Result<(), StoreError> {
        free_numbers(tx, difference).await?;
        let mut seen = Vec::with_capacity(difference.steps.len());
        for step in &difference.steps {
            let id = match step.id {
                None => self.insert(tx, step).await?,
                Some(id) => {
                    if step.was.as_ref() != Some(&step.facts) {
                        self.update(tx, id, step).await?;
                    }
                    id
                }
            };
            members(tx, id, step).await?;
            seen.push(id);
        }
        let sql = "-- gias.seen\nUPDATE organisations SET taken_over_at = $2 WHERE id = ANY ($1)";
        tx.execute(sql, &[&seen, &self.now]).await?;
        let counts = difference.counts();
        let counts: Vec<String> =
            counts.iter().map(|(kind, count)| format!("{} {count}", kind.key())).collect();
        let waiting = difference.waiting.as_ref();
        let waiting = waiting.map_or_else(String::new, |waiting| format!("; {}", waiting.words()));
        let detail = format!("extract of {}: {}{waiting}", self.day, counts.join(", "));
        let act = audit::Act::new(&self.actor, "gias.taken_over", "gias", detail);
        append(tx, self.now, &act).await?;
        if let Freeze::Despite(reason) = &self.freeze {
            let why = reason.as_str().to_owned();
            let act = audit::Act::new(&self.actor, "gias.despite_freeze", "gias", why);
            append(tx, self.now, &act).await?;
        }
        Ok(())
    }

    async fn insert(&self, tx: &Tx<'_>, step: &Step) -> Result<i64, StoreError> {
        const SQL: &str = "-- gias.insert
            INSERT INTO organisations (kind, name, urn, laestab, la_code, group_uid, closed_on, nature,
                address, phone, taken_over_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id";
        let new = &step.facts;
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 11] = [
            &new.kind.key(),
            &new.name,
            &new.urn,
            &new.laestab,
            &new.la_code,
            &new.group_uid,
            &new.closed_on,
            &new.nature,
            &new.address,
            &step.phone,
            &self.now,
        ];
        Ok(tx.query(SQL, &values).await?[0].get(0))
    }

    /// What an organisation says of itself is not touched.
    async fn update(&self, tx: &Tx<'_>, id: i64, step: &Step) -> Result<(), StoreError> {
        const SQL: &str = "-- gias.update
            UPDATE organisations SET kind = $2, name = $3, urn = $4, laestab = $5, la_code = $6,
                closed_on = $7, nature = $8, address = $9 WHERE id = $1";
        const NUMBERS: &str = "-- gias.numbers
            INSERT INTO organisation_numbers (organisation_id, urn, laestab, until)
            VALUES ($1, $2, $3, $4)";
        let new = &step.facts;
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 9] = [
            &id,
            &new.kind.key(),
            &new.name,
            &new.urn,
            &new.laestab,
            &new.la_code,
            &new.closed_on,
            &new.nature,
            &new.address,
        ];
        tx.execute(SQL, &values).await?;
        if let Some((urn, laestab)) = step.old_numbers() {
            tx.execute(NUMBERS, &[&id, &urn, &laestab, &self.day]).await?;
        }
        Ok(())
    }
}

/// Takes the numbers from all whose numbers change, so that they may be handed round.
async fn free_numbers(tx: &Tx<'_>, difference: &Difference) -> Result<(), StoreError> {
    const SQL: &str = "-- gias.free_numbers
        UPDATE organisations SET urn = NULL, laestab = NULL WHERE id = ANY ($1)";
    let changing = difference.steps.iter().filter(|step| step.old_numbers().is_some());
    let ids: Vec<i64> = changing.filter_map(|step| step.id).collect();
    if !ids.is_empty() {
        tx.execute(SQL, &[&ids]).await?;
    }
    Ok(())
}

/// A membership that ends keeps its row: results are given by the membership of a day.
async fn members(tx: &Tx<'_>, id: i64, step: &Step) -> Result<(), StoreError> {
    const LEAVE: &str = "-- gias.leave_trust
        UPDATE trust_members SET left_on = $4
        WHERE organisation_id = $1 AND group_uid = $2 AND joined_on = $3 AND left_on IS NULL";
    const JOIN: &str = "-- gias.join_trust
        INSERT INTO trust_members (organisation_id, group_uid, joined_on) VALUES ($1, $2, $3)
        ON CONFLICT (organisation_id, group_uid, joined_on) DO UPDATE SET left_on = NULL";
    for (group, joined, left) in &step.leaves {
        tx.execute(LEAVE, &[&id, group, joined, left]).await?;
    }
    for (group, joined) in &step.joins {
        tx.execute(JOIN, &[&id, group, joined]).await?;
    }
    Ok(())
}
