//! Guessing passwords: an account gets slower for strangers, and nobody beside it does.

use reqwest::StatusCode;

use crate::support::{Account, Browser, Demo, header};

const WRONG: &str = "A-wrong-0ne!";

/// One guess at a name, from a browser that nobody knows: the seconds to wait where it was not looked at.
async fn guess(demo: &Demo, name: &str) -> Option<u64> {
    let answer = Browser::new(demo).sign_in(name, WRONG).await;
    match answer.status() {
        StatusCode::UNPROCESSABLE_ENTITY => None,
        StatusCode::TOO_MANY_REQUESTS => Some(header(&answer, "retry-after").parse().unwrap()),
        other => panic!("{other}"),
    }
}

/// Guesses until the name is slowed; gives the guesses that were looked at.
async fn guess_until_slow(demo: &Demo, name: &str) -> usize {
    for looked_at in 0..60 {
        if guess(demo, name).await.is_some() {
            return looked_at;
        }
    }
    panic!("{name} is never slowed");
}

#[tokio::test]
async fn a_stuffing_run_beside_schools_slows_no_school() {
    let demo = Demo::of_sample(12, &["--released"]);
    let users: Vec<Account> = demo.listed_accounts("school_user").into_iter().take(12).collect();
    let victim = demo.account("la_user").username;
    let attack = async {
        let mut guessed = Vec::new();
        for round in 0..8 {
            // Many invented names, and one that there is, again and again.
            for number in 0..3 {
                guess(&demo, &format!("invented{round}.{number}@nowhere.example")).await;
            }
            for _ in 0..2 {
                guessed.push(guess(&demo, &victim).await);
            }
        }
        guessed
    };
    let schools = async {
        for user in &users {
            let answer = Browser::new(&demo).sign_in(&user.username, &user.password).await;
            assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", user.username);
        }
    };
    // All of them come from the same address.
    let (guessed, ()) = tokio::join!(attack, schools);
    let waited = guessed.iter().flatten().count() as u64;
    assert_eq!(guessed.len() as u64 - waited, 6, "tries");
    let limited = demo.count("daybreak_limited_total{limit=\"account\"}").await;
    let delayed = demo.count("daybreak_sign_ins_total{outcome=\"delayed\"}").await;
    assert_eq!((limited, delayed), (waited, limited));
    assert_eq!(demo.count("daybreak_limited_total{limit=\"address\"}").await, 0);
}

#[tokio::test]
async fn the_owner_gets_in_from_a_known_device_while_strangers_guess() {
    let demo = Demo::of_sample(12, &["--released"]);
    let account = demo.account("school_user");
    let own = Browser::signed_in(&demo, &account).await;
    let token = crate::support::hidden(&own.page("/").await, "_csrf");
    own.post("/sign-out", &[("_csrf", &token)]).await;

    assert_eq!(guess_until_slow(&demo, &account.username).await, 6);
    let stranger = Browser::new(&demo);
    let answer = stranger.sign_in(&account.username, &account.password).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "not even with the right one");
    // It reads like any refusal.
    let page = answer.text().await.unwrap();
    assert!(page.contains("do not match an account") && page.contains(&account.username));
    let answer = own.sign_in(&account.username, &account.password).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "from the owner's own device");

    // A name that nobody has is slowed alike.
    assert_eq!(guess_until_slow(&demo, "nobody.at.all@nowhere.example").await, 6);
}

/// Passwords that are right do not add up to anything, however many come at once.
#[tokio::test]
async fn one_account_may_sign_in_from_many_places_at_once() {
    let demo = Demo::of_sample(12, &["--released"]);
    let account = demo.account("school_user");
    let sign_in = async |_: usize| Browser::signed_in(&demo, &account).await;
    futures_util::future::join_all((0..20).map(sign_in)).await;
}

/// Which of many passwords sent at once is the right one cannot be told from the answers.
#[tokio::test]
async fn guesses_at_once_do_not_tell_which_is_right() {
    let demo = Demo::of_sample(12, &["--released"]);
    let account = demo.account("school_user");
    let guess = async |number: usize| {
        let password = if number == 40 { account.password.as_str() } else { WRONG };
        Browser::new(&demo).sign_in(&account.username, password).await.status()
    };
    let answers = futures_util::future::join_all((0..=40).map(guess)).await;
    let refused = answers.iter().filter(|s| **s == StatusCode::UNPROCESSABLE_ENTITY).count();
    let slowed = answers.iter().filter(|s| **s == StatusCode::TOO_MANY_REQUESTS).count();
    // The right one is slowed as well, unless it was among the first. Then nothing is left to be guessed, and
    // the count begins anew.
    let signed_in = usize::from(answers[40] == StatusCode::SEE_OTHER);
    assert!((1..=6 * (1 + signed_in)).contains(&refused), "{refused} wrong ones were told so");
    assert_eq!(refused + slowed + signed_in, answers.len(), "{answers:?}");
}
