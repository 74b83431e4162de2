//! LISTEN: which snapshot to read again, as soon as somebody changed it.

use futures_util::StreamExt;
use tokio_postgres::{AsyncMessage, NoTls};

use super::{Access, StoreError};

/// Listens until the connection ends, handing on each payload.
pub async fn listen(access: &Access, changed: &impl Fn(&str)) -> Result<(), StoreError> {
    let unreachable = |error: tokio_postgres::Error| StoreError::Unreachable(error.into());
    let (client, mut connection) = access.connect(NoTls).await.map_err(unreachable)?;
    let mut messages =
        futures_util::stream::poll_fn(move |context| connection.poll_message(context));
    let listening = client.batch_execute("LISTEN daybreak");
    tokio::pin!(listening);
    let mut listens = false;
    loop {
        tokio::select! {
            done = &mut listening, if !listens => {
                done.map_err(unreachable)?;
                listens = true;
                // Whatever changed before we listened.
                changed("all");
            }
            message = messages.next() => match message {
                Some(Ok(AsyncMessage::Notification(note))) => {
                    changed(note.payload());
                }
                Some(Ok(_)) => (),
                Some(Err(error)) => return Err(unreachable(error)),
                None => return Ok(()),
            },
        }
    }
}
