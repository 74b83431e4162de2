//! What every form control has: name, label, hint, error message.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;

use super::parts::{Attributes, Classes, Content, Text};

/// The name of a control, as people read it.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Label {
    /// The words.
    pub content: Content,
    /// It is also the heading of the page.
    pub is_page_heading: bool,
    /// Id of the control when the label stands alone.
    #[cfg_attr(test, serde(rename = "for"))]
    pub for_id: Text,
    /// Added classes, such as `govuk-label--l`.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for Label {}

/// Help with an answer.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Hint {
    /// The help.
    pub content: Content,
    /// Its id when it stands alone.
    pub id: Text,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for Hint {}

/// What is wrong with an answer and how to put it right.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct ErrorMessage {
    /// The message.
    pub content: Content,
    /// Its id when it stands alone.
    pub id: Text,
    /// Read aloud before it: "Error" unless said; an empty text for nothing.
    pub visually_hidden_text: Option<Text>,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for ErrorMessage {}

impl<T: Into<Content>> From<T> for Label {
    fn from(content: T) -> Self {
        Self { content: content.into(), ..Self::default() }
    }
}
impl<T: Into<Content>> From<T> for Hint {
    fn from(content: T) -> Self {
        Self { content: content.into(), ..Self::default() }
    }
}
impl<T: Into<Content>> From<T> for ErrorMessage {
    fn from(content: T) -> Self {
        Self { content: content.into(), ..Self::default() }
    }
}

/// A part of a control together with the control it belongs to.
#[derive(Template)]
#[template(path = "components/label.html")]
pub(super) struct LabelOf<'a> {
    label: &'a Label,
    id: &'a str,
}
impl HtmlSafe for LabelOf<'_> {}

#[derive(Template)]
#[template(path = "components/hint.html")]
pub(super) struct HintOf<'a> {
    hint: &'a Hint,
    id: &'a str,
    suffix: &'static str,
    kind: &'static str,
}
impl HtmlSafe for HintOf<'_> {}

#[derive(Template)]
#[template(path = "components/error-message.html")]
pub(super) struct ErrorOf<'a> {
    error: &'a ErrorMessage,
    id: &'a str,
    suffix: &'static str,
}
impl HtmlSafe for ErrorOf<'_> {}

impl Label {
    /// The label of the control with this id.
    pub(super) fn of<'a>(&'a self, id: &'a str) -> LabelOf<'a> {
        LabelOf { label: self, id }
    }
}

impl Hint {
    /// The hint of the control with this id.
    pub(super) fn of<'a>(&'a self, id: &'a str) -> HintOf<'a> {
        HintOf { hint: self, id, suffix: "-hint", kind: "" }
    }

    /// The hint of one choice of this kind of list.
    pub(super) fn of_item<'a>(&'a self, id: &'a str, kind: &'static str) -> HintOf<'a> {
        HintOf { hint: self, id, suffix: "-item-hint", kind }
    }
}

impl ErrorMessage {
    /// The message at the control with this id.
    pub(super) fn of<'a>(&'a self, id: &'a str) -> ErrorOf<'a> {
        ErrorOf { error: self, id, suffix: "-error" }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.of(&self.for_id).fmt(f)
    }
}
impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        HintOf { hint: self, id: &self.id, suffix: "", kind: "" }.fmt(f)
    }
}
impl fmt::Display for ErrorMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ErrorOf { error: self, id: &self.id, suffix: "" }.fmt(f)
    }
}

/// The block around a control.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct FormGroup {
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}

/// What a control with one answer has; `Input`, `Select` and the like hold one.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Field {
    /// Name under which the answer is sent.
    pub name: Text,
    /// Id of the control; the name unless said.
    pub id: Text,
    /// The question.
    pub label: Label,
    /// Help with it.
    pub hint: Option<Hint>,
    /// What is wrong with the answer given.
    pub error_message: Option<ErrorMessage>,
    /// Ids of other texts that describe it.
    pub described_by: Text,
    /// The block around it.
    pub form_group: FormGroup,
    /// Added classes of the control, such as `govuk-input--width-5`.
    pub classes: Classes,
    /// Added attributes of the control.
    pub attributes: Attributes,
    /// The answer cannot be changed and is not sent.
    pub disabled: bool,
}

impl Field {
    /// A control of this name with this question.
    pub fn new(name: impl Into<Text>, label: impl Into<Label>) -> Self {
        Self { name: name.into(), label: label.into(), ..Self::default() }
    }

    /// Adds help.
    #[must_use]
    pub fn hint(self, hint: impl Into<Hint>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Adds what is wrong, if something is.
    #[must_use]
    pub fn error(self, message: Option<Text>) -> Self {
        Self { error_message: message.map(ErrorMessage::from), ..self }
    }

    /// Adds classes to the control.
    #[must_use]
    pub fn classes(self, classes: impl Into<Text>) -> Self {
        Self { classes: Classes::from(classes), ..self }
    }

    /// Makes the question the heading of the page.
    #[must_use]
    pub fn page_heading(mut self) -> Self {
        self.label.is_page_heading = true;
        self.label.classes = "govuk-label--l".into();
        self
    }

    /// Id of the control, to which the error summary leads.
    pub fn id(&self) -> &str {
        if self.id.is_empty() { &self.name } else { &self.id }
    }

    /// Ids of all texts that describe the control, in the order they are read.
    pub(super) fn describers(&self) -> String {
        describers(&self.described_by, self.id(), self.hint.as_ref(), self.error_message.as_ref())
    }
}

/// Joins the ids of the texts that describe a control.
pub(super) fn describers(
    given: &str,
    id: &str,
    hint: Option<&Hint>,
    error: Option<&ErrorMessage>,
) -> String {
    let hint = hint.map(|_| format!("{id}-hint"));
    let error = error.map(|_| format!("{id}-error"));
    let given = Some(given.to_owned()).filter(|given| !given.is_empty());
    [given, hint, error].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
