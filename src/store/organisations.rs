//! Organisations that the register does not know, and what organisations say of themselves.

use jiff::Timestamp;
use jiff::civil::Date;

use super::audit::{self, append};
use super::{Scope, StoreError, Tx, Work};
use crate::domain::access::OrganisationKind;
use crate::domain::contact::Contact;

/// Makes organisations that are known by kind and name alone, where there are none; gives their row ids in order.
#[derive(Debug)]
pub struct NameOrganisations {
    /// The organisations.
    pub organisations: Vec<(OrganisationKind, String)>,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for NameOrganisations {
    const NAME: &'static str = "organisations.name";
    type Output = Vec<i64>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<i64>, StoreError> {
        const FIND: &str = "-- organisations.find
            SELECT id FROM organisations WHERE kind = $1 AND name = $2 ORDER BY id LIMIT 1";
        const INSERT: &str = "-- organisations.insert
            INSERT INTO organisations (kind, name, taken_over_at) VALUES ($1, $2, $3) RETURNING id";
        let mut ids = Vec::with_capacity(self.organisations.len());
        for (kind, name) in &self.organisations {
            let found = tx.query(FIND, &[&kind.key(), name]).await?;
            let id = match found.first() {
                Some(row) => row.get(0),
                None => tx.query(INSERT, &[&kind.key(), name, &self.now]).await?[0].get(0),
            };
            ids.push(id);
        }
        Ok(ids)
    }
}

/// All that a details page shows.
#[derive(Clone, Debug)]
pub struct Details {
    /// Row id.
    pub id: i64,
    /// What it is.
    pub kind: OrganisationKind,
    /// Its name.
    pub name: String,
    /// URN of a school.
    pub urn: Option<i32>,
    /// DfE number of a school.
    pub laestab: Option<i32>,
    /// Code of an authority, or of a school's.
    pub la_code: Option<i16>,
    /// Group UID of a trust.
    pub group_uid: Option<i32>,
    /// Word of a school's nature.
    pub nature: String,
    /// Address in the register.
    pub address: String,
    /// What it says of itself.
    pub contact: Contact,
    /// When it closed.
    pub closed_on: Option<Date>,
    /// Name of a school's authority.
    pub authority: Option<String>,
    /// Names of a school's trusts, with the day of joining.
    pub trusts: Vec<(String, Date)>,
    /// DfE numbers that it had before, and until when.
    pub numbers: Vec<(Option<i32>, Date)>,
    /// When the register was last taken over for it.
    pub taken_over_at: Timestamp,
}

/// Which organisation.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    /// By row id.
    Id(i64),
    /// A school by its DfE number.
    Laestab(i32),
}

/// Reads what a details page shows; none when there is no such organisation.
#[derive(Debug)]
pub struct ReadDetails(pub Which);

