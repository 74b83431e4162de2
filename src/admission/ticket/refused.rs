//! Why a ticket is refused: for the metric, and for what the page says.

/// Why a ticket is not believed. The page says so and gives a new place; it is never an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refused {
    /// Not exactly 64 characters.
    #[error("a ticket has 64 characters")]
    Length,
    /// Not base64url.
    #[error("a ticket is base64url")]
    Alphabet,
    /// Another version of the format.
    #[error("the ticket is of another version")]
    Version,
    /// A pass in the place of a ticket, or the like.
    #[error("the ticket is of another kind")]
    Kind,
    /// Signed with a key that is not in the ring, or not any more.
    #[error("the key of the ticket is not known")]
    Key,
    /// Not signed by us.
    #[error("the signature is wrong")]
    Signature,
    /// A lane that does not exist.
    #[error("the lane does not exist")]
    Lane,
    /// Of another event.
    #[error("the ticket is of another event")]
    Event,
    /// Of another generation of the queue.
    #[error("the queue has begun anew since")]
    Epoch,
    /// Its time is over.
    #[error("the ticket has expired")]
    Expired,
    /// Made later than now by more than clocks may differ.
    #[error("the ticket is from the future")]
    Future,
}

impl Refused {
    /// Every reason, for a metric that starts at zero.
    pub const ALL: [Self; 11] = [
        Self::Length,
        Self::Alphabet,
        Self::Version,
        Self::Kind,
        Self::Key,
        Self::Signature,
        Self::Lane,
        Self::Event,
        Self::Epoch,
        Self::Expired,
        Self::Future,
    ];

    /// The word of the metric's label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Alphabet => "alphabet",
            Self::Version => "version",
            Self::Kind => "kind",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Lane => "lane",
            Self::Event => "event",
            Self::Epoch => "epoch",
            Self::Expired => "expired",
            Self::Future => "future",
        }
    }
}
