//! Not one byte before the instant: what is answered before, around and after it.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Method, Response, StatusCode};

use crate::support::{Account, Browser, Demo, all_between, header, until};

/// Requests around the instant, from all connections together.
const REQUESTS: usize = 20_000;
/// Requests at once on one connection.
const AT_ONCE: usize = 4;
const FILES: [&str; 8] = [
    "results.csv",
    "results-with-ta.csv",
    "results.xml",
    "results.xlsx",
    "results.pdf",
    "scripts.zip",
    "scripts/0123456789abcdef-gps1.pdf",
    "scripts/x-maths3.pdf",
];

#[expect(
    clippy::disallowed_methods,
    reason = "the machine's own clock is what the ready file names"
)]
fn unix_now() -> f64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64()
}

fn opens(demo: &Demo) -> f64 {
    demo.ready["release_opens_unix"].as_f64().unwrap()
}

/// Everything that an outsider can measure of a refusal, but for what differs in every answer.
fn shape(answer: &Response) -> String {
    let other = |name: &str| !["x-request-id", "date", "location"].contains(&name);
    let headers = answer.headers().iter().filter(|(name, _)| other(name.as_str()));
    let mut lines: Vec<String> =
        headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    lines.sort();
    format!("{}\n{}", answer.status(), lines.join("\n"))
}

#[tokio::test]
async fn not_a_byte_comes_before_the_instant() {
    let demo = Demo::of_sample(12, &["--release-in", "60s"]);
    let accounts = demo.listed_accounts("school_user");
    files_lead_to_the_countdown(&demo).await;
    some_will_never_have_it(&demo).await;
    the_countdown_tells_nothing(&demo, &accounts).await;
    assert!(unix_now() < opens(&demo), "these looks came too late to say anything");
    let refused = around_the_instant(&demo, &accounts).await;
    let counted = demo.metric("daybreak_embargo_refusals_total").await;
    assert!(counted >= f64::from(u32::try_from(refused).unwrap()), "{counted} of {refused}");
    afterwards(&demo).await;
}

async fn files_lead_to_the_countdown(demo: &Demo) {
    let mut shapes = HashSet::new();
    for role in ["school_user", "school_all", "ks3_user", "la_user", "mat_user"] {
        let account = demo.account(role);
        let browser = Browser::signed_in(demo, &account).await;
        let mut addresses: Vec<(String, String)> = Vec::new();
        if account.laestab.is_empty() {
            let files = [
                "/results/all.csv",
                "/results/all-with-ta.csv",
                "/results/all.xlsx",
                "/results/all.pdf",
            ];
            addresses.extend(files.map(|file| (file.to_owned(), "/results".to_owned())));
        } else {
            let base = format!("/results/{}", account.laestab);
            let scripts = role != "ks3_user";
            let files = FILES.iter().filter(|file| scripts || !file.starts_with("scripts"));
            addresses.extend(files.map(|file| (format!("{base}/{file}"), base.clone())));
        }
        for (address, page) in addresses {
            for method in [Method::GET, Method::HEAD] {
                for (name, value) in [
                    ("accept", "*/*"),
                    ("range", "bytes=0-0"),
                    ("range", "bytes=99999999999-"),
                    ("if-none-match", "*"),
                    ("if-modified-since", "Tue, 09 Jul 2024 06:30:00 GMT"),
                    ("accept-encoding", "gzip"),
                ] {
                    let request = browser.request(method.clone(), &address).header(name, value);
                    let answer = request.send().await.unwrap();
                    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{method} {address} {name}");
                    assert_eq!(header(&answer, "location"), page);
                    assert_eq!(header(&answer, "cache-control"), "no-store");
                    for told in ["etag", "last-modified", "accept-ranges", "content-disposition"] {
                        assert_eq!(header(&answer, told), "", "{address} tells its {told}");
                    }
                    shapes.insert(shape(&answer).replace("content-length: \"0\"\n", ""));
                    assert_eq!(answer.bytes().await.unwrap().len(), 0, "{address}");
                }
            }
        }
    }
    assert_eq!(shapes.len(), 1, "refusals differ: {shapes:#?}");
}

async fn some_will_never_have_it(demo: &Demo) {
    let [first, second] = &demo.accounts("school_user")[..2] else { panic!("two schools") };
    for role in ["school_user", "school_account_manager", "la_user", "ks3_user", "release_officer"]
    {
        let account = demo.account(role);
        let browser = Browser::signed_in(demo, &account).await;
        let foreign = if account.laestab == second.laestab { first } else { second };
        let mut paths: Vec<String> = Vec::new();
        match role {
            "la_user" => paths.push(format!("/results/{}/scripts.zip", first.laestab)),
            "ks3_user" => paths.push(format!("/results/{}/scripts.zip", account.laestab)),
            "school_account_manager" => {
                paths.extend(FILES.map(|file| format!("/results/{}/{file}", account.laestab)));
            }
            _ => paths.extend(FILES.map(|file| format!("/results/{}/{file}", foreign.laestab))),
        }
        if role != "la_user" {
            paths.push("/results/all.csv".to_owned());
        }
        for path in paths {
            assert_eq!(browser.get(&path).await.status(), 404, "{role} {path}");
        }
    }
}

