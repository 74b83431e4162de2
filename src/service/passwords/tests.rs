//! What the pool promises.

use super::*;

fn pool() -> (HashPool, ServiceMetrics) {
    let metrics = ServiceMetrics::new(&prometheus::Registry::new(), "test");
    // However slow the machine is on which the test runs.
    let patience = Duration::from_hours(1);
    (HashPool::start_with(1, patience, metrics.clone()).unwrap(), metrics)
}

fn typed(text: &str) -> Hidden<String> {
    Hidden::new(text.to_owned())
}

#[tokio::test]
async fn only_the_right_password_of_a_known_hash_is_right() {
    let (pool, _) = pool();
    let stored = hash("correct horse £!");
    let verify = async |text: &str, stored: Option<&str>| {
        pool.verify(1, typed(text), stored).await.unwrap().right
    };
    assert!(verify("correct horse £!", Some(&stored)).await);
    assert!(!verify("correct horse £", Some(&stored)).await);
    assert!(verify("correct horse \u{a3}!", Some(&stored)).await);
    let accent = hash("caf\u{e9}");
    assert!(verify("cafe\u{301}", Some(&accent)).await, "typed apart");
    assert!(!verify("", None).await);
    assert!(!verify("correct horse £!", Some("$2b$10$nonsense")).await);
}

#[tokio::test]
async fn what_the_pool_has_hashed_it_knows_again() {
    let (pool, metrics) = pool();
    let [first, second] = [1, 2].map(|turn| pool.hash(turn, typed("caf\u{e9} lantern")));
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert_ne!(first.expose(), second.expose(), "each has a salt of its own");
    for stored in [first, second] {
        let checked = pool.verify(1, typed("cafe\u{301} lantern"), Some(stored.expose())).await;
        assert!(checked.unwrap().right);
    }
    assert_eq!((metrics.hash_waiting.get(), metrics.hash_threads.get()), (0, 1));
}

#[tokio::test]
async fn a_crowd_of_one_organisation_holds_up_nobody_else() {
    let (pool, metrics) = pool();
    let done = Mutex::new(Vec::new());
    let verify = async |turn: u64| {
        pool.verify(turn, typed("x"), None).await.unwrap();
        done.lock().unwrap().push(turn);
    };
    let crowd = futures_util::future::join_all((0..20).map(|_| verify(1)));
    // The crowd has come first, all of it.
    tokio::join!(crowd, verify(2), verify(3));
    let done = done.into_inner().unwrap();
    let place = |turn: u64| done.iter().position(|of| *of == turn).unwrap();
    assert!(place(2) < 6 && place(3) < 7, "{done:?}");
    assert_eq!((done.len(), metrics.hash_waiting.get()), (22, 0));
    assert_eq!(pool.backlog(), Duration::ZERO);
}

#[tokio::test]
async fn whoever_goes_away_waits_no_more_and_costs_nothing() {
    let (pool, metrics) = pool();
    let mut crowd: Vec<_> = (0..20).map(|_| Box::pin(pool.verify(1, typed("x"), None))).collect();
    for verifying in &mut crowd {
        assert!(futures_util::poll!(verifying).is_pending());
    }
    assert!(metrics.hash_waiting.get() > 10);
    drop(crowd);
    assert_eq!(metrics.hash_waiting.get(), 0);
    assert!(pool.verify(2, typed("x"), None).await.is_ok());
    assert!(metrics.hash_seconds.get_sample_count() < 10);
}

#[tokio::test]
async fn who_would_wait_too_long_is_told_at_once() {
    let (pool, metrics) = pool();
    // A machine on which one hash takes a fifth of what somebody may wait.
    pool.0.0.lock().service = pool.0.0.wait_max / 5;
    let mut waiting = Vec::new();
    for turn in 0..20 {
        let mut verifying = Box::pin(pool.verify(turn, typed("x"), None));
        match futures_util::poll!(&mut verifying) {
            std::task::Poll::Ready(outcome) => assert_eq!(outcome, Err(Busy), "{turn}"),
            std::task::Poll::Pending => waiting.push(verifying),
        }
    }
    // Five wait and one or two are with the thread already.
    assert!((6..=12).contains(&waiting.len()), "{} wait", waiting.len());
    drop(waiting);
    assert_eq!(metrics.hash_waiting.get(), 0);
}

#[test]
fn hashing_threads_give_way_to_pages() {
    let own = rustix::process::getpriority_process(None).unwrap();
    let (pool, _) = pool();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    // A thread that has hashed has set its priority.
    runtime.block_on(pool.verify(1, typed("x"), None)).unwrap();
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let niceness = threads.filter_map(|thread| {
        let stat = std::fs::read_to_string(thread.ok()?.path().join("stat")).ok()?;
        let (name, rest) = stat.rsplit_once(')')?;
        // The nineteenth field of all, of which two stand before the bracket.
        let nice: i32 = rest.split_whitespace().nth(16)?.parse().ok()?;
        name.ends_with("(hash-0").then_some(nice)
    });
    // Other tests of this process have pools too.
    assert!(niceness.max() == Some((own + NICENESS).min(NICENESS_MAX)));
}
