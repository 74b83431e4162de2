//! What journeys and faults stand on: a real demo in a folder of its own, and a client like a browser.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use reqwest::{Response, StatusCode};
use serde_json::Value;

#[path = "observer.rs"]
pub mod observer;
#[path = "prometheus.rs"]
pub mod prometheus;
#[path = "totp.rs"]
pub mod totp;

/// How long a demo may take until it answers.
const READY_WAIT: Duration = Duration::from_mins(4);
/// How long a demo may take to end.
const END_WAIT: Duration = Duration::from_secs(25);
/// How often something is looked at again.
const LOOK: Duration = Duration::from_millis(50);

/// A running demo; dropping it ends it and its Postgres.
#[derive(Debug)]
pub struct Demo {
    child: Mutex<Child>,
    arguments: Vec<String>,
    folder: Arc<tempfile::TempDir>,
    /// Where its configuration lies, for another start.
    configured: Option<tempfile::TempDir>,
    /// The ready file.
    pub ready: Value,
}

/// The program under test.
pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_daybreak"))
}

fn start_in(folder: &Path, arguments: &[String]) -> Child {
    let _old = std::fs::remove_file(folder.join("ready.json"));
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("demo.log"))
        .unwrap();
    program()
        .arg("demo")
        .args(["--data".as_ref(), folder.join("data").as_os_str()])
        .args(["--ready-file".as_ref(), folder.join("ready.json").as_os_str()])
        .args(["--port", "0", "--ops-port", "0"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn wait_ready(folder: &Path, child: &mut Child) -> Value {
    let looks = READY_WAIT.as_millis() / LOOK.as_millis();
    for _ in 0..looks {
        if let Ok(text) = std::fs::read_to_string(folder.join("ready.json")) {
            return serde_json::from_str(&text).unwrap();
        }
        if let Some(status) = child.try_wait().unwrap() {
            panic!("the demo ended with {status}:\n{}", log_of(folder));
        }
        std::thread::sleep(LOOK);
    }
    panic!("the demo is not ready:\n{}", log_of(folder));
}

fn log_of(folder: &Path) -> String {
    let text = std::fs::read_to_string(folder.join("demo.log")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

impl Demo {
    /// Starts a demo in a folder of its own and waits until it answers.
    pub fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        let mut child = start_in(folder.path(), &arguments);
        let ready = wait_ready(folder.path(), &mut child);
        Self {
            child: Mutex::new(child),
            arguments,
            folder: Arc::new(folder),
            configured: None,
            ready,
        }
    }

    /// A demo of so many sample schools, whose delivery is written once and then read by all.
    pub fn of_sample(schools: u32, arguments: &[&str]) -> Self {
        let delivery = sample(schools);
        let mut all = vec!["--delivery", delivery.to_str().unwrap()];
        all.extend_from_slice(arguments);
        Self::start(&all)
    }

    /// A demo of so many sample schools that starts from this configuration.
    pub fn configured(schools: u32, toml: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("daybreak.toml");
        std::fs::write(&file, toml).unwrap();
        let all = [arguments, &["--config", file.to_str().unwrap()]].concat();
        let mut demo = Self::of_sample(schools, &all);
        demo.configured = Some(folder);
        demo
    }

    /// A demo whose results are open, shared by tests that only read.
    pub fn released() -> Arc<Self> {
        static SHARED: Mutex<Weak<Demo>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(demo) = shared.upgrade() {
            return demo;
        }
        let demo = Arc::new(Self::of_sample(12, &["--released"]));
        *shared = Arc::downgrade(&demo);
        demo
    }

    /// A text of the ready file.
    pub fn text(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap_or_else(|| panic!("no {key} in the ready file"))
    }

    /// The server's process.
    pub fn pid(&self) -> u64 {
        self.ready["pid"].as_u64().expect("the ready file names the process")
    }

    /// The demo's data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What it wrote to stderr.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("demo.log")).unwrap()
    }

    /// An account of a role, the first in the ready file.
    pub fn account(&self, role: &str) -> Account {
        self.accounts(role).into_iter().next().unwrap_or_else(|| panic!("no account {role}"))
    }

    /// Every account of a role in the ready file.
    pub fn accounts(&self, role: &str) -> Vec<Account> {
        self.ready_accounts().into_iter().filter(|account| account.role == role).collect()
    }

    /// Every account in the ready file.
    pub fn ready_accounts(&self) -> Vec<Account> {
        let text = |a: &Value, key: &str| a[key].as_str().unwrap().to_owned();
        let all = self.ready["accounts"].as_array().unwrap().iter();
        all.map(|account| Account {
            role: text(account, "role"),
            username: text(account, "username"),
            password: text(account, "password"),
            laestab: text(account, "laestab"),
            organisation: text(account, "organisation"),
        })
        .collect()
    }

    /// Secrets of the accounts that are asked for a code.
    pub fn secrets(&self) -> HashMap<String, String> {
        let all = self.ready["accounts"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        all.filter_map(|a| Some((text(&a["username"])?, text(&a["totp_secret"])?))).collect()
    }

    /// Every account of a role in the list for load tests: one user at least for each school.
    pub fn listed_accounts(&self, role: &str) -> Vec<Account> {
        accounts_in(Path::new(self.text("accounts_file")), role)
    }

    /// Accounts that cannot sign in at once, by their state.
    pub fn other_accounts(&self, role: &str) -> Vec<Account> {
        accounts_in(&self.data().join("accounts_other.csv"), role)
    }

    /// Runs a command on this demo and gives exit code, stdout and stderr.
    pub fn command(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = program()
            .args(arguments)
            .arg("--data")
            .arg(self.data())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
    }

    /// Makes an account of a member of staff with a password that is typed; gives exit code and stderr.
    pub fn create_auditor(&self, username: &str, password: &str) -> (i32, String) {
        let mut child = program()
            .args(["user", "create", "--username", username, "--name", "Petra Ashdown"])
            .args(["--permission", "auditor", "--data"])
            .arg(self.data())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// Sends a signal to the server.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.lock().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Kills the server without warning, and waits until it is gone.
    pub fn kill(&self) {
        self.signal("-KILL");
        self.child.lock().unwrap().wait().unwrap();
    }

    /// Starts the server again on the same folder.
    pub fn restart(&mut self) {
        // Its clock is in its folder by now.
        if let Some(place) = self.arguments.iter().position(|argument| argument == "--as-of") {
            self.arguments.drain(place..place + 2);
        }
        let mut child = start_in(self.folder.path(), &self.arguments);
        self.ready = wait_ready(self.folder.path(), &mut child);
        self.child = Mutex::new(child);
    }

    /// Ends the server gently and starts it again so many minutes later, by its own clock.
    pub fn move_clock(&mut self, minutes: i64) {
        self.signal("-TERM");
        self.wait_end();
        let state = daybreak::node::state::State::open(&self.data().join("state")).unwrap();
        let offset = state.read::<i64>("clock").unwrap().unwrap_or(0);
        state.write("clock", &(offset + minutes * 60_000)).unwrap();
        self.restart();
    }

    /// Waits for the server to end by itself.
    pub fn wait_end(&self) -> std::process::ExitStatus {
        let mut child = self.child.lock().unwrap();
        for _ in 0..END_WAIT.as_millis() / LOOK.as_millis() {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            std::thread::sleep(LOOK);
        }
        panic!("the demo does not end");
    }

    /// Stops Postgres from outside, as an operator or a fault would.
    pub fn stop_postgres(&self) {
        self.pg_ctl(&["-m", "fast", "-w", "stop"]);
    }

    /// Brings Postgres back as its owner.
    pub fn start_postgres(&self) {
        let log = Path::new(self.text("postgres_data")).join("server.log");
        self.pg_ctl(&["-w", "-l", log.to_str().unwrap(), "start"]);
    }

    fn pg_ctl(&self, arguments: &[&str]) {
        use std::os::unix::fs::MetadataExt;
        use std::os::unix::process::CommandExt;
        let data = self.text("postgres_data");
        let owner = std::fs::metadata(data).unwrap();
        let mut command = Command::new("pg_ctl");
        command.args(["-D", data]).args(arguments).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.uid(owner.uid()).gid(owner.gid());
        assert!(command.status().unwrap().success(), "pg_ctl {arguments:?}");
    }

    /// Objects of the blob folder whose name ends so.
    pub fn objects(&self, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![PathBuf::from(self.text("blob_dir"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.to_string_lossy().ends_with(ending) {
                    found.push(path);
                }
            }
        }
        found
    }

    /// Rows of a query as the owner, as text.
    pub async fn query(&self, sql: &str) -> Vec<Vec<String>> {
        let url = self.text("database_url");
        let (client, connection) =
            tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        let work = async {
            let messages = client.simple_query(sql).await.unwrap();
            drop(client);
            messages
        };
        let (messages, closed) = tokio::join!(work, connection);
        closed.unwrap();
        let row = |message: &tokio_postgres::SimpleQueryMessage| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|i| row.get(i).unwrap_or("").to_owned()).collect())
            }
            _ => None,
        };
        messages.iter().filter_map(row).collect()
    }

    /// Another account with the password and the memberships of one that there is.
    pub async fn twin(&self, of: &Account, name: &str) -> Account {
        let username = format!("{name}@twin.example");
        self.query(&format!(
            "WITH old AS (SELECT * FROM users WHERE username = '{}'), new AS (
                 INSERT INTO users (username, full_name, password_hash)
                 SELECT '{username}', full_name, password_hash FROM old RETURNING id)
             INSERT INTO memberships SELECT new.id, m.organisation_id, m.permission
             FROM new, memberships m JOIN old ON m.user_id = old.id",
            of.username
        ))
        .await;
        Account { username, ..of.clone() }
    }

    /// A metric's value by its whole name with labels.
    pub async fn metric(&self, name: &str) -> f64 {
        let url = format!("{}/metrics", self.text("ops_url"));
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        let line =
            text.lines().find(|line| line.strip_prefix(name).is_some_and(|r| r.starts_with(' ')));
        line.map_or(0.0, |line| line[name.len()..].trim().parse().unwrap())
    }

    /// A counter's value by its whole name with labels.
    pub async fn count(&self, name: &str) -> u64 {
        self.metric(name).await.to_string().parse().unwrap()
    }
}

