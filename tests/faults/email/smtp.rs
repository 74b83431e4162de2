//! A small server for mail, which misbehaves when told to.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Takes it.
    Take,
    /// Closes the connection before it.
    CutBefore,
    /// Says 451 to it.
    Later,
    /// Greets with what no server for mail says.
    Nonsense,
    /// Closes the connection after it, without a word.
    CutAfter,
    /// Takes it and never answers.
    Hang,
    /// Knows no such user.
    NoSuchUser,
}

/// A running server; its threads end with the test program.
#[derive(Debug)]
pub(super) struct SmtpServer {
    pub(super) address: SocketAddr,
    mode: Arc<Mutex<Mode>>,
    messages: Arc<Mutex<Vec<String>>>,
}

impl SmtpServer {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, messages) = (Arc::new(Mutex::new(Mode::Take)), Arc::<Mutex<Vec<_>>>::default());
        let (its_mode, its_messages) = (Arc::clone(&mode), Arc::clone(&messages));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mode = *its_mode.lock().unwrap();
                let messages = Arc::clone(&its_messages);
                std::thread::spawn(move || talk(&stream, mode, &messages));
            }
        });
        Self { address, mode, messages }
    }

    pub(super) fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    /// Every message with this reference in its head.
    pub(super) fn messages(&self, reference: &str) -> Vec<String> {
        let all = self.messages.lock().unwrap();
        all.iter().filter(|message| message.contains(reference)).cloned().collect()
    }
}

fn talk(stream: &TcpStream, mode: Mode, messages: &Mutex<Vec<String>>) -> Option<()> {
    let mut out = stream;
    let mut say = |text: &str| out.write_all(format!("{text}\r\n").as_bytes()).ok();
    say(if mode == Mode::Nonsense { "HTTP/1.1 200 OK" } else { "220 test" })?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.get(..4)?.to_uppercase().as_str() {
            "EHLO" => say("250 test")?,
            "RCPT" if mode == Mode::NoSuchUser => say("550 5.1.1 no such user")?,
            "DATA" if mode == Mode::CutBefore => return None,
            "DATA" if mode == Mode::Later => say("451 later")?,
            "DATA" => {
                say("354 go on")?;
                let message = whole(&mut reader)?;
                messages.lock().unwrap().push(message);
                match mode {
                    Mode::CutAfter => return None,
                    Mode::Hang => std::thread::park(),
                    _ => say("250 taken")?,
                }
            }
            "QUIT" => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
}

/// A message to the line with a dot alone.
fn whole(reader: &mut BufReader<&TcpStream>) -> Option<String> {
    let mut message = String::new();
    while !message.ends_with("\r\n.\r\n") {
        if reader.read_line(&mut message).ok()? == 0 {
            return None;
        }
    }
    Some(message)
}
