//! Hands over one message and says how it went: to a folder, over SMTP, or to GOV.UK Notify.

use std::time::Duration;

use jiff::Timestamp;

use crate::telemetry::Hidden;

pub mod folder;
pub mod notify;
pub mod smtp;
pub mod template;
mod value;

use folder::Folder;
use notify::Notify;
use smtp::Smtp;

/// Longest time that one call of a [`Sender`] takes.
pub const CALL_DEADLINE: Duration = Duration::from_secs(45);
/// Characters kept of what a provider says.
const REASON_CHARS_MAX: usize = 300;

/// One message as it is handed over.
#[derive(Clone, Debug)]
pub struct Message {
    /// Names it at every try.
    pub reference: String,
    /// Email address.
    pub to: Hidden<String>,
    /// One line.
    pub subject: Hidden<String>,
    /// Plain text, lines end in LF.
    pub body: Hidden<String>,
    /// When it was written, in service time.
    pub written_at: Timestamp,
}

/// From whom messages come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
    /// Email address.
    pub address: String,
    /// Name beside it.
    pub name: String,
}

/// How handing over went. Texts are a provider's, and may name the recipient: not for logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken; with the provider's id where it can be asked what became of it.
    Taken(Option<String>),
    /// It was surely not taken; later it may be.
    Later(String),
    /// No answer came: it may have been taken.
    Unknown(String),
    /// Its address takes no messages.
    Bounced(String),
    /// It never will be taken.
    Refused(String),
}

/// Whether a provider has a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// It has, with this id.
    Has(String),
    /// It has not.
    HasNot,
    /// Sending again changes nothing.
    SameAgain,
    /// It cannot be asked: sending again may make two.
    CannotTell,
    /// It did not answer.
    NoAnswer(String),
}

/// What became of a message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is on its way, or its provider did not say.
    Underway,
    /// It arrived.
    Delivered,
    /// Its address takes no messages.
    Bounced(String),
    /// The provider gave up.
    Failed(String),
}

/// Who takes messages.
#[derive(Clone, Debug)]
pub enum Sender {
    /// A folder that people look into.
    Folder(Folder),
    /// A server for mail.
    Smtp(Smtp),
    /// GOV.UK Notify.
    Notify(Notify),
}

impl Sender {
    /// Hands over a message. `now` is the machine's time.
    pub async fn send(&self, message: &Message, now: Timestamp) -> Outcome {
        match self {
            Self::Folder(folder) => folder.send(message),
            Self::Smtp(smtp) => smtp.send(message).await,
            Self::Notify(notify) => notify.send(message, now).await,
        }
    }

    /// Asks whether a message was taken whose answer never came.
    pub async fn look_up(&self, reference: &str, now: Timestamp) -> Lookup {
        match self {
            Self::Folder(_) => Lookup::SameAgain,
            Self::Smtp(_) => Lookup::CannotTell,
            Self::Notify(notify) => notify.look_up(reference, now).await,
        }
    }

    /// Asks what became of a message that was taken with an id.
    pub async fn follow(&self, receipt: &str, now: Timestamp) -> Fate {
        match self {
            Self::Folder(_) | Self::Smtp(_) => Fate::Underway,
            Self::Notify(notify) => notify.follow(receipt, now).await,
        }
    }
}

/// What a provider said, in one line of bounded length.
fn reason(text: &str) -> String {
    value::one_line(text).chars().take(REASON_CHARS_MAX).collect()
}
