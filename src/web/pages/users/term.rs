//! How the present term's review stands, and the way to it.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::domain::calendar::{day, day_in_words};
use crate::service::users::Review;
use crate::web::components::{InsetText, WarningText};

/// The block of every page that lists users.
#[derive(Debug, Template)]
#[template(path = "users-term.html")]
pub struct Term {
    overdue: Option<WarningText>,
    review: Option<InsetText>,
}
impl HtmlSafe for Term {}

impl Term {
    /// A warning when it is overdue, else what is to be done or was.
    pub fn new(review: &Review) -> Self {
        let by = day_in_words(review.by);
        match &review.done {
            Some(done) => {
                let on = day_in_words(day(done.at));
                Self::told(format!("The users of this term were confirmed on {on} by {}.", done.by))
            }
            None if review.overdue => {
                let words = format!(
                    "The check of this term's users is overdue. It was to be done by {by}. \
                     Look at everybody, and confirm who stays."
                );
                Self { overdue: Some(WarningText::new(words)), review: None }
            }
            None => Self::told(format!(
                "This term, somebody must confirm by {by} that everybody here should still be."
            )),
        }
    }

    fn told(words: String) -> Self {
        Self { overdue: None, review: Some(InsetText::new(words)) }
    }
}
