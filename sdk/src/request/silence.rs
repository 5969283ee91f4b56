//! How long a server is silent: not while it takes a body from us, nor while the body's own source is slow.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, timeout_at};

/// A body goes in pieces of this length, so that it is seen to go.
const PIECE: usize = 64 * 1024;

/// Since when one server is silent.
pub(super) struct Silence {
    limit: Duration,
    since: Since,
}

/// `None` while there is nothing to send yet.
type Since = Arc<Mutex<Option<Instant>>>;

impl Silence {
    /// From now on.
    pub(super) fn from_now(limit: Duration) -> Self {
        Self {
            limit,
            since: Arc::new(Mutex::new(Some(Instant::now()))),
        }
    }

    /// The same body, which tells when the server takes a piece of it.
    pub(super) fn broken_by(&self, body: reqwest::Body) -> reqwest::Body {
        if body.as_bytes().is_some_and(|bytes| bytes.len() <= PIECE) {
            return body;
        }
        reqwest::Body::wrap(Taken {
            inner: body,
            rest: Bytes::new(),
            since: self.since.clone(),
        })
    }

    /// What an exchange gives; `None` where the server is silent for too long.
    pub(super) async fn until<T>(&self, exchange: impl Future<Output = T>) -> Option<T> {
        let mut exchange = std::pin::pin!(exchange);
        loop {
            let since = || *self.since.lock().unwrap_or_else(PoisonError::into_inner);
            let end = |since: Option<Instant>| since.unwrap_or_else(Instant::now) + self.limit;
            if let Ok(done) = timeout_at(end(since()), &mut exchange).await {
                return Some(done);
            }
            if end(since()) <= Instant::now() {
                return None;
            }
        }
    }
}

/// A body that tells when a piece of it is taken.
struct Taken {
    inner: reqwest::Body,
    rest: Bytes,
    since: Since,
}

impl Taken {
    fn note(&self, since: Option<Instant>) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }
}

impl Body for Taken {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        if self.rest.is_empty() {
            let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) else {
                self.note(None);
                return Poll::Pending;
            };
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(bytes))) => self.rest = bytes,
                Some(Ok(Err(frame))) => return Poll::Ready(Some(Ok(frame))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.note(Some(Instant::now()));
                    return Poll::Ready(None);
                }
            }
        }
        self.note(Some(Instant::now()));
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (inner, rest) = (self.inner.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + rest);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
