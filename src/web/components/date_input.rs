//! A date in three fields.

use askama::Template;
use askama::filters::HtmlSafe;

use super::group::Group;
use super::parts::{Attributes, Classes, Text};

/// One field of a date.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct DatePart {
    /// `day`, `month` or `year`; the group's name stands before it.
    pub name: Text,
    /// Its words; the name unless said.
    pub label: Text,
    /// Its id; made from the group's unless said.
    pub id: Text,
    /// What is in it.
    pub value: Text,
    /// Whether it is wrong; if no field says, all are when the group has an error.
    pub error: Option<bool>,
    /// What a browser may fill in, such as `bday-day`.
    pub autocomplete: Text,
    /// What is allowed, for the browser; the server decides.
    pub pattern: Text,
    /// `numeric` unless said.
    pub inputmode: Text,
    /// Added classes; the width follows from the name unless said.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}

impl DatePart {
    fn is_marked(&self) -> bool {
        self.error == Some(true) || self.classes.mention("govuk-input--error")
    }

    /// The name as a word: `Day` from `day`.
    fn words(&self) -> String {
        if !self.label.is_empty() {
            return self.label.to_string();
        }
        let mut rest = self.name.chars();
        rest.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(rest.flat_map(char::to_lowercase)).collect()
        })
    }

    /// Width class, unless the field has its own.
    fn width(&self) -> &'static str {
        match (self.classes.mention("govuk-input--width-"), self.name.ends_with("year")) {
            (true, _) => "",
            (false, true) => " govuk-input--width-4",
            (false, false) => " govuk-input--width-2",
        }
    }
}

/// A date that people know or can look up.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/date-input.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct DateInput {
    /// Name, legend, hint, error.
    pub group: Group,
    /// Day, month and year, or those of them that are asked.
    pub items: Vec<DatePart>,
}
impl HtmlSafe for DateInput {}

impl DateInput {
    /// Day, month and year with what is in them; sent as `{name}-day` and so on.
    pub fn new(group: Group, values: [Text; 3]) -> Self {
        let items = ["day", "month", "year"].into_iter().zip(values);
        let items =
            items.map(|(name, value)| DatePart { name: name.into(), value, ..DatePart::default() });
        Self { items: items.collect(), group }
    }

    fn is_wrong(&self, part: &DatePart) -> bool {
        let whole =
            self.group.error_message.is_some() && !self.items.iter().any(DatePart::is_marked);
        !part.classes.mention("govuk-input--error")
            && (part.error == Some(true) || (part.error.is_none() && whole))
    }

    fn name(&self, part: &DatePart) -> String {
        match self.group.name.as_ref() {
            "" => part.name.to_string(),
            group => format!("{group}-{}", part.name),
        }
    }

    fn part_id(&self, part: &DatePart) -> String {
        match part.id.as_ref() {
            "" => format!("{}-{}", self.group.id(), part.name),
            id => id.to_owned(),
        }
    }
}