/// A countdown without what is the visitor's own: their name and that of their organisation.
fn bare(page: &str) -> String {
    let own = |before: &str| all_between(page, before, "<")[0];
    let (person, organisation) =
        (own("href=\"/account\">"), own("daybreak-header__organisation\">"));
    page.replace(person, "").replace(organisation, "")
}

async fn the_countdown_tells_nothing(demo: &Demo, accounts: &[Account]) {
    let mut lengths = HashSet::new();
    for account in accounts.iter().take(4) {
        let browser = Browser::signed_in(demo, account).await;
        for path in ["/results".to_owned(), format!("/results/{}", account.laestab)] {
            for _ in 0..5 {
                let answer = browser.get(&path).await;
                assert_eq!(answer.status(), StatusCode::OK);
                assert_eq!(header(&answer, "cache-control"), "no-store");
                assert_eq!((header(&answer, "etag"), header(&answer, "last-modified")), ("", ""));
                let page = answer.text().await.unwrap();
                assert!(page.contains("7:30am on 9 July 2024"), "{path}");
                lengths.insert(bare(&page).len());
            }
        }
    }
    assert_eq!(lengths.len(), 1, "countdowns have lengths {lengths:?}");
}

/// Requests from five seconds before until two seconds after, from several connections; gives how many
/// were refused.
async fn around_the_instant(demo: &Demo, accounts: &[Account]) -> usize {
    let mut connections = Vec::new();
    for (place, account) in accounts.iter().take(6).enumerate() {
        let old = place % 2 == 0;
        let browser = if old { Browser::over_http1(demo) } else { Browser::new(demo) };
        connections.push((browser.enter(account).await, format!("/results/{}", account.laestab)));
    }
    let opens = opens(demo);
    let wait = (opens - 5.0 - unix_now()).max(0.0);
    tokio::time::sleep(Duration::from_secs_f64(wait)).await;
    let streams = connections.len() * AT_ONCE;
    let work = (0..streams).map(|stream| {
        let (browser, base) = &connections[stream % connections.len()];
        hammer(browser, base, opens, REQUESTS.div_ceil(streams))
    });
    let outcomes = join_all(work).await;
    let asked: usize = outcomes.iter().map(|outcome| outcome.asked).sum();
    assert!(asked >= REQUESTS, "{asked} requests");
    let refusals: HashSet<&String> =
        outcomes.iter().flat_map(|outcome| &outcome.refusals).collect();
    let whole = refusals.iter().filter(|shape| !shape.contains("content-length")).count();
    assert!(whole <= 1 && refusals.len() <= 2, "refusals differ: {refusals:#?}");
    let refused = outcomes.iter().map(|outcome| outcome.refused).sum();
    assert!(refused > 0 && refused < asked, "{refused} of {asked} were refused");
    refused
}

#[derive(Default)]
struct Outcome {
    asked: usize,
    refused: usize,
    refusals: HashSet<String>,
}

async fn hammer(browser: &Browser, base: &str, opens: f64, least: usize) -> Outcome {
    let mut outcome = Outcome::default();
    while outcome.asked < least || unix_now() < opens + 2.0 {
        let file = FILES[outcome.asked % 6];
        let request = browser.request(Method::GET, &format!("{base}/{file}"));
        let answer = request.header("range", "bytes=0-0").send().await.unwrap();
        let answered = unix_now();
        outcome.asked += 1;
        if answer.status() == StatusCode::SEE_OTHER {
            assert_eq!(header(&answer, "location"), base);
            outcome.refused += 1;
            outcome.refusals.insert(shape(&answer));
            assert_eq!(answer.bytes().await.unwrap().len(), 0);
        } else {
            assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT, "{base}/{file}");
            assert!(answered >= opens, "{base}/{file} came {} s early", opens - answered);
            assert_eq!(answer.bytes().await.unwrap().len(), 1);
        }
    }
    outcome
}

/// Schools, authorities and trusts are in; a secondary has its own instant, the next day.
async fn afterwards(demo: &Demo) {
    for role in ["school_user", "la_user", "mat_user"] {
        let account = demo.account(role);
        let browser = Browser::signed_in(demo, &account).await;
        let file = match account.laestab.as_str() {
            "" => "/results/all.csv".to_owned(),
            laestab => format!("/results/{laestab}/results.csv"),
        };
        until("results are open", async || browser.get(&file).await.status() == 200).await;
    }
    let account = demo.account("ks3_user");
    let browser = Browser::signed_in(demo, &account).await;
    let page = browser.page("/results").await;
    assert!(page.contains("7:30am on 10 July 2024"));
    for file in &FILES[..5] {
        let answer = browser.get(&format!("/results/{}/{file}", account.laestab)).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{file}");
    }
}
