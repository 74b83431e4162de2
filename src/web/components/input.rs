//! Controls that people type into.

use askama::Template;
use askama::filters::HtmlSafe;

use super::field::{Field, Label};
use super::parts::{Attributes, Classes, Content, Text};

/// A short text that stands before or after what is typed, such as a unit.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Affix {
    /// The text.
    pub content: Content,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}

/// The block around an input with a text before or after it.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Wrapper {
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}

/// One line of text.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/input.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Input {
    /// Name, label, hint, error.
    pub field: Field,
    /// What is in it; what was typed when the page comes back with errors.
    pub value: Text,
    /// `text` unless said.
    #[cfg_attr(test, serde(rename = "type"))]
    pub kind: Text,
    /// Which keyboard a phone shows, such as `numeric`.
    pub inputmode: Text,
    /// What a browser may fill in, such as `email`.
    pub autocomplete: Text,
    /// What is allowed, for the browser; the server decides.
    pub pattern: Text,
    /// Whether spelling is checked; names and codes should not be.
    pub spellcheck: Option<bool>,
    /// How a phone capitalises.
    pub autocapitalize: Text,
    /// Stands before.
    pub prefix: Option<Affix>,
    /// Stands after.
    pub suffix: Option<Affix>,
    /// Around input, prefix and suffix.
    pub input_wrapper: Wrapper,
}
impl HtmlSafe for Input {}

impl Input {
    /// An input of this name with this question.
    pub fn new(name: impl Into<Text>, label: impl Into<Label>) -> Self {
        Field::new(name, label).into()
    }

    /// What is in it.
    #[must_use]
    pub fn value(self, value: impl Into<Text>) -> Self {
        Self { value: value.into(), ..self }
    }
}

impl From<Field> for Input {
    fn from(field: Field) -> Self {
        Self { field, ..Self::default() }
    }
}

/// A password that can be shown and pasted.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/password-input.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct PasswordInput {
    /// Name, label, hint, error.
    pub field: Field,
    /// Should stay empty: a password never comes back on a page.
    pub value: Text,
    /// `current-password` unless said; `new-password` where one is chosen.
    pub autocomplete: Text,
}
impl HtmlSafe for PasswordInput {}

impl From<Field> for PasswordInput {
    fn from(field: Field) -> Self {
        Self { field, ..Self::default() }
    }
}

/// Several lines of text.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/textarea.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Textarea {
    /// Name, label, hint, error.
    pub field: Field,
    /// What is in it.
    pub value: Text,
    /// How many lines it shows; 5 unless said.
    pub rows: Option<u32>,
    /// Whether spelling is checked.
    pub spellcheck: Option<bool>,
    /// What a browser may fill in.
    pub autocomplete: Text,
}
impl HtmlSafe for Textarea {}

impl From<Field> for Textarea {
    fn from(field: Field) -> Self {
        Self { field, ..Self::default() }
    }
}

/// Several lines of text with a limit that is counted while typing.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/character-count.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct CharacterCount {
    /// Name, label, hint, error.
    pub field: Field,
    /// What is in it.
    pub value: Text,
    /// How many lines it shows; 5 unless said.
    pub rows: Option<u32>,
    /// Whether spelling is checked.
    pub spellcheck: Option<bool>,
    /// Most characters.
    pub maxlength: Option<u32>,
    /// Most words; instead of `maxlength`.
    pub maxwords: Option<u32>,
    /// Percentage of the limit from which the count is shown.
    pub threshold: Option<u32>,
    /// `words`, `characters` or `utf16`; follows from the limit unless said.
    pub count_type: Text,
    /// The line with the count.
    pub count_message: Wrapper,
}
impl HtmlSafe for CharacterCount {}

impl CharacterCount {
    /// A text of at most so many characters.
    pub fn characters(field: Field, maxlength: u32) -> Self {
        Self { field, maxlength: Some(maxlength), ..Self::default() }
    }

    fn limit(&self) -> Option<u32> {
        self.maxwords.or(self.maxlength)
    }

    fn counts(&self) -> &str {
        match (self.count_type.as_ref(), self.maxwords) {
            ("", Some(_)) => "words",
            (given, _) => given,
        }
    }

    fn describers(&self) -> String {
        let Field { hint, error_message, .. } = &self.field;
        let id = self.field.id();
        let info = format!("{id}-info");
        super::field::describers(&info, id, hint.as_ref(), error_message.as_ref())
    }
}

/// One file from the person's own machine.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/file-upload.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct FileUpload {
    /// Name, label, hint, error.
    pub field: Field,
    /// Several files at once.
    pub multiple: bool,
    /// The larger control that files can be dropped on; its name and its words differ for those who
    /// speak to the browser, so a plain control is the better one.
    pub javascript: bool,
    /// Added classes of that control.
    pub wrapper_classes: Classes,
    /// Added attributes of that control.
    pub wrapper_attributes: Attributes,
}
impl HtmlSafe for FileUpload {}

impl From<Field> for FileUpload {
    fn from(field: Field) -> Self {
        Self { field, ..Self::default() }
    }
}
