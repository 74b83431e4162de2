//! The waiting room from its page: what one operator does, what takes two, and what nobody may.

use reqwest::StatusCode;

use super::{audit, done, send, wrong};
use crate::support::{Browser, Demo, has_form, header, hidden, standing, until};

const HERE: &str = "/staff/queue";
const APPROVE: &str = "/staff/queue/approve";

async fn operators(demo: &Demo) -> [Browser; 2] {
    let accounts = demo.accounts("queue_operator");
    [Browser::signed_in(demo, &accounts[0]).await, Browser::signed_in(demo, &accounts[1]).await]
}

/// Does something to the room, and gives the number of the act.
async fn acts(browser: &Browser, fields: &[(&str, &str)], how: &str) -> String {
    let fields = [fields, &[("reason", "A slow database")]].concat();
    let answer = send(browser, HERE, HERE, &fields).await;
    let to = done(&answer).to_owned();
    let number = to.strip_prefix(&format!("{HERE}?{how}=")).unwrap_or_else(|| panic!("{to}"));
    number.to_owned()
}

async fn is_paused(demo: &Demo) -> bool {
    !has_form(&Browser::new(demo).page("/sign-in").await)
}

#[tokio::test]
async fn one_operator_pauses_and_speaks_and_the_rest_takes_two() {
    let demo = Demo::of_sample(6, &["--released"]);
    let [first, second] = operators(&demo).await;
    let name = demo.accounts("queue_operator")[0].username.clone();

    let pause = acts(&first, &[("act", "pause")], "done").await;
    acts(&first, &[("act", "message"), ("message", "We look at <it>.")], "done").await;
    until("the room is paused", async || is_paused(&demo).await).await;
    let waiting = Browser::new(&demo);
    until("the message is there", async || {
        waiting.page("/sign-in").await.contains("We look at &#60;it&#62;.")
    })
    .await;
    let paused = audit(&demo, "queue.pause").await;
    assert_eq!(paused, [[name.as_str(), "queue", "paused (A slow database)"]]);

    let own = wrong(send(&first, HERE, APPROVE, &[("act", &pause)]).await).await;
    assert!(own.contains("it is your own"), "{own}");
    assert_eq!(
        done(&send(&second, HERE, APPROVE, &[("act", &pause)]).await),
        format!("{HERE}?approved={pause}")
    );
    wrong(send(&second, HERE, APPROVE, &[("act", &pause)]).await).await;
    wrong(send(&second, HERE, APPROVE, &[("act", "999999")]).await).await;
    wrong(send(&second, HERE, APPROVE, &[("act", "x")]).await).await;

    // A caller reads out the reference on their page.
    let place = standing(&waiting).await;
    let reference = place["reference"].as_str().unwrap();
    let found = second.page(&format!("{HERE}?reference={reference}")).await;
    assert!(found.contains("waits in place ") && found.contains("Your place is kept."), "{found}");
    let outlook = second.page(&format!("{HERE}?what_if=0.5")).await;
    assert!(outlook.contains("At 0.50 a second"), "{outlook}");

    let rate = acts(&second, &[("act", "rate"), ("rate", "12.5")], "proposed").await;
    let resume = acts(&second, &[("act", "resume")], "proposed").await;
    let set = || demo.query("SELECT mode, COALESCE(rate::text, '') FROM waiting_room");
    assert_eq!(set().await, [["paused", ""]], "a proposal does nothing");
    wrong(send(&second, HERE, APPROVE, &[("act", &resume)]).await).await;
    for act in [&rate, &resume] {
        done(&send(&first, HERE, APPROVE, &[("act", act)]).await);
    }
    assert_eq!(set().await, [["open", "12.5"]]);
    until("the room is open", async || !is_paused(&demo).await).await;
    assert_eq!(audit(&demo, "queue.approved").await.len(), 3);
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

#[tokio::test]
async fn what_is_stale_or_typed_wrongly_does_nothing_and_is_told_at_once() {
    let demo = Demo::of_sample(4, &["--released"]);
    let [first, second] = operators(&demo).await;
    let long = "a".repeat(501);
    for (fields, told) in [
        (&[("act", ""), ("reason", "x")][..], "Select what to do"),
        (&[("act", "rate"), ("rate", "0"), ("reason", "x")], "Enter a rate of 0.001 or more"),
        (&[("act", "rate"), ("rate", "-3"), ("reason", "x")], "Enter a rate of 0.001 or more"),
        (&[("act", "rate"), ("rate", "1e9"), ("reason", "x")], "Enter a rate of 10,000 or less"),
        (&[("act", "rate"), ("rate", "NaN"), ("reason", "x")], "Enter the rate as a number"),
        (&[("act", "rate"), ("rate", "many"), ("reason", "x")], "Enter the rate as a number"),
        (&[("act", "admit"), ("people", "0"), ("reason", "x")], "from 1 to 10,000"),
        (&[("act", "admit"), ("people", "10001"), ("reason", "x")], "from 1 to 10,000"),
        (&[("act", "admit"), ("people", "-1"), ("reason", "x")], "from 1 to 10,000"),
        (&[("act", "message"), ("message", &long), ("reason", "x")], "Enter one line"),
        (&[("act", "pause"), ("reason", "")], "Enter a reason"),
        (&[("act", "pause"), ("reason", &long)], "500 characters or fewer"),
        (&[("act", "pause"), ("reason", "a\u{7}b")], "Enter a reason in one line"),
    ] {
        let page = wrong(send(&first, HERE, HERE, fields).await).await;
        assert!(page.contains(told), "{fields:?}: {page}");
    }
    // Both problems at once, and what was typed is still there.
    let both = wrong(send(&first, HERE, HERE, &[("act", "rate"), ("rate", "a <lot>")]).await).await;
    assert!(both.contains("Enter a reason") && both.contains("Enter the rate as a number"));
    assert!(both.contains("value=\"a &#60;lot&#62;\""), "{both}");
    for query in ["reference=QF7", "what_if=-1", "what_if=fast"] {
        wrong(first.get(&format!("{HERE}?{query}")).await).await;
    }
    assert_eq!(demo.query("SELECT count(*) FROM waiting_acts").await, [["0"]]);

    let act = acts(&first, &[("act", "close")], "proposed").await;
    demo.query("UPDATE waiting_acts SET at = at - interval '31 minutes'").await;
    let stale = wrong(send(&second, HERE, APPROVE, &[("act", &act)]).await).await;
    assert!(stale.contains("more than half an hour ago"), "{stale}");
    assert_eq!(demo.query("SELECT mode FROM waiting_room").await, [["open"]]);
}

#[tokio::test]
async fn nobody_else_reads_or_steers_and_no_form_is_forged() {
    let demo = Demo::released();
    for role in ["release_officer", "security_admin", "helpline", "auditor", "school_user"] {
        let browser = Browser::signed_in(&demo, &demo.account(role)).await;
        for path in [HERE, "/staff/queue/report"] {
            assert_eq!(browser.get(path).await.status(), StatusCode::NOT_FOUND, "{role} {path}");
        }
        for path in [HERE, APPROVE] {
            let answer = send(&browser, "/", path, &[("act", "pause"), ("reason", "x")]).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{role} {path}");
        }
    }
    let browser = Browser::signed_in(&demo, &demo.account("queue_operator")).await;
    let forged = [("_csrf", "x"), ("act", "pause"), ("reason", "x")];
    assert_eq!(browser.post(HERE, &forged).await.status(), StatusCode::FORBIDDEN);
    // Journals are shipped to the database twice a second.
    let shipped = "SELECT FROM journal_entries WHERE kind = 'signed_in' LIMIT 1";
    until("a sign-in is shipped", async || !demo.query(shipped).await.is_empty()).await;
    let report = browser.page("/staff/queue/report").await;
    for words in ["opened to schools at 7:30am", "Sign-ins by minute", "100% of schools"] {
        assert!(report.contains(words), "{words}: {report}");
    }
}

#[tokio::test]
async fn whoever_loses_the_role_loses_the_act() {
    let demo = Demo::of_sample(4, &["--released"]);
    let [first, _] = operators(&demo).await;
    let name = demo.accounts("queue_operator")[0].username.clone();
    let token = hidden(&first.page(HERE).await, "_csrf");
    let take = format!(
        "DELETE FROM memberships WHERE permission = 'queue_operator'
             AND user_id = (SELECT id FROM users WHERE username = '{name}')"
    );
    demo.query(&take).await;
    let fields = [("_csrf", token.as_str()), ("act", "pause"), ("reason", "x")];
    let answer = first.post(HERE, &fields).await;
    assert!(!header(&answer, "location").contains("done"), "{answer:?}");
    assert_eq!(demo.query("SELECT mode FROM waiting_room").await, [["open"]]);
}
