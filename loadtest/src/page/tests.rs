//! What is found in a page.

use super::*;

const SIGN_IN: &str = r#"<!DOCTYPE html><html><head>
<link rel="stylesheet" href="/assets/a.css"><script src="/assets/b.js"></script>
<!-- <form action="/trap"><input name="password"></form> --></head><body>
<form method="post" action="/search"><input name="q" value=""></form>
<form method="post" action="/sign-in" novalidate>
<input type="hidden" name="_csrf" value="a&amp;b&quot;c">
<input type="hidden" name="return_to" value='/results?x=">"'>
<input class="x" id="username" name="username" type="email" required>
<input name=password type=password></form></body></html>"#;

#[test]
fn a_form_is_read_with_its_hidden_fields() {
    let form = form_with(SIGN_IN, "password").unwrap();
    assert_eq!(form.action, "/sign-in");
    let expected = [
        ("_csrf", "a&b\"c"),
        ("return_to", "/results?x=\">\""),
        ("username", ""),
        ("password", ""),
    ];
    let fields: Vec<_> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(fields, expected);
}

#[test]
fn only_fields_that_are_there_can_be_filled() {
    let mut form = form_with(SIGN_IN, "password").unwrap();
    assert!(form.fill("username", "a@b.example"));
    assert!(!form.fill("code", "123456"));
    assert_eq!(form.fields[2].1, "a@b.example");
}

#[test]
fn a_page_without_the_form_has_none() {
    assert_eq!(form_with("<p>You are in the queue</p>", "password"), None);
    assert_eq!(form_with("<form><input name='q'></form><input name='password'>", "password"), None);
}

#[test]
fn assets_are_listed_once() {
    assert_eq!(assets(SIGN_IN), ["/assets/a.css", "/assets/b.js"]);
}

#[test]
fn refresh_comes_from_the_header_first() {
    let html = r#"<noscript><meta http-equiv="refresh" content="20; url=/queue"></noscript>"#;
    assert_eq!(refresh(Some("7"), html), Some(7.0));
    assert_eq!(refresh(Some("2.5;url=/x"), ""), Some(2.5));
    assert_eq!(refresh(None, html), Some(20.0));
    assert_eq!(refresh(None, "<meta charset=utf-8>"), None);
}

fn results(body: &str) -> String {
    format!(
        r##"<a href="/results">R</a><a href="/results/2132011/results.csv">C</a><a href="#x">x</a>{body}"##
    )
}

#[test]
fn a_page_of_the_school_is_told_from_others() {
    assert!(is_of(&results("<span>Hill School, 213/2011</span>"), "2132011"));
    assert!(!is_of(&results("<span>Hill School, 213/2011</span>"), "2132048"));
    assert!(!is_of(&results(r#"<a href="/results/2132048">other</a>"#), "2132011"));
    assert!(!is_of(&results("<td>213/2048</td>"), "2132011"));
    assert!(!is_of("<h1>Sign in</h1>", "2132011"));
    assert!(is_of(
        "<p>Hill School, 213/2011</p><p>No pupils of yours took the tests.</p>",
        "2132011"
    ));
    assert!(!is_of(
        "<p>Hill School, 213/2048</p><p>No pupils of yours took the tests.</p>",
        "2132011"
    ));
}

#[test]
fn dates_and_paths_are_no_school_numbers() {
    assert!(is_of(&results("09/07/2024 1213/20111 <i>/assets/213/2048</i>"), "2132011"));
}

#[test]
fn broken_html_ends() {
    for text in
        ["<", "<a", "<a href", "<a href=", "<a href=\"", "<!--", "<a = = >", "<input / name>"]
    {
        assert_eq!(links(text, "/"), Vec::<String>::new(), "{text}");
        assert_eq!(form_with(text, "x"), None, "{text}");
    }
}
