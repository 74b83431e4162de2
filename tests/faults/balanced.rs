//! Three nodes behind a real haproxy, with the configuration that is installed: one goes and comes back, and
//! nobody who is signed in notices.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use reqwest::StatusCode;

use super::database::eventually;
use super::nodes::{Node, free_address};
use crate::support::{Account, Browser, Demo, has_form};

/// Between two requests of one user: four of them make some dozens a second.
const PAUSE: Duration = Duration::from_millis(40);
/// How long requests go on with a node less, and once it is back.
const STEADY: Duration = Duration::from_secs(4);
/// Bytes of each download: far more than all that lies between node and reader takes of it.
const DOWNLOAD_BYTES: usize = 3 * 1024 * 1024;
/// Longest that the crowd of a minute takes on a machine that is busy with other tests.
const CROWD_WAIT: Duration = Duration::from_mins(5);
/// Added to the installed configuration: the kernel would otherwise take a whole bundle off a node at once.
const SMALL_BUFFERS: &str = "\n    tune.rcvbuf.server 65536\n    tune.sndbuf.client 65536";

/// A haproxy in a folder of its own; dropping it ends it.
struct Balancer {
    child: Child,
    base: String,
    folder: tempfile::TempDir,
}

impl Balancer {
    /// The installed configuration with other places, ports and names; every line that matters stays.
    fn start(demo: &Demo, address: std::net::SocketAddr, nodes: &[Node]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let tls = demo.data().join("tls");
        let pair = ["server.pem", "server.key"].map(|name| std::fs::read(tls.join(name)).unwrap());
        std::fs::write(at("pair.pem"), pair.concat()).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/haproxy");
        let mut config = std::fs::read_to_string(root.join("haproxy.cfg")).unwrap();
        let mut put = |installed: &str, here: &str| {
            assert!(config.contains(installed), "haproxy.cfg has no {installed}");
            config = config.replace(installed, here);
        };
        put("    user haproxy\n    group haproxy\n    chroot /var/lib/haproxy\n", "");
        put("/run/haproxy/admin.sock", &at("admin.sock"));
        put("log /dev/log local0 info", "log stdout format raw local0 info");
        put("maxconn 60000", &format!("maxconn 1000{SMALL_BUFFERS}"));
        put("/etc/haproxy/tls/daybreak.pem", &at("pair.pem"));
        put("/etc/haproxy/tls/nodes-ca.pem", demo.text("ca_file"));
        put("/etc/haproxy/503.http", &root.join("503.http").display().to_string());
        put("results.daybreak.example", "localhost");
        put("bind :::80 v4v6", &format!("bind {}", free_address()));
        put("bind :::443 v4v6", &format!("bind {address}"));
        put("check port 9090", "check");
        for (number, node) in nodes.iter().enumerate() {
            let ops = format!(" port {}", node.ops.port());
            let line = format!("server node-{} 10.0.1.1{}:443", number + 1, number + 1);
            let here = format!("server node-{} {}", number + 1, node.portal);
            // The first of the two lines is that of the servers that are probed.
            config = config.replacen(&line, &format!("{here}{ops}"), 1).replacen(&line, &here, 1);
        }
        assert!(!config.contains("10.0.1."), "{config}");
        std::fs::write(at("haproxy.cfg"), config).unwrap();
        let log = std::fs::File::create(at("log")).unwrap();
        let mut command = Command::new(haproxy());
        command.args(["-db", "-f", &at("haproxy.cfg")]).stdin(Stdio::null());
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        Self { child, base: format!("https://localhost:{}", address.port()), folder }
    }

