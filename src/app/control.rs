//! The control socket: the operator of this machine reaches its node, also without the database.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::StartError;
use crate::admission::Reference;
use crate::node::Node;
use crate::node::plan::PendingHold;
use crate::service::waiting::Waiting;
pub use crate::service::waiting::{Figures as QueueFigures, Found, Order as QueueOrder};

/// Name of the socket in the state folder.
pub const SOCKET: &str = "control.sock";
/// Longest order, in bytes.
const ORDER_BYTES_MAX: u64 = 4096;
/// Time for one order.
const ORDER_WAIT: Duration = Duration::from_secs(2);

/// What an operator asks of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Place or lift a hold.
    Hold(PendingHold),
    /// Look at the waiting room, or change it.
    Queue(QueueOrder),
}

/// What the node says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Name of the node.
    pub node: String,
    /// Whether it did what was asked.
    pub done: bool,
    /// How the waiting room is, when that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueFigures>,
    /// Where somebody stands, when that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
}

/// Takes the socket; only the owner of the state folder may use it.
pub(super) fn listen(state: &Path) -> Result<UnixListener, StartError> {
    let path = state.join(SOCKET);
    // A socket of an earlier start that was killed is nobody's: the portal's addresses are ours by now.
    let _left_behind = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    listener.set_nonblocking(true)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Carries out orders, one after the other, for as long as it is polled.
pub(super) async fn serve(listener: UnixListener, node: Node, waiting: Waiting) {
    let listener = match tokio::net::UnixListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "there is no control socket");
            return std::future::pending().await;
        }
    };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let answered =
                    tokio::time::timeout(ORDER_WAIT, answer(stream, &node, &waiting)).await;
                if !matches!(answered, Ok(Ok(()))) {
                    tracing::warn!("an order on the control socket came to nothing");
                }
            }
            Err(error) => {
                tracing::error!(%error, "the control socket fails");
                tokio::time::sleep(ORDER_WAIT).await;
            }
        }
    }
}

async fn answer(stream: UnixStream, node: &Node, waiting: &Waiting) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    (&mut stream).take(ORDER_BYTES_MAX).read_line(&mut line).await?;
    let mut found = None;
    let done = match serde_json::from_str(&line) {
        Ok(Order::Hold(pending)) => {
            tracing::warn!(
                release = pending.release,
                placed = pending.placed,
                "hold by the control socket"
            );
            node.hold_here(pending).map_err(std::io::Error::other)?
        }
        Ok(Order::Queue(order)) => {
            tracing::warn!(?order, "order to the waiting room by the control socket");
            found = wanted(&order).map(|place| waiting.find(place));
            waiting.obey(order)
        }
        Err(_) => false,
    };
    let queue = done.then(|| waiting.figures());
    let reply = Reply { node: node.name.to_string(), done, queue, found };
    let text = serde_json::to_string(&reply).expect("plain data");
    stream.get_mut().write_all(format!("{text}\n").as_bytes()).await
}

/// The place that an order asks about.
fn wanted(order: &QueueOrder) -> Option<Reference> {
    match order {
        QueueOrder::Find(reference) => reference.parse().ok(),
        _ => None,
    }
}

/// Gives an order to this machine's node.
pub async fn order(state: &Path, order: &Order) -> std::io::Result<Reply> {
    let asking = async {
        let mut stream = UnixStream::connect(state.join(SOCKET)).await?;
        let text = serde_json::to_string(order).expect("plain data");
        stream.write_all(format!("{text}\n").as_bytes()).await?;
        let mut line = String::new();
        BufReader::new(stream).take(ORDER_BYTES_MAX).read_line(&mut line).await?;
        serde_json::from_str(&line).map_err(std::io::Error::other)
    };
    tokio::time::timeout(ORDER_WAIT, asking).await.map_err(std::io::Error::other)?
}
