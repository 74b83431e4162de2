//! One queue over three nodes: places, order, rate and single use, whatever is killed, stopped or turned.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::time::Instant;

use super::database::eventually;
use super::nodes::Node;
use crate::support::{Account, Browser, Demo, cookie_set, has_form, header, standing};

/// Sign-ins a second over all nodes.
const RATE: f64 = 3.0;
/// Leased tokens live for so many seconds, so many are saved up, and each node without a database has one.
const LEASE_SECONDS: f64 = 1.0;
const BURST: f64 = 4.0;
const NODES: f64 = 3.0;
/// Seconds at which a node is killed, the database goes and comes back, the node is started again with a clock
/// that is a minute and a half ahead, and a new key signs.
const HAPPENS: [u64; 5] = [1, 2, 7, 8, 10];
/// Nothing here may take longer.
const LIMIT: Duration = Duration::from_mins(1);

/// A demo and two nodes beside it, which share one queue.
struct Three {
    demo: Demo,
    nodes: [Node; 2],
}

impl Three {
    async fn start() -> Self {
        let rate = RATE.to_string();
        let demo = Demo::of_sample(12, &["--released", "--admission-rate", &rate]);
        let nodes = [Node::start(&demo), Node::start(&demo)];
        let three = Self { demo, nodes };
        three.joined().await;
        three
    }

    /// Waits until all three have come by, and the first knows that it is not alone.
    async fn joined(&self) {
        let sql = "SELECT count(*), bool_or(alone) FROM waiting_nodes JOIN waiting_queues
            USING (event, epoch) WHERE seen_ms > time_ms - 1000 AND NOT gone";
        eventually("three nodes share the queue", async || {
            self.demo.query(sql).await == [["3", "f"]]
        })
        .await;
    }

    fn bases(&self) -> [&str; 3] {
        [self.demo.text("base_url"), &self.nodes[0].base, &self.nodes[1].base]
    }
}

/// Somebody who wants to sign in, at any node.
struct Person {
    browser: Browser,
    lowest: u64,
    due: Instant,
    admitted: Option<Instant>,
}

