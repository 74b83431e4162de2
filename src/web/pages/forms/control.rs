//! The controls of a question, with what was typed into them and what is wrong with it.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::domain::forms::{
    Choice as FormChoice, DATE_PARTS, Group as Repeated, Kind, Problem, Question, Sheet, in_item,
    in_table, part,
};
use crate::domain::wording::begun;
use crate::web::components::{
    Button, Cell, CharacterCount, Checkboxes, Choice, DateInput, Field, Fieldset, Group, Html,
    Input, Legend, Radios, Select, SelectItem, Table, Text,
};

/// Fewest digits that a field for a number shows room for.
const NUMBER_WIDTH: &str = "govuk-input--width-4";

/// What the controls of a page show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a> {
    /// What was typed.
    pub(super) typed: &'a Sheet,
    /// What is wrong.
    pub(super) problems: &'a [Problem],
    /// Whether the question is the heading of its page.
    pub(super) is_heading: bool,
    /// Items that a repeated group shows beside those that are used.
    pub(super) more: usize,
}

impl Shown<'_> {
    fn text(&self, field: &str) -> Text {
        self.typed.get(field).cloned().unwrap_or_default().into()
    }

    fn wrong(&self, field: &str) -> Option<Text> {
        self.problems.iter().find(|problem| problem.field == field).map(|p| p.says.clone().into())
    }

    /// What is wrong with any field of a question.
    fn wrong_below(&self, name: &str) -> Option<Text> {
        let prefix = part(name, "");
        let is_its = |p: &&Problem| p.field == name || p.field.starts_with(&prefix);
        self.problems.iter().find(is_its).map(|problem| problem.says.clone().into())
    }

    fn label(question: &Question) -> Text {
        let more = if question.optional { " (optional)" } else { "" };
        format!("{}{more}", question.label).into()
    }

    fn field(&self, question: &Question, name: &str) -> Field {
        let field = Field::new(name.to_owned(), Self::label(question)).error(self.wrong(name));
        let field = if self.is_heading { field.page_heading() } else { field };
        if question.hint.is_empty() { field } else { field.hint(question.hint.clone()) }
    }

    fn group(&self, question: &Question, name: &str) -> Group {
        let group =
            Group::new(name.to_owned(), Self::label(question)).error(self.wrong_below(name));
        let group = if self.is_heading { group.page_heading() } else { group };
        if question.hint.is_empty() { group } else { group.hint(question.hint.clone()) }
    }

    /// The controls of a question whose fields begin with `name`.
    pub(super) fn control(&self, question: &Question, name: &str) -> Html {
        match &question.kind {
            Kind::Text(_) | Kind::Phone | Kind::Email | Kind::Number(..) => {
                Html::of(&self.input(question, name))
            }
            Kind::LongText(most) => {
                let most = u32::try_from(*most).unwrap_or(u32::MAX);
                let count = CharacterCount::characters(self.field(question, name), most);
                Html::of(&CharacterCount { value: self.text(name), ..count })
            }
            Kind::Day(_) => {
                let values = DATE_PARTS.map(|of| self.text(&part(name, of)));
                Html::of(&DateInput::new(self.group(question, name), values))
            }
            Kind::Radios(choices) => {
                let items = choices.iter().map(choice).collect();
                Html::of(&Radios::new(self.group(question, name), items).value(self.text(name)))
            }
            Kind::Select(choices) => Html::of(&self.select(question, name, choices)),
            Kind::Checkboxes(choices) => Html::of(&self.checkboxes(question, name, choices)),
            Kind::Confirm(says) => Html::of(&self.confirm(question, name, says)),
            Kind::Quantities(rows, columns, _) => self.quantities(question, name, (rows, columns)),
            Kind::Group(group) => self.items(question, name, group),
        }
    }

    fn input(&self, question: &Question, name: &str) -> Input {
        let field = self.field(question, name);
        let input = |field| Input { value: self.text(name), ..Input::from(field) };
        match question.kind {
            Kind::Phone => {
                let field = field.classes("govuk-input--width-20");
                Input { kind: "tel".into(), autocomplete: "tel".into(), ..input(field) }
            }
            Kind::Email => Input {
                kind: "email".into(),
                autocomplete: "email".into(),
                spellcheck: Some(false),
                autocapitalize: "none".into(),
                ..input(field)
            },
            Kind::Number(..) => {
                Input { inputmode: "numeric".into(), ..input(field.classes(NUMBER_WIDTH)) }
            }
            _ => input(field),
        }
    }

    fn select(&self, question: &Question, name: &str, choices: &[FormChoice]) -> Select {
        let item =
            |choice: &FormChoice| SelectItem::new(choice.id.to_string(), choice.label.clone());
        let none = SelectItem::new("", "Choose one");
        let items = [none].into_iter().chain(choices.iter().map(item)).collect();
        Select { field: self.field(question, name), items, value: self.text(name) }
    }

    /// Each box has a name of its own: a field is sent once.
    fn checkboxes(&self, question: &Question, name: &str, choices: &[FormChoice]) -> Checkboxes {
        let item = |of: &FormChoice| {
            let field = part(name, of.id.as_str());
            let checked = Some(self.typed.contains_key(&field));
            Choice {
                value: "yes".into(),
                id: field.clone().into(),
                name: field.into(),
                checked,
                ..choice(of)
            }
        };
        Checkboxes::new(self.group(question, name), choices.iter().map(item).collect())
    }

    fn confirm(&self, question: &Question, name: &str, says: &str) -> Checkboxes {
        let checked = Some(self.typed.contains_key(name));
        let item = Choice { checked, ..Choice::new("yes", says.to_owned()) };
        Checkboxes::new(self.group(question, name), vec![item])
    }

    fn quantities(
        &self,
        question: &Question,
        name: &str,
        (rows, columns): (&[FormChoice], &[FormChoice]),
    ) -> Html {
        let cell = |row: &FormChoice, column: &FormChoice| {
            let field = in_table(name, row, column);
            let words = format!("{}, {}", row.label, column.label);
            let mut of =
                Field::new(field.clone(), words).error(self.wrong(&field)).classes(NUMBER_WIDTH);
            of.label.classes = "govuk-visually-hidden".into();
            let input =
                Input { value: self.text(&field), inputmode: "numeric".into(), ..Input::from(of) };
            Cell::from(Html::of(&input))
        };
        let row = |row: &FormChoice| {
            let cells = columns.iter().map(|column| cell(row, column));
            [Cell::from(row.label.clone())].into_iter().chain(cells).collect()
        };
        let head = columns.iter().map(|column| Cell::from(column.label.clone()));
        Html::of(&Table {
            caption: Self::label(question),
            caption_classes: "govuk-table__caption--m".into(),
            head: [Cell::from("Test")].into_iter().chain(head).collect(),
            rows: rows.iter().map(row).collect(),
            first_cell_is_header: true,
            scrolls: true,
            ..Table::default()
        })
    }

    fn items(&self, question: &Question, name: &str, group: &Repeated) -> Html {
        let used = used(self.typed, name, group);
        let shown = (used + self.more).clamp(group.least.max(1), group.most);
        let within = Shown { is_heading: false, ..*self };
        let item = |number: usize| {
            let fields = group
                .parts
                .iter()
                .map(|of| within.control(of, &in_item(name, number, of.id.as_str())).to_string());
            let remove = Button::submit(format!("Remove {} {number}", group.item));
            let remove = remove.secondary().sending("then", format!("remove-{name}-{number}"));
            let remove = (number <= used && shown > group.least).then_some(remove);
            let legend = format!("{} {number}", begun(&group.item));
            let content: String = fields.chain(remove.map(|button| button.to_string())).collect();
            Fieldset {
                legend: Legend { classes: "govuk-fieldset__legend--s".into(), ..legend.into() },
                ..Fieldset::around("", Html::trusted(content))
            }
        };
        let add = Button::submit(format!("Add another {}", group.item))
            .secondary()
            .sending("then", "add");
        let add = (shown < group.most).then_some(add);
        let items = (1..=shown).map(item).collect();
        let content = Html::of(&Items { hint: question.hint.clone(), all: items, add });
        let legend =
            Legend { classes: "govuk-fieldset__legend--m".into(), ..Self::label(question).into() };
        Html::of(&Fieldset::around(legend, content))
    }
}

/// Items of a group, and the button for another one.
#[derive(Debug, Template)]
#[template(
    source = "{% if !hint.is_empty() %}<p class=\"govuk-hint\">{{ hint }}</p>{% endif %}{% for item in all %}{{ item }}{% endfor %}{% if let Some(add) = add %}{{ add }}{% endif %}",
    ext = "html"
)]
struct Items {
    hint: String,
    all: Vec<Fieldset>,
    add: Option<Button>,
}
impl HtmlSafe for Items {}

/// The number of the last item in which anything was typed.
fn used(typed: &Sheet, name: &str, group: &Repeated) -> usize {
    let any = |number: &usize| {
        let prefix = in_item(name, *number, "");
        typed.keys().any(|field| field.starts_with(&prefix))
    };
    (1..=group.most).rfind(any).unwrap_or(0)
}

fn choice(of: &FormChoice) -> Choice {
    let choice = Choice::new(of.id.to_string(), of.label.clone());
    if of.hint.is_empty() { choice } else { choice.hint(of.hint.clone()) }
}
