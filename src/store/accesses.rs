//! What was opened of an organisation's results, who signed in for it, and what was done to its users.

use jiff::Timestamp;

use super::{Scope, StoreError, Tx, Work};

/// The entries of an organisation's record, the newest first.
#[derive(Debug)]
pub struct ReadAccesses {
    /// Row id.
    pub organisation: i64,
    /// Only those before this one.
    pub before: Option<(Timestamp, i64)>,
    /// So many at the most.
    pub count_max: i64,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRow {
    /// When.
    pub at: Timestamp,
    /// Tells entries of one instant apart.
    pub seq: i64,
    /// `granted`, `signed_in`, `signed_out` or `refused`.
    pub kind: String,
    /// Who; row id.
    pub user: Option<i64>,
    /// For whom; row id.
    pub organisation: Option<i64>,
    /// What was opened.
    pub file: Option<String>,
    /// What was done to users, or by staff who looked; then there is nothing of a journal.
    pub audited: Option<Audited>,
}

/// An act as the audit tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// Email address of who did it, or the name of a part of the program.
    pub actor: String,
    /// To whom or what, without the organisation.
    pub whom: String,
    /// What else there is to say.
    pub detail: String,
}

impl Work for ReadAccesses {
    const NAME: &'static str = "accesses.read";
    type Output = Vec<AccessRow>;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<AccessRow>, StoreError> {
        // The policies leave of the entries about all schools those that are about this one.
        const SQL: &str = "-- accesses.read
            SELECT at, seq, kind, user_id, organisation_id,
                convert_from(record, 'UTF8')::jsonb->>'file'
            FROM journal_entries
            WHERE (organisation_id = $1 OR about_all
                OR about = (SELECT laestab FROM organisations WHERE id = $1 AND kind = 'school'))
                AND kind IN ('granted', 'signed_in', 'signed_out', 'refused')
                AND ($2::timestamptz IS NULL OR (at, seq) < ($2, $3))
            ORDER BY at DESC, seq DESC LIMIT $4";
        let (at, seq) = self.before.unzip();
        let rows = tx.query(SQL, &[&self.organisation, &at, &seq, &self.count_max]).await?;
        let access = |row: &tokio_postgres::Row| AccessRow {
            at: row.get(0),
            seq: row.get(1),
            kind: row.get(2),
            user: row.get(3),
            organisation: row.get(4),
            file: row.get(5),
            audited: None,
        };
        let mut all: Vec<AccessRow> = rows.iter().map(access).collect();
        all.extend(self.audited(tx).await?);
        all.sort_by_key(|row| std::cmp::Reverse((row.at, row.seq)));
        all.truncate(usize::try_from(self.count_max).unwrap_or_default());
        Ok(all)
    }
}

impl ReadAccesses {
    /// As many acts of the audit as a page could show.
    async fn audited(&self, tx: &Tx<'_>) -> Result<Vec<AccessRow>, StoreError> {
        const SQL: &str = "-- accesses.audited
            SELECT at, seq, actor, action, subject, detail FROM acts_of($1, $2, $3, $4)";
        // The schema of before does not give them out.
        if !tx.has_table("viewings").await? {
            return Ok(Vec::new());
        }
        let (at, seq) = self.before.unzip();
        let rows = tx.query(SQL, &[&self.organisation, &at, &seq, &self.count_max]).await?;
        let act = |row: &tokio_postgres::Row| {
            let subject: &str = row.get(4);
            let whom = subject.rsplit_once(" in organisation ").map_or("", |(whom, _)| whom);
            AccessRow {
                at: row.get(0),
                seq: row.get(1),
                kind: row.get(3),
                user: None,
                organisation: None,
                file: None,
                audited: Some(Audited {
                    actor: row.get(2),
                    whom: whom.to_owned(),
                    detail: row.get(5),
                }),
            }
        };
        Ok(rows.iter().map(act).collect())
    }
}
