//! What the directory of the nation costs a node: prints times and bytes. `cargo bench --bench directory`.

#![expect(clippy::unwrap_used, reason = "a bench prints a few figures, and may fail by unwrap")]

use std::io::Write;

use daybreak::clock::Clock;
use daybreak::cluster::{Cluster, DATABASE, ROLES, SUPERUSER};
use daybreak::domain::access::{OrganisationKind, Permission, Permissions};
use daybreak::node::Node;
use daybreak::node::directory::{Changed, Directory, Organisation, User};
use daybreak::store::bootstrap::bootstrap;
use daybreak::store::directory::{DirectoryRows, ReadDirectory, ReadUsers};
use daybreak::store::migrate::migrate;
use daybreak::store::{Access, Store};
use daybreak::telemetry::Hidden;
use tokio::time::Instant;

/// Users and organisations of the nation.
const USERS: i64 = 120_000;
const ORGANISATIONS: i64 = 22_000;

fn say(what: &str, figure: &str) {
    writeln!(std::io::stdout().lock(), "| {what} | {figure} |").unwrap();
}

/// Bytes of this process that are in memory.
fn resident() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4096.0
}

fn user(id: i64, epoch: u32) -> User {
    let hash = "x".repeat(97);
    User {
        id,
        username: format!("first.last{id}@school{}.sch.example", id % ORGANISATIONS),
        full_name: format!("Firstname Lastname{id}"),
        password_hash: Hidden::new(hash),
        epoch,
        active: true,
        memberships: vec![(id % ORGANISATIONS, Permissions::from_iter([Permission::User]))],
        cover: Vec::new(),
    }
}

fn directory() -> Directory {
    let organisation = |id| Organisation {
        id,
        kind: OrganisationKind::School,
        name: format!("Primary School Number {id}"),
        laestab: u32::try_from(2_000_000 + id).ok(),
        la_code: Some(888),
        group_uid: None,
    };
    Directory::new(
        (0..ORGANISATIONS).map(organisation).collect(),
        (1..=USERS).map(|id| user(id, 1)).collect(),
    )
}

fn timed<T>(what: &str, rounds: u32, mut call: impl FnMut() -> T) -> T {
    let began = Instant::now();
    let mut last = call();
    for _ in 1..rounds {
        last = call();
    }
    let each = began.elapsed().as_secs_f64() * 1_000.0 / f64::from(rounds);
    say(what, &format!("{each:.1} ms"));
    last
}

/// A database of its own with the nation's users in it.
async fn database(folder: &std::path::Path) -> (Cluster, Store) {
    let cluster = Cluster::open(folder, Hidden::new("bench".to_owned())).unwrap();
    cluster.start().unwrap();
    let access = |user: &str, database: &str| Access {
        host: "127.0.0.1".to_owned(),
        port: cluster.port(),
        database: database.to_owned(),
        user: user.to_owned(),
        password: Hidden::new("bench".to_owned()).into(),
        authority: None,
        connections_max: 2,
    };
    bootstrap(&access(SUPERUSER, "postgres"), DATABASE, &ROLES, "bench").await.unwrap();
    migrate(&access(ROLES[0], DATABASE), "localhost").await.unwrap();
    let url = format!(
        "host=127.0.0.1 port={} user={} password=bench dbname={DATABASE}",
        cluster.port(),
        ROLES[0]
    );
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    let work = async {
        let sql = format!(
            "INSERT INTO organisations (kind, name, laestab, taken_over_at)
                 SELECT 'school', 'Primary School Number ' || n, 2000000 + n, now()
                 FROM generate_series(1, {ORGANISATIONS}) n;
             INSERT INTO users (username, full_name, password_hash)
                 SELECT 'first.last' || n || '@school.sch.example', 'Firstname Lastname' || n, repeat('x', 97)
                 FROM generate_series(1, {USERS}) n;
             INSERT INTO memberships SELECT n, 1 + n % {ORGANISATIONS}, 'user'
                 FROM generate_series(1, {USERS}) n;
             ANALYZE"
        );
        client.batch_execute(&sql).await.unwrap();
        drop(client);
    };
    let ((), closed) = tokio::join!(work, connection);
    closed.unwrap();
    let node = Store::new(access(ROLES[2], DATABASE));
    (cluster, node)
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let before = resident();
    let nation = timed("built in memory", 1, directory);
    let each = (resident() - before) / f64::from(u32::try_from(USERS).unwrap());
    say("memory", &format!("{:.0} MB, {each:.0} bytes a user", (resident() - before) / 1e6));
    let clock = Clock::manual("2024-07-09T06:30:00Z".parse().unwrap());
    let node = Node::open(&folder.path().join("state"), clock.clone()).unwrap();
    let mut nation = Some(nation);
    timed("taken and written to its file", 1, || {
        node.set_directory(nation.take().unwrap()).unwrap();
    });
    let mut epoch = 1;
    timed("one user changed, taken and kept", 20, || {
        epoch += 1;
        let changed = Changed { users: vec![user(17, epoch)], ..Changed::default() };
        node.change_directory(&[17], changed).unwrap();
    });
    drop(node);
    let again = timed("read at a start without the database", 1, || {
        Node::open(&folder.path().join("state"), clock.clone()).unwrap()
    });
    assert_eq!(again.directory().user(17).unwrap().epoch, epoch);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (cluster, store) = runtime.block_on(database(folder.path()));
    let now = clock.now();
    let all: DirectoryRows = timed("all read from the database", 3, || {
        runtime.block_on(store.run(now, &ReadDirectory)).unwrap()
    });
    assert_eq!(all.users.len(), usize::try_from(USERS).unwrap());
    timed("one user read from the database", 20, || {
        runtime.block_on(store.run(now, &ReadUsers(vec![17]))).unwrap()
    });
    cluster.stop().unwrap();
    daybreak::cluster::forget(folder.path()).unwrap();
}
