//! A small server that speaks as GOV.UK Notify does, and misbehaves when told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What it does with a new message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Keeps it and says so.
    Take,
    /// The same, and later says that it came back.
    Bounce,
    /// Keeps it and closes the connection.
    Cut,
    /// Keeps it and never answers.
    Hang,
    /// Keeps it and answers 500.
    Fail,
    /// Keeps it and answers 201 with what is no JSON.
    Nonsense,
    /// Keeps it and answers 201 without an id.
    NoId,
    /// Keeps it and answers 201 with more than anybody reads.
    Endless,
    /// Answers 429.
    Busy,
    /// Answers 400.
    Refuse,
}

#[derive(Debug, Default)]
struct Kept {
    /// Messages by reference.
    messages: BTreeMap<String, Vec<Value>>,
    /// What those are asked about say.
    bounces: bool,
}

/// A running server; its threads end with the test program.
#[derive(Debug)]
pub(super) struct NotifyServer {
    pub(super) address: SocketAddr,
    mode: Arc<Mutex<Mode>>,
    kept: Arc<Mutex<Kept>>,
}

impl NotifyServer {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, kept) = (Arc::new(Mutex::new(Mode::Take)), Arc::<Mutex<Kept>>::default());
        let (its_mode, its_kept) = (Arc::clone(&mode), Arc::clone(&kept));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (mode, kept) = (Arc::clone(&its_mode), Arc::clone(&its_kept));
                std::thread::spawn(move || answer(stream, &mode, &kept));
            }
        });
        Self { address, mode, kept }
    }

    pub(super) fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
        self.kept.lock().unwrap().bounces = mode == Mode::Bounce;
    }

    /// How often a message was kept.
    pub(super) fn kept(&self, reference: &str) -> usize {
        self.kept.lock().unwrap().messages.get(reference).map_or(0, Vec::len)
    }

    /// The text of a message.
    pub(super) fn body(&self, reference: &str) -> String {
        let kept = self.kept.lock().unwrap();
        kept.messages[reference][0]["personalisation"]["body"].as_str().unwrap().to_owned()
    }
}

/// Reads one request and answers it, or does not.
fn answer(stream: TcpStream, mode: &Mutex<Mode>, kept: &Mutex<Kept>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let (mut length, mut signed) = (0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        signed |= lower.starts_with("authorization: bearer ey");
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    if !signed {
        return write(stream, 403, &json!({ "errors": [{ "message": "no token" }] }).to_string());
    }
    let path = first.split_whitespace().nth(1)?.to_owned();
    if first.starts_with("GET ") {
        return write(stream, 200, &told(&path, &kept.lock().unwrap()).to_string());
    }
    let mode = *mode.lock().unwrap();
    let message: Value = serde_json::from_slice(&body).ok()?;
    let id = id_of(message["reference"].as_str()?);
    if !matches!(mode, Mode::Busy | Mode::Refuse) {
        let reference = message["reference"].as_str()?.to_owned();
        kept.lock().unwrap().messages.entry(reference).or_default().push(message);
    }
    let errors = |what: &str| json!({ "errors": [{ "error": what, "message": what }] }).to_string();
    match mode {
        Mode::Take | Mode::Bounce => write(stream, 201, &json!({ "id": id }).to_string()),
        Mode::Cut => None,
        Mode::Hang => {
            std::thread::park();
            None
        }
        Mode::Fail => write(stream, 500, &errors("Exception")),
        Mode::Nonsense => write(stream, 201, "<html>"),
        Mode::NoId => write(stream, 201, "{}"),
        Mode::Endless => write(stream, 201, &" ".repeat(1024 * 1024)),
        Mode::Busy => write(stream, 429, &errors("RateLimitError")),
        Mode::Refuse => write(stream, 400, &errors("BadRequestError")),
    }
}

/// The id that a message has here: the server's own, and the same at every look.
fn id_of(reference: &str) -> String {
    reference
        .chars()
        .rev()
        .map(|c| if c == '-' { '0' } else { c })
        .enumerate()
        .map(|(at, c)| if [8, 13, 18, 23].contains(&at) { '-' } else { c })
        .collect()
}

fn told(path: &str, kept: &Kept) -> Value {
    if let Some((_, reference)) = path.split_once("reference=") {
        let all = kept.messages.get(reference).into_iter().flatten();
        let one = |_: &Value| json!({ "id": id_of(reference), "reference": reference });
        return json!({ "notifications": all.map(one).collect::<Vec<_>>() });
    }
    json!({ "status": if kept.bounces { "permanent-failure" } else { "delivered" } })
}

fn write(mut stream: TcpStream, status: u16, body: &str) -> Option<()> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} Is\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).ok()
}
