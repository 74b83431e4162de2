//! Turns the options of the design system's examples into the shape of our structs.
//!
//! Their options come from a language without types: text and markup under two names, numbers where we
//! hold text, holes in lists. Nothing is dropped here; what we do not offer fails to deserialise.

use serde_json::{Map, Value, json};

use crate::web::components::Attributes;

/// How our struct is laid out.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// Like theirs.
    Plain,
    /// With name, label, hint and error in `field`.
    Field,
    /// With name, legend, hint and error in `group`.
    Group,
    /// As `Group`; the parts of a date may stand beside each other instead of in a list.
    Date,
}

/// What `Field` holds.
const FIELD: &[&str] = &[
    "name",
    "id",
    "label",
    "hint",
    "errorMessage",
    "describedBy",
    "formGroup",
    "classes",
    "attributes",
    "disabled",
];

/// What `Group` holds.
const GROUP: &[&str] = &[
    "name",
    "idPrefix",
    "fieldset",
    "hint",
    "errorMessage",
    "describedBy",
    "formGroup",
    "classes",
    "attributes",
];

/// Text and markup under two names become one content.
const CONTENTS: &[(&str, &str, &str)] = &[
    ("text", "html", "content"),
    ("titleText", "titleHtml", "title"),
    ("summaryText", "summaryHtml", "summary"),
    ("descriptionText", "descriptionHtml", "description"),
];

pub(super) fn adapt(options: Value, shape: Shape) -> Value {
    let Value::Object(options) = value(options) else { panic!("options are an object") };
    match shape {
        Shape::Plain => Value::Object(options),
        Shape::Field => split(options, FIELD, "field"),
        Shape::Group => split(options, GROUP, "group"),
        Shape::Date => split(date(options), GROUP, "group"),
    }
}

/// Moves the named options into an object of their own.
fn split(options: Map<String, Value>, names: &[&str], into: &str) -> Value {
    let (inner, mut outer): (Map<_, _>, Map<_, _>) =
        options.into_iter().partition(|(name, _)| names.contains(&name.as_str()));
    outer.insert(into.to_owned(), Value::Object(inner));
    Value::Object(outer)
}

/// Gathers the parts of a date in one list; a part's own value wins over `values`.
fn date(mut options: Map<String, Value>) -> Map<String, Value> {
    let prefix = options.remove("namePrefix");
    let before = prefix.as_ref().and_then(Value::as_str).map(|name| format!("{name}-"));
    let before = before.unwrap_or_default();
    let values = options.remove("values").unwrap_or_default();
    let mut parts = Vec::new();
    for name in ["day", "month", "year"] {
        let part = options.remove(name).unwrap_or_else(|| json!({}));
        let Value::Object(mut part) = part else { continue };
        part.entry("name").or_insert(json!(name));
        parts.push(part);
    }
    let mut items = match options.remove("items") {
        Some(items) if items != json!([]) => objects(items),
        _ => parts.clone(),
    };
    for item in &mut items {
        let name = item["name"].as_str().unwrap_or_default().to_owned();
        let beside = parts.iter().find(|part| part["name"] == item["name"]);
        let given = beside
            .and_then(|part| part.get("value"))
            .or_else(|| values.get(format!("{before}{name}")))
            .or_else(|| values.get(&name));
        if let Some(given) = given {
            item.entry("value").or_insert_with(|| text(given.clone()));
        }
    }
    if let Some(id) = options.remove("id") {
        options.insert("idPrefix".to_owned(), id);
    }
    if let Some(prefix) = prefix {
        options.insert("name".to_owned(), prefix);
    }
    options.insert("items".to_owned(), json!(items));
    options
}

fn objects(list: Value) -> Vec<Map<String, Value>> {
    serde_json::from_value(list).expect("a list of objects")
}

fn value(given: Value) -> Value {
    match given {
        Value::Object(map) => Value::Object(object(map)),
        Value::Array(list) => Value::Array(list.into_iter().filter(is_truthy).map(value).collect()),
        other => other,
    }
}

fn object(map: Map<String, Value>) -> Map<String, Value> {
    let mut adapted = Map::new();
    for (name, given) in map {
        let given = match name.as_str() {
            "attributes" => given,
            "conditional" => match given.get("html").filter(|html| is_truthy(html)) {
                Some(html) => html.clone(),
                None => continue,
            },
            "value" | "text" | "number" if !given.is_object() => text(given),
            _ => value(given),
        };
        adapted.insert(name, given);
    }
    for (text, html, content) in CONTENTS {
        let (text, html) = (adapted.remove(*text), adapted.remove(*html));
        match (text, html.filter(is_truthy)) {
            (_, Some(html)) => adapted.insert((*content).to_owned(), json!({ "html": html })),
            (Some(text), None) => adapted.insert((*content).to_owned(), json!({ "text": text })),
            (None, None) => None,
        };
    }
    adapted
}

/// Puts `hostile` into every text of adapted options, except where markup of ours stands.
pub(super) fn replace_text(options: &mut Value, hostile: &str) {
    match options {
        Value::String(text) => hostile.clone_into(text),
        Value::Array(list) => list.iter_mut().for_each(|item| replace_text(item, hostile)),
        Value::Object(map) => {
            for (name, given) in map {
                if name != "html" && name != "conditional" {
                    replace_text(given, hostile);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => (),
    }
}

fn is_truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && *value != json!("") && *value != json!({})
}

fn text(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(flag) => json!(flag.to_string()),
        other => other,
    }
}

impl<'de> serde::Deserialize<'de> for Attributes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = Map::deserialize(deserializer)?;
        Ok(map.into_iter().fold(Self::default(), |attributes, (name, given)| match text(given) {
            Value::String(given) => attributes.with(name, given),
            other => panic!("an attribute is text: {other}"),
        }))
    }
}
