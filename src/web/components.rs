//! The design system's components as Rust values that print their markup.

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
