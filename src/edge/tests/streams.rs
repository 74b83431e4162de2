//! HTTP/2 spoken frame by frame, by clients that are idle, stalled, dead or hostile.

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::certificates::{ALL, Folder, client, issue, shake};
use super::support::{PATIENCE, Server, eventually, quick, start_at};
use crate::edge::{Report, Settings};
use crate::telemetry::connections::{Cut, Speaks};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;
const NO_ERROR: u8 = 0;
const ENHANCE_YOUR_CALM: u8 = 11;

/// A frame that came: its kind, flags, stream and payload.
struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

/// The bytes of a frame.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The headers of a GET, literal but for method and scheme.
fn head(path: &str, more: usize) -> Vec<u8> {
    let mut block = vec![0x82, 0x87];
    for (index, value) in [(1, "localhost"), (4, path)] {
        block.extend([index, u8::try_from(value.len()).unwrap()]);
        block.extend(value.bytes());
    }
    block.extend(b"\x00\x05x-one\x011".repeat(more));
    block
}

/// A client that does nothing by itself, except that it may answer pings.
struct Client {
    stream: TlsStream<TcpStream>,
    answers_pings: bool,
}

impl Client {
    /// Connects and sends a preface; streams get this window.
    async fn connect(server: &Server, issued: &super::certificates::Issued, window: u32) -> Self {
        let stream = shake(server, &client(issued, &["h2"], ALL)).await.unwrap();
        let mut client = Self { stream, answers_pings: true };
        client.stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        let mut window_setting = vec![0, 4];
        window_setting.extend(window.to_be_bytes());
        client.send(SETTINGS, 0, 0, &window_setting).await;
        client
    }

    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let _ = self.stream.write_all(&frame(kind, flags, stream, payload)).await;
        let _ = self.stream.flush().await;
    }

    /// A GET of the path, with more headers named `x-one` if wanted.
    async fn get(&mut self, stream: u32, path: &str, more: usize) {
        self.send(HEADERS, END_STREAM | END_HEADERS, stream, &head(path, more)).await;
    }

    /// The next frame; none when the connection is closed.
    async fn frame(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        let read = timeout(PATIENCE, self.stream.read_exact(&mut head)).await;
        read.expect("a frame or the end comes in time").ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        self.stream.read_exact(&mut payload).await.ok()?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let frame = Frame { kind: head[3], flags: head[4], stream, payload };
        if frame.kind == PING && frame.flags & ACK == 0 && self.answers_pings {
            let payload = frame.payload.clone();
            self.send(PING, ACK, 0, &payload).await;
        }
        Some(frame)
    }

    /// The first frame of a kind.
    async fn frame_of(&mut self, kind: u8) -> Frame {
        loop {
            let frame = self.frame().await.expect("the connection is open");
            if frame.kind == kind {
                return frame;
            }
        }
    }

    /// Reads to the end; the code of the last GOAWAY, if there was one.
    async fn closed(&mut self) -> Option<u8> {
        let mut code = None;
        while let Some(frame) = self.frame().await {
            if frame.kind == GO_AWAY {
                code = Some(frame.payload[7]);
            }
        }
        code
    }
}

/// A server, a client with this window, and what must outlive them.
async fn pair(settings: Settings, window: u32) -> (Server, Client, TempDir) {
    let issued = issue(2100);
    let folder = Folder::with(&issued);
    let server = start_at(Some(folder.files()), settings);
    let client = Client::connect(&server, &issued, window).await;
    (server, client, folder.0)
}

const WINDOW: u32 = 65_535;

