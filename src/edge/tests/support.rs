//! A small application, a server of it, and raw clients.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use prometheus::Registry;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::edge::{
    Drain, EdgeError, Handler, IncomingBody, Listen, Peer, Refusal, Report, Settings, TlsFiles,
    bind,
};
use crate::telemetry::connections::ConnectionMetrics;

/// Longest wait for anything; far above every timer that a test sets.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of one block of `/blocks`.
pub(super) const BLOCK_BYTES: usize = 64 * 1024;
/// Blocks of `/blocks`: more than any kernel buffers.
pub(super) const BLOCKS: usize = 1024;

/// Bytes of one piece of `/numbers`: it fits neither records nor frames nor limits.
const PIECE_BYTES: usize = 300_007;

/// The body of `/numbers`, several MB in which no two places are alike.
pub(super) fn numbers() -> Bytes {
    (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect()
}

/// Answers by path.
#[derive(Clone)]
pub(super) struct App {
    /// Lets `/wait` go on.
    pub(super) gate: Arc<Semaphore>,
}

impl Handler for App {
    type Body = BoxBody<Bytes, Infallible>;

    async fn call(&self, request: Request<IncomingBody>, peer: Peer) -> Response<Self::Body> {
        match request.uri().path() {
            "/peer" => text(StatusCode::OK, format!("{:?} {}", peer.protocol, peer.tls)),
            "/address" => text(StatusCode::OK, peer.address.to_string()),
            "/panic" => panic!("as asked"),
            "/panic-in-body" => {
                let frames = stream::iter([0, 1]).map_panic();
                Response::new(StreamBody::new(frames).boxed())
            }
            "/blocks" => {
                let block = Bytes::from(vec![7; BLOCK_BYTES]);
                let frames = stream::iter((0..BLOCKS).map(move |_| Ok(Frame::data(block.clone()))));
                Response::new(StreamBody::new(frames).boxed())
            }
            "/numbers" => {
                let all = numbers();
                let pieces = (0..all.len()).step_by(PIECE_BYTES);
                let pieces =
                    pieces.map(move |from| all.slice(from..all.len().min(from + PIECE_BYTES)));
                let frames = stream::iter(pieces.map(|piece| Ok(Frame::data(piece))));
                Response::new(StreamBody::new(frames).boxed())
            }
            "/wait" => {
                self.gate.acquire().await.unwrap().forget();
                text(StatusCode::OK, "waited".to_owned())
            }
            "/length" => match request.into_body().collect().await {
                Ok(body) => text(StatusCode::OK, body.to_bytes().len().to_string()),
                Err(error) => text(StatusCode::REQUEST_TIMEOUT, error.to_string()),
            },
            "/too-large" => text(StatusCode::PAYLOAD_TOO_LARGE, "too large".to_owned()),
            _ => text(StatusCode::OK, "hello".to_owned()),
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response<Self::Body> {
        let status = match refusal {
            Refusal::BadHost => StatusCode::BAD_REQUEST,
            Refusal::TooManyHeaders => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Refusal::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        };
        text(status, format!("{refusal:?}"))
    }
}

fn text(status: StatusCode, text: String) -> Response<BoxBody<Bytes, Infallible>> {
    let mut response = Response::new(Full::new(Bytes::from(text)).boxed());
    *response.status_mut() = status;
    response
}

/// One block, then a panic.
trait MapPanic: futures_util::Stream<Item = usize> + Sized + Send + Sync {
    fn map_panic(
        self,
    ) -> impl futures_util::Stream<Item = Result<Frame<Bytes>, Infallible>> + Send + Sync {
        futures_util::StreamExt::map(self, |number| {
            assert!(number == 0, "as asked");
            Ok(Frame::data(Bytes::from_static(b"one")))
        })
    }
}
impl<S: futures_util::Stream<Item = usize> + Send + Sync> MapPanic for S {}

/// A running server.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) metrics: ConnectionMetrics,
    pub(super) app: App,
    drain: Drain,
    serving: JoinHandle<Result<Report, EdgeError>>,
}

/// Timers of one second and one worker.
pub(super) fn quick() -> Settings {
    Settings {
        workers: 1,
        handshake_timeout_seconds: 1,
        header_timeout_seconds: 1,
        body_first_byte_seconds: 1,
        write_stall_seconds: 1,
        idle_h1_seconds: 1,
        idle_h2_seconds: 1,
        h2_ping_timeout_seconds: 1,
        certificate_check_seconds: 1,
        drain_seconds: 1,
        ..Settings::default()
    }
}

/// Starts a server without TLS.
pub(super) fn start(settings: Settings) -> Server {
    start_at(None, settings)
}

/// Starts a server on a port that is free.
#[expect(clippy::disallowed_methods, reason = "every test waits for its server")]
pub(super) fn start_at(tls: Option<TlsFiles>, settings: Settings) -> Server {
    let metrics = ConnectionMetrics::new(&Registry::new());
    let listen = Listen { addresses: vec!["127.0.0.1:0".parse().unwrap()], tls };
    let bound = bind(&listen, settings, metrics.clone()).unwrap();
    let address = bound.addresses()[0];
    let app = App { gate: Arc::new(Semaphore::new(0)) };
    let drain = Drain::new();
    let serving = tokio::spawn(bound.serve(app.clone(), drain.clone()));
    Server { address, metrics, app, drain, serving }
}

impl Server {
    /// A raw connection.
    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Begins the drain.
    pub(super) fn begin_drain(&self) {
        self.drain.begin();
    }

    /// Waits for the end of the drain.
    pub(super) async fn ended(self) -> Report {
        timeout(PATIENCE, self.serving).await.unwrap().unwrap().unwrap()
    }

    /// Drains and waits.
    pub(super) async fn stop(self) -> Report {
        self.begin_drain();
        self.ended().await
    }

    /// Asks once on a connection of its own, and gives everything that comes.
    pub(super) async fn ask(&self, request: &str) -> String {
        let mut connection = self.connect().await;
        connection.write_all(request.as_bytes()).await.unwrap();
        until_closed(&mut connection).await
    }
}

/// Everything until the server closes, whether by an end or a reset.
pub(super) async fn until_closed(connection: &mut (impl AsyncRead + Unpin)) -> String {
    let mut all = Vec::new();
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match timeout(PATIENCE, connection.read(&mut block)).await.expect("it is closed in time") {
            Ok(0) | Err(_) => return String::from_utf8_lossy(&all).into_owned(),
            Ok(count) => all.extend_from_slice(&block[..count]),
        }
    }
}

/// Reads until the text has come.
pub(super) async fn until(connection: &mut (impl AsyncRead + Unpin), text: &str) -> String {
    let mut all = String::new();
    let mut block = vec![0; BLOCK_BYTES];
    while !all.contains(text) {
        let read = timeout(PATIENCE, connection.read(&mut block)).await;
        let count = read.expect("it comes in time").unwrap();
        assert!(count > 0, "closed after {all:?}");
        all.push_str(&String::from_utf8_lossy(&block[..count]));
    }
    all
}

/// Waits until the condition holds.
pub(super) async fn eventually(mut condition: impl FnMut() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("the condition holds in time");
}
