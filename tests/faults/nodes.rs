//! Two nodes on one database: what ends or is held on one holds on the other within moments.

use std::process::{Child, Stdio};

use reqwest::StatusCode;

use super::database::eventually;
use crate::support::{Browser, Demo, hidden, program};

/// A second node beside a demo; dropping it ends it.
struct SecondNode {
    child: Child,
    base: String,
    _folder: tempfile::TempDir,
}

impl SecondNode {
    /// Copies configuration and state, so that both have the same service time, and serves elsewhere.
    fn start(demo: &Demo) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        std::fs::create_dir(&state).unwrap();
        for name in ["node.key", "clock"] {
            std::fs::copy(demo.data().join("state").join(name), state.join(name)).unwrap();
        }
        let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (portal, ops) = (free(), free());
        let text = std::fs::read_to_string(demo.data().join("daybreak.toml")).unwrap();
        let mut config: toml::Table = text.parse().unwrap();
        let server = config["server"].as_table_mut().unwrap();
        server.insert("addresses".to_owned(), vec![portal.to_string()].into());
        server.insert("ops_address".to_owned(), ops.to_string().into());
        server.insert("state".to_owned(), state.to_str().unwrap().into());
        server.insert("origin".to_owned(), format!("https://localhost:{}", portal.port()).into());
        let file = folder.path().join("daybreak.toml");
        std::fs::write(&file, config.to_string()).unwrap();
        let child = program()
            .args(["serve", "--config"])
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let base = format!("https://localhost:{}", portal.port());
        Self { child, base, _folder: folder }
    }
}

impl Drop for SecondNode {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        let _gone = std::process::Command::new("kill").args(["-TERM", &pid]).status();
        let _ended = self.child.wait();
    }
}

#[tokio::test]
async fn a_sign_out_and_a_hold_reach_the_other_node() {
    let demo = Demo::start(&["--schools", "4", "--released"]);
    let second = SecondNode::start(&demo);
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
