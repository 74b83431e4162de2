//! Roles and database of a new cluster, made by its superuser.

use tokio_postgres::NoTls;

use super::{Access, StoreError};

/// The statements that an operator runs once in production; one file for both.
const ROLES_SQL: &str = include_str!("../../deploy/postgres/roles.sql");

/// Makes the four login roles with one password, and the database. Safe to run twice.
pub async fn bootstrap(
    superuser: &Access,
    database: &str,
    roles: &[&str],
    password: &str,
) -> Result<(), StoreError> {
    let failed = |source| StoreError::Query { name: "bootstrap", source };
    let connecting = superuser.connect(NoTls).await;
    let (client, connection) = connecting.map_err(|e| StoreError::Unreachable(e.into()))?;
    let work = async {
        let known = "-- bootstrap.known\nSELECT count(*) FROM pg_roles WHERE rolname = ANY ($1)";
        let names: Vec<&str> = roles.to_vec();
        let count: i64 = client.query_one(known, &[&names]).await.map_err(failed)?.get(0);
        if count == 0 {
            client.batch_execute(ROLES_SQL).await.map_err(failed)?;
        }
        for role in roles {
            // Identifiers and passwords of DDL cannot be parameters; both are made by this program.
            let sql = format!("ALTER ROLE {role} PASSWORD '{password}'");
            client.batch_execute(&sql).await.map_err(failed)?;
        }
        let exists = "-- bootstrap.exists\nSELECT FROM pg_database WHERE datname = $1";
        if client.query(exists, &[&database]).await.map_err(failed)?.is_empty() {
            let sql = format!("CREATE DATABASE {database} OWNER {}", roles[0]);
            client.batch_execute(&sql).await.map_err(failed)?;
        }
        drop(client);
        Ok(())
    };
    let (done, _closed) = tokio::join!(work, connection);
    done
}