#[tokio::test]
async fn an_idle_connection_is_asked_to_go_away() {
    let (server, mut client, _folder) = pair(quick(), WINDOW).await;
    client.get(1, "/", 0).await;
    assert_eq!(client.frame_of(DATA).await.payload, b"hello");
    assert_eq!(client.closed().await, Some(NO_ERROR));
    assert_eq!(server.metrics.cuts(Cut::StalledStreams), 0);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_never_speaks_after_the_handshake_is_cut() {
    let issued = issue(2100);
    let folder = Folder::with(&issued);
    let server = start_at(Some(folder.files()), quick());
    let stream = shake(&server, &client(&issued, &["h2"], ALL)).await.unwrap();
    let mut client = Client { stream, answers_pings: false };
    assert_eq!(client.closed().await, None);
    assert_eq!(server.metrics.cuts(Cut::StalledStreams), 1);
    server.stop().await;
}

#[tokio::test]
async fn streams_without_a_window_are_cut() {
    let (server, mut client, _folder) = pair(quick(), 0).await;
    for stream in 0..10 {
        client.get(2 * stream + 1, "/blocks", 0).await;
    }
    assert_eq!(client.closed().await, Some(NO_ERROR));
    assert_eq!(server.metrics.cuts(Cut::StalledStreams), 1);
    eventually(|| server.metrics.open(Speaks::H2) == 0).await;
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_takes_long_keeps_the_connection() {
    let (server, mut client, _folder) = pair(quick(), WINDOW).await;
    client.get(1, "/wait", 0).await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    server.app.gate.add_permits(1);
    let data = client.frame_of(DATA).await;
    assert_eq!((data.stream, data.payload), (1, b"waited".to_vec()));
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_dropped() {
    let settings = Settings { h2_ping_seconds: 1, idle_h2_seconds: 60, ..quick() };
    let (server, mut client, _folder) = pair(settings, WINDOW).await;
    client.answers_pings = false;
    client.get(1, "/wait", 0).await;
    client.closed().await;
    server.stop().await;
}

#[tokio::test]
async fn a_drain_lets_a_stream_finish() {
    let settings = Settings { drain_seconds: 20, idle_h2_seconds: 60, ..quick() };
    let (server, mut client, _folder) = pair(settings, WINDOW).await;
    client.get(1, "/wait", 0).await;
    client.frame_of(SETTINGS).await;
    eventually(|| server.metrics.open(Speaks::H2) == 1).await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    server.begin_drain();
    client.frame_of(GO_AWAY).await;
    server.app.gate.add_permits(1);
    assert_eq!(client.frame_of(DATA).await.payload, b"waited");
    client.closed().await;
    assert_eq!(server.ended().await, Report { finished: 1, cut: 0 });
}

#[tokio::test]
async fn too_many_headers_get_the_apps_431() {
    let (server, mut client, _folder) = pair(quick(), WINDOW).await;
    client.get(1, "/", 64).await;
    assert_eq!(client.frame_of(DATA).await.payload, b"hello");
    client.get(3, "/", 65).await;
    assert_eq!(client.frame_of(DATA).await.payload, b"TooManyHeaders");
    server.stop().await;
}

#[tokio::test]
async fn streams_above_the_limit_are_refused() {
    let settings = Settings { h2_streams_max: 2, idle_h2_seconds: 60, ..quick() };
    let (server, mut client, _folder) = pair(settings, WINDOW).await;
    for stream in [1, 3, 5] {
        client.get(stream, "/wait", 0).await;
    }
    assert_eq!(client.frame_of(RST_STREAM).await.stream, 5);
    server.app.gate.add_permits(2);
    assert_eq!(client.frame_of(DATA).await.payload, b"waited");
    server.stop().await;
}

#[tokio::test]
async fn a_rapid_reset_is_calmed() {
    let (server, mut client, _folder) = pair(quick(), WINDOW).await;
    let mut flood = Vec::new();
    for number in 0..500 {
        let stream = 2 * number + 1;
        flood.extend(frame(HEADERS, END_STREAM | END_HEADERS, stream, &head("/wait", 0)));
        flood.extend(frame(RST_STREAM, 0, stream, &[0, 0, 0, 8]));
    }
    let _ = client.stream.write_all(&flood).await;
    assert_eq!(client.closed().await, Some(ENHANCE_YOUR_CALM));
    server.stop().await;
}
