//! The password of a role, which an operator may change while connections are open.

use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::Connect;
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error};

use super::{Access, OwnConnection};
use crate::telemetry::Hidden;

/// What is in its file now; none when that cannot be read.
type Present = dyn Fn() -> Option<Hidden<String>> + Send + Sync;

/// A password that is asked for anew whenever a connection is opened. Clones share it.
#[derive(Clone)]
pub struct Password(Arc<Inner>);

struct Inner {
    present: Box<Present>,
    /// The one that last opened a connection, or was there at the start.
    worked: Mutex<Hidden<String>>,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

impl From<Hidden<String>> for Password {
    /// A password that never changes.
    fn from(password: Hidden<String>) -> Self {
        Self::kept(password, || None)
    }
}

impl Password {
    /// The password as it is now, and how to ask for it anew.
    pub fn kept(
        now: Hidden<String>,
        present: impl Fn() -> Option<Hidden<String>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner { present: Box::new(present), worked: Mutex::new(now) }))
    }

    /// Those to try, in this order: what is there now, then what last worked. So a file may be changed before the
    /// database is, on one node after the other.
    pub fn to_try(&self) -> Vec<Hidden<String>> {
        let worked = self.0.worked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut all: Vec<_> = (self.0.present)().into_iter().collect();
        if !all.contains(&worked) {
            all.push(worked);
        }
        all
    }

    fn worked(&self, password: Hidden<String>) {
        *self.0.worked.lock().unwrap_or_else(PoisonError::into_inner) = password;
    }
}

impl Access {
    /// Opens a connection with the first password that the server takes.
    pub(super) async fn open(&self) -> Result<(Client, OwnConnection), Error> {
        let mut settings = self.settings();
        let mut refused = None;
        for password in self.password.to_try() {
            match settings.password(password.expose()).connect(self.connector()).await {
                Ok(opened) => {
                    self.password.worked(password);
                    return Ok(opened);
                }
                Err(error) if error.code() == Some(&SqlState::INVALID_PASSWORD) => {
                    refused = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(refused.expect("at least one password was tried"))
    }
}

/// Opens the connections of a pool.
pub(super) struct Opening(pub(super) Access);

impl Connect for Opening {
    fn connect(
        &self,
        _settings: &Config,
    ) -> futures_util::future::BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        Box::pin(async {
            let (client, connection) = self.0.open().await?;
            Ok((client, drive(connection)))
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "it ends with its connection, which the pool drops")]
fn drive(connection: OwnConnection) -> JoinHandle<()> {
    tokio::spawn(async {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to the database has ended");
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_now_is_tried_before_what_last_worked() {
        let hidden = |text: &str| Hidden::new(text.to_owned());
        let file = Arc::new(Mutex::new(Some(hidden("old"))));
        let present = Arc::clone(&file);
        let password = Password::kept(hidden("old"), move || present.lock().unwrap().clone());
        assert_eq!(password.to_try(), [hidden("old")]);
        *file.lock().unwrap() = Some(hidden("new"));
        assert_eq!(password.to_try(), [hidden("new"), hidden("old")]);
        password.worked(hidden("new"));
        assert_eq!(password.to_try(), [hidden("new")], "the old one is forgotten");
        *file.lock().unwrap() = None;
        assert_eq!(password.to_try(), [hidden("new")], "a file that is gone changes nothing");
    }
}
