//! What opens to somebody who has to do something else first.

use super::Route;

impl Route<'_> {
    /// Whether it opens to somebody who is asked for another password first.
    pub fn opens_before_password(&self) -> bool {
        match self {
            Route::Asset(_) | Route::QueueStatus | Route::Link(..) => true,
            Route::Page(path) => matches!(
                *path,
                "/account/password"
                    | "/sign-out"
                    | "/forgotten-password"
                    | "/help"
                    | "/cookies"
                    | "/accessibility"
                    | "/status"
                    | "/favicon.ico"
            ),
            _ => false,
        }
    }

    /// Whether it opens to somebody who has to set up a second factor first.
    pub fn opens_before_second_factor(&self) -> bool {
        match self {
            Route::Asset(_) | Route::SessionLeft | Route::QueueStatus | Route::Mailbox(_) => true,
            Route::Page(path) => matches!(
                *path,
                "/sign-out"
                    | "/session"
                    | "/account/second-factor"
                    | "/account/second-factor/app"
                    | "/account/second-factor/codes"
                    | "/account/sessions"
                    | "/account/password"
                    | "/help"
                    | "/accessibility"
                    | "/cookies"
                    | "/status"
                    | "/favicon.ico"
            ),
            _ => false,
        }
    }
}
