//! A request's body as its handler gets it: what the handler leaves is read and thrown away, within bounds.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{Version, header};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::bounds::Bounds;
use super::progress::UnderWay;

/// A body, of which nothing is left where it can be helped.
pub(super) struct RequestBody {
    /// Taken when it is dropped.
    body: Option<Incoming>,
    is_done: bool,
    /// The client waits to be asked for it (`Expect: 100-continue`).
    is_expecting: bool,
    leavings: Arc<Leavings>,
    under_way: UnderWay,
}

impl RequestBody {
    pub(super) fn new(
        body: Incoming,
        parts: &Parts,
        leavings: Arc<Leavings>,
        under_way: UnderWay,
    ) -> Self {
        let expect = parts.headers.get(header::EXPECT);
        let is_expecting = parts.version == Version::HTTP_11
            && expect.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        Self {
            body: Some(body),
            is_done: false,
            is_expecting,
            leavings,
            under_way,
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.is_expecting = false;
        let is_done = self.is_done;
        let Some(body) = self.body.as_mut().filter(|_| !is_done) else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if matches!(frame, Some(Err(_))) {
            // what follows can't be told from the next request
            self.leavings.mark_unread();
        }
        self.is_done = !matches!(frame, Some(Ok(_)));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.is_done || self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if self.is_end_stream() {
            return;
        }
        if self.is_expecting {
            // it is never asked for, and the client may send it or not
            self.leavings.mark_unread();
        } else if let Some(body) = self.body.take() {
            self.leavings.throw_away(body, &self.under_way);
        }
    }
}

/// What the requests of one connection left unread.
pub(super) struct Leavings {
    bounds: Bounds,
    runtime: Handle,
    are_unread: AtomicBool,
    is_spent: AtomicBool,
    /// What reads the rest of a body.
    reading: Mutex<Option<JoinHandle<()>>>,
}

impl Leavings {
    /// Of a connection that is served on this runtime.
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            runtime: Handle::current(),
            are_unread: AtomicBool::new(false),
            is_spent: AtomicBool::new(false),
            reading: Mutex::new(None),
        }
    }

    /// Done when the rest of the body has come or is beyond the bounds; none where it is so already.
    pub(super) fn reading(&self) -> Option<JoinHandle<()>> {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        reading.take().filter(|reading| !reading.is_finished())
    }

    /// From now on something is left: the connection ends with the answer.
    pub(super) fn mark_unread(&self) {
        self.are_unread.store(true, Ordering::Relaxed);
    }

    /// Whether something is left, that the client may still be sending.
    pub(super) fn are_unread(&self) -> bool {
        self.are_unread.load(Ordering::Relaxed)
    }

    /// Whether no more is to be read of it.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent.load(Ordering::Relaxed)
    }

    /// Reads the rest of a body, beside its answer.
    fn throw_away(self: &Arc<Self>, mut body: Incoming, under_way: &UnderWay) {
        let most = self.bounds.linger_bytes;
        if body.size_hint().lower() > most {
            self.mark_unread();
        }
        let mut left = Some(most);
        // often all of it is here
        let mut here = Context::from_waker(Waker::noop());
        while let Some(bytes) = left {
            match Pin::new(&mut body).poll_frame(&mut here) {
                Poll::Ready(Some(Ok(frame))) => left = without(bytes, &frame),
                Poll::Ready(Some(Err(_))) => return self.mark_unread(),
                Poll::Ready(None) => return,
                Poll::Pending => {
                    let reading = self.clone().read(body, bytes, under_way.clone());
                    let reading = self.runtime.spawn(reading);
                    let mut current = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
                    *current = Some(reading);
                    return;
                }
            }
        }
        self.spend();
    }

    async fn read(self: Arc<Self>, mut body: Incoming, bytes: u64, _under_way: UnderWay) {
        let mut left = Some(bytes);
        let reading = async {
            while let Some(bytes) = left {
                let frame = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
                match frame {
                    Some(Ok(frame)) => left = without(bytes, &frame),
                    Some(Err(_)) => return self.mark_unread(),
                    None => return,
                }
            }
            self.spend();
        };
        if (tokio::time::timeout(self.bounds.linger_time, reading).await).is_err() {
            self.spend();
        }
    }

    fn spend(&self) {
        self.mark_unread();
        self.is_spent.store(true, Ordering::Relaxed);
    }
}

/// What is left of so many bytes after a frame; none where it was too much.
fn without(bytes: u64, frame: &Frame<Bytes>) -> Option<u64> {
    let length = frame.data_ref().map_or(0, |data| data.len() as u64);
    bytes.checked_sub(length)
}
