//! Pages in place of results: what happened, what it means, what to do, when to look again.

use askama::Template;

use super::within;
use crate::web::layout::Layout;

/// Why there are no results to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    NoPermission,
    NoResults,
    NoRelease,
    Held,
}

/// A page in place of results.
#[derive(Debug, Template)]
#[template(path = "not-here.html")]
pub struct NotHere {
    layout: Layout,
    why: Why,
}

impl NotHere {
    /// The account's permissions do not open results.
    pub fn no_permission(layout: Layout) -> Self {
        Self::new(layout, Why::NoPermission)
    }

    /// The release has nothing of this organisation.
    pub fn no_results(layout: Layout) -> Self {
        Self::new(layout, Why::NoResults)
    }

    /// No day is fixed.
    pub fn no_release(layout: Layout) -> Self {
        Self::new(layout, Why::NoRelease)
    }

    /// A release officer holds results back.
    pub fn held(layout: Layout) -> Self {
        Self::new(layout, Why::Held)
    }

    fn new(layout: Layout, why: Why) -> Self {
        let title = match why {
            Why::NoPermission => "You cannot open results",
            Why::NoResults => "There are no results for you here",
            Why::NoRelease => "No day is set for results yet",
            Why::Held => "Results are held back for now",
        };
        Self { layout: within(Layout { title: title.into(), ..layout }, "/results"), why }
    }
}
