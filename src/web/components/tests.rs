//! Every component against the examples that ship with the design system.
//!
//! An example either gives the same markup or is named in `UNSUPPORTED` with the reason; there is no third.

mod adapter;
mod markup;
mod unsupported;

use std::fmt::Display;
use std::fs;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::*;
use adapter::Shape;

const COMPONENTS: &str = "node_modules/govuk-frontend/dist/govuk/components";

#[derive(serde::Deserialize)]
struct Fixtures {
    fixtures: Vec<Fixture>,
}

#[derive(serde::Deserialize)]
struct Fixture {
    name: String,
    options: Value,
    html: String,
}

/// Compares all examples of a component; prints how many match and fails with all that should and do not.
#[track_caller]
fn check<C: DeserializeOwned + Display>(component: &str, shape: Shape) {
    let fixtures = fixtures(component);
    let total = fixtures.len();
    let mut matched = 0;
    let mut problems = Vec::new();
    for fixture in fixtures {
        let outcome = compare::<C>(&fixture, shape);
        match (outcome, unsupported::reason(component, &fixture.name)) {
            (Ok(()), None) => matched += 1,
            (Ok(()), Some(_)) => problems.push(format!("{}: matches, so unlist it", fixture.name)),
            (Err(_), Some(_)) => (),
            (Err(problem), None) => problems.push(format!("{}: {problem}", fixture.name)),
        }
    }
    println!("{component}: {matched} of {total} examples match");
    assert!(problems.is_empty(), "{component}\n{}", problems.join("\n"));
}

fn compare<C: DeserializeOwned + Display>(fixture: &Fixture, shape: Shape) -> Result<(), String> {
    let options = adapter::adapt(fixture.options.clone(), shape);
    let component: C =
        serde_json::from_value(options).map_err(|error| format!("not offered: {error}"))?;
    markup::same(&component.to_string(), &fixture.html)
}

/// What a person may type: it must reach the page as text, wherever it stands.
const HOSTILE: &str = "zq\"'><b id=y>&lt;\u{202e}👩🏽‍🏫";

/// Puts hostile text into every option that is not markup of ours; no element may come of it.
#[track_caller]
fn check_escaping<C: DeserializeOwned + Display>(component: &str, shape: Shape) {
    for fixture in fixtures(component) {
        let mut options = adapter::adapt(fixture.options, shape);
        adapter::replace_text(&mut options, HOSTILE);
        let Ok(component) = serde_json::from_value::<C>(options) else { continue };
        let html = component.to_string();
        assert!(!html.contains("<b id"), "{}: {html}", fixture.name);
        assert!(!html.contains("zq\""), "{}: {html}", fixture.name);
    }
}

fn fixtures(component: &str) -> Vec<Fixture> {
    let text = fs::read_to_string(format!("{COMPONENTS}/{component}/fixtures.json")).unwrap();
    serde_json::from_str::<Fixtures>(&text).unwrap().fixtures
}

macro_rules! components {
    ($($test:ident: $component:ty, $name:literal, $shape:ident;)*) => {
        $(#[test]
        fn $test() {
            check::<$component>($name, Shape::$shape);
            check_escaping::<$component>($name, Shape::$shape);
        })*

        #[test]
        fn only_examples_that_exist_are_listed_as_unsupported() {
            unsupported::check_names(COMPONENTS, &[$($name),*]);
        }
    };
}

components! {
    back_link: BackLink, "back-link", Plain;
    breadcrumbs: Breadcrumbs, "breadcrumbs", Plain;
    button: Button, "button", Plain;
    character_count: CharacterCount, "character-count", Field;
    checkboxes: Checkboxes, "checkboxes", Group;
    date_input: DateInput, "date-input", Date;
    details: Details, "details", Plain;
    error_message: ErrorMessage, "error-message", Plain;
    error_summary: ErrorSummary, "error-summary", Plain;
    fieldset: Fieldset, "fieldset", Plain;
    file_upload: FileUpload, "file-upload", Field;
    hint: Hint, "hint", Plain;
    input: Input, "input", Field;
    inset_text: InsetText, "inset-text", Plain;
    label: Label, "label", Plain;
    notification_banner: NotificationBanner, "notification-banner", Plain;
    pagination: Pagination, "pagination", Plain;
    panel: Panel, "panel", Plain;
    password_input: PasswordInput, "password-input", Field;
    phase_banner: PhaseBanner, "phase-banner", Plain;
    radios: Radios, "radios", Group;
    select: Select, "select", Field;
    service_navigation: ServiceNavigation, "service-navigation", Plain;
    skip_link: SkipLink, "skip-link", Plain;
    summary_list: SummaryList, "summary-list", Plain;
    table: Table, "table", Plain;
    tag: Tag, "tag", Plain;
    task_list: TaskList, "task-list", Plain;
    textarea: Textarea, "textarea", Field;
    warning_text: WarningText, "warning-text", Plain;
}
