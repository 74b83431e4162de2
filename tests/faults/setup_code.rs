//! The code that confirms an app signs nobody in: not on the node that was shown it, nor on another.

use reqwest::StatusCode;

use super::nodes::Node;
use crate::support::totp::{code, step_now};
use crate::support::{Browser, Demo, all_between, header, hidden, until};

const SET_UP: &str = "/account/second-factor/app";

#[tokio::test]
async fn the_code_that_confirmed_an_app_is_refused_by_every_node_also_without_the_database() {
    let demo = Demo::of_sample(4, &["--released"]);
    let second = Node::start(&demo);
    let account = demo.account("school_user");
    let base = demo.text("base_url").to_owned();
    let here = Browser::signed_in(&demo, &account).await;
    let form = here.page(SET_UP).await;
    let secret = all_between(&form, "<code>", "</code>")[0].replace(' ', "");
    // The code of the step after this one: a node that does not know better takes it for a minute and more.
    let step = step_now() + 1;
    let confirmed = code(&secret, step);
    let (csrf, sealed) = (hidden(&form, "_csrf"), hidden(&form, "setup"));
    let fields = [("_csrf", &*csrf), ("setup", &*sealed), ("code", &*confirmed)];
    let done = here.post(SET_UP, &fields).await;
    assert_eq!(header(&done, "location"), "/account/second-factor/codes");

    let halfway = async |base: &str| {
        let mut browser = Browser::new(&demo).at(base);
        until("the node asks for a code", async || {
            browser = Browser::new(&demo).at(base);
            let answer = browser.sign_in(&account.username, &account.password).await;
            header(&answer, "location").starts_with("/sign-in/code")
        })
        .await;
        browser
    };
    let (first, other, cut_off) =
        (halfway(&base).await, halfway(&second.base).await, halfway(&second.base).await);
    assert_eq!(first.enter_code(&confirmed).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.enter_code(&confirmed).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    demo.stop_postgres();
    assert_eq!(cut_off.enter_code(&confirmed).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    demo.start_postgres();
    // It is that code alone: the next one is good.
    until("the next one is good", async || step_now() >= step).await;
    let next = code(&secret, step + 1);
    assert_eq!(other.enter_code(&next).await.status(), StatusCode::SEE_OTHER);
}