impl Work for ReadDetails {
    const NAME: &'static str = "organisations.details";
    type Output = Option<Details>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<Details>, StoreError> {
        const SQL: &str = "-- organisations.details
            SELECT o.id, o.kind, o.name, o.urn, o.laestab, o.la_code, o.group_uid, o.nature, o.address,
                o.phone, o.email, o.closed_on, o.taken_over_at,
                (SELECT a.name FROM organisations a WHERE a.kind = 'authority' AND a.la_code = o.la_code)
            FROM organisations o WHERE o.id = $1 OR o.laestab = $2";
        let (id, laestab) = match self.0 {
            Which::Id(id) => (Some(id), None),
            Which::Laestab(laestab) => (None, Some(laestab)),
        };
        let rows = tx.query(SQL, &[&id, &laestab]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let kind: &str = row.get(1);
        let id: i64 = row.get(0);
        Ok(Some(Details {
            id,
            kind: kind.parse().map_err(|_| tx.unreadable(format!("kind {kind}")))?,
            name: row.get(2),
            urn: row.get(3),
            laestab: row.get(4),
            la_code: row.get(5),
            group_uid: row.get(6),
            nature: row.get(7),
            address: row.get(8),
            contact: Contact::kept(row.get(9), row.get(10)),
            closed_on: row.get(11),
            taken_over_at: row.get(12),
            authority: row.get(13),
            trusts: trusts(tx, id).await?,
            numbers: numbers(tx, id).await?,
        }))
    }
}

async fn trusts(tx: &Tx<'_>, id: i64) -> Result<Vec<(String, Date)>, StoreError> {
    const SQL: &str = "-- organisations.trusts
        SELECT t.name, m.joined_on FROM trust_members m JOIN organisations t USING (group_uid)
        WHERE m.organisation_id = $1 AND m.left_on IS NULL ORDER BY m.joined_on";
    let rows = tx.query(SQL, &[&id]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

async fn numbers(tx: &Tx<'_>, id: i64) -> Result<Vec<(Option<i32>, Date)>, StoreError> {
    const SQL: &str = "-- organisations.numbers
        SELECT laestab, until FROM organisation_numbers WHERE organisation_id = $1 ORDER BY id";
    let rows = tx.query(SQL, &[&id]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Counts the organisations of which somebody may sign in on a day, but for the agencies themselves.
#[derive(Debug)]
pub struct CountActive(pub Date);

impl Work for CountActive {
    const NAME: &'static str = "organisations.count_active";
    type Output = i64;

    async fn run(&self, tx: &Tx<'_>) -> Result<i64, StoreError> {
        const SQL: &str = "-- organisations.count_active
            SELECT count(*) FROM organisations o
            WHERE o.kind NOT IN ('agency', 'staff') AND (o.closed_on IS NULL OR o.closed_on > $1)
                AND EXISTS (SELECT FROM memberships m JOIN users u ON u.id = m.user_id
                    WHERE m.organisation_id = o.id AND u.state = 'active')";
        Ok(tx.query(SQL, &[&self.0]).await?[0].get(0))
    }
}

/// Whether a school is a member of a trust on a day.
#[derive(Debug)]
pub struct IsMember {
    /// DfE number of the school.
    pub laestab: i32,
    /// Group UID of the trust.
    pub group_uid: i32,
    /// The day.
    pub day: Date,
}

impl Work for IsMember {
    const NAME: &'static str = "organisations.is_member";
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- organisations.is_member
            SELECT FROM trust_members m JOIN organisations o ON o.id = m.organisation_id
            WHERE o.laestab = $1 AND m.group_uid = $2 AND m.joined_on <= $3
                AND (m.left_on IS NULL OR m.left_on > $3)";
        let rows = tx.query(SQL, &[&self.laestab, &self.group_uid, &self.day]).await?;
        Ok(!rows.is_empty())
    }
}

/// An organisation's own people change what it says of itself.
#[derive(Clone, Debug)]
pub struct SaveContact {
    /// Row id.
    pub organisation: i64,
    /// What they saw before.
    pub old: Contact,
    /// What it is to be.
    pub new: Contact,
    /// Who.
    pub actor: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for SaveContact {
    const NAME: &'static str = "organisations.save_contact";
    /// Whether it was as they saw it, so that nobody's change is lost.
    type Output = bool;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- organisations.save_contact
            UPDATE organisations SET phone = $4, email = $5, contact_changed_at = $6
            WHERE id = $1 AND phone = $2 AND email = $3";
        let (old, new) = (&self.old, &self.new);
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&self.organisation, &old.phone(), &old.email(), &new.phone(), &new.email(), &self.now];
        if tx.execute(SQL, &values).await? == 0 {
            return Ok(false);
        }
        let subject = format!("organisation {}", self.organisation);
        let act = audit::Act::new(&self.actor, "organisation.contact", &subject, old.change(new));
        append(tx, self.now, &act).await?;
        Ok(true)
    }
}