/// Accounts of a role in a CSV file.
fn accounts_in(path: &Path, role: &str) -> Vec<Account> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let rows = reader.records().map(|row| row.unwrap());
    rows.filter(|row| &row[2] == role)
        .map(|row| Account {
            role: row[2].to_owned(),
            username: row[0].to_owned(),
            password: row[1].to_owned(),
            laestab: row[3].to_owned(),
            organisation: String::new(),
        })
        .collect()
}

/// The folder of a sample delivery, written once for as long as its generator stays the same.
pub fn sample(schools: u32) -> PathBuf {
    static WRITING: Mutex<()> = Mutex::new(());
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let place = folder.join(format!("delivery-{schools}-{:016x}", generator()));
    if !place.exists() {
        let own = tempfile::tempdir_in(folder).unwrap();
        let made = own.path().join("delivery");
        let count = schools.to_string();
        let written = program()
            .args(["sample-data", "--schools", &count, "--seed", "1", "--scripts", "sparse"])
            .arg("--out")
            .arg(&made)
            .output()
            .unwrap();
        assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
        // Another test program may have been first; both have written the same.
        let _there = std::fs::rename(&made, &place);
    }
    place
}

/// Stands for everything that decides what a sample delivery holds.
fn generator() -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut hasher = DefaultHasher::new();
    let mut open = vec![root.join("src/sample"), root.join("config/cycles")];
    open.extend([root.join("src/sample.rs"), root.join("Cargo.lock")]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).unwrap();
            let mut inside: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
            inside.sort();
            open.extend(inside);
        } else {
            std::fs::read(&path).unwrap().hash(&mut hasher);
        }
    }
    hasher.finish()
}

