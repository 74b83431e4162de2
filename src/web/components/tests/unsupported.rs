//! Examples of the design system that show options we deliberately do not offer.

use std::collections::BTreeSet;
use std::fs;

/// Component, example, reason.
const UNSUPPORTED: &[(&str, &str, &str)] = &[
    ("character-count", "with custom textarea description", ONE_LANGUAGE),
    ("character-count", "with neither maxlength nor maxwords set", ONE_LANGUAGE),
    ("character-count", "with translations", ONE_LANGUAGE),
    ("checkboxes", "with falsy values", NO_HOLES),
    ("file-upload", "translated", ONE_LANGUAGE),
    ("file-upload", "translated, no javascript enhancement", ONE_LANGUAGE),
    ("file-upload", "with value", "no browser fills in a file"),
    ("password-input", "with translations", ONE_LANGUAGE),
    ("radios", "with falsy items", NO_HOLES),
    ("service-navigation", "inverse with language navigation", NO_SLOTS),
    ("service-navigation", "with `inline` end slot", NO_SLOTS),
    ("service-navigation", "with language navigation", NO_SLOTS),
    ("service-navigation", "with right-aligned language navigation", NO_SLOTS),
    ("service-navigation", "with slotted content", NO_SLOTS),
    ("task-list", "with empty values", NO_HOLES),
];

const NO_HOLES: &str = "a list of ours has no holes to count";
const NO_SLOTS: &str = "what stands beside the places is the layout's";
const ONE_LANGUAGE: &str = "the service speaks one language, and the script has its words";

/// Why this example is not matched, if it need not be.
pub(super) fn reason(component: &str, example: &str) -> Option<&'static str> {
    UNSUPPORTED
        .iter()
        .find(|(of, name, _)| (*of, *name) == (component, example))
        .map(|(_, _, reason)| *reason)
}

/// A name that no longer exists would hide nothing but confuse; `components` are all that are tested.
pub(super) fn check_names(folder: &str, components: &[&str]) {
    for (component, example, reason) in UNSUPPORTED {
        assert!(components.contains(component), "{component} is not tested");
        assert!(!reason.is_empty(), "{component}: {example} needs a reason");
        let text = fs::read_to_string(format!("{folder}/{component}/fixtures.json")).unwrap();
        assert!(text.contains(&format!("\"name\": \"{example}\"")), "{component}: no {example}");
    }
    let names: BTreeSet<_> = UNSUPPORTED.iter().map(|(of, name, _)| (of, name)).collect();
    assert_eq!(names.len(), UNSUPPORTED.len(), "an example is listed twice");
}
