//! The waiting room: places that are kept, told truly, used once, and steered by operators.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{
    Account, Browser, Demo, cookie_set, has_form, header, hidden, standing, until,
};

/// Comes to sign in without cookies of before; gives the page, and the ticket and the pass.
async fn come(client: &Browser) -> (String, Option<String>, Option<String>) {
    let answer = client.get("/sign-in").await;
    let (ticket, pass) = (cookie_set(&answer, "__Host-wr"), cookie_set(&answer, "__Host-wp"));
    (answer.text().await.unwrap(), ticket, pass)
}

fn queue(demo: &Demo, arguments: &[&str]) -> (i32, String) {
    let (code, out, error) = demo.command(&[&["queue"], arguments].concat());
    (code, out + &error)
}

#[tokio::test]
async fn an_idle_room_is_not_noticed() {
    let demo = Demo::released();
    let account = demo.account("school_user");
    let browser = Browser::new(&demo);
    let before = standing(&browser).await;
    assert_eq!((&before["state"], &before["position"]), (&"open".into(), &Value::Null));
    assert!(has_form(&browser.page("/sign-in").await));
    let browser = browser.enter(&account).await;
    let after = standing(&browser).await;
    assert_eq!(after["state"], "open");
    let json = browser.request(Method::GET, "/queue/status").header("accept", "text/html");
    assert_eq!(header(&json.send().await.unwrap(), "content-type"), "application/json");
}

/// A demo whose room lets in one person in two seconds, after the first few.
fn slow() -> Demo {
    Demo::of_sample(12, &["--released", "--admission-rate", "0.5"])
}

/// Browsers come until one has to wait; gives the form's holder, if any, and the one who waits.
async fn crowd(demo: &Demo, count: usize) -> Vec<Browser> {
    let mut waiting = Vec::new();
    for _ in 0..100 {
        let browser = Browser::new(demo);
        if !has_form(&browser.page("/sign-in").await) {
            waiting.push(browser);
        }
        if waiting.len() == count {
            return waiting;
        }
    }
    panic!("nobody has to wait");
}

