//! A real Prometheus with the configuration and the rules of the system, and a real Alertmanager, for as long as a test.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// What is installed, as it lies in the repository.
fn installed(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A program that runs in a folder of its own; dropping it ends it.
#[derive(Debug)]
struct Program {
    child: Child,
    folder: tempfile::TempDir,
}

impl Program {
    fn start(program: &str, folder: tempfile::TempDir, arguments: &[String]) -> Self {
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Self { child: command.spawn().unwrap(), folder }
    }

    fn signal(&self, signal: &str) {
        let _gone = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.signal("-TERM");
        let _ended = self.child.wait();
    }
}

/// A Prometheus of the system.
#[derive(Debug)]
pub struct Prometheus {
    program: Program,
    configuration: String,
    /// Where it answers.
    pub url: String,
}

impl Prometheus {
    /// Reads nodes and an observer as `dashboards/prometheus.yml` says, but each second.
    pub fn start(nodes: &[&str], observer: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards/alerts");
        let configuration = installed("dashboards/prometheus.yml")
            .replace("- alerts/", &format!("- {}/", rules.display()))
            .replace("interval: 5s", "interval: 1s");
        assert!(configuration.contains("interval: 1s"));
        std::fs::create_dir(folder.path().join("targets")).unwrap();
        let file = folder.path().join("prometheus.yml");
        std::fs::write(&file, &configuration).unwrap();
        write_targets(folder.path(), "nodes", "127.0.0.1:9090", nodes);
        write_targets(folder.path(), "observers", "127.0.0.1:9465", &[observer]);
        let address = free_address();
        let arguments = [
            format!("--config.file={}", file.display()),
            format!("--storage.tsdb.path={}", folder.path().join("data").display()),
            format!("--web.listen-address={address}"),
        ];
        let program = Program::start("prometheus", folder, &arguments);
        Self { program, configuration, url: format!("http://{address}") }
    }

    /// Reads these nodes from now on.
    pub fn read(&self, nodes: &[&str]) {
        write_targets(self.program.folder.path(), "nodes", "127.0.0.1:9090", nodes);
    }

    /// Tells this Alertmanager from now on.
    pub fn tell(&self, alertmanager: &str) {
        let file = self.program.folder.path().join("targets/alertmanagers.yml");
        let text = installed("deploy/prometheus/alertmanagers.yml");
        let here = text.replace("10.0.3.31:9093", alertmanager);
        assert_ne!(text, here);
        std::fs::write(file, here).unwrap();
    }

    /// Reads its configuration again, with what is changed of it.
    pub fn reload(&self, change: impl Fn(&str) -> String) {
        let file = self.program.folder.path().join("prometheus.yml");
        std::fs::write(file, change(&self.configuration)).unwrap();
        self.program.signal("-HUP");
    }

    /// The values of an expression now, or why it cannot be asked.
    pub async fn ask(&self, expression: &str) -> Result<Vec<Value>, String> {
        let client = reqwest::Client::new();
        let asking =
            client.post(format!("{}/api/v1/query", self.url)).form(&[("query", expression)]);
        let answer = asking.send().await.map_err(|error| error.to_string())?;
        let answer: Value = answer.json().await.map_err(|error| error.to_string())?;
        match answer["data"]["result"].as_array() {
            Some(values) if answer["status"] == "success" => Ok(values.clone()),
            _ => Err(answer["error"].to_string()),
        }
    }
}

/// The file of targets as it is installed, with addresses of this machine.
fn write_targets(folder: &Path, name: &str, installed_at: &str, here: &[&str]) {
    let text = installed(&format!("dashboards/targets/{name}.yml"));
    let here: Vec<String> = here.iter().map(|address| format!("\"{address}\"")).collect();
    let text = text.replace(&format!("\"{installed_at}\""), &here.join(", "));
    assert!(text.contains(&here[0]));
    std::fs::write(folder.join(format!("targets/{name}.yml")), text).unwrap();
}

/// An Alertmanager of the system, whose messages reach nobody.
#[derive(Debug)]
pub struct Alertmanager {
    program: Program,
    configuration: String,
    /// Host and port.
    pub address: String,
}

impl Alertmanager {
    /// With the configuration that is installed, but for where messages go: no port of this machine takes them.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "none").unwrap();
        let mut configuration = installed("deploy/alertmanager/alertmanager.yml");
        for (there, here) in [
            ("smtp.internal:587", "127.0.0.1:9"),
            ("https://on-call.daybreak.example", "http://127.0.0.1:9"),
            ("https://heartbeat.daybreak.example", "http://127.0.0.1:9"),
        ] {
            assert!(configuration.contains(there), "{there}");
            configuration = configuration.replace(there, here);
        }
        for name in ["smtp_password", "on_call_token", "heartbeat_token"] {
            let there = format!("/etc/alertmanager/secrets/{name}");
            configuration = configuration.replace(&there, &secret.display().to_string());
        }
        let file = folder.path().join("alertmanager.yml");
        std::fs::write(&file, &configuration).unwrap();
        let address = free_address();
        let arguments = [
            format!("--config.file={}", file.display()),
            format!("--storage.path={}", folder.path().join("data").display()),
            format!("--web.listen-address={address}"),
            "--cluster.listen-address=".to_owned(),
        ];
        let program = Program::start("prometheus-alertmanager", folder, &arguments);
        Self { program, configuration, address: address.to_string() }
    }

    /// Reads its configuration again, with what is changed of it.
    pub fn reload(&self, change: impl Fn(&str) -> String) {
        let file: PathBuf = self.program.folder.path().join("alertmanager.yml");
        std::fs::write(file, change(&self.configuration)).unwrap();
        self.program.signal("-HUP");
    }

    /// JSON of its API.
    pub async fn json(&self, path: &str) -> Value {
        let Ok(answer) = reqwest::get(format!("http://{}/api/v2/{path}", self.address)).await
        else {
            return Value::Null;
        };
        answer.json().await.unwrap_or_default()
    }
}
