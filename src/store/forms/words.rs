//! What was sent in words, as it is kept.

use serde_json::{Value, json};

use crate::domain::forms::InWords;

/// As it is kept.
pub(super) fn write(words: &InWords) -> Value {
    let pages: Vec<Value> = words
        .pages
        .iter()
        .map(|(title, answers)| json!({ "title": title, "answers": answers }))
        .collect();
    json!({ "title": words.title, "pages": pages, "declaration": words.declaration })
}

/// As it was kept; what is not there is empty.
pub(super) fn read(kept: &Value) -> InWords {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let answer = |pair: &Value| (text(&pair[0]), list(&pair[1]).iter().map(text).collect());
    let page =
        |page: &Value| (text(&page["title"]), list(&page["answers"]).iter().map(answer).collect());
    InWords {
        title: text(&kept["title"]),
        pages: list(&kept["pages"]).iter().map(page).collect(),
        declaration: text(&kept["declaration"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_were_written() {
        let answers = vec![("When?".to_owned(), vec!["1 May".to_owned(), "2 May".to_owned()])];
        let words = InWords {
            title: "A form".to_owned(),
            pages: vec![("Dates".to_owned(), answers), ("Nothing".to_owned(), Vec::new())],
            declaration: "It is so".to_owned(),
        };
        assert_eq!(read(&write(&words)), words);
        assert_eq!(read(&json!(null)), InWords::default());
    }
}
