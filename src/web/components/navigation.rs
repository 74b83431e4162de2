//! Where the reader is and where else they can go.

use askama::Template;
use askama::filters::HtmlSafe;

use super::parts::{Attributes, Classes, Content, Text};

/// One step of the way to a page.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Crumb {
    /// Its name.
    pub content: Content,
    /// Its address; none for the page itself.
    pub href: Text,
    /// Added attributes.
    pub attributes: Attributes,
}

/// The way to a page from the start.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/breadcrumbs.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Breadcrumbs {
    /// The steps, the first page first.
    pub items: Vec<Crumb>,
    /// On a phone only the first and the last are shown.
    pub collapse_on_mobile: bool,
    /// Names the landmark; "Breadcrumb" unless said.
    pub label_text: Text,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for Breadcrumbs {}

impl Breadcrumbs {
    /// Steps as pairs of name and address.
    pub fn of(steps: impl IntoIterator<Item = (Text, Text)>) -> Self {
        let items = steps.into_iter().map(|(name, href)| Crumb {
            content: name.into(),
            href,
            attributes: Attributes::default(),
        });
        Self { items: items.collect(), collapse_on_mobile: true, ..Self::default() }
    }
}

/// A page of a list.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct PageItem {
    /// Its number.
    pub number: Text,
    /// Its address.
    pub href: Text,
    /// It is this page.
    pub current: bool,
    /// Pages are left out here.
    pub ellipsis: bool,
    /// Read aloud in place of the number; "Page" and the number unless said.
    pub visually_hidden_text: Text,
    /// Added attributes.
    pub attributes: Attributes,
}

/// The page before or after.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct PageLink {
    /// Its address.
    pub href: Text,
    /// The words; "Previous" or "Next" unless said.
    pub content: Content,
    /// What is there.
    pub label_text: Text,
    /// Added attributes.
    pub attributes: Attributes,
}

impl PageLink {
    /// The page at this address.
    pub fn to(href: impl Into<Text>) -> Self {
        Self { href: href.into(), ..Self::default() }
    }
}

/// Leads through the pages of a list.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/pagination.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Pagination {
    /// The page before.
    pub previous: Option<PageLink>,
    /// The page after.
    pub next: Option<PageLink>,
    /// The pages by number.
    pub items: Vec<PageItem>,
    /// Names the landmark; "Pagination" unless said.
    pub landmark_label: Text,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for Pagination {}

impl Pagination {
    /// Page `current` of `last`, both counted from 1: the first, the last and the neighbours are shown.
    pub fn numbered(current: u32, last: u32, href: impl Fn(u32) -> String) -> Self {
        let link = |page: u32| PageLink::to(href(page));
        let near = |page: u32| page == 1 || page == last || page.abs_diff(current) <= 1;
        let mut items: Vec<PageItem> = Vec::new();
        for page in 1..=last {
            let skipped = items.last().is_some_and(|item| item.ellipsis);
            if near(page) {
                items.push(PageItem {
                    number: page.to_string().into(),
                    href: href(page).into(),
                    current: page == current,
                    ..PageItem::default()
                });
            } else if !skipped {
                items.push(PageItem { ellipsis: true, ..PageItem::default() });
            }
        }
        Self {
            previous: (current > 1).then(|| link(current - 1)),
            next: (current < last).then(|| link(current + 1)),
            items,
            ..Self::default()
        }
    }

    /// Without page numbers the two links stand one below the other.
    fn is_block(&self) -> bool {
        self.items.is_empty() && (self.next.is_some() || self.previous.is_some())
    }
}

/// A place in the service.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct NavItem {
    /// Its name.
    pub content: Content,
    /// Its address.
    pub href: Text,
    /// The page shown is this one.
    pub current: bool,
    /// The page shown is below this one.
    pub active: bool,
    /// Added attributes.
    pub attributes: Attributes,
}

impl NavItem {
    /// A place with its address.
    pub fn new(name: impl Into<Content>, href: impl Into<Text>) -> Self {
        Self { content: name.into(), href: href.into(), ..Self::default() }
    }

    /// Marks the place that the page belongs to.
    #[must_use]
    pub fn active(self) -> Self {
        Self { active: true, ..self }
    }

    fn aria_current(&self) -> &'static str {
        match (self.current, self.active) {
            (true, _) => "page",
            (false, true) => "true",
            (false, false) => "",
        }
    }
}

/// The places of the service, on every page.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/service-navigation.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct ServiceNavigation {
    /// Name of the service.
    pub service_name: Text,
    /// Its first page.
    pub service_url: Text,
    /// The places.
    pub navigation: Vec<NavItem>,
    /// On a phone the places hide behind a button; so they do when there are several, unless said.
    pub collapse_navigation_on_mobile: Option<bool>,
    /// The words of that button; "Menu" unless said.
    pub menu_button_text: Text,
    /// What it is called when read aloud, where that differs.
    pub menu_button_label: Text,
    /// Names the list of places; the button's words unless said.
    pub navigation_label: Text,
    /// Id of the list; `navigation` unless said.
    pub navigation_id: Text,
    /// Added classes of the list.
    pub navigation_classes: Classes,
    /// Names the landmark when the service has its name here.
    pub aria_label: Text,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for ServiceNavigation {}

impl ServiceNavigation {
    fn menu(&self) -> &str {
        or(&self.menu_button_text, "Menu")
    }

    fn collapses(&self) -> bool {
        self.collapse_navigation_on_mobile.unwrap_or(self.navigation.len() > 1)
    }
}

/// The text, or what stands in for an empty one.
fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(current: u32, last: u32, expected: &str) {
        let shown = Pagination::numbered(current, last, |page| format!("?page={page}"));
        let items = shown.items.iter().map(|item| match (item.ellipsis, item.current) {
            (true, _) => "…".to_owned(),
            (false, true) => format!("[{}]", item.number),
            (false, false) => item.number.to_string(),
        });
        assert_eq!(items.collect::<Vec<_>>().join(" "), expected);
        assert_eq!(shown.previous.is_some(), current > 1);
        assert_eq!(shown.next.is_some(), current < last);
    }

    #[test]
    fn a_long_list_shows_its_ends_and_where_one_is() {
        check(1, 1, "[1]");
        check(1, 3, "[1] 2 3");
        check(2, 4, "1 [2] 3 4");
        check(1, 9, "[1] 2 … 9");
        check(5, 9, "1 … 4 [5] 6 … 9");
        check(9, 9, "1 … 8 [9]");
    }
}
