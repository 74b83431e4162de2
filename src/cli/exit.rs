//! Exit codes and the messages that go with them.

use std::error::Error;
use std::process::ExitCode;

use crate::service::desk::NotDone;
use crate::store::StoreError;
use crate::telemetry::chain;

/// Why a command failed, by exit code.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// 1: it did not work.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// 2: asked in a way that cannot work.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }

    /// 65: the data is bad.
    pub fn data(message: impl Into<String>) -> Self {
        Self { code: 65, message: message.into() }
    }

    /// 69: a service that is needed is not there.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { code: 69, message: message.into() }
    }

    /// 78: the configuration is bad.
    pub fn configuration(message: impl Into<String>) -> Self {
        Self { code: 78, message: message.into() }
    }

    /// 1, with all causes of an error.
    pub fn of(error: &dyn Error) -> Self {
        Self::failed(chain(error))
    }

    /// Whether a service that was needed is not there.
    pub fn is_unavailable(&self) -> bool {
        self.code == 69
    }

    /// The message alone.
    pub fn into_message(self) -> String {
        self.message
    }

    /// Prints the message and gives the code.
    pub fn report(&self) -> ExitCode {
        super::say(&format!("daybreak: {}", self.message));
        ExitCode::from(self.code)
    }
}

impl From<NotDone> for Failure {
    fn from(error: NotDone) -> Self {
        match error {
            NotDone::Store(error) => error.into(),
            NotDone::NoRight => Self::of(&error),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let message = chain(&error);
        if error.is_refused() {
            Self::configuration(message)
        } else if error.is_unreachable() {
            Self::unavailable(message)
        } else {
            Self::failed(message)
        }
    }
}