#[tokio::test]
async fn places_are_kept_and_everybody_gets_in() {
    let demo = slow();
    let accounts: Vec<Account> = demo.listed_accounts("school_user").into_iter().take(6).collect();
    let waiting = crowd(&demo, accounts.len()).await;
    let page = waiting[5].page("/sign-in").await;
    for words in ["You are in the queue", "Your place is saved", "able to sign in", "reference"] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    assert!(page.len() < 14_000 && !page.contains("maintenance"));
    let mut lowest = vec![u64::MAX; waiting.len()];
    let mut inside = BTreeSet::new();
    // Twelve seconds of calls, and the time that people take to ask again.
    for _ in 0..600 {
        for (place, browser) in waiting.iter().enumerate() {
            if inside.contains(&place) {
                continue;
            }
            let now = standing(browser).await;
            if now["state"] == "admitted" {
                let answer = browser.sign_in(&accounts[place].username, &accounts[place].password);
                assert_eq!(answer.await.status(), StatusCode::SEE_OTHER);
                inside.insert(place);
                continue;
            }
            assert_eq!(now["state"], "waiting", "{now}");
            let position = now["position"].as_u64().unwrap();
            assert!(position <= lowest[place], "{position} after {}", lowest[place]);
            lowest[place] = position;
            let (low, high) = (&now["eta_low_seconds"], &now["eta_seconds"]);
            assert!(low.as_f64().unwrap() <= high.as_f64().unwrap(), "{now}");
            assert!(now["refresh_seconds"].as_f64().unwrap() >= 0.2, "{now}");
        }
        if inside.len() == waiting.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(inside.len(), waiting.len());
    let admitted = || demo.metric("daybreak_waiting_room_admitted_total");
    until("all are counted", async || admitted().await > 5.5).await;
}

#[tokio::test]
async fn a_place_outlives_a_killed_server_and_is_used_once() {
    let mut demo = slow();
    let waiting = crowd(&demo, 3).await;
    let last = &waiting[2];
    let before = standing(last).await["position"].as_u64().unwrap();
    let reference = standing(last).await["reference"].clone();
    // Long enough for the room to be written down.
    tokio::time::sleep(Duration::from_secs(3)).await;
    demo.kill();
    demo.restart();
    let account = demo.account("school_user");
    let after = standing(last).await;
    assert_eq!(after["reference"], reference);
    if after["state"] == "waiting" {
        assert!(after["position"].as_u64().unwrap() <= before, "{after} after {before}");
    }
    until("their turn", async || standing(last).await["state"] == "admitted").await;

    // Another browser with a copy of ticket and pass gets nowhere once one has signed in.
    let copy = Browser::forgetful(&demo);
    let (_, ticket, pass) = {
        let browser = Browser::forgetful(&demo);
        let mut came = come(&browser).await;
        while came.2.is_none() {
            let cookie = format!("__Host-wr={}", came.1.clone().unwrap());
            let answer = browser.get_with("/queue/status", &cookie).await;
            came.2 = cookie_set(&answer, "__Host-wp");
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        came
    };
    let cookies = format!("__Host-wr={}; __Host-wp={}", ticket.unwrap(), pass.unwrap());
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let answer = copy.sign_in_with(&cookies, &account).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        outcomes.push((
            cookie_set(&answer, "__Host-sid").is_some(),
            header(&answer, "location").to_owned(),
        ));
    }
    assert!(outcomes[0].0 && !outcomes[1].0, "{outcomes:?}");
    assert_eq!(outcomes[1].1, "/sign-in");
}

#[tokio::test]
async fn a_place_that_is_not_ours_admits_nobody_and_is_said_so() {
    let demo = slow();
    drop(crowd(&demo, 2).await);
    let client = Browser::forgetful(&demo);
    let (_, ticket, _) = come(&client).await;
    let ticket = ticket.unwrap();
    let flipped = |place: usize| {
        let other = if ticket.as_bytes()[place] == b'A' { 'B' } else { 'A' };
        format!("{}{other}{}", &ticket[..place], &ticket[place + 1..])
    };
    let twice = format!("{ticket}; __Host-wr={ticket}");
    let mut bad = vec![String::new(), "A".repeat(64), "A".repeat(8_000), ticket[..63].to_owned()];
    bad.extend([format!("{ticket}A"), "%00".to_owned(), twice]);
    bad.extend([0, 3, 9, 17, 40, 63].map(flipped));
    for cookie in bad {
        for name in ["__Host-wr", "__Host-wp"] {
            let answer = client.get_with("/sign-in", &format!("{name}={cookie}")).await;
            assert_eq!(answer.status(), StatusCode::OK, "{name} {cookie}");
            let page = answer.text().await.unwrap();
            assert!(!has_form(&page), "{name} {cookie}");
            let unreadable = page.contains("could not read the place");
            assert_eq!(unreadable, name == "__Host-wr", "{name} {cookie}");
        }
    }
    // A ticket is no pass.
    let answer = client.get_with("/sign-in", &format!("__Host-wp={ticket}")).await;
    assert!(!has_form(&answer.text().await.unwrap()));
    // Without cookies the place goes on in the address, and the browser is told.
    let answer = client.get(&format!("/queue?t={ticket}")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.unwrap().contains("refuses cookies"));
}

#[tokio::test]
async fn a_form_that_comes_without_a_pass_waits_and_programs_are_told() {
    let demo = slow();
    let account = demo.account("school_user");
    let inside = Browser::signed_in(&demo, &account).await;
    let form = Browser::new(&demo);
    let token = hidden(&form.sign_in_form().await, "_csrf");
    drop(crowd(&demo, 3).await);
    // A browser that has lost its cookies but for the one that its form is tied to has no pass.
    let fields = [
        ("_csrf", token.as_str()),
        ("username", &account.username),
        ("password", &account.password),
    ];
    let answer = form.post("/sign-in", &fields).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "its pass is good");
    let program = Browser::forgetful(&demo);
    let asked = program.request(Method::GET, "/sign-in").header("accept", "application/json");
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(&answer, "content-type"), "application/problem+json");
    assert!(header(&answer, "retry-after").parse::<u32>().unwrap() > 0);
    // Whoever is signed in notices nothing.
    let results = inside.get(&format!("/results/{}", account.laestab)).await;
    assert_eq!(results.status(), StatusCode::OK);
    assert_eq!(standing(&inside).await["state"], "open");
}

