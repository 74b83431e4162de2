//! What keeps a session alive.

use super::Route;

impl Route<'_> {
    /// Whether somebody who opens it is at work: pages and the queue are, downloads and assets are not.
    pub fn keeps_session(&self) -> bool {
        matches!(
            self,
            Route::Page(_)
                | Route::School(..)
                | Route::Results
                | Route::Calculator
                | Route::Reconciliation(_)
                | Route::Organisation(_)
                | Route::User(..)
                | Route::Release(_)
                | Route::Account(..)
                | Route::Form(_)
                | Route::FormPage(..)
                | Route::QueueStatus
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_keep_a_session_and_files_do_not() {
        for (path, keeps) in [
            ("/", true),
            ("/results/8882045", true),
            ("/activity/holiday-dates", true),
            ("/activity/holiday-dates/HD4-7KQ-M9X/closed", true),
            ("/queue/status", true),
            ("/results/8882045/results.csv", false),
            ("/results/8882045/scripts.zip", false),
            ("/session/left", false),
            ("/assets/daybreak.css", false),
        ] {
            assert_eq!(Route::parse(path).unwrap().keeps_session(), keeps, "{path}");
        }
    }
}
