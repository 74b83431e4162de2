//! Messages to users and to those who look after them, written with the change that they tell of.

use serde_json::{Value, json};

use super::By;
use crate::domain::access::{OrganisationKind, Permissions};
use crate::domain::users::permission_name;
use crate::store::{StoreError, Tx};

/// Permissions in the words that people know.
pub(super) fn permission_words(kind: OrganisationKind, permissions: Permissions) -> Value {
    permissions.iter().map(|permission| permission_name(kind, permission)).collect()
}

impl By {
    /// What every message says, with more.
    pub(super) fn content(&self, name: &str, more: Value) -> Value {
        let mut content = json!({ "name": name, "organisation": self.organisation_name });
        if let (Some(content), Value::Object(more)) = (content.as_object_mut(), more) {
            content.extend(more);
        }
        content
    }

    /// Queues a message; `why` and the instant of the change name its cause.
    pub(super) async fn tell(
        &self,
        tx: &Tx<'_>,
        recipient: &str,
        template: &'static str,
        content: &Value,
    ) -> Result<(), StoreError> {
        const SQL: &str = "-- users.tell
            INSERT INTO outbox (cause, recipient, organisation_id, template, content, queued_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let whom = content["email"].as_str().unwrap_or_default();
        let cause = format!("{template} {} {whom} {}", self.organisation, self.now);
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&cause, &recipient, &self.organisation, &template, content, &self.now];
        tx.execute(SQL, &values).await?;
        Ok(())
    }
}
