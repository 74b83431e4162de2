//! What a page tells: errors, news and confirmations.

use askama::Template;
use askama::filters::HtmlSafe;

use super::button::Button;
use super::parts::{Attributes, Classes, Content, Text};

/// One error and the control it belongs to.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct ErrorLink {
    /// The same words as at the control.
    pub content: Content,
    /// `#` and the id of the control.
    pub href: Text,
    /// Added attributes.
    pub attributes: Attributes,
}

/// Everything that is wrong on a page, at its top.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/error-summary.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct ErrorSummary {
    /// Its heading.
    pub title: Content,
    /// Stands before the errors.
    pub description: Content,
    /// The errors, in the order of the controls.
    pub error_list: Vec<ErrorLink>,
    /// The focus stays where it is.
    pub disable_auto_focus: Option<bool>,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for ErrorSummary {}

impl ErrorSummary {
    /// Errors as pairs of a control's id and its message.
    pub fn of(errors: impl IntoIterator<Item = (Text, Text)>) -> Self {
        let error_list = errors.into_iter().map(|(id, message)| ErrorLink {
            content: message.into(),
            href: format!("#{id}").into(),
            attributes: Attributes::default(),
        });
        let title = "There is a problem".into();
        Self { title, error_list: error_list.collect(), ..Self::default() }
    }
}

/// News that is not part of the page below it.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/notification-banner.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct NotificationBanner {
    /// The news.
    pub content: Content,
    /// `success` makes it green and has it read at once.
    #[cfg_attr(test, serde(rename = "type"))]
    pub kind: Text,
    /// Its heading; "Important" or "Success" unless said.
    pub title: Content,
    /// Level of the heading; 2 unless said.
    pub title_heading_level: Option<u8>,
    /// Id of the heading; needed when a page has two banners.
    pub title_id: Text,
    /// Its role, where the kind's own is not right.
    pub role: Text,
    /// The focus stays where it is.
    pub disable_auto_focus: Option<bool>,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for NotificationBanner {}

impl NotificationBanner {
    /// News, such as a deadline.
    pub fn news(content: impl Into<Content>) -> Self {
        Self { content: content.into(), ..Self::default() }
    }

    /// Something was done.
    pub fn success(content: impl Into<Content>) -> Self {
        Self { kind: "success".into(), ..Self::news(content) }
    }

    fn role(&self) -> &str {
        match (self.role.as_ref(), self.is_success()) {
            ("", true) => "alert",
            ("", false) => "region",
            (role, _) => role,
        }
    }

    fn is_success(&self) -> bool {
        self.kind == "success"
    }
}

/// What can be pressed on an interruption.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct PanelAction {
    /// The words.
    pub content: Content,
    /// Where it leads.
    pub href: Text,
    /// `button` makes a link look like one.
    #[cfg_attr(test, serde(rename = "type"))]
    pub kind: Text,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}

impl PanelAction {
    fn is_button(&self) -> bool {
        self.href.is_empty() || self.kind == "button"
    }

    fn button(&self) -> Button {
        Button {
            content: self.content.clone(),
            kind: if self.kind.is_empty() { "button".into() } else { self.kind.clone() },
            href: self.href.clone(),
            classes: format!("govuk-button--inverse{}", self.classes).into(),
            attributes: self.attributes.clone(),
            ..Button::default()
        }
    }
}

/// The actions of an interruption.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct PanelActions {
    /// Each of them.
    pub items: Vec<PanelAction>,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}

/// The confirmation that ends a journey, or an interruption of it.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/panel.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Panel {
    /// What was done.
    pub title: Content,
    /// The reference, or what to know before going on.
    pub content: Content,
    /// Level of the heading; 1 unless said.
    pub heading_level: Option<u8>,
    /// What can be pressed, when `classes` is `govuk-panel--interruption`.
    pub actions: Option<PanelActions>,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for Panel {}

impl Panel {
    /// Confirms that something was done.
    pub fn confirmation(title: impl Into<Content>, content: impl Into<Content>) -> Self {
        Self { title: title.into(), content: content.into(), ..Self::default() }
    }

    fn is_interruption(&self) -> bool {
        self.classes.mention("govuk-panel--interruption")
    }
}
