//! The waiting room as its operators see it: how it is, what waits for approval, what can be done.

use askama::Template;
use jiff::Timestamp;

use super::{Problems, reason_input};
use crate::domain::calendar::zone;
use crate::domain::wording::grouped;
use crate::service::queue_control::{ActRow, Outlook, RoomRow};
use crate::service::waiting::{Figures, Found, minutes};
use crate::web::components::{
    Button, Choice, Colour, Content, Field, Group, Html, Input, Legend, NotificationBanner, Radios,
    SummaryList, SummaryRow, Tag,
};
use crate::web::layout::Layout;
use crate::web::pages::within;

mod acts;

use acts::Line;

/// Where it is.
pub const HERE: &str = "/staff/queue";

/// What is known of the room at an instant.
#[derive(Clone, Debug)]
pub struct Look {
    /// As the node that answers sees it.
    pub figures: Figures,
    /// As it is set for all nodes.
    pub room: Option<RoomRow>,
    /// What waits for approval.
    pub acts: Vec<ActRow>,
    /// Name of the node that answers.
    pub node: String,
    /// Names of all nodes that are there.
    pub nodes: String,
    /// When.
    pub now: Timestamp,
}

/// What was typed about a change of the room.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Which change.
    pub act: String,
    /// Sign-ins a second.
    pub rate: String,
    /// People.
    pub people: String,
    /// What those who wait are told.
    pub message: String,
    /// Why.
    pub reason: String,
}

/// What was asked about without changing anything: as it was typed, and the answer or what is wrong.
#[derive(Clone, Debug)]
pub struct Asked<T> {
    /// As it was typed.
    pub typed: String,
    /// The answer.
    pub answer: Option<T>,
}

impl<T> Default for Asked<T> {
    fn default() -> Self {
        Self { typed: String::new(), answer: None }
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "staff-queue.html")]
pub struct Queue {
    layout: Layout,
    as_of: String,
    look: Look,
    acts: Vec<Line>,
    typed: Typed,
    found: Asked<Found>,
    outlook: Asked<Outlook>,
    problems: Problems,
}

impl Queue {
    /// Title and heading.
    pub const TITLE: &'static str = "Waiting room";

    /// The page for the operator of this name.
    pub fn new(layout: Layout, look: Look, reader: &str) -> Self {
        Self {
            layout: within(layout, HERE),
            as_of: look.now.to_zoned(zone()).strftime("%-I:%M:%S%P").to_string(),
            acts: look.acts.iter().map(|act| Line::new(act, reader)).collect(),
            look,
            typed: Typed::default(),
            found: Asked::default(),
            outlook: Asked::default(),
            problems: Problems::default(),
        }
    }

    /// With news of what was done.
    #[must_use]
    pub fn news(mut self, words: Option<String>) -> Self {
        self.layout.banner = words.map(NotificationBanner::success);
        self
    }

    /// With what was typed.
    #[must_use]
    pub fn typed(self, typed: Typed) -> Self {
        Self { typed, ..self }
    }

    /// With answers to what was asked.
    #[must_use]
    pub fn asked(self, found: Asked<Found>, outlook: Asked<Outlook>) -> Self {
        Self { found, outlook, ..self }
    }

    /// With everything that is wrong.
    #[must_use]
    pub fn refused(mut self, problems: Problems) -> Self {
        self.layout = self.layout.errors(problems.summary());
        Self { problems, ..self }
    }

    fn state(&self) -> Tag {
        match self.mode() {
            "open" => Tag::new("Open", Colour::Green),
            "paused" => Tag::new("Paused", Colour::Yellow),
            _ => Tag::new("Closed", Colour::Red),
        }
    }

    fn mode(&self) -> &str {
        self.look.room.as_ref().map_or(&self.look.figures.mode, |room| &room.mode)
    }

