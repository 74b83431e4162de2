//! From the text of a table to its parts. Whether they fit together is for the domain to say.

use toml::Value;

use super::reader::Reader;
use crate::config::document::{Document, kind};
use crate::config::problem::Problems;
use crate::domain::rules::{Advice, Kind, Outcome, Question, Row, Scope, Table, Verdict, Window};

/// The list of questions, as its sections are headed.
pub(super) const QUESTION: &str = "question";
/// The list of windows.
pub(super) const WINDOW: &str = "window";
/// The list of advice.
pub(super) const ADVICE: &str = "advice";
/// The list of rows.
pub(super) const ROW: &str = "row";
/// The section of what is left.
pub(super) const OTHERWISE: &str = "otherwise";

/// Lists and the keys of their sections.
pub(super) const LISTS: [(&str, &[&str]); 4] = [
    (QUESTION, &["id", "type", "words", "optional", "asked_if"]),
    (WINDOW, &["id", "of", "from", "to"]),
    (ADVICE, &["id", "when"]),
    (ROW, &["when", "outcome", "scope", "percent", "advice", "reasons"]),
];
/// The keys of [`OTHERWISE`].
pub(super) const OTHERWISE_KEYS: [&str; 5] = ["outcome", "scope", "percent", "advice", "reasons"];

/// Percentages of additional time that there are.
const PERCENTAGES: [u8; 2] = [25, 100];

/// Reads a table; everything that does not read is a problem.
pub(super) fn table(document: &Document, year: u16) -> Result<Table, Problems> {
    let mut reader = Reader::new(document);
    reader.keys();
    let version = version(&mut reader, year);
    let questions = reader.list(QUESTION, question);
    let windows = reader.list(WINDOW, window);
    let advice = reader.list(ADVICE, advice);
    let rows = reader.list(ROW, row);
    let otherwise = verdict(&mut reader, OTHERWISE);
    Problems::or(reader.into_found(), ())?;
    let (version, otherwise) = version.zip(otherwise).expect("what is missing is a problem");
    Ok(Table { version, questions, windows, advice, rows, otherwise })
}

fn version(reader: &mut Reader<'_>, year: u16) -> Option<String> {
    let way_out = format!("write version = \"{year}.1\", and another number when rules change");
    let value = reader.needed("", "version", &way_out)?;
    let number = value.as_str().and_then(|text| text.strip_prefix(&format!("{year}.")));
    let counts = |text: &&str| {
        let figures = text.bytes().all(|byte| byte.is_ascii_digit());
        figures && !text.is_empty() && !text.starts_with('0')
    };
    if !number.as_ref().is_some_and(counts) {
        reader.refuse("version", format!("{value} is not a version of {year}"), way_out);
    }
    value.as_str().map(str::to_owned)
}

/// What the words of `type` mean.
#[derive(Clone, Copy)]
enum Type {
    YesNo,
    OneOf,
    Date,
}

const TYPES: [(&str, Type); 3] =
    [("yes_no", Type::YesNo), ("one_of", Type::OneOf), ("date", Type::Date)];

fn question(reader: &mut Reader<'_>, section: &str) -> Option<Question> {
    let id = reader.parsed(section, "id", "name the question, as in \"takes_paper_1\"");
    let answered_by = reader.word(section, "type", &TYPES);
    let path = format!("{section}.words");
    let words = reader.names(&path);
    let given = reader.get(&path).is_some();
    let kind = answered_by.map(|answered_by| match answered_by {
        Type::YesNo => Kind::YesNo,
        Type::OneOf => Kind::OneOf(words),
        Type::Date => Kind::Date,
    });
    match &kind {
        Some(Kind::YesNo | Kind::Date) if given => {
            reader.refuse(&path, "is for type \"one_of\" only", "remove it or change the type");
        }
        Some(Kind::OneOf(_)) if !given => {
            reader.needed(
                section,
                "words",
                "list the words, as in words = [\"illness\", \"other\"]",
            );
        }
        _ => (),
    }
    let optional = optional(reader, section);
    let asked_if = reader.condition(&format!("{section}.asked_if"));
    Some(Question { id: id?, kind: kind?, optional, asked_if })
}

fn optional(reader: &mut Reader<'_>, section: &str) -> bool {
    let path = format!("{section}.optional");
    match reader.get(&path) {
        None => false,
        Some(Value::Boolean(optional)) => *optional,
        Some(other) => {
            let what = format!("is {}, not true or false", kind(other));
            reader.refuse(&path, what, "write true or false, without quotation marks");
            false
        }
    }
}

fn window(reader: &mut Reader<'_>, section: &str) -> Option<Window> {
    let id = reader.parsed(section, "id", "name the window, as in \"last_12_months\"");
    let of = reader.parsed(section, "of", "name the question whose date it looks at");
    let like = "write a day or a distance to one, as in \"12 months before first_test_day\"";
    let from = reader.parsed(section, "from", like);
    let to = reader.parsed(section, "to", like);
    Some(Window { id: id?, of: of?, from: from?, to: to? })
}

fn advice(reader: &mut Reader<'_>, section: &str) -> Option<Advice> {
    let id = reader.parsed(section, "id", "name the advice, as in \"rest_breaks\"");
    let when = reader.condition(&format!("{section}.when"));
    Some(Advice { id: id?, when })
}

fn row(reader: &mut Reader<'_>, section: &str) -> Option<Row> {
    let way_out = "say in which cases it decides; what is left for all others is [otherwise]";
    let given = reader.needed(section, "when", way_out).is_some();
    let when = reader.condition(&format!("{section}.when"));
    let verdict = verdict(reader, section)?;
    given.then_some(Row { when, verdict })
}

fn verdict(reader: &mut Reader<'_>, section: &str) -> Option<Verdict> {
    let outcome =
        reader.word(section, "outcome", &Outcome::ALL.map(|outcome| (outcome.key(), outcome)));
    let scope = reader.word(section, "scope", &Scope::ALL.map(|scope| (scope.key(), scope)));
    let percent = percent(reader, &format!("{section}.percent"));
    let advice = reader.names(&format!("{section}.advice"));
    let reasons = reader.names(&format!("{section}.reasons"));
    Some(Verdict { outcome: outcome?, scope: scope?, percent, advice, reasons })
}

fn percent(reader: &mut Reader<'_>, path: &str) -> Option<u8> {
    let value = reader.get(path)?;
    let known = PERCENTAGES.into_iter().find(|known| value.as_integer() == Some((*known).into()));
    if known.is_none() {
        reader.refuse(path, format!("{value} is not known"), "write 25 or 100, or remove it");
    }
    known
}
