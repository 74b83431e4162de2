//! Classes of load: what helps fewest is shed, results are served all the same, and permits come back.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use reqwest::{Method, Response, StatusCode};

use crate::support::{Account, Browser, Demo, header, until};

/// A demo that lets in one export, two scripts and one report at once.
fn tight() -> Demo {
    Demo::configured(
        12,
        "[admission.classes]\nexports = 1\nscripts = 2\nreports = 1\n",
        &["--released"],
    )
}

async fn shed(demo: &Demo, class: &str) -> u64 {
    demo.count(&format!("daybreak_shed_total{{class=\"{class}\"}}")).await
}

/// That an answer says when to come again, to a person.
async fn is_told_when(answer: Response, words: &str) {
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{}", answer.url());
    let seconds: u64 = header(&answer, "retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(header(&answer, "cache-control"), "no-store");
    let page = answer.text().await.unwrap();
    assert!(page.contains(words) && page.contains("in 1 minute"), "{page}");
}

/// A script's address on the page of scripts.
fn first_script(page: &str) -> String {
    let (_, rest) = page.split_once("daybreak-open\" href=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn exports_and_scripts_are_shed_while_results_are_served() {
    let demo = tight();
    let authority = demo.account("la_user");
    let slow = Browser::narrow(&demo).enter(&authority).await;
    let other = Browser::signed_in(&demo, &authority).await;
    let head = Browser::signed_in(&demo, &demo.account("school_user")).await;
    let base = format!("/results/{}", demo.account("school_user").laestab);
    let script = first_script(&head.page(&format!("{base}/scripts")).await);

    // Somebody takes a combined file slowly: no second one meanwhile.
    let mut first = slow.get("/results/all.csv").await;
    assert_eq!(first.status(), StatusCode::OK);
    for _ in 0..3 {
        is_told_when(other.get("/results/all.csv").await, "Results go first").await;
    }
    let program =
        other.request(Method::GET, "/results/all.csv").header("accept", "application/json");
    let answer = program.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(&answer, "content-type"), "application/problem+json");
    assert!(header(&answer, "retry-after").parse::<u64>().unwrap() >= 30);
    let problem: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!((&problem["status"], &problem["class"]), (&503.into(), &"exports".into()));
    let asked = other.request(Method::HEAD, "/results/all.csv").send().await.unwrap();
    assert_eq!(asked.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(asked.bytes().await.unwrap().is_empty());

    // The same with scripts: two bundles on their way, and no room for one more script.
    let narrow = Browser::narrow(&demo).enter(&demo.account("school_user")).await;
    let bundle = format!("{base}/scripts.zip");
    let held = (narrow.get(&bundle).await, narrow.get(&bundle).await);
    assert_eq!((held.0.status(), held.1.status()), (StatusCode::OK, StatusCode::OK));
    is_told_when(head.get(&script).await, "Results go first").await;
    is_told_when(head.get(&format!("{base}/scripts")).await, "continues where it was").await;

    // Whatever else people need is there all the time.
    for path in ["", "/maths", "/results.csv", "/results.xml", "/results.pdf", "/results.xlsx"] {
        assert_eq!(head.get(&format!("{base}{path}")).await.status(), StatusCode::OK, "{path}");
    }
    for path in ["/results", "/queue/status", "/status", "/help", "/"] {
        assert_eq!(other.get(path).await.status(), StatusCode::OK, "{path}");
    }
    Browser::signed_in(&demo, &authority).await;
    assert_eq!((shed(&demo, "exports").await, shed(&demo, "scripts").await), (5, 2));
    for class in ["results", "sign_in", "forms", "reports"] {
        assert_eq!(shed(&demo, class).await, 0, "{class}");
    }

    // What was held back is there again once the others are through.
    let mut length = 0;
    while let Some(part) = first.chunk().await.unwrap() {
        length += part.len();
    }
    assert!(length > 2_000, "{length} bytes");
    drop(held);
    until("the permits are back", async || {
        other.get("/results/all.csv").await.status() == 200
            && head.get(&script).await.status() == 200
    })
    .await;
}

#[tokio::test]
async fn an_organisation_that_reads_slowly_takes_nothing_from_others() {
    let demo = Demo::configured(12, "[admission.classes]\nscripts = 16\n", &["--released"]);
    let users = demo.accounts("school_user");
    let other = users.iter().find(|user| user.laestab != users[0].laestab).unwrap();
    let one = &users[0];
    let slow = Browser::narrow(&demo).enter(one).await;
    let bundle = format!("/results/{}/scripts.zip", one.laestab);
    let held = (slow.get(&bundle).await, slow.get(&bundle).await);
    assert_eq!((held.0.status(), held.1.status()), (StatusCode::OK, StatusCode::OK));
    let third = slow.get(&bundle).await;
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(third.headers().contains_key("retry-after"));
    assert!(third.text().await.unwrap().contains("has many downloads on their way"));

    let base = format!("/results/{}", other.laestab);
    let neighbour = Browser::signed_in(&demo, other).await;
    let script = first_script(&neighbour.page(&format!("{base}/scripts")).await);
    assert_eq!(neighbour.get(&script).await.status(), StatusCode::OK);
    drop(held);
    until("its share is back", async || slow.get(&bundle).await.status() == 200).await;
}

#[tokio::test]
async fn a_hundred_lost_connections_leave_no_permit_behind() {
    // An eighth of them is the school's.
    let demo = Demo::configured(12, "[admission.classes]\nscripts = 800\n", &["--released"]);
    let account: Account = demo.account("school_user");
    let answer = Browser::new(&demo).sign_in(&account.username, &account.password).await;
    let cookies = answer.headers().get_all("set-cookie").iter().map(|c| c.to_str().unwrap());
    let session = cookies.filter(|c| c.starts_with("__Host-sid=")).collect::<String>();
    let session = session.split(';').next().unwrap().to_owned();
    let path = format!("/results/{}/scripts.zip", account.laestab);
    // Each on a connection of its own, half of them of the older kind.
    let begin = async |old: bool| {
        let client = if old { Browser::narrow_http1(&demo) } else { Browser::narrow(&demo) };
        let request = client.request(Method::GET, &path).header("cookie", &session);
        request.send().await.unwrap()
    };
    for round in 0..2 {
        let mut open = Vec::new();
        for number in 0..100 {
            until("there is a permit", async || {
                let mut answer = begin(number % 2 == 0).await;
                let is_open = answer.status() == 200;
                if is_open {
                    assert!(answer.chunk().await.unwrap().is_some());
                    open.push(answer);
                }
                is_open
            })
            .await;
        }
        let one_more = begin(false).await;
        assert_eq!(one_more.status(), StatusCode::TOO_MANY_REQUESTS, "round {round}");
        // Gone in the middle of a body.
        drop(open);
    }
    until("the permits are back", async || begin(true).await.status() == 200).await;
}

#[tokio::test]
async fn forms_that_never_come_to_an_end_hold_up_nobody() {
    let demo =
        Demo::configured(12, "[admission.classes]\nsign_in = 2\nforms = 2\n", &["--released"]);
    let half = || {
        let first = Ok::<_, std::io::Error>(Frame::data(Bytes::from_static(b"_csrf=")));
        let body = StreamBody::new(stream::iter([first]).chain(stream::pending()));
        let post = Browser::new(&demo).request(Method::POST, "/sign-in");
        let post = post.header("content-type", "application/x-www-form-urlencoded");
        post.body(reqwest::Body::wrap(body)).send()
    };
    let slow = futures_util::future::join_all((0..8).map(|_| half()));
    let prompt = async {
        until("the forms are on their way", async || {
            demo.count("daybreak_connections{protocol=\"h2\"}").await >= 8
        })
        .await;
        Browser::signed_in(&demo, &demo.account("school_user")).await
    };
    tokio::select! {
        answers = slow => panic!("half a form was answered: {answers:?}"),
        _ = prompt => (),
    }
    assert_eq!((shed(&demo, "sign_in").await, shed(&demo, "forms").await), (0, 0));
}
