//! Organisations and dated trust membership.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{StoreError, Tx, Work};
use crate::domain::access::OrganisationKind;

/// An organisation as GIAS (or the operator) names it.
#[derive(Clone, Debug)]
pub struct NewOrganisation {
    /// What it is.
    pub kind: OrganisationKind,
    /// Its name.
    pub name: String,
    /// For schools: URN.
    pub urn: Option<i32>,
    /// For schools: DfE number.
    pub laestab: Option<i32>,
    /// For schools and authorities: code of the authority.
    pub la_code: Option<i16>,
    /// For trusts: Group UID.
    pub group_uid: Option<i32>,
    /// For schools that closed: when.
    pub closed_on: Option<Date>,
    /// For schools: trusts with the day of joining.
    pub trusts: Vec<(i32, Date)>,
}

/// Inserts organisations that are new and updates those that are known; gives their row ids in order.
#[derive(Debug)]
pub struct SaveOrganisations {
    /// The organisations.
    pub organisations: Vec<NewOrganisation>,
    /// When the data was taken over, in service time.
    pub taken_over_at: Timestamp,
}

impl Work for SaveOrganisations {
    const NAME: &'static str = "organisations.save";
    type Output = Vec<i64>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<i64>, StoreError> {
        let mut ids = Vec::with_capacity(self.organisations.len());
        for organisation in &self.organisations {
            let id = match find(tx, organisation).await? {
                Some(id) => self.update(tx, id, organisation).await?,
                None => self.insert(tx, organisation).await?,
            };
            for (group_uid, joined_on) in &organisation.trusts {
                tx.execute(
                    "-- organisations.join_trust
                     INSERT INTO trust_members (organisation_id, group_uid, joined_on)
                     VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                    &[&id, group_uid, joined_on],
                )
                .await?;
            }
            ids.push(id);
        }
        Ok(ids)
    }
}

impl SaveOrganisations {
    async fn insert(&self, tx: &Tx<'_>, new: &NewOrganisation) -> Result<i64, StoreError> {
        const SQL: &str = "-- organisations.insert
            INSERT INTO organisations
                (kind, name, urn, laestab, la_code, group_uid, closed_on, taken_over_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
        let rows = tx
            .query(
                SQL,
                &[
                    &new.kind.key(),
                    &new.name,
                    &new.urn,
                    &new.laestab,
                    &new.la_code,
                    &new.group_uid,
                    &new.closed_on,
                    &self.taken_over_at,
                ],
            )
            .await?;
        Ok(rows[0].get(0))
    }

    async fn update(&self, tx: &Tx<'_>, id: i64, new: &NewOrganisation) -> Result<i64, StoreError> {
        const SQL: &str = "-- organisations.update
            UPDATE organisations SET kind = $2, name = $3, laestab = $4, la_code = $5, closed_on = $6,
                taken_over_at = $7 WHERE id = $1";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] = [
            &id,
            &new.kind.key(),
            &new.name,
            &new.laestab,
            &new.la_code,
            &new.closed_on,
            &self.taken_over_at,
        ];
        tx.execute(SQL, &values).await?;
        Ok(id)
    }
}

async fn find(tx: &Tx<'_>, new: &NewOrganisation) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "-- organisations.find
        SELECT id FROM organisations
        WHERE ($1::int IS NOT NULL AND urn = $1)
           OR ($2::int IS NOT NULL AND group_uid = $2)
           OR ($3 = 'authority' AND kind = $3 AND la_code = $4)
           OR ($1::int IS NULL AND $2::int IS NULL AND $4::smallint IS NULL AND kind = $3 AND name = $5)";
    let kind = new.kind.key();
    let rows = tx.query(SQL, &[&new.urn, &new.group_uid, &kind, &new.la_code, &new.name]).await?;
    Ok(rows.first().map(|row| row.get(0)))
}
