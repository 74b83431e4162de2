//! Pages for staff about one release or one account.

use super::{Route, laestab, row_id};

/// A page about one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountPage {
    /// What is kept of it.
    Show,
    /// Letting its owner in again.
    Unlock,
    /// Taking away its second factor.
    Reset,
}

impl AccountPage {
    fn parse(name: Option<&str>) -> Option<Self> {
        match name {
            None => Some(Self::Show),
            Some("unlock") => Some(Self::Unlock),
            Some("second-factor") => Some(Self::Reset),
            Some(_) => None,
        }
    }

    /// Whether it can be read, and whether it takes a form.
    pub(super) const fn reads_and_posts(self) -> (bool, bool) {
        match self {
            Self::Show => (true, false),
            Self::Unlock | Self::Reset => (false, true),
        }
    }
}

/// What stands below `/staff` and is no ordinary page.
pub(super) fn parse<'a>(
    place: &str,
    below: Option<&'a str>,
    page: Option<&str>,
) -> Option<Route<'a>> {
    match (place, below, page) {
        ("reconciliation", None, None) => Some(Route::Reconciliation(None)),
        ("reconciliation", Some(school), None) => {
            Some(Route::Reconciliation(Some(laestab(school)?)))
        }
        ("releases", Some(id), None) => is_release(id).then_some(Route::Release(id)),
        ("users", Some(id), page) => Some(Route::Account(row_id(id)?, AccountPage::parse(page)?)),
        _ => None,
    }
}

/// Whether a text can be the name of a release, such as `2024-1f3a9c20`.
fn is_release(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=40).contains(&id.len()) && id.bytes().all(plain)
}
