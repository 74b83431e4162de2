//! Proves that a database is ours and that the walls between tenants stand: forced row-level security and weak roles.

use super::{StoreError, Tx, Work, installation};

/// Tables that hold a tenant's or a person's rows.
pub const TENANT_TABLES: [&str; 25] = [
    "users",
    "memberships",
    "pupils",
    "journal_entries",
    "outbox",
    "outbox_history",
    "organisations_served",
    "organisation_numbers",
    "user_tokens",
    "access_requests",
    "members",
    "organisation_people",
    "user_reviews",
    "sessions",
    "authenticators",
    "recovery_codes",
    "passkeys",
    "codes_used",
    "factor_resets",
    "identity_links",
    "identity_invites",
    "viewings",
    "identity_roles",
    "submissions",
    "submission_history",
];

impl Tx<'_> {
    /// Whether the database has a table that this role may see: a server also starts with the schema of the version before.
    pub(crate) async fn has_table(&self, name: &str) -> Result<bool, StoreError> {
        const SQL: &str = "-- has_table\nSELECT to_regclass('public.' || $1::text) IS NOT NULL";
        Ok(self.query(SQL, &[&name]).await?[0].get(0))
    }

    /// Whether a table of it has a column, for the same reason.
    pub(crate) async fn has_column(&self, table: &str, name: &str) -> Result<bool, StoreError> {
        const SQL: &str = "-- has_column
            SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.' || $1::text)
                AND attname = $2::text AND NOT attisdropped)";
        Ok(self.query(SQL, &[&table, &name]).await?[0].get(0))
    }
}

/// Looks at a database before it is used, as the role that looks.
#[derive(Debug)]
pub struct SelfCheck {
    /// Host name of the portal that the configuration is of.
    pub portal: String,
}

impl Work for SelfCheck {
    const NAME: &'static str = "self_check";
    type Output = Vec<String>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<String>, StoreError> {
        let mut problems = Vec::new();
        let role = tx
            .query(
                "-- self_check.role
                 SELECT current_user::text, rolsuper OR rolbypassrls
                     OR (current_user <> 'daybreak_owner' AND pg_has_role(current_user, 'daybreak_owner', 'MEMBER'))
                 FROM pg_roles WHERE rolname = current_user",
                &[],
            )
            .await?;
        for row in &role {
            let (name, strong): (String, bool) = (row.get(0), row.get(1));
            if strong {
                problems.push(format!("role {name} could step over row-level security"));
            }
        }
        let rows = tx
            .query(
                "-- self_check.tables
                 SELECT relname::text FROM pg_class
                 WHERE relname = ANY ($1) AND relnamespace = 'public'::regnamespace
                   AND NOT (relrowsecurity AND relforcerowsecurity)",
                &[&TENANT_TABLES.map(str::to_owned).to_vec()],
            )
            .await?;
        // A table that is not there yet belongs to a newer schema than this database has.
        for row in &rows {
            let table: String = row.get(0);
            problems.push(format!("table {table} lacks forced row-level security"));
        }
        problems.extend(installation::misfits(tx, &self.portal).await?);
        Ok(problems)
    }
}
