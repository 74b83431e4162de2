//! The design system's components as Rust values that print their markup.
//!
//! A component is a struct: options are fields, most have a constructor for the usual case, and all print
//! themselves. Text is escaped wherever it stands; only `Html` is not, and only our templates make it.
//! Controls with one answer hold a `Field`, questions with several controls hold a `Group`.
//!
//! ```
//! use daybreak::web::components::{Choice, Field, Group, Input, Radios};
//!
//! let problem = Some("Enter a UPN of 13 characters".into());
//! let upn = Input::from(Field::new("upn", "Unique pupil number").error(problem)).value("E88");
//! assert!(upn.to_string().contains("govuk-input--error"));
//!
//! let reasons = vec![Choice::new("illness", "Illness"), Choice::new("other", "Another reason")];
//! let reason = Radios::new(Group::new("reason", "Why was the pupil away?"), reasons).value("other");
//! assert!(reason.to_string().contains("value=\"other\" checked"));
//! ```
//!
//! In a template `{{ upn }}` is enough. `tests.rs` compares each component with the examples that ship
//! with the design system; a new version of it shows there what has changed.

mod button;
mod choices;
mod date_input;
mod field;
mod group;
mod input;
mod lists;
mod messages;
mod navigation;
mod parts;
mod simple;
#[cfg(test)]
mod tests;

pub use button::Button;
pub use choices::{Checkboxes, Choice, ChoiceLabel, Radios, Select, SelectItem};
pub use date_input::{DateInput, DatePart};
pub use field::{ErrorMessage, Field, FormGroup, Hint, Label};
pub use group::{Fieldset, Group, Legend};
pub use input::{Affix, CharacterCount, FileUpload, Input, PasswordInput, Textarea, Wrapper};
pub use lists::{
    Action, Actions, Card, CardTitle, Cell, Styled, SummaryList, SummaryRow, Table, Task, TaskList,
    TaskStatus,
};
pub use messages::{ErrorLink, ErrorSummary, NotificationBanner, Panel, PanelAction, PanelActions};
pub use navigation::{
    Breadcrumbs, Crumb, NavItem, PageItem, PageLink, Pagination, ServiceNavigation,
};
pub use parts::{Attributes, Classes, Content, Html, Text};
pub use simple::{BackLink, Colour, Details, InsetText, PhaseBanner, SkipLink, Tag, WarningText};
