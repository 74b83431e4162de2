//! Buttons, and links that look like them.

use askama::Template;
use askama::filters::HtmlSafe;

use super::parts::{Attributes, Classes, Content, Text};

/// Sends a form, or leads to a first page when it has an `href`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/button.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Button {
    /// The words.
    pub content: Content,
    /// `submit` unless said.
    #[cfg_attr(test, serde(rename = "type"))]
    pub kind: Text,
    /// Name that is sent with the form.
    pub name: Text,
    /// Value that is sent with the form.
    pub value: Text,
    /// Makes it a link.
    pub href: Text,
    /// Its id, if something refers to it.
    pub id: Text,
    /// Nothing happens when it is pressed. Better is a button that says why.
    pub disabled: bool,
    /// The arrow of a start page.
    pub is_start_button: bool,
    /// A second press within a second is ignored (with the script).
    pub prevent_double_click: Option<bool>,
    /// Added classes, such as `govuk-button--secondary`.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for Button {}

impl Button {
    /// Sends the form it stands in; a double press sends it once.
    pub fn submit(content: impl Into<Content>) -> Self {
        Self { content: content.into(), prevent_double_click: Some(true), ..Self::default() }
    }

    /// A link to the first page of something.
    pub fn start(content: impl Into<Content>, href: impl Into<Text>) -> Self {
        let (content, href) = (content.into(), href.into());
        Self { content, href, is_start_button: true, ..Self::default() }
    }

    /// A link that looks like a button.
    pub fn link(content: impl Into<Content>, href: impl Into<Text>) -> Self {
        Self { content: content.into(), href: href.into(), ..Self::default() }
    }

    /// Less weight, for the second choice on a page.
    #[must_use]
    pub fn secondary(self) -> Self {
        Self { classes: "govuk-button--secondary".into(), ..self }
    }

    /// Red, for what cannot be taken back.
    #[must_use]
    pub fn warning(self) -> Self {
        Self { classes: "govuk-button--warning".into(), ..self }
    }

    /// What the form sends when this button was the one pressed.
    #[must_use]
    pub fn sending(self, name: impl Into<Text>, value: impl Into<Text>) -> Self {
        Self { name: name.into(), value: value.into(), ..self }
    }
}
