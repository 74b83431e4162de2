//! Which portal a database belongs to, and for which program its schema was made.

use super::{StoreError, Tx, migrate};

/// Why this program must not use the database; nothing in one of before it was written down.
pub(super) async fn misfits(tx: &Tx<'_>, portal: &str) -> Result<Vec<String>, StoreError> {
    const READ: &str = "-- installation.read
        SELECT (SELECT host FROM installation), (SELECT max(version) FROM refinery_schema_history),
            current_database()::text";
    if !tx.has_table("installation").await? {
        return Ok(Vec::new());
    }
    let rows = tx.query(READ, &[]).await?;
    let (host, schema): (Option<String>, Option<i32>) = (rows[0].get(0), rows[0].get(1));
    let database: String = rows[0].get(2);
    let mut misfits = Vec::new();
    if let Some(host) = host.filter(|host| host != portal) {
        misfits.push(format!(
            "database {database} is the one of {host}, and this configuration is of {portal} (server.origin)"
        ));
    }
    let known = migrate::newest();
    if let Some(schema) = schema.filter(|schema| *schema > known) {
        misfits.push(format!(
            "database {database} has the schema V{schema} of a newer program, and this one ({}) knows V{known} at the most",
            env!("CARGO_PKG_VERSION")
        ));
    }
    Ok(misfits)
}
