//! What every component is made of: text that is escaped, markup that is trusted, classes, attributes.

use std::borrow::Cow;
use std::fmt;

use askama::filters::{Escaper, Html as HtmlEscaper, HtmlSafe};

/// Text of a page: a constant or a value. Templates escape it.
pub type Text = Cow<'static, str>;

/// Markup that is written as it is. Only our own templates may make it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(transparent))]
pub struct Html(Text);

impl Html {
    /// Vouches for markup written by us; what a person typed never goes in here.
    pub fn trusted(markup: impl Into<Text>) -> Self {
        Self(markup.into())
    }

    /// The markup of a component or of another template.
    pub fn of(component: &impl HtmlSafe) -> Self {
        Self(component.to_string().into())
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl HtmlSafe for Html {}

/// What stands inside a component: text, or markup of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub enum Content {
    /// Is escaped.
    Text(Text),
    /// Is written as it is.
    Html(Html),
}

impl Content {
    /// Nothing to show.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) | Self::Html(Html(text)) => text.is_empty(),
        }
    }

    /// Whether it is markup, for the few components that lay it out differently.
    pub fn is_html(&self) -> bool {
        matches!(self, Self::Html(_))
    }
}

impl Default for Content {
    fn default() -> Self {
        Self::Text(Text::default())
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => HtmlEscaper.write_escaped_str(f, text),
            Self::Html(html) => html.fmt(f),
        }
    }
}
impl HtmlSafe for Content {}

impl From<&'static str> for Content {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}
impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}
impl From<Text> for Content {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}
impl From<Html> for Content {
    fn from(html: Html) -> Self {
        Self::Html(html)
    }
}

/// Classes added to a component's own; prints itself with a blank in front, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(transparent))]
pub struct Classes(Text);

impl Classes {
    /// Whether one of them contains `part`.
    pub(super) fn mention(&self, part: &str) -> bool {
        self.0.contains(part)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The classes without the blank in front.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Text>> From<T> for Classes {
    fn from(classes: T) -> Self {
        Self(classes.into())
    }
}

impl fmt::Display for Classes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        f.write_str(" ")?;
        HtmlEscaper.write_escaped_str(f, &self.0)
    }
}
impl HtmlSafe for Classes {}

/// Attributes added to a component's own, such as `data-…`; each prints with a blank in front.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(pub(super) Vec<(Text, Text)>);

impl Attributes {
    /// Adds `name="value"`. An attribute without a value gets the empty one.
    #[must_use]
    pub fn with(mut self, name: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }
}

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.0 {
            write!(f, " {name}=\"")?;
            HtmlEscaper.write_escaped_str(&mut *f, value)?;
            f.write_str("\"")?;
        }
        Ok(())
    }
}
impl HtmlSafe for Attributes {}