impl Person {
    /// Comes until there is a place; gives what the node said last.
    async fn come(demo: &Demo, base: &str) -> Self {
        let browser = Browser::new(demo);
        let at = browser.clone().at(base);
        let mut admitted = None;
        for _ in 0..50 {
            let answer = at.get("/sign-in").await;
            let placed = cookie_set(&answer, "__Host-wr").is_some();
            if placed {
                admitted = has_form(&answer.text().await.unwrap()).then(Instant::now);
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Self { browser, lowest: u64::MAX, due: Instant::now(), admitted }
    }

    /// Asks a node; I2: the place is known, I3: the position never rises.
    async fn ask(&mut self, base: &str) {
        let now = standing(&self.browser.clone().at(base)).await;
        match now["state"].as_str().unwrap() {
            "admitted" => self.admitted = Some(Instant::now()),
            "waiting" | "paused" => {
                let position = now["position"].as_u64().unwrap();
                assert!(position <= self.lowest, "i3: {position} after {}", self.lowest);
                self.lowest = position;
            }
            _ => panic!("i2: {now}"),
        }
        let seconds = now["refresh_seconds"].as_f64().unwrap();
        self.due = Instant::now() + Duration::from_secs_f64(seconds);
    }
}

/// A generator that gives the same morning every time.
fn random(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap()
}

/// I1: within any span no more are let in than rate, leases, burst and nodes allow.
fn i1_bound(people: &[Person]) {
    let mut times: Vec<Instant> = people.iter().filter_map(|person| person.admitted).collect();
    times.sort();
    for (first, from) in times.iter().enumerate() {
        for (last, to) in times.iter().enumerate().skip(first) {
            let seconds = to.duration_since(*from).as_secs_f64();
            let most = RATE * (seconds + LEASE_SECONDS) + BURST + NODES;
            let came = f64::from(u32::try_from(last - first + 1).unwrap());
            assert!(came <= most + 1.0, "i1: {came} in {seconds} s, at most {most}");
        }
    }
}

/// The key that signed a ticket.
fn key_of(ticket: &str) -> u8 {
    URL_SAFE_NO_PAD.decode(ticket).unwrap()[1]
}

#[tokio::test]
async fn nobody_loses_their_place_whatever_happens_to_nodes_database_clocks_and_keys() {
    let mut three = Three::start().await;
    let mut seed = 17;
    let coming = (0..40_usize).map(|number| Person::come(&three.demo, three.bases()[number % 3]));
    let mut people = futures_util::future::join_all(coming).await;
    let waiting =
        |people: &[Person]| people.iter().filter(|person| person.admitted.is_none()).count();
    assert!(waiting(&people) > 15, "a crowd");
    let began = Instant::now();
    let mut step = 0;
    while waiting(&people) > 0 {
        let seconds = began.elapsed().as_secs();
        let left = waiting(&people);
        assert!(seconds < LIMIT.as_secs(), "{left} have not come in after step {step}");
        if HAPPENS.get(step).is_some_and(|at| seconds >= *at) {
            match step {
                0 => three.nodes[1].kill(),
                1 => three.demo.stop_postgres(),
                2 => three.demo.start_postgres(),
                3 => three.nodes[1].restart(&three.demo, 90),
                _ => rotate(&three.demo).await,
            }
            step += 1;
        }
        let down = (1..=3).contains(&step) || !answers(&three, 2).await;
        for person in &mut people {
            if person.admitted.is_none() && person.due <= Instant::now() {
                let node = random(&mut seed) % if down { 2 } else { 3 };
                person.ask(three.bases()[node]).await;
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    i1_bound(&people);
    assert!(step >= 4, "all but the last happened while people waited: {step}");
}

async fn answers(three: &Three, node: usize) -> bool {
    let place = three.bases()[node].trim_start_matches("https://localhost:");
    tokio::net::TcpStream::connect(format!("127.0.0.1:{place}")).await.is_ok()
}

/// A new key of the queue, which was made so long ago that every node has it.
async fn rotate(demo: &Demo) {
    demo.query(
        "INSERT INTO key_rings (purpose, id, secret, made_at)
         SELECT 'queue', max(id) + 1, sha256('another'), max(made_at) + interval '1 microsecond'
         FROM key_rings WHERE purpose = 'queue'",
    )
    .await;
    demo.query(
        "UPDATE key_rings SET made_at = made_at - interval '6 minutes' WHERE purpose = 'queue'",
    )
    .await;
}

#[tokio::test]
async fn a_new_key_reads_everywhere_before_it_signs_anywhere() {
    let demo = Demo::of_sample(12, &["--released", "--admission-rate", "0.5"]);
    let other = Node::start(&demo);
    let bases = [demo.text("base_url"), other.base.as_str()];
    let ticket = async |base: &str| {
        let mut found = None;
        for _ in 0..50 {
            let answer = Browser::forgetful(&demo).at(base).get("/sign-in").await;
            found = cookie_set(&answer, "__Host-wr");
            if found.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        found.unwrap()
    };
    let old = [ticket(bases[0]).await, ticket(bases[1]).await];
    assert_eq!(key_of(&old[0]), key_of(&old[1]));
    demo.query(
        "INSERT INTO key_rings (purpose, id, secret, made_at)
         SELECT 'queue', max(id) + 1, sha256('another'), max(made_at) + interval '1 second'
         FROM key_rings WHERE purpose = 'queue'",
    )
    .await;
    for base in bases {
        for _ in 0..5 {
            assert_eq!(key_of(&ticket(base).await), key_of(&old[0]), "it only reads so far");
        }
    }
    demo.query(
        "UPDATE key_rings SET made_at = made_at - interval '6 minutes' WHERE purpose = 'queue'",
    )
    .await;
    for base in bases {
        eventually("it signs", async || key_of(&ticket(base).await) > key_of(&old[0])).await;
        for text in &old {
            let cookie = format!("__Host-wr={text}");
            let answer =
                Browser::forgetful(&demo).at(base).get_with("/queue/status", &cookie).await;
            let now: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            assert!(now["reference"].is_string(), "an old place is refused: {now}");
        }
    }
}

/// Place and pass of somebody who was let in at a node.
async fn let_in(demo: &Demo, base: &str) -> String {
    let client = Browser::forgetful(demo).at(base);
    let mut cookies = String::new();
    for _ in 0..100 {
        let answer = client.get_with("/sign-in", &cookies).await;
        if let Some(ticket) = cookie_set(&answer, "__Host-wr") {
            cookies = format!("__Host-wr={ticket}");
        }
        if let Some(pass) = cookie_set(&answer, "__Host-wp") {
            return format!("{cookies}; __Host-wp={pass}");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("never let in");
}

/// Signs in at a node with a copy of somebody's place; gives the session, if one began.
async fn use_place(demo: &Demo, base: &str, cookies: &str, account: &Account) -> Option<String> {
    let answer = Browser::forgetful(demo).at(base).sign_in_with(cookies, account).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let session = cookie_set(&answer, "__Host-sid");
    assert_eq!(session.is_none(), header(&answer, "location") == "/sign-in");
    session
}

/// I8: one place is one session, at once while the database is there, and afterwards when it was not.
#[tokio::test]
async fn a_copied_place_gives_one_session_on_two_nodes() {
    let demo = Demo::of_sample(12, &["--released", "--admission-rate", "20"]);
    let other = Node::start(&demo);
    let here = demo.text("base_url").to_owned();
    let account = demo.account("school_user");
    let place = let_in(&demo, &other.base).await;
    assert!(use_place(&demo, &other.base, &place, &account).await.is_some());
    assert!(use_place(&demo, &here, &place, &account).await.is_none());

    let place = let_in(&demo, &here).await;
    demo.stop_postgres();
    let first = use_place(&demo, &here, &place, &account).await.unwrap();
    let second = use_place(&demo, &other.base, &place, &account).await.unwrap();
    let stands = async |session: &str| {
        let file = format!("/results/{}/results.csv", account.laestab);
        let cookie = format!("__Host-sid={session}");
        Browser::forgetful(&demo).at(&here).get_with(&file, &cookie).await.status()
            == StatusCode::OK
    };
    assert!(stands(&first).await && stands(&second).await);
    demo.start_postgres();
    eventually("the later session is ended", async || !stands(&second).await).await;
    assert!(stands(&first).await);
    let sql = "SELECT count(*) FROM audit WHERE action = 'queue.used_twice'";
    assert_eq!(demo.query(sql).await, [["1"]]);
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

/// I8 over a crash: what a node has seen used it knows again, from its own journal.
#[tokio::test]
async fn a_place_that_was_used_stays_used_after_a_kill_without_the_database() {
    let mut demo = Demo::of_sample(12, &["--released", "--admission-rate", "20"]);
    let account = demo.account("school_user");
    let base = demo.text("base_url").to_owned();
    let place = let_in(&demo, &base).await;
    demo.stop_postgres();
    assert!(use_place(&demo, &base, &place, &account).await.is_some());
    demo.kill();
    demo.restart();
    assert!(use_place(&demo, &base, &place, &account).await.is_none());
    demo.start_postgres();
}

#[tokio::test]
async fn people_let_in_by_hand_are_let_in_once_over_all_nodes() {
    let three = Three::start().await;
    let act = |words: &[&str]| {
        let all = [&["queue"][..], words].concat();
        assert_eq!(three.demo.command(&all).0, 0, "{words:?}");
    };
    act(&["pause"]);
    for base in three.bases() {
        eventually("paused everywhere", async || {
            let now = standing(&Browser::new(&three.demo).at(base)).await;
            now["state"] == "paused"
        })
        .await;
    }
    let mut people = Vec::new();
    for number in 0..12 {
        people.push(Person::come(&three.demo, three.bases()[number % 3]).await);
    }
    act(&["admit", "4"]);
    let mut seed = 5;
    // A node whose exchange was late goes on by itself for some seconds.
    eventually("four are let in", async || ask_all(&three, &mut people, &mut seed).await >= 4)
        .await;
    // Long enough for every node to have had its chance, several times.
    for _ in 0..20 {
        assert_eq!(ask_all(&three, &mut people, &mut seed).await, 4);
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    act(&["rate", "50"]);
    act(&["resume"]);
    eventually("everybody else", async || {
        ask_all(&three, &mut people, &mut seed).await == people.len()
    })
    .await;
}

/// Everybody who waits asks some node; gives how many were let in until now.
async fn ask_all(three: &Three, people: &mut [Person], seed: &mut u64) -> usize {
    for person in people.iter_mut().filter(|person| person.admitted.is_none()) {
        person.ask(three.bases()[random(seed) % 3]).await;
    }
    people.iter().filter(|person| person.admitted.is_some()).count()
}
