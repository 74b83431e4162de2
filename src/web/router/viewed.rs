//! What an address is to somebody who looks as an organisation sees the portal.

use super::Route;

/// What an address is to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewed {
    /// They see it as the organisation's users do.
    Shown,
    /// It names pupils, or counts few of them: it is not shown.
    Pupils,
    /// It is their own, or staff's, and no part of the look. So is whatever nobody has thought of.
    Own,
    /// It ends the look.
    Leaves,
}

impl Route<'_> {
    /// What it is to somebody who looks as an organisation.
    pub fn viewed(&self) -> Viewed {
        match self {
            Route::Page("/sign-out" | "/staff/view-as/end") => Viewed::Leaves,
            Route::Asset(_)
            | Route::QueueStatus
            | Route::SessionLeft
            | Route::Calculator
            | Route::Organisation(_)
            | Route::User(..)
            | Route::Mailbox(_)
            | Route::Page(
                "/"
                | "/activity"
                | "/organisation"
                | "/organisation/change"
                | "/organisation/check"
                | "/organisation/accesses"
                | "/users"
                | "/users/create"
                | "/users/create/check"
                | "/users/cover"
                | "/users/cover/check"
                | "/users/review"
                | "/help"
                | "/cookies"
                | "/accessibility"
                | "/status"
                | "/favicon.ico",
            ) => Viewed::Shown,
            Route::Results
            | Route::All(_)
            | Route::School(..)
            | Route::File(..)
            | Route::Script(..)
            | Route::Form(_)
            | Route::FormPage(..) => Viewed::Pupils,
            Route::Reconciliation(_)
            | Route::Release(_)
            | Route::Account(..)
            | Route::Link(..)
            | Route::Page(_) => Viewed::Own,
        }
    }
}
