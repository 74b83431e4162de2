//! Pages about one user of one's organisation.

/// A page about one user of one's organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserPage {
    /// What is kept of them.
    Show,
    /// The form for changing it.
    Change,
    /// Removing them.
    Remove,
    /// Suspending them.
    Suspend,
    /// Letting them in again.
    Reactivate,
    /// Inviting them again.
    Invite,
}

impl UserPage {
    pub(super) fn parse(name: Option<&str>) -> Option<Self> {
        match name {
            None => Some(Self::Show),
            Some("change") => Some(Self::Change),
            Some("remove") => Some(Self::Remove),
            Some("suspend") => Some(Self::Suspend),
            Some("reactivate") => Some(Self::Reactivate),
            Some("invite") => Some(Self::Invite),
            Some(_) => None,
        }
    }

    /// Whether it can be read, and whether it takes a form.
    pub(super) const fn reads_and_posts(self) -> (bool, bool) {
        match self {
            Self::Show => (true, false),
            Self::Change | Self::Remove | Self::Suspend => (true, true),
            Self::Reactivate | Self::Invite => (false, true),
        }
    }
}
