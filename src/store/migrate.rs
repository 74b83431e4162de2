//! Schema migrations: numbered files, added and never edited, run by the owner.

use super::{Access, StoreError};

mod embedded {
    refinery::embed_migrations!("src/store/migrations");
}

/// The newest version of the schema that this program knows.
pub(super) fn newest() -> i32 {
    let runner = embedded::migrations::runner();
    runner.get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// Brings the schema to the newest version, writes down that it is the portal's with this host name, and names the
/// migrations that ran. Safe to run twice.
pub async fn migrate(owner: &Access, portal: &str) -> Result<Vec<String>, StoreError> {
    const OURS: &str = "-- migrate.installation
        INSERT INTO installation (host) VALUES ($1)
        ON CONFLICT (only_row) DO UPDATE SET host = excluded.host";
    let (mut client, connection) = owner.connect().await?;
    let driver = async {
        let report = embedded::migrations::runner().run_async(&mut client).await;
        let report = report.map_err(StoreError::Migration)?;
        let failed = |source| StoreError::Query { name: "migrate", source };
        client.execute(OURS, &[&portal]).await.map_err(failed)?;
        drop(client);
        Ok::<_, StoreError>(report)
    };
    let (report, _closed) = tokio::join!(driver, connection);
    let report = report?;
    Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
}
