//! What can be wrong with an answer.

use std::fmt;

/// One thing that a person would complain about. Anything here counts as an error of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// No connection, or no TLS.
    Connect,
    /// No byte for longer than a browser would wait.
    Timeout,
    /// The connection broke before the answer was complete.
    Broken,
    /// A status that the address must not answer with.
    Status(u16),
    /// Larger than anything this address should send.
    TooLarge,
    /// `Content-Length` is missing, or is not the number of bytes that came.
    Length,
    /// A download without `ETag`, `Last-Modified`, `Accept-Ranges` or `Content-Disposition`.
    Header,
    /// The same file had another digest or another `ETag` when it was asked for again.
    Changed,
    /// `If-None-Match` with the file's own `ETag` was not answered with 304.
    NotRevalidated,
    /// The body is not the kind of file that it should be.
    Format,
    /// The page or file does not belong to the person's school, or names another school.
    WrongSchool,
    /// A row, an entry or a digest inside a file is wrong.
    Contents,
    /// Another school's file was not refused with 404.
    Leak,
    /// A result came before its instant.
    Early,
    /// A page without the form, the results or the link that it must have.
    Page,
    /// The waiting page lacks `Refresh` or may be stored by caches.
    WaitingPage,
    /// `/queue/status` is not the JSON of the contract.
    QueueStatus,
    /// The position in the queue rose.
    Rose,
    /// The queue said `admitted`, and the sign-in page still made the person wait.
    CalledInVain,
    /// The person gave up: too long in the queue, or too many reloads.
    GaveUp,
}

impl Fault {
    fn words(self) -> &'static str {
        match self {
            Self::Connect => "no connection",
            Self::Timeout => "timed out",
            Self::Broken => "cut off",
            Self::Status(_) => "status",
            Self::TooLarge => "too large",
            Self::Length => "wrong Content-Length",
            Self::Header => "header missing",
            Self::Changed => "changed when asked again",
            Self::NotRevalidated => "not revalidated",
            Self::Format => "not the right kind of file",
            Self::WrongSchool => "wrong school",
            Self::Contents => "wrong contents",
            Self::Leak => "another school's file",
            Self::Early => "before its instant",
            Self::Page => "page is incomplete",
            Self::WaitingPage => "waiting page is incomplete",
            Self::QueueStatus => "queue status cannot be read",
            Self::Rose => "position rose",
            Self::CalledInVain => "called in vain",
            Self::GaveUp => "gave up",
        }
    }

    /// Whether asking again may help: the machine failed, not the contents.
    pub(crate) fn is_passing(self) -> bool {
        matches!(self, Self::Connect | Self::Timeout | Self::Broken)
            || matches!(self, Self::Status(code) if code == 429 || code >= 500)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(code) => write!(f, "status {code}"),
            other => f.write_str(other.words()),
        }
    }
}