impl Drop for Demo {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        if child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _gone = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            let _ended = child.wait();
        }
        // A server that was killed leaves its Postgres to the next start.
        let pid =
            Path::new(self.ready["postgres_data"].as_str().unwrap_or("/")).join("postmaster.pid");
        if let Some(pid) =
            std::fs::read_to_string(pid).ok().and_then(|t| Some(t.lines().next()?.to_owned()))
        {
            let _gone = Command::new("kill").args(["-INT", &pid]).status();
            while Path::new("/proc").join(&pid).exists() {
                std::thread::sleep(LOOK);
            }
        }
        let elsewhere =
            std::fs::read_to_string(self.data().join("postgres.place")).unwrap_or_default();
        if let Some(home) = Path::new(elsewhere.trim()).parent()
            && home.starts_with("/var/tmp")
        {
            let _left = std::fs::remove_dir_all(home);
        }
    }
}

/// A sample account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Role, such as `school_user`.
    pub role: String,
    /// Email address.
    pub username: String,
    /// Password.
    pub password: String,
    /// DfE number of its school, or empty.
    pub laestab: String,
    /// Name of its organisation.
    pub organisation: String,
}

/// What somebody in the queue is told.
pub async fn standing(browser: &Browser) -> Value {
    let answer = browser.get("/queue/status").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(header(&answer, "cache-control"), "no-store");
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

/// A browser: keeps cookies, trusts the demo's authority, follows no redirect by itself.
#[derive(Clone, Debug)]
pub struct Browser {
    client: reqwest::Client,
    base: String,
    /// Secrets of authenticator apps, by email address.
    secrets: Arc<HashMap<String, String>>,
}

impl Browser {
    /// A browser that has never been here; it speaks HTTP/2.
    pub fn new(demo: &Demo) -> Self {
        Self::made(demo, |client| client.cookie_store(true))
    }

    /// A browser that speaks HTTP/1.1.
    pub fn over_http1(demo: &Demo) -> Self {
        Self::made(demo, |client| client.cookie_store(true).http1_only())
    }

    /// A browser at another address of this machine, such as 127.0.0.2.
    pub fn from_address(demo: &Demo, address: [u8; 4]) -> Self {
        let address = std::net::IpAddr::from(address);
        Self::made(demo, |client| client.cookie_store(true).local_address(address))
    }

    /// A browser that takes no more than it is asked to read: an answer stays open until then.
    pub fn narrow(demo: &Demo) -> Self {
        let window = Self::NARROW_BYTES;
        Self::made(demo, |client| {
            client.cookie_store(true).http2_initial_stream_window_size(window)
        })
    }

    /// Bytes that a narrow browser takes at once.
    const NARROW_BYTES: u32 = 1024;

    /// The same over HTTP/1.1, where the kernel still takes some megabytes.
    pub fn narrow_http1(demo: &Demo) -> Self {
        Self::made(demo, |client| client.cookie_store(true).http1_only())
    }

    /// A client that keeps no cookies: it sends only what it is told to.
    pub fn forgetful(demo: &Demo) -> Self {
        Self::made(demo, |client| client)
    }

    fn made(
        demo: &Demo,
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Self {
        // The second call finds the first one's choice.
        let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let authority = std::fs::read(demo.text("ca_file")).unwrap();
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&authority).unwrap()])
            .redirect(reqwest::redirect::Policy::none())
            // What is asked for and answered is looked at as it is, whatever the client could do.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .timeout(Duration::from_mins(1));
        let client = configure(client).build().unwrap();
        Self { client, base: demo.text("base_url").to_owned(), secrets: demo.secrets().into() }
    }

    /// A browser of somebody who has signed in.
    pub async fn signed_in(demo: &Demo, account: &Account) -> Self {
        Self::new(demo).enter(account).await
    }

    /// The same browser, signed in.
    pub async fn enter(self, account: &Account) -> Self {
        let answer = self.sign_in(&account.username, &account.password).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", account.username);
        self
    }

    /// Posts the sign-in form as it was read; told that it takes longer, it comes again as browsers do.
    pub async fn sign_in(&self, username: &str, password: &str) -> Response {
        for _ in 0..12 {
            let form = self.sign_in_form().await;
            let token = hidden(&form, "_csrf");
            let fields =
                [("_csrf", token.as_str()), ("username", username), ("password", password)];
            let answer = self.post("/sign-in", &fields).await;
            if header(&answer, "location").starts_with("/sign-in/code")
                && let Some(secret) = self.secrets.get(username)
            {
                return self.enter_code(&totp::next_code(secret).await).await;
            }
            if answer.status() != StatusCode::SERVICE_UNAVAILABLE {
                return answer;
            }
            let wait = header(&answer, "retry-after").parse().unwrap();
            tokio::time::sleep(Duration::from_secs(wait)).await;
        }
        panic!("{username} never gets their turn");
    }

    /// The second step of signing in.
    pub async fn enter_code(&self, code: &str) -> Response {
        let form = self.page("/sign-in/code").await;
        let token = hidden(&form, "_csrf");
        self.post("/sign-in/code", &[("_csrf", &token), ("code", code)]).await
    }

    /// The form for signing in, after the queue in front of it if there is one.
    pub async fn sign_in_form(&self) -> String {
        loop {
            let page = self.page("/sign-in").await;
            if has_form(&page) {
                return page;
            }
            let status = self.page("/queue/status").await;
            let status: serde_json::Value = serde_json::from_str(&status).unwrap();
            let wait = status["refresh_seconds"].as_f64().unwrap();
            tokio::time::sleep(Duration::from_secs_f64(wait.min(30.0))).await;
        }
    }

    /// GET; a connection that the server has meanwhile lost is opened anew, as browsers do.
    pub async fn get(&self, path: &str) -> Response {
        let get = || self.request(reqwest::Method::GET, path).send();
        match get().await {
            Ok(answer) => answer,
            Err(_) => get().await.unwrap(),
        }
    }

    /// A page's text.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    /// A file's bytes.
    pub async fn file(&self, path: &str) -> Vec<u8> {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.bytes().await.unwrap().to_vec()
    }

    /// GET with these cookies.
    pub async fn get_with(&self, path: &str, cookies: &str) -> Response {
        self.request(reqwest::Method::GET, path).header("cookie", cookies).send().await.unwrap()
    }

    /// Signs in with these cookies of the queue, whatever comes of it.
    pub async fn sign_in_with(&self, cookies: &str, account: &Account) -> Response {
        let form = self.get_with("/sign-in", cookies).await;
        let visit = cookie_set(&form, "__Host-visit").unwrap();
        let page = form.text().await.unwrap();
        let fields = [
            ("_csrf", hidden(&page, "_csrf")),
            ("username", account.username.clone()),
            ("password", account.password.clone()),
        ];
        let post = self.request(reqwest::Method::POST, "/sign-in");
        let post = post.header("cookie", format!("{cookies}; __Host-visit={visit}"));
        post.form(&fields).send().await.unwrap()
    }

    /// POST of a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.request(reqwest::Method::POST, path).form(fields).send().await.unwrap()
    }

    /// The same browser at another node.
    pub fn at(self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self }
    }

    /// Any request.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }
}

/// The value of a hidden field.
pub fn hidden(page: &str, name: &str) -> String {
    let start = page.find(&format!("name=\"{name}\" value=\"")).expect("the hidden field is there");
    let rest = &page[start + name.len() + 15..];
    rest[..rest.find('"').unwrap()].to_owned()
}

/// A header as text.
pub fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// The value of a cookie that an answer sets.
pub fn cookie_set(answer: &Response, name: &str) -> Option<String> {
    let cookies = answer.headers().get_all("set-cookie").iter();
    let mut texts = cookies.filter_map(|value| value.to_str().ok());
    let text = texts.find_map(|text| text.strip_prefix(name)?.strip_prefix('='))?;
    Some(text.split(';').next().unwrap().to_owned())
}

/// Whether a page is the form for signing in.
pub fn has_form(page: &str) -> bool {
    page.contains("name=\"password\"")
}

/// Every text that stands between two others.
pub fn all_between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let parts = text.split(before).skip(1);
    parts.filter_map(|rest| rest.split_once(after).map(|(inside, _)| inside)).collect()
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Looks again and again until something holds; a minute is more than anything here may take.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never: {what}");
}
