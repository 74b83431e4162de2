//! What somebody saw of a page when it was shown to them.

use aws_lc_rs::digest::{SHA256, digest};

use crate::domain::forms::{Page, Sheet, field_names};
use crate::domain::hex::hex;

/// What was typed into the fields of a page.
pub fn of_page(page: &Page, typed: &Sheet) -> Sheet {
    let names = field_names(page);
    let own = typed.iter().filter(|(name, _)| names.contains(name));
    own.map(|(name, text)| (name.clone(), text.clone())).collect()
}

/// Tells one state of a page from another: a hidden field of the page carries it, so that nobody saves over what
/// somebody else has saved since.
pub fn seen(page: &Page, typed: &Sheet) -> String {
    let written = serde_json::to_vec(&of_page(page, typed)).expect("plain texts");
    hex(&digest(&SHA256, &written).as_ref()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::forms::{Kind, Question};
    use crate::domain::rules::Condition;

    #[test]
    fn another_page_makes_no_difference() {
        let question = Question {
            id: "a".parse().unwrap(),
            label: String::new(),
            hint: String::new(),
            called: String::new(),
            kind: Kind::Text(9),
            optional: false,
            asked_if: Condition::always(),
        };
        let page = Page {
            id: "p".parse().unwrap(),
            title: String::new(),
            text: Vec::new(),
            asked_if: Condition::always(),
            questions: vec![question],
        };
        let of = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
            seen(&page, &pairs.collect())
        };
        assert_eq!(of(&[("a", "1"), ("b", "2")]), of(&[("a", "1")]));
        assert_ne!(of(&[("a", "1")]), of(&[("a", "2")]));
        assert_ne!(of(&[("a", "1")]), of(&[]));
    }
}
