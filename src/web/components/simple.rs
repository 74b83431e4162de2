//! Components that are little more than a text in its place.

use askama::Template;
use askama::filters::HtmlSafe;

use super::parts::{Attributes, Classes, Content, Text};

/// A link to the page before, at the top of a page.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/back-link.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct BackLink {
    /// The words; "Back" unless said.
    pub content: Content,
    /// Where it leads; a real address, so that it works without a script.
    pub href: Text,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for BackLink {}

impl BackLink {
    /// "Back" to this address.
    pub fn to(href: impl Into<Text>) -> Self {
        Self { href: href.into(), ..Self::default() }
    }
}

/// A block that stands out from the text around it.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/inset-text.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct InsetText {
    /// What it says.
    pub content: Content,
    /// Its id, if something refers to it.
    pub id: Text,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for InsetText {}

impl InsetText {
    /// A block that says this.
    pub fn new(content: impl Into<Content>) -> Self {
        Self { content: content.into(), ..Self::default() }
    }
}

/// The first link of a page, for people who move by keyboard.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/skip-link.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct SkipLink {
    /// The words.
    pub content: Content,
    /// The place to skip to; `#content` unless said.
    pub href: Text,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for SkipLink {}

/// A status in a few words. Never a link.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/tag.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Tag {
    /// The status.
    pub content: Content,
    /// Its colour, such as `govuk-tag--green`.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for Tag {}

impl Tag {
    /// A tag in one of the colours.
    pub fn new(content: impl Into<Content>, colour: Colour) -> Self {
        Self { content: content.into(), classes: colour.class().into(), ..Self::default() }
    }
}

/// Colour of a tag. It never says anything that the words do not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// Blue, as tags are unless said.
    #[default]
    Blue,
    /// Green.
    Green,
    /// Teal.
    Teal,
    /// Purple.
    Purple,
    /// Magenta.
    Magenta,
    /// Red.
    Red,
    /// Orange.
    Orange,
    /// Yellow.
    Yellow,
    /// Grey.
    Grey,
}

impl Colour {
    fn class(self) -> &'static str {
        match self {
            Self::Blue => "",
            Self::Green => "govuk-tag--green",
            Self::Teal => "govuk-tag--teal",
            Self::Purple => "govuk-tag--purple",
            Self::Magenta => "govuk-tag--magenta",
            Self::Red => "govuk-tag--red",
            Self::Orange => "govuk-tag--orange",
            Self::Yellow => "govuk-tag--yellow",
            Self::Grey => "govuk-tag--grey",
        }
    }
}

/// A consequence that people must know before they go on.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/warning-text.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct WarningText {
    /// The consequence.
    pub content: Content,
    /// What the exclamation mark means when it is read aloud; "Warning" unless said.
    pub icon_fallback_text: Text,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for WarningText {}

impl WarningText {
    /// Warns of this.
    pub fn new(content: impl Into<Content>) -> Self {
        Self { content: content.into(), ..Self::default() }
    }
}

/// More to read for those who want it.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/details.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct Details {
    /// The words that open it.
    pub summary: Content,
    /// What is then shown.
    pub content: Content,
    /// Its id, if something refers to it.
    pub id: Text,
    /// Open from the start.
    pub open: bool,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for Details {}

/// In which phase the service is.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/phase-banner.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", default, deny_unknown_fields))]
pub struct PhaseBanner {
    /// The phase, such as "Beta".
    pub tag: Tag,
    /// What that means for the reader.
    pub content: Content,
    /// Added classes.
    pub classes: Classes,
    /// Added attributes.
    pub attributes: Attributes,
}
impl HtmlSafe for PhaseBanner {}
