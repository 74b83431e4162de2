//! Bodies with something tied to them: a grant that learns how much went out, a permit that ends with it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::admission::{Class, Permit};
use crate::service::grants::Grant;

/// A download that waits for its turn, or for the store, looks this often whether it is still allowed.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The user was removed, or the session ended, while the answer was on its way.
#[derive(Debug, thiserror::Error)]
#[error("whoever asked may not have the rest any more")]
struct NoMore;

/// Counts what the connection takes from a body, and ends it when whoever asked may not have it any more.
#[derive(Debug)]
pub struct Counted<B> {
    body: B,
    grant: Grant,
    /// Wakes a body that waits.
    look: Option<Pin<Box<Sleep>>>,
}

impl<B> Counted<B> {
    /// Ties a body to its grant.
    pub fn new(body: B, grant: Grant) -> Self {
        Self { body, grant, look: None }
    }

    /// Has the connection ask again soon.
    fn wait(&mut self, context: &mut Context<'_>) {
        loop {
            let look = self.look.get_or_insert_with(|| Box::pin(sleep(LOOK_EVERY)));
            if look.as_mut().poll(context).is_pending() {
                return;
            }
            self.look = None;
        }
    }
}

impl<B> Body for Counted<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if !self.grant.stands() {
            return Poll::Ready(Some(Err(NoMore.into())));
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Pending => self.wait(context),
            Poll::Ready(Some(Ok(frame))) => {
                self.look = None;
                if let Some(data) = frame.data_ref() {
                    self.grant.sent(data.len() as u64);
                }
            }
            Poll::Ready(_) => (),
        }
        polled.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bytes of an export that are given away at once. A connection takes whatever it is given, however slowly
/// its client reads; the permit is to last about as long as the client does.
const EXPORT_PIECE_BYTES: usize = 16 * 1024;

/// Keeps the permit of its request until the connection has taken the last of it, or is gone.
#[derive(Debug)]
pub struct Held<B> {
    body: B,
    /// What was taken from the body and not given away yet.
    rest: Bytes,
    permit: Permit,
}

impl<B> Held<B> {
    /// Ties a body to its permit.
    pub fn new(body: B, permit: Permit) -> Self {
        Self { body, rest: Bytes::new(), permit }
    }

    fn piece(&mut self) -> Bytes {
        let most = match self.permit.class() {
            Class::Exports | Class::Reports => EXPORT_PIECE_BYTES,
            // They come in blocks already, and large ones cost least.
            Class::Results | Class::SignIn | Class::Forms | Class::Scripts => usize::MAX,
        };
        self.rest.split_to(self.rest.len().min(most))
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Held<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                over => return Poll::Ready(over),
            }
        }
        Poll::Ready(Some(Ok(Frame::data(self.piece()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(hint.lower() + rest);
        hint
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Full};

    use super::*;
    use crate::admission::Classes;

    #[tokio::test]
    async fn a_permit_lasts_until_the_last_piece_is_taken() {
        let classes = Classes::new([1; 6]);
        for (class, pieces) in [(Class::Exports, 4), (Class::Scripts, 1)] {
            let bytes = Bytes::from(vec![7; 50_000]);
            let permit = classes.enter(class, None).unwrap();
            let mut body = Held::new(Full::new(bytes.clone()), permit);
            let (mut taken, mut frames) = (Vec::new(), 0);
            while !body.is_end_stream() {
                let left = bytes.len() - taken.len();
                assert_eq!(body.size_hint().exact(), Some(left as u64));
                assert_eq!(classes.active(class), 1);
                taken.extend(body.frame().await.unwrap().unwrap().into_data().unwrap());
                frames += 1;
            }
            assert_eq!((taken, frames), (bytes.to_vec(), pieces));
            drop(body);
            assert_eq!(classes.active(class), 0);
        }
    }
}