/// Number of an act that one operator proposes.
fn proposed(demo: &Demo, act: &[&str], actor: &str) -> String {
    let (code, said) = queue(demo, &[act, &["--actor", actor]].concat());
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("Proposed."), "{said}");
    said.trim().rsplit(' ').next().unwrap().to_owned()
}

/// One operator proposes, the other does it; nobody does it twice.
fn two(demo: &Demo, act: &[&str], one: &str, other: &str) {
    let number = proposed(demo, act, one);
    assert_eq!(queue(demo, &["approve", &number, "--actor", other]).0, 0);
    assert_eq!(queue(demo, &["approve", &number, "--actor", other]).0, 1, "once");
}

#[tokio::test]
async fn the_helpline_finds_a_caller_and_operators_rehearse() {
    let demo = Demo::of_sample(12, &["--released"]);
    assert_eq!(queue(&demo, &["pause"]).0, 0);
    until("the room is paused", async || !has_form(&Browser::new(&demo).page("/sign-in").await))
        .await;
    let browser = Browser::new(&demo);
    browser.page("/sign-in").await;
    let reference = standing(&browser).await["reference"].as_str().unwrap().to_owned();
    let found = |reference: &str| -> Value {
        let (code, said) = queue(&demo, &["find", reference, "--json"]);
        assert_eq!(code, 0, "{said}");
        serde_json::from_str::<Value>(&said).unwrap()["found"].clone()
    };
    let waits = found(&reference.to_lowercase());
    assert_eq!(waits["state"], "waits", "{waits}");
    assert_eq!(waits["position"], standing(&browser).await["position"]);
    assert_eq!(found("QF7-3KD")["state"], "unknown");
    assert_eq!(queue(&demo, &["find", "QF7-3K0"]).0, 2, "no such letter");
    let (code, said) = queue(&demo, &["find", &reference]);
    assert!(code == 0 && said.contains("Tell them: Your place is kept."), "{said}");

    let (code, said) = queue(&demo, &["what-if", "0.5", "--json"]);
    let outlook: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &outlook["effective_rate"]), (0, &0.5.into()));
    let waiting = outlook["waiting"].as_f64().unwrap();
    let last = outlook["last_seconds"].as_f64().unwrap();
    assert!((last - waiting / 0.5).abs() < 1e-9, "{outlook}");
    assert_eq!(queue(&demo, &["what-if", "-1"]).0, 2);

    let crowd = ["rehearse", "--people", "500", "--within", "10", "--rate", "20", "--json"];
    let (code, said) = queue(&demo, &crowd);
    let rehearsed: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &rehearsed["signed_in"]), (0, &500.into()), "{said}");
    let last = rehearsed["last_signed_in_seconds"].as_f64().unwrap();
    assert!((25.0..120.0).contains(&last), "500 people at 20 a second: {last} s");
    assert_eq!(queue(&demo, &["rehearse", "--people", "0"]).0, 2);
    assert_eq!(found(&reference)["state"], "waits", "a rehearsal moves nobody");

    assert_eq!(queue(&demo, &["resume"]).0, 0);
    until("the caller is let in", async || standing(&browser).await["state"] == "admitted").await;
    assert_eq!(found(&reference)["state"], "let_in");
}

