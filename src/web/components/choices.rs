//! Radios, checkboxes and selects.

use askama::Template;
use askama::filters::HtmlSafe;

use super::field::{Field, Hint};
use super::group::Group;
use super::parts::{Attributes, Classes, Content, Html, Text};

/// How the label of a choice differs.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct ChoiceLabel {
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}

/// One of several answers, or the word between two of them.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Choice {
    /// What is sent when it is chosen.
    pub value: Text,
    /// The answer.
    pub content: Content,
    /// Its id; made from the group's unless said.
    pub id: Text,
    /// Its own name, for a checkbox; the group's unless said.
    pub name: Text,
    /// Help with it.
    pub hint: Option<Hint>,
    /// Chosen or not, whatever the group's value says.
    pub checked: Option<bool>,
    /// It cannot be chosen.
    pub disabled: bool,
    /// Makes it the word between two choices.
    pub divider: Text,
    /// Shown when it is chosen (always shown without the script).
    pub conditional: Option<Html>,
    /// `exclusive` for the checkbox that clears the others.
    pub behaviour: Text,
    /// Its label.
    pub label: ChoiceLabel,
    /// Added attributes.
    pub attributes: Attributes,
}

impl Choice {
    /// This answer, sent as `value`.
    pub fn new(value: impl Into<Text>, content: impl Into<Content>) -> Self {
        Self { value: value.into(), content: content.into(), ..Self::default() }
    }

    /// The word between two choices, such as "or".
    pub fn divider(word: impl Into<Text>) -> Self {
        Self { divider: word.into(), ..Self::default() }
    }

    /// Adds help.
    #[must_use]
    pub fn hint(self, hint: impl Into<Hint>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Shows more questions when it is chosen.
    #[must_use]
    pub fn reveals(self, questions: Html) -> Self {
        Self { conditional: Some(questions), ..self }
    }

    /// Clears the other checkboxes when it is chosen, such as "None of these".
    #[must_use]
    pub fn exclusive(self) -> Self {
        Self { behaviour: "exclusive".into(), ..self }
    }

    /// Only the first id has no number: the error summary leads to it.
    fn id(&self, group: &Group, index: usize) -> String {
        match (self.id.is_empty(), index) {
            (false, _) => self.id.to_string(),
            (true, 1) => group.id().to_owned(),
            (true, _) => format!("{}-{index}", group.id()),
        }
    }
}

/// One answer of several.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/choices.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Radios {
    /// Name, legend, hint, error.
    pub group: Group,
    /// The answers.
    pub items: Vec<Choice>,
    /// The value of the one chosen.
    pub value: Text,
}
impl HtmlSafe for Radios {}

impl Radios {
    /// These answers, none of them chosen.
    pub fn new(group: Group, items: Vec<Choice>) -> Self {
        Self { group, items, value: Text::default() }
    }

    /// Yes or no, side by side, sent as `yes` and `no`.
    pub fn yes_no(group: Group) -> Self {
        let items = vec![Choice::new("yes", "Yes"), Choice::new("no", "No")];
        Self::new(group.classes("govuk-radios--inline"), items)
    }

    /// The value of the one chosen.
    #[must_use]
    pub fn value(self, value: impl Into<Text>) -> Self {
        Self { value: value.into(), ..self }
    }

    const KIND: &'static str = "radios";
    const INPUT: &'static str = "radio";

    fn is_checked(&self, item: &Choice) -> bool {
        item.checked.unwrap_or(!self.value.is_empty() && item.value == self.value)
    }

    /// Only its own hint: what describes the group stands at the fieldset.
    fn item_describers(item: &Choice, id: &str, _group: &Group) -> String {
        item.hint.as_ref().map(|_| format!("{id}-item-hint")).unwrap_or_default()
    }
}

/// Any of several answers.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/choices.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Checkboxes {
    /// Name, legend, hint, error.
    pub group: Group,
    /// The answers.
    pub items: Vec<Choice>,
    /// The values of those chosen.
    pub values: Vec<Text>,
}
impl HtmlSafe for Checkboxes {}

impl Checkboxes {
    /// These answers, none of them chosen.
    pub fn new(group: Group, items: Vec<Choice>) -> Self {
        Self { group, items, values: Vec::new() }
    }

    /// The values of those chosen.
    #[must_use]
    pub fn values(self, values: Vec<Text>) -> Self {
        Self { values, ..self }
    }

    const KIND: &'static str = "checkboxes";
    const INPUT: &'static str = "checkbox";

    fn is_checked(&self, item: &Choice) -> bool {
        item.checked.unwrap_or_else(|| self.values.contains(&item.value))
    }

    /// Without a fieldset the boxes carry what describes the group themselves.
    fn item_describers(item: &Choice, id: &str, group: &Group) -> String {
        let ids = if group.fieldset.is_some() { String::new() } else { group.describers() };
        match (&item.hint, ids.is_empty()) {
            (None, _) => ids,
            (Some(_), true) => format!("{id}-item-hint"),
            (Some(_), false) => format!("{ids} {id}-item-hint"),
        }
    }
}

/// One line of a select.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct SelectItem {
    /// What is sent; the words unless said.
    pub value: Option<Text>,
    /// The words.
    pub content: Content,
    /// Chosen or not, whatever the select's value says.
    pub selected: Option<bool>,
    /// It cannot be chosen.
    pub disabled: bool,
    /// Added attributes.
    pub attributes: Attributes,
}

impl SelectItem {
    /// This answer, sent as `value`.
    pub fn new(value: impl Into<Text>, content: impl Into<Content>) -> Self {
        Self { value: Some(value.into()), content: content.into(), ..Self::default() }
    }
}

/// One answer of very many. Radios are kinder where they fit.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/select.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Select {
    /// Name, label, hint, error.
    pub field: Field,
    /// The answers.
    pub items: Vec<SelectItem>,
    /// The value of the one chosen.
    pub value: Text,
}
impl HtmlSafe for Select {}

impl Select {
    fn is_selected(&self, item: &SelectItem) -> bool {
        let value = match (&item.value, &item.content) {
            (Some(value), _) | (None, Content::Text(value)) => value,
            (None, Content::Html(_)) => return item.selected == Some(true),
        };
        item.selected.unwrap_or(!self.value.is_empty() && *value == self.value)
    }
}