    /// Rows of `show stat` of the backend's nodes: name, state, sessions so far.
    fn nodes(&self) -> Vec<(String, String, u64)> {
        let Ok(mut socket) = UnixStream::connect(self.folder.path().join("admin.sock")) else {
            return Vec::new();
        };
        socket.write_all(b"show stat nodes 4 -1\n").unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).unwrap();
        let mut lines = text.trim().trim_start_matches("# ").lines();
        let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
        let place = |name: &str| columns.iter().position(|column| *column == name).unwrap();
        let (name, state, requests) = (place("svname"), place("status"), place("req_tot"));
        lines
            .map(|line| line.split(',').collect::<Vec<_>>())
            .map(|row| (row[name].into(), row[state].into(), row[requests].parse().unwrap_or(0)))
            .collect()
    }

    /// How many nodes it sends people to.
    fn up(&self) -> usize {
        self.nodes().iter().filter(|(_, state, _)| state == "UP").count()
    }

    /// Requests that a node had so far.
    fn requests(&self, node: &str) -> u64 {
        self.nodes().iter().find(|(name, ..)| name == node).unwrap().2
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Debian keeps it off the path of users.
fn haproxy() -> PathBuf {
    let there = |path: &PathBuf| path.exists();
    [PathBuf::from("/usr/sbin/haproxy")].into_iter().find(there).unwrap_or_else(|| "haproxy".into())
}

/// What users met.
#[derive(Default)]
struct Met {
    stop: AtomicBool,
    answers: AtomicUsize,
    failures: std::sync::Mutex<Vec<String>>,
}

impl Met {
    /// One user who reads the page and the file of results, one after the other, until told to stop. A
    /// connection that ends between two requests is opened anew by the client, as browsers do; nothing else is
    /// sent twice.
    async fn read(&self, browser: &Browser, laestab: &str) {
        let paths = [format!("/results/{laestab}"), format!("/results/{laestab}/results.csv")];
        for path in paths.iter().cycle() {
            if self.stop.load(Relaxed) {
                return;
            }
            let answer = browser.request(reqwest::Method::GET, path).send().await;
            let read = match answer {
                Ok(answer) if answer.status() == StatusCode::OK => answer.bytes().await.map(drop),
                Ok(answer) => {
                    self.fail(format!("{path}: {}", answer.status()));
                    continue;
                }
                Err(error) => Err(error),
            };
            match read {
                Ok(()) => _ = self.answers.fetch_add(1, Relaxed),
                Err(error) => self.fail(format!("{path}: {error:?}")),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn fail(&self, what: String) {
        self.failures.lock().unwrap().push(what);
    }
}

/// One node goes while three downloads are open, one on each, and comes back.
async fn one_goes_and_comes_back(nodes: &mut [Node], demo: &Demo, balancer: &Balancer, met: &Met) {
    tokio::time::sleep(STEADY / 4).await;
    nodes[1].signal("-TERM");
    tokio::time::sleep(STEADY / 10).await;
    assert!(!nodes[1].has_ended(), "its download holds it");
    eventually("it has ended by itself", async || nodes[1].has_ended()).await;
    eventually("nobody is sent there", async || balancer.up() == 2).await;
    tokio::time::sleep(STEADY).await;
    let before = balancer.requests("node-2");
    nodes[1].restart(demo, 0);
    eventually("people are sent there again", async || balancer.up() == 3).await;
    eventually("it answers them", async || balancer.requests("node-2") > before + 5).await;
    tokio::time::sleep(STEADY / 4).await;
    met.stop.store(true, Relaxed);
}

#[tokio::test]
async fn a_node_goes_and_comes_back_behind_the_balancer_and_nobody_notices() {
    let demo = Demo::of_sample(4, &["--released"]);
    let address = free_address();
    let origin = format!("https://localhost:{}", address.port());
    let mut nodes: Vec<Node> = (0..3).map(|_| Node::behind(&demo, &origin)).collect();
    let balancer = Balancer::start(&demo, address, &nodes);
    eventually("three nodes are ready", async || balancer.up() == 3).await;

    let schools = demo.accounts("school_user");
    let mut users = Vec::new();
    for number in 0..4 {
        let school = schools[number % schools.len()].clone();
        // Half of them speak HTTP/1.1 on connections that are kept.
        let browser =
            if number % 2 == 0 { Browser::over_http1(&demo) } else { Browser::new(&demo) };
        users.push((enter(browser.at(&balancer.base), &school).await, school.laestab));
    }
    // One on each node, for the balancer counts what is open.
    let bundle = format!("/results/{}/scripts.zip", schools[0].laestab);
    let whole = users[0].0.file(&bundle).await;
    let reader = enter(Browser::narrow_http1(&demo).at(&balancer.base), &schools[0]).await;
    assert!(whole.len() >= DOWNLOAD_BYTES);
    let range = format!("bytes=0-{}", DOWNLOAD_BYTES - 1);
    let mut downloads = Vec::new();
    for _ in 0..3 {
        let request = reader.request(reqwest::Method::GET, &bundle).header("range", &range);
        downloads.push(request.send().await.unwrap());
    }

    let met = Met::default();
    let reading = users.iter().map(|(browser, laestab)| met.read(browser, laestab));
    let reading = futures_util::future::join_all(reading);
    let going = one_goes_and_comes_back(&mut nodes, &demo, &balancer, &met);
    let taking = futures_util::future::join_all(downloads.into_iter().map(slowly));
    let (_, (), files) = tokio::join!(reading, going, taking);

    let failures = met.failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{failures:?}\n{}", balancer.log());
    assert!(met.answers.load(Relaxed) > 100, "{:?}", met.answers);
    for file in files {
        assert!(file == whole[..DOWNLOAD_BYTES], "{} bytes", file.len());
    }
    // Nodes know who came, though all came through the balancer.
    let far = Browser::from_address(&demo, [127, 0, 0, 2]).at(&balancer.base);
    enter(far, &schools[0]).await;
    eventually("the journal has the address", async || {
        let sql = "SELECT count(*) FROM journal_entries WHERE kind = 'signed_in'
                   AND encode(record, 'escape') LIKE '%127.0.0.2%'";
        demo.query(sql).await[0][0] == "1"
    })
    .await;
}

/// The load test's crowd of results morning, an hour in a minute, comes through the balancer.
fn crowd(demo: &Demo, balancer: &Balancer) -> Child {
    let place = |name: &str| balancer.folder.path().join(name);
    let ready = std::fs::read_to_string(demo.data().with_file_name("ready.json")).unwrap();
    let mut ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
    ready["base_url"] = balancer.base.clone().into();
    std::fs::write(place("ready.json"), ready.to_string()).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_daybreak")).with_file_name("loadtest");
    assert!(program.exists(), "a test sends the crowd: cargo build --package loadtest");
    let mut command = Command::new(program);
    command.arg("--ready-file").arg(place("ready.json")).arg("--report").arg(place("report"));
    command.args(["--profile", "0730", "--speed", "60"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[tokio::test]
async fn one_node_after_the_other_is_replaced_while_schools_come_for_their_results() {
    let demo = Demo::of_sample(60, &["--released"]);
    let address = free_address();
    let origin = format!("https://localhost:{}", address.port());
    let mut nodes: Vec<Node> = (0..3).map(|_| Node::behind(&demo, &origin)).collect();
    let balancer = Balancer::start(&demo, address, &nodes);
    eventually("three nodes are ready", async || balancer.up() == 3).await;
    let mut crowd = crowd(&demo, &balancer);
    let mut replaced = 0;
    for node in &mut nodes {
        // As an upgrade does it: the next one goes when this one is back.
        node.signal("-TERM");
        eventually("it has ended by itself", async || node.has_ended()).await;
        node.restart(&demo, 0);
        eventually("people are sent there again", async || balancer.up() == 3).await;
        replaced += usize::from(crowd.try_wait().unwrap().is_none());
    }
    assert_eq!(replaced, 3, "the crowd was there throughout");
    let passed = tokio::task::spawn_blocking(move || crowd.wait().unwrap().success());
    let finished = tokio::time::timeout(CROWD_WAIT, passed).await;
    let report = std::fs::read_to_string(balancer.folder.path().join("report/report.json"));
    let report: serde_json::Value = serde_json::from_str(&report.unwrap_or_default()).unwrap();
    assert!(finished.is_ok(), "{report}");
    for (part, count) in [("totals", "errors"), ("queue", "position_regressions")] {
        assert_eq!(report[part][count], 0, "{}\n{}", report["faults"], balancer.log());
    }
    assert!(report["served"]["schools"].as_u64().unwrap() > 20, "{}", report["served"]);
    assert_eq!(
        report["served"]["schools"], report["served"]["with_results"],
        "{}",
        report["served"]
    );
}

/// Signs in, and asks for its turn more often than it is told to: nodes that have only just begun let in few.
async fn enter(browser: Browser, account: &Account) -> Browser {
    eventually("its turn", async || has_form(&browser.page("/sign-in").await)).await;
    browser.enter(account).await
}

/// Takes a file in pieces, and begins only when its node has been told to end.
async fn slowly(mut answer: reqwest::Response) -> Vec<u8> {
    tokio::time::sleep(STEADY / 2).await;
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.unwrap() {
        bytes.extend_from_slice(&piece);
        tokio::time::sleep(PAUSE / 4).await;
    }
    bytes
}
