//! Schema migrations: numbered files, added and never edited, run by the owner.

use super::{Access, CONNECT_WAIT, StoreError};

mod embedded {
    refinery::embed_migrations!("src/store/migrations");
}

/// Brings the schema to the newest version and names the migrations that ran. Safe to run twice.
pub async fn migrate(owner: &Access) -> Result<Vec<String>, StoreError> {
    let connecting = owner.connect(tokio_postgres::NoTls);
    let (mut client, connection) = tokio::time::timeout(CONNECT_WAIT, connecting)
        .await
        .map_err(|elapsed| StoreError::Unreachable(elapsed.into()))?
        .map_err(|error| StoreError::Unreachable(error.into()))?;
    let driver = async {
        let done = embedded::migrations::runner().run_async(&mut client).await;
        drop(client);
        done
    };
    let (report, _closed) = tokio::join!(driver, connection);
    let report = report.map_err(StoreError::Migration)?;
    Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
}