#[tokio::test]
async fn operators_pause_and_steer_and_another_one_approves() {
    let demo = Demo::of_sample(12, &["--released"]);
    let operators = demo.accounts("queue_operator");
    let [first, second] = [0, 1].map(|place: usize| operators[place].username.as_str());
    let outsider = demo.account("release_officer").username;
    let (code, said) = queue(&demo, &["pause", "--actor", &outsider]);
    assert_eq!(code, 1, "{said}");
    for bad in ["0", "-1", "NaN", "1e9", "x"] {
        assert_eq!(queue(&demo, &["rate", bad, "--actor", first]).0, 2, "rate {bad}");
    }
    assert_eq!(queue(&demo, &["admit", "0", "--actor", first]).0, 2);

    let (code, said) = queue(&demo, &["pause", "--actor", first]);
    assert_eq!(code, 0, "{said}");
    let act = said.trim().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(queue(&demo, &["message", "We are <checking> something.", "--actor", first]).0, 0);
    let browser = Browser::new(&demo);
    until("the room is paused", async || !has_form(&Browser::new(&demo).page("/sign-in").await))
        .await;
    let page = browser.page("/sign-in").await;
    assert!(page.contains("Signing in is paused"), "{page}");
    until("the message is there", async || {
        browser.page("/sign-in").await.contains("We are &#60;checking&#62; something.")
    })
    .await;
    let now = standing(&browser).await;
    assert_eq!((&now["state"], &now["eta_seconds"]), (&"paused".into(), &Value::Null));
    assert_eq!(now["message"], "We are <checking> something.");
    let (code, said) = queue(&demo, &["approve", &act, "--actor", first]);
    assert_eq!(code, 1, "nobody approves their own act: {said}");
    assert_eq!(queue(&demo, &["approve", &act, "--actor", second]).0, 0);
    assert_eq!(queue(&demo, &["approve", &act, "--actor", second]).0, 1, "once");

    // The rest takes two. One person is let in by hand; then everybody.
    assert_eq!(
        queue(&demo, &["approve", &proposed(&demo, &["admit", "1"], first), "--actor", first]).0,
        1
    );
    assert_eq!(standing(&browser).await["state"], "paused", "a proposal does nothing");
    two(&demo, &["admit", "1"], first, second);
    until("one is let in", async || standing(&browser).await["state"] == "admitted").await;
    two(&demo, &["rate", "12.5"], first, second);
    two(&demo, &["resume"], second, first);
    until("the room is open", async || has_form(&Browser::new(&demo).page("/sign-in").await)).await;
    let (_, said) = queue(&demo, &["status", "--json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["queue"]["mode"], &said["set"]["rate"]), (&"open".into(), &12.5.into()));
    let open: Vec<_> =
        said["unapproved"].as_array().unwrap().iter().map(|act| &act["proposed"]).collect();
    assert_eq!(
        open,
        [&Value::Bool(false), &Value::Bool(true)],
        "the message and a proposal: {said}"
    );
}

/// Reads and writes that the server has made, of files and of sockets. To receive is counted nowhere.
fn calls(demo: &Demo) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/io", demo.pid())).unwrap();
    let count = |name: &str| -> u64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().parse().unwrap()
    };
    count("syscr:") + count("syscw:")
}

/// I10: a question is answered from memory. It costs one read and one write of its socket, and nothing else, also
/// while the database is away.
#[tokio::test]
async fn i10_a_question_reads_and_writes_nothing_but_its_socket() {
    const QUESTIONS: u64 = 8_000;
    let demo = slow();
    let waiting = crowd(&demo, 4).await;
    demo.stop_postgres();
    let ask = async |browser: &Browser| {
        for _ in 0..QUESTIONS / 4 {
            let now = standing(browser).await;
            assert!(now["position"].is_number() || now["state"] == "admitted", "{now}");
        }
    };
    let before = calls(&demo);
    futures_util::future::join_all(waiting.iter().map(ask)).await;
    let made = calls(&demo) - before;
    // Snapshots, journal and the tries to reach the database go on meanwhile, whoever asks.
    assert!(
        (QUESTIONS..QUESTIONS + QUESTIONS / 4).contains(&made),
        "{made} calls for {QUESTIONS} questions"
    );
}