    /// What the state means to those who come.
    fn meaning(&self) -> &'static str {
        match self.mode() {
            "open" => {
                "People are let in, in their order, as quickly as their passwords can be checked."
            }
            "paused" => {
                "Nobody is let in. Everybody keeps their place, and newcomers are given one."
            }
            _ => "Nobody is given a place. Those who have one keep it.",
        }
    }

    fn figures(&self) -> SummaryList {
        let Look { figures, room, node, nodes, .. } = &self.look;
        let rate = |rate: f64| format!("{rate:.2} a second");
        let set = room.as_ref().and_then(|room| room.rate);
        let ceiling = match set {
            Some(set) => format!("{}, set by operators", rate(set)),
            None => format!("{}, as configured", rate(figures.ceiling)),
        };
        let checks = match figures.capacity {
            known if known > 0.0 => rate(known),
            _ => "Not measured yet".to_owned(),
        };
        let message = room.as_ref().and_then(|room| room.message.clone());
        let row = |key: &'static str, value: String| SummaryRow::new(key, value);
        let tag: Content = Html::trusted(self.state().to_string()).into();
        let rows = vec![
            SummaryRow::new("State", tag),
            row("People who wait here", grouped(figures.waiting)),
            row("Let in here since the start", grouped(figures.admitted)),
            row("Wait of somebody who comes now", minutes(figures.eta_seconds)),
            row("Let in at the most, everywhere", ceiling),
            row("Passwords checked here at the most", checks),
            row("Message to those who wait", message.unwrap_or_else(|| "None".to_owned())),
            row("This server", node.clone()),
            row("All servers", nodes.clone()),
        ];
        SummaryList { rows, ..SummaryList::default() }
    }

    fn approve(act: &Line) -> Button {
        let words = if act.is_proposed { "Approve and do act" } else { "Approve act" };
        Button::submit(format!("{words} {}", act.id)).secondary()
    }

    fn acts_to_choose(&self) -> Radios {
        let choice = |value: &'static str, words: &'static str, hint: &'static str| {
            Choice::new(value, words).hint(hint)
        };
        let inside = |input: Input| Html::of(&input);
        let mut items = match self.mode() {
            "open" => vec![choice("pause", "Pause", "At once. Places are kept, nobody is let in.")],
            "paused" => {
                vec![choice("resume", "Resume", "Takes two people. People are let in again.")]
            }
            _ => vec![
                choice("open", "Open", "Takes two people. People are let in."),
                choice("pause", "Pause", "At once. Places are given out, nobody is let in."),
            ],
        };
        items.extend([
            choice("rate", "Change the rate", "Takes two people.").reveals(inside(self.rate())),
            choice("admit", "Let people in beyond the rate", "Takes two people.")
                .reveals(inside(self.people())),
            choice("message", "Tell those who wait something", "At once.")
                .reveals(inside(self.message())),
        ]);
        if self.mode() != "closed" {
            items.push(choice("close", "Close", "Takes two people. No new places are given out."));
        }
        let legend = Legend { classes: "govuk-fieldset__legend--s".into(), .."What to do".into() };
        let group = Group::new("act", legend).error(self.problems.error("act"));
        Radios::new(group, items).value(self.typed.act.clone())
    }

    fn input(&self, name: &'static str, label: &'static str, hint: &'static str) -> Field {
        Field::new(name, label).hint(hint).error(self.problems.error(name))
    }

    fn rate(&self) -> Input {
        let hint = "Over all servers, for example 12.5";
        let field = self.input("rate", "Sign-ins a second", hint).classes("govuk-input--width-5");
        let input = Input::from(field).value(self.typed.rate.clone());
        Input { inputmode: "decimal".into(), spellcheck: Some(false), ..input }
    }

    fn people(&self) -> Input {
        let field = self.input("people", "How many people", "From 1 to 10,000");
        let input = Input::from(field.classes("govuk-input--width-5"));
        Input { inputmode: "numeric".into(), ..input.value(self.typed.people.clone()) }
    }

    fn message(&self) -> Input {
        let hint =
            "One line that everybody who waits reads. Leave it empty to take the message away.";
        let field = self.input("message", "Message", hint);
        Input::from(field).value(self.typed.message.clone())
    }

    fn reason(&self) -> Input {
        reason_input("reason", &self.typed.reason, &self.problems)
    }

    fn act_button() -> Button {
        Button::submit("Change the waiting room")
    }

    fn reference(&self) -> Input {
        let hint = "Six characters that stand on the caller’s page, for example QF7-3KD";
        let field = self.input("reference", "Reference", hint).classes("govuk-input--width-10");
        let input = Input::from(field).value(self.found.typed.clone());
        Input { spellcheck: Some(false), autocomplete: "off".into(), ..input }
    }

    fn what_if(&self) -> Input {
        let field = self
            .input("what_if", "Another rate", "Sign-ins a second, for example 30")
            .classes("govuk-input--width-5");
        let input = Input::from(field).value(self.outlook.typed.clone());
        Input { inputmode: "decimal".into(), spellcheck: Some(false), ..input }
    }

    fn find_button() -> Button {
        Button { prevent_double_click: None, ..Button::submit("Find the caller").secondary() }
    }

    fn what_if_button() -> Button {
        Button { prevent_double_click: None, ..Button::submit("Work out the wait").secondary() }
    }

    fn outlook_in_words(&self, outlook: &Outlook) -> String {
        format!(
            "At {:.2} a second, the last of the {} who wait here is let in within {}.",
            outlook.rate,
            grouped(self.look.figures.waiting),
            minutes(outlook.last_seconds)
        )
    }
}
