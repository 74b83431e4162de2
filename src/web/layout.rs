//! The frame of every page: head, header, navigation, main part, footer.
//!
//! A page is a struct with a field `layout` and a template that extends this one:
//!
//! ```text
//! #[derive(Template)]
//! #[template(path = "school-details.html")]
//! struct SchoolDetails {
//!     layout: Layout,
//!     telephone: Input,
//!     save: Button,
//! }
//! ```
//!
//! ```text
//! {% extends "layout.html" %}
//! {% block content %}
//! <h1 class="govuk-heading-l">School details</h1>
//! <form method="post" novalidate>
//!   {{ layout.csrf_field() }}
//!   {{ telephone }}
//!   {{ save }}
//! </form>
//! {% endblock %}
//! ```
//!
//! `content` stands in a column of two thirds, which suits text and forms; a page with a wide table
//! overrides the block `main` instead and writes its own grid rows. `Layout::errors` prints the summary
//! above the content and puts "Error: " before the title, so a page cannot have one without the other.

use std::fmt;

use askama::filters::HtmlSafe;

use super::components::{
    BackLink, Breadcrumbs, ErrorSummary, Html, NavItem, NotificationBanner, PhaseBanner,
    ServiceNavigation, SkipLink, Text,
};

/// The script that every page has inline, byte for byte: the policy of the site names its digest.
const INLINE_SCRIPT: &str = "document.body.className += ' js-enabled' + ('noModule' in HTMLScriptElement.prototype ? ' govuk-frontend-supported' : '');";

/// SHA-256 of the inline script as the policy `script-src` names it.
pub const INLINE_SCRIPT_SHA256: &str = "sha256-GUQ5ad8JK5KmEWmROf3LZd9ge94daqNvd8xy9YS1iDw=";

/// Who is signed in, as the header shows it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The person's name.
    pub name: Text,
    /// The organisation they act for.
    pub organisation: Text,
    /// Where to act for another one; none for people with one membership.
    pub switch_href: Option<Text>,
}

/// As whom somebody looks, and until when.
#[derive(Clone, Debug)]
pub struct Views {
    /// The organisation.
    pub organisation: Text,
    /// Why.
    pub reason: Text,
    /// The time of day when it ends.
    pub until: Text,
}

/// Until when somebody is signed in, if they do nothing more.
#[derive(Clone, Debug)]
pub struct Lasts {
    /// The time of day.
    pub until: Text,
    /// Seconds from now on, for the script.
    pub seconds: i64,
}

/// What stands between the header and the main part.
#[derive(Clone, Debug, Default)]
pub enum Before {
    /// Nothing.
    #[default]
    Nothing,
    /// A link to the page before.
    Back(BackLink),
    /// The way to this page.
    Breadcrumbs(Breadcrumbs),
}

impl fmt::Display for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            // In a landmark, so that people who move by landmarks meet it.
            Self::Back(link) => write!(f, "<nav aria-label=\"Back\">{link}</nav>"),
            Self::Breadcrumbs(way) => way.fmt(f),
        }
    }
}
impl HtmlSafe for Before {}

/// Everything around the content of a page.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Title of the page, without the name of the service; begins with the page's own heading.
    pub title: Text,
    /// What is wrong with the answers on the page.
    pub errors: Option<ErrorSummary>,
    /// The places in the navigation; empty before signing in.
    pub navigation: Vec<NavItem>,
    /// Who is signed in.
    pub signed_in: Option<SignedIn>,
    /// As whom they look, of staff who do.
    pub views: Option<Views>,
    /// How long the session lasts.
    pub lasts: Option<Lasts>,
    /// The token that every form of the page sends back; empty when the page has no form.
    pub csrf: Text,
    /// Back link or breadcrumbs.
    pub before: Before,
    /// In which phase the service is.
    pub phase: Option<PhaseBanner>,
    /// News above the content, such as what was just done.
    pub banner: Option<NotificationBanner>,
    /// Loads the page again after so many seconds, without a script.
    pub refresh_seconds: Option<u32>,
    /// Loads this address then, in place of the page's own.
    pub refresh_to: Text,
}

impl Layout {
    /// A page with this title and nothing around it.
    pub fn titled(title: impl Into<Text>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Errors as pairs of a control's id and its message; none leaves the page as it is.
    #[must_use]
    pub fn errors(self, errors: Vec<(Text, Text)>) -> Self {
        Self { errors: (!errors.is_empty()).then(|| ErrorSummary::of(errors)), ..self }
    }

    /// A link to the page before.
    #[must_use]
    pub fn back(self, href: impl Into<Text>) -> Self {
        Self { before: Before::Back(BackLink::to(href)), ..self }
    }

    /// The hidden field of a form that changes something.
    pub fn csrf_field(&self) -> CsrfField<'_> {
        CsrfField(&self.csrf)
    }

    pub(in crate::web) fn places(&self) -> Option<ServiceNavigation> {
        (!self.navigation.is_empty()).then(|| ServiceNavigation {
            navigation: self.navigation.clone(),
            ..ServiceNavigation::default()
        })
    }
}

/// The inline script, for the template.
pub(super) fn inline_script() -> Html {
    Html::trusted(INLINE_SCRIPT)
}

/// The first link of every page, for the template.
pub(super) fn skip_link() -> SkipLink {
    let content = "Skip to main content".into();
    SkipLink { content, href: "#main-content".into(), ..SkipLink::default() }
}

/// The hidden field that proves that a form came from a page of ours.
#[derive(Debug, askama::Template)]
#[template(source = r#"<input type="hidden" name="_csrf" value="{{ self.0 }}">"#, ext = "html")]
pub struct CsrfField<'a>(&'a str);
impl HtmlSafe for CsrfField<'_> {}

#[cfg(test)]
mod tests;
