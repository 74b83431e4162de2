//! A proxy in front of a store that does to it what networks and stores do: away, slow, stalled, failing, cut.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the proxy does to each connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing.
    Pass,
    /// Closes it at once.
    Refuse,
    /// Answers nothing more after so many bytes, and keeps it open.
    StallAfter(usize),
    /// A kilobyte of answers a second.
    Slow,
    /// Closes it after so many bytes of answers.
    CutAfter(usize),
    /// Answers every request with this status.
    Answer(u16),
    /// The first so many requests get this status; the rest passes.
    AnswerFirst(usize, u16),
}

/// A running proxy. Its thread ends with it.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    mode: watch::Sender<Option<Mode>>,
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    /// A proxy in front of an address, on a thread of its own: tests block theirs.
    pub fn start(target: SocketAddr) -> Self {
        let (mode, modes) = watch::channel(Some(Mode::Pass));
        let connections = Arc::new(AtomicUsize::new(0));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let counter = Arc::clone(&connections);
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(accept(listener, target, modes, counter));
        });
        Self { address, mode, connections }
    }

    /// Changes what is done; connections that are open end.
    pub fn set(&self, mode: Mode) {
        self.connections.store(0, Ordering::SeqCst);
        self.mode.send_replace(Some(mode));
    }

    /// Connections since the mode was set.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.mode.send_replace(None);
    }
}

async fn accept(
    listener: std::net::TcpListener,
    target: SocketAddr,
    mut modes: watch::Receiver<Option<Mode>>,
    connections: Arc<AtomicUsize>,
) {
    let listener = TcpListener::from_std(listener).unwrap();
    let mut open = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            // A connection that comes after a change meets the new mode, and is not ended with the old.
            biased;
            changed = modes.changed() => {
                open.abort_all();
                if changed.is_err() || modes.borrow().is_none() {
                    return;
                }
            }
            accepted = listener.accept() => {
                let (client, _) = accepted.unwrap();
                let number = connections.fetch_add(1, Ordering::SeqCst);
                let Some(mode) = *modes.borrow() else { return };
                open.spawn(async move {
                    // A connection that breaks is what this is for.
                    let _broken = serve(client, target, mode, number).await;
                });
            }
        }
    }
}

async fn serve(
    mut client: TcpStream,
    target: SocketAddr,
    mode: Mode,
    number: usize,
) -> std::io::Result<()> {
    match mode {
        Mode::Refuse => Ok(()),
        Mode::Answer(status) => answer(&mut client, status).await,
        Mode::AnswerFirst(count, status) if number < count => answer(&mut client, status).await,
        Mode::Pass
        | Mode::AnswerFirst(..)
        | Mode::StallAfter(_)
        | Mode::Slow
        | Mode::CutAfter(_) => {
            let server = TcpStream::connect(target).await?;
            let (mut from_client, to_client) = client.into_split();
            let (from_server, mut to_server) = server.into_split();
            let requests = tokio::io::copy(&mut from_client, &mut to_server);
            tokio::select! {
                sent = requests => sent.map(drop),
                passed = answers(from_server, to_client, mode) => passed,
            }
        }
    }
}

/// One status for one request, without looking at it, and the end.
async fn answer(client: &mut TcpStream, status: u16) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        if client.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let text = format!("HTTP/1.1 {status} Told\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    client.write_all(text.as_bytes()).await?;
    client.shutdown().await
}

async fn answers(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mode: Mode,
) -> std::io::Result<()> {
    let mut passed = 0;
    let mut piece = vec![0; if mode == Mode::Slow { 100 } else { 16 * 1024 }];
    loop {
        let count = from.read(&mut piece).await?;
        if count == 0 {
            return Ok(());
        }
        let (room, stalls) = match mode {
            Mode::StallAfter(most) => (most.saturating_sub(passed), true),
            Mode::CutAfter(most) => (most.saturating_sub(passed), false),
            _ => (usize::MAX, false),
        };
        to.write_all(&piece[..count.min(room)]).await?;
        passed += count;
        if count > room {
            if stalls {
                std::future::pending::<()>().await;
            }
            return Ok(());
        }
        if mode == Mode::Slow {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
