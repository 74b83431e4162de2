//! Users of an organisation: created, amended, removed by those who look after them, within limits that hold.

use std::collections::BTreeMap;

use reqwest::{Response, StatusCode};

use crate::support::{Account, Browser, Demo, all_between, header, hidden, until};

mod care;
mod limits;
mod people;

/// Texts of HTML as they were.
fn plain(text: &str) -> String {
    let signs = [("&#38;", "&"), ("&#39;", "'"), ("&#34;", "\""), ("&#60;", "<"), ("&#62;", ">")];
    signs.iter().fold(text.to_owned(), |text, (escaped, sign)| text.replace(escaped, sign))
}

/// The hidden fields of the form of a page that is sent to an address.
fn hidden_fields(page: &str, action: &str) -> BTreeMap<String, String> {
    let form = page.split("<form ").find(|form| form.contains(&format!("action=\"{action}\"")));
    let form = form.unwrap_or_else(|| panic!("no form for {action}:\n{page}"));
    let form = form.split("</form>").next().unwrap();
    let inputs = all_between(form, "<input type=\"hidden\" name=\"", ">").into_iter();
    inputs
        .map(|input| {
            let (name, rest) = input.split_once("\" value=\"").unwrap();
            (name.to_owned(), plain(rest.trim_end_matches('"')))
        })
        .collect()
}

/// Sends the form of a page with these fields beside its hidden ones.
async fn send(browser: &Browser, page: &str, action: &str, fields: &[(&str, &str)]) -> Response {
    let mut all = hidden_fields(page, action);
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let all: Vec<(&str, &str)> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    browser.post(action, &all).await
}

/// What is typed of a new user.
fn typed<'a>(email: &'a str, permissions: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("first", "Zoë"),
        ("last", "O'Brien"),
        ("job", "Deputy head & SENCO"),
        ("phone", "01632 960 001"),
        ("email", email),
        ("email_again", email),
    ];
    fields.extend(permissions.iter().map(|permission| (*permission, "yes")));
    fields
}

const CREATE: &str = "/users/create";
const CHECK: &str = "/users/create/check";
const USER: &str = "permission-user";
const MANAGER: &str = "permission-account_manager";
const ACCESS: &str = "permission-access_arrangements";

/// The page of answers to check for a new user.
async fn checked(browser: &Browser, email: &str, permissions: &[&str]) -> String {
    let form = browser.page(CREATE).await;
    let answer = send(browser, &form, CREATE, &typed(email, permissions)).await;
    let status = answer.status();
    let page = answer.text().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{page}");
    page
}

/// Creates a user; gives the answer to the last form.
async fn create(browser: &Browser, email: &str, permissions: &[&str]) -> Response {
    let check = checked(browser, email, permissions).await;
    send(browser, &check, CHECK, &[]).await
}

/// The address of a user's page.
async fn page_of(demo: &Demo, organisation: &str, email: &str) -> String {
    let rows = demo
        .query(&format!(
            "SELECT m.id FROM members m JOIN users u ON u.id = m.user_id
                JOIN organisations o ON o.id = m.organisation_id
             WHERE u.username = '{email}' AND o.name = '{}'",
            organisation.replace('\'', "''")
        ))
        .await;
    format!("/users/{}", rows.first().unwrap_or_else(|| panic!("{email} is no member"))[0])
}

/// Templates of the messages to an address, in order.
async fn messages(demo: &Demo, email: &str) -> Vec<String> {
    let sql = format!("SELECT template FROM outbox WHERE recipient = '{email}' ORDER BY id");
    demo.query(&sql).await.into_iter().map(|mut row| row.remove(0)).collect()
}

/// One number of a query.
async fn number(demo: &Demo, sql: &str) -> i64 {
    demo.query(sql).await[0][0].parse().unwrap()
}

/// Gives somebody who was created the password of somebody else, as if they had set up their account.
async fn sets_up(demo: &Demo, email: &str, like: &Account) -> Account {
    demo.query(&format!(
        "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE username = '{}')
         WHERE username = '{email}'",
        like.username
    ))
    .await;
    let account = Account { username: email.to_owned(), ..like.clone() };
    until("they may sign in", async || {
        let answer = Browser::new(demo).sign_in(email, &like.password).await;
        answer.status() == StatusCode::SEE_OTHER
    })
    .await;
    account
}

/// What an answer tells that is wrong, from its summary.
async fn told(answer: Response) -> String {
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().await.unwrap();
    let summary = all_between(&page, "govuk-error-summary", "</ul>");
    plain(summary.first().unwrap_or_else(|| panic!("no summary:\n{page}")))
}

fn to(answer: &Response) -> (StatusCode, &str) {
    (answer.status(), header(answer, "location"))
}

/// The token of a page for a form that has no page of its own.
async fn token(browser: &Browser) -> String {
    hidden(&browser.page("/users").await, "_csrf")
}
