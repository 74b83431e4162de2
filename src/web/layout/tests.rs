//! The frame of a page, and a gallery of all components to look at.

mod gallery;

use askama::Template;
use base64::Engine as _;

use super::*;

#[derive(Template)]
#[template(
    source = "{% extends \"layout.html\" %}{% block content %}<h1>{{ layout.title }}</h1>{% endblock %}",
    ext = "html"
)]
struct Page {
    layout: Layout,
}

fn page(layout: Layout) -> String {
    Page { layout }.to_string()
}

#[derive(Template)]
#[template(
    source = "{% extends \"layout.html\" %}{% block main %}<h1>Wide</h1>{% endblock %}",
    ext = "html"
)]
struct WidePage {
    layout: Layout,
}

#[test]
fn a_wide_page_brings_its_own_columns() {
    let html = WidePage { layout: Layout::titled("Wide").back("/results") }.to_string();
    assert!(html.contains("<h1>Wide</h1>"));
    assert!(!html.contains("govuk-grid-column-two-thirds"));
    assert!(html.contains("href=\"/results\" class=\"govuk-back-link\""));
}

#[test]
fn the_inline_script_is_the_one_the_policy_allows() {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, INLINE_SCRIPT.as_bytes());
    let name = base64::engine::general_purpose::STANDARD.encode(digest);
    assert_eq!(format!("sha256-{name}"), INLINE_SCRIPT_SHA256);
    assert!(page(Layout::titled("Results")).contains(&format!("<script>{INLINE_SCRIPT}</script>")));
}

#[test]
fn a_page_has_nothing_that_the_policy_forbids() {
    let html = gallery::html();
    for forbidden in [" style=", "<style", "onclick=", "javascript:", "http://", "https://"] {
        let found = html.replace("http://www.w3.org/2000/svg", "").contains(forbidden);
        assert!(!found, "{forbidden}");
    }
}

#[test]
fn errors_reach_the_title_and_the_top_of_the_page() {
    let clean = page(Layout::titled("School details").errors(Vec::new()));
    assert!(clean.contains("<title>School details – Daybreak</title>"));
    assert!(!clean.contains("govuk-error-summary"));
    let errors = vec![("telephone".into(), "Enter a telephone number".into())];
    let faulty = page(Layout::titled("School details").errors(errors));
    assert!(faulty.contains("<title>Error: School details – Daybreak</title>"));
    assert!(faulty.contains("<a href=\"#telephone\">Enter a telephone number</a>"));
}

#[test]
fn only_someone_signed_in_can_sign_out() {
    assert!(!page(Layout::titled("Start")).contains("/sign-out"));
    let layout = Layout {
        signed_in: Some(SignedIn {
            name: "Siân O'Brien <b>".into(),
            organisation: "St Mary's \"C.E.\"".into(),
            switch_href: None,
        }),
        csrf: "a\"token".into(),
        ..Layout::titled("Start")
    };
    let html = page(layout);
    assert!(
        html.contains(
            "<form class=\"daybreak-header__form\" method=\"post\" action=\"/sign-out\">"
        )
    );
    assert!(html.contains("<input type=\"hidden\" name=\"_csrf\" value=\"a&#34;token\">"));
    assert!(html.contains("Siân O&#39;Brien &#60;b&#62;"));
}
