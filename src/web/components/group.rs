//! Questions with several controls, and the fieldset that holds them together.

use askama::Template;
use askama::filters::HtmlSafe;

use super::field::{ErrorMessage, FormGroup, Hint, describers};
use super::parts::{Attributes, Classes, Content, Text};

/// The question of a fieldset.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/legend.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Legend {
    /// The words.
    pub content: Content,
    /// It is also the heading of the page.
    pub is_page_heading: bool,
    /// Added classes, such as `govuk-fieldset__legend--l`.
    pub classes: Classes,
}
impl HtmlSafe for Legend {}

impl<T: Into<Content>> From<T> for Legend {
    fn from(content: T) -> Self {
        Self { content: content.into(), ..Self::default() }
    }
}

/// Controls that answer one question together.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/fieldset.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Fieldset {
    /// The question.
    pub legend: Legend,
    /// The controls.
    pub content: Content,
    /// Ids of other texts that describe it.
    pub described_by: Text,
    /// Its role, where the element's own is not right.
    pub role: Text,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for Fieldset {}

impl Fieldset {
    /// A fieldset around controls written elsewhere.
    pub fn around(legend: impl Into<Legend>, content: impl Into<Content>) -> Self {
        Self { legend: legend.into(), content: content.into(), ..Self::default() }
    }
}

/// What a question with several controls has; `Radios`, `Checkboxes` and `DateInput` hold one.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Group {
    /// Name under which the answers are sent.
    pub name: Text,
    /// Begins the id of each control; the name unless said.
    pub id_prefix: Text,
    /// The question.
    pub fieldset: Option<Fieldset>,
    /// Help with it.
    pub hint: Option<Hint>,
    /// What is wrong with the answer given.
    pub error_message: Option<ErrorMessage>,
    /// Ids of other texts that describe it.
    pub described_by: Text,
    /// The block around it.
    pub form_group: FormGroup,
    /// Added classes of the list of controls.
    pub classes: Classes,
    /// Added attributes of the list of controls.
    pub attributes: Attributes,
}

impl Group {
    /// Controls of this name that answer this question.
    pub fn new(name: impl Into<Text>, legend: impl Into<Legend>) -> Self {
        let fieldset = Fieldset { legend: legend.into(), ..Fieldset::default() };
        Self { name: name.into(), fieldset: Some(fieldset), ..Self::default() }
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

    /// Adds classes to the list of controls, such as `govuk-radios--inline`.
    #[must_use]
    pub fn classes(self, classes: impl Into<Text>) -> Self {
        Self { classes: Classes::from(classes), ..self }
    }

    /// Makes the question the heading of the page.
    #[must_use]
    pub fn page_heading(mut self) -> Self {
        if let Some(fieldset) = &mut self.fieldset {
            fieldset.legend.is_page_heading = true;
            fieldset.legend.classes = "govuk-fieldset__legend--l".into();
        }
        self
    }

    /// Begins the id of each control; alone it is the id of the first, to which the error summary leads.
    pub fn id(&self) -> &str {
        if self.id_prefix.is_empty() { &self.name } else { &self.id_prefix }
    }

    /// Ids of all texts that describe the question, in the order they are read.
    pub(super) fn describers(&self) -> String {
        let given = match &self.fieldset {
            Some(fieldset) if !fieldset.described_by.is_empty() => &fieldset.described_by,
            _ => &self.described_by,
        };
        describers(given, self.id(), self.hint.as_ref(), self.error_message.as_ref())
    }
}
