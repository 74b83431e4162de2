//! Two nodes on one database: what ends or is held on one holds on the other within moments.

use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::time::Duration;

use daybreak::node::state::State;
use reqwest::StatusCode;

use super::database::eventually;
use crate::support::{Browser, Demo, hidden, program};

/// Longest that a command takes which refuses to run.
const ENDED_WITHIN: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A node beside a demo; dropping it ends it.
pub(crate) struct Node {
    child: Child,
    /// Its address for users.
    pub(crate) base: String,
    /// Where it listens for them.
    pub(crate) portal: SocketAddr,
    /// Where its probes answer.
    pub(crate) ops: SocketAddr,
    folder: tempfile::TempDir,
}

/// An address of this machine that nobody uses.
pub(crate) fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A configuration in a test.
pub(crate) struct Settings(toml::Table);

impl Settings {
    /// Sets a key of a section.
    pub(crate) fn insert(&mut self, section: &str, key: &str, value: impl Into<toml::Value>) {
        let table = self.0.entry(section).or_insert_with(|| toml::Table::new().into());
        table.as_table_mut().unwrap().insert(key.to_owned(), value.into());
    }

    /// Leaves out a key of a section.
    pub(crate) fn remove(&mut self, section: &str, key: &str) {
        self.0[section].as_table_mut().unwrap().remove(key);
    }

    /// A text of a section.
    pub(crate) fn text(&self, section: &str, key: &str) -> &str {
        self.0[section][key].as_str().unwrap()
    }
}

struct Prepared {
    folder: tempfile::TempDir,
    portal: SocketAddr,
    ops: SocketAddr,
}

/// Folder and configuration of a node beside a demo.
fn prepare(demo: &Demo, change: impl FnOnce(&mut Settings)) -> Prepared {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    std::fs::create_dir(&state).unwrap();
    let (portal, ops) = (free_address(), free_address());
    let text = std::fs::read_to_string(demo.data().join("daybreak.toml")).unwrap();
    let mut config = Settings(text.parse().unwrap());
    config.insert("server", "addresses", vec![portal.to_string()]);
    config.insert("server", "ops_address", ops.to_string());
    config.insert("server", "state", state.to_str().unwrap());
    config.insert("server", "origin", format!("https://localhost:{}", portal.port()));
    config.insert("edge", "balancers", Vec::<String>::new());
    change(&mut config);
    std::fs::write(folder.path().join("daybreak.toml"), config.0.to_string()).unwrap();
    write_clock(demo, &state, 0);
    Prepared { folder, portal, ops }
}

/// A command with a configuration like a node's, which is to end by itself: exit code, and what it said.
pub(crate) fn told(
    demo: &Demo,
    command: &[&str],
    change: impl FnOnce(&mut Settings),
) -> (i32, String) {
    let Prepared { folder, .. } = prepare(demo, change);
    let place = folder.path().join("said");
    let said = std::fs::File::create(&place).unwrap();
    let mut program = program();
    program.args(command).arg("--config").arg(folder.path().join("daybreak.toml"));
    let child = program.stdout(said.try_clone().unwrap()).stderr(said).spawn();
    let mut child = child.unwrap();
    for _ in 0..ENDED_WITHIN.as_millis() / LOOK_EVERY.as_millis() {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code().unwrap(), std::fs::read_to_string(place).unwrap());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("{command:?} goes on:\n{}", std::fs::read_to_string(place).unwrap());
}

impl Node {
    /// A node with the demo's configuration, a state folder of its own, and the demo's service time.
    pub(crate) fn start(demo: &Demo) -> Self {
        Self::changed(demo, |_| ())
    }

    /// The same behind a balancer of this machine, whose address people see.
    pub(crate) fn behind(demo: &Demo, origin: &str) -> Self {
        Self::changed(demo, |config| {
            config.insert("server", "origin", origin);
            config.insert("edge", "balancers", vec!["127.0.0.1"]);
        })
    }

    /// The same with something else in its configuration.
    pub(crate) fn changed(demo: &Demo, change: impl FnOnce(&mut Settings)) -> Self {
        let Prepared { folder, portal, ops } = prepare(demo, change);
        let base = format!("https://localhost:{}", portal.port());
        let node = Self { child: serve(folder.path()), base, portal, ops, folder };
        // Its sockets are there before it knows anything.
        let listens = || std::net::TcpStream::connect(portal).is_ok();
        let look = || std::thread::sleep(std::time::Duration::from_millis(100));
        assert!(
            (0..600).any(|_| listens() || {
                look();
                false
            }),
            "the node does not listen"
        );
        node
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = std::process::Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Its state folder.
    pub(crate) fn state(&self) -> std::path::PathBuf {
        self.folder.path().join("state")
    }

    /// What it wrote to stderr.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("serve.log")).unwrap()
    }

    /// Kills it without warning.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Whether it has ended, and well.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some_and(|status| status.success())
    }

    /// Starts it again on its folder, with a clock that is wrong by so many seconds.
    pub(crate) fn restart(&mut self, demo: &Demo, wrong_seconds: i64) {
        write_clock(demo, &self.folder.path().join("state"), wrong_seconds);
        self.child = serve(self.folder.path());
    }
}

fn serve(folder: &std::path::Path) -> Child {
    let log = folder.join("serve.log");
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
    let mut command = program();
    command.args(["serve", "--config"]).arg(folder.join("daybreak.toml"));
    command.stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

/// Service time is a file of the state folder: machine time and an offset.
fn write_clock(demo: &Demo, state: &std::path::Path, wrong_seconds: i64) {
    let offset = State::open(&demo.data().join("state")).unwrap().read::<i64>("clock").unwrap();
    let offset = offset.unwrap() + wrong_seconds * 1_000;
    State::open(state).unwrap().write("clock", &offset).unwrap();
}

impl Drop for Node {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let pid = self.child.id().to_string();
            let _gone = std::process::Command::new("kill").args(["-TERM", &pid]).status();
            let _ended = self.child.wait();
        }
    }
}

#[tokio::test]
async fn a_sign_out_and_a_hold_reach_the_other_node() {
    let demo = Demo::start(&["--schools", "4", "--released"]);
    let second = Node::start(&demo);
    let school = demo.account("school_user");
    let browser = Browser::new(&demo);
    let signed_in = browser.sign_in(&school.username, &school.password).await;
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let there = Browser::new(&demo).at(&second.base);
    let file = format!("/results/{}/results.csv", school.laestab);
    let status = async || {
        let request = there.request(reqwest::Method::GET, &file).header("cookie", &cookie);
        request.send().await.map_or(StatusCode::IM_A_TEAPOT, |answer| answer.status())
    };
    eventually("the session of one node opens results on the other", async || {
        status().await == StatusCode::OK
    })
    .await;
    let release = demo.text("release").to_owned();
    let school_number = school.laestab.as_str();
    assert_eq!(demo.command(&["release", "hold", &release, "--school", school_number]).0, 0);
    eventually("held there", async || status().await == StatusCode::SEE_OTHER).await;
    assert_eq!(demo.command(&["release", "resume", &release, "--school", school_number]).0, 0);
    eventually("resumed there", async || status().await == StatusCode::OK).await;
    // Only the second node has given out anything.
    eventually("the first node counts the school that the second has served", async || {
        demo.metric("daybreak_schools_served").await > 0.0
    })
    .await;
    let page = browser.page("/results").await;
    let answer = browser.post("/sign-out", &[("_csrf", &hidden(&page, "_csrf"))]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    eventually("signed out there", async || {
        let request = there.request(reqwest::Method::GET, &file).header("cookie", &cookie);
        let answer = request.send().await.unwrap();
        answer
            .headers()
            .get("location")
            .is_some_and(|to| to.to_str().unwrap().starts_with("/sign-in"))
    })
    .await;
}
