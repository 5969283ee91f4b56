//! One connection: hyper serves it, and then it is closed in order.
//!
//! A socket that is closed with something unread in it sends a reset, and the client may lose an answer that it has
//! not read yet. So a connection is closed by *lingering*: the answer is sent, writing is ended, and what the client
//! still sends is read and thrown away, until it ends too or the bounds are reached.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Version, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Timeout, timeout};
use tower_service::Service;

use super::body::{Leavings, RequestBody};
use super::bounds::Bounds;
use super::lent::Lent;

/// How far the end of serving has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(super) enum Stage {
    Serving,
    /// Requests under way are finished, and no others begin.
    Stopping,
    /// Nothing is waited for any more.
    BrokenOff,
}

/// What all connections of a server have in common.
pub(super) struct Connections {
    builder: Builder<TokioExecutor>,
    bounds: Bounds,
}

impl Connections {
    pub(super) fn new(bounds: Bounds) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        // for websockets of a program that mounts the router
        builder.http2().enable_connect_protocol();
        Self { builder, bounds }
    }

    /// Serves a connection to its end.
    pub(super) async fn serve<Io, S>(
        self: Arc<Self>,
        io: Io,
        service: S,
        mut stage: watch::Receiver<Stage>,
    ) where
        Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        S: Service<Request, Response = Response, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + Unpin,
    {
        let (io, back) = Lent::new(io);
        let leavings = Arc::new(Leavings::new(self.bounds));
        {
            let service = Answering {
                service,
                leavings: leavings.clone(),
            };
            let serving = self
                .builder
                .serve_connection_with_upgrades(TokioIo::new(io), service);
            let mut serving = pin!(serving);
            let mut ended = tokio::select! {
                biased;
                ended = serving.as_mut() => Some(ended),
                () = reached(&mut stage, Stage::Stopping) => None,
            };
            if ended.is_none() {
                serving.as_mut().graceful_shutdown();
                ended = tokio::select! {
                    biased;
                    ended = serving.as_mut() => Some(ended),
                    () = reached(&mut stage, Stage::BrokenOff) => None,
                };
            }
            match ended {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    tracing::debug!(cause = %error, "a connection was refused or broke off");
                    // such as a head that is none: what follows it is nobody's. Before its first bytes it has no such
                    // error, and no answer that could be lost
                    if error.is::<hyper::Error>() {
                        leavings.mark_unread();
                    }
                }
                None => return,
            }
        }
        let Some(mut io) = back.take().filter(|_| !leavings.is_spent()) else {
            return;
        };
        // one whose requests were all read to their ends holds up no stop
        let patience = if leavings.are_unread() {
            Stage::BrokenOff
        } else {
            Stage::Stopping
        };
        tokio::select! {
            () = close(&mut io, self.bounds) => {}
            () = reached(&mut stage, patience) => {}
        }
    }
}

/// Done when the stage has come.
async fn reached(stage: &mut watch::Receiver<Stage>, wanted: Stage) {
    // its sender outlives every connection
    let _ = stage.wait_for(|stage| *stage >= wanted).await;
}

/// Ends writing, then reads until the peer ends too, or the bounds are reached.
async fn close(io: &mut (impl AsyncRead + AsyncWrite + Unpin), bounds: Bounds) {
    let in_order = async {
        io.shutdown().await?;
        io::copy(&mut (&mut *io).take(bounds.linger_bytes), &mut io::sink()).await
    };
    // whatever it fails with, it is over
    let _ = timeout(bounds.linger_time, in_order).await;
}

/// A service that hands out bodies of which nothing is left unread.
struct Answering<S> {
    service: S,
    leavings: Arc<Leavings>,
}

impl<S> hyper::service::Service<Request<Incoming>> for Answering<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone,
    S::Future: Unpin,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer<S::Future>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        use http_body::Body as _;
        let (parts, body) = request.into_parts();
        let (body, leavings) = if body.is_end_stream() {
            (Body::empty(), None)
        } else {
            let leavings = self.leavings.clone();
            // HTTP/2 ends a stream without its connection
            let may_close = (parts.version < Version::HTTP_2).then(|| leavings.clone());
            let body = RequestBody::new(body, &parts, leavings);
            (Body::new(body), may_close)
        };
        // both services that are served are always ready
        let future = self.service.clone().call(Request::from_parts(parts, body));
        Answer {
            future,
            leavings,
            held: None,
        }
    }
}

/// How long an answer waits for the end of its request. It may leave before, but a proxy that passes requests on as they
/// come (nginx with `proxy_request_buffering off`) then closes the client's connection without a word.
const HELD: Duration = Duration::from_secs(1);

type Reading = Pin<Box<Timeout<JoinHandle<()>>>>;

/// An answer, which says so where its connection ends with it.
struct Answer<F> {
    future: F,
    leavings: Option<Arc<Leavings>>,
    held: Option<(Response, Reading)>,
}

impl<F: Future<Output = Result<Response, Infallible>> + Unpin> Future for Answer<F> {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (response, mut reading) = if let Some(held) = self.held.take() {
            held
        } else {
            let Ok(response) = ready!(Pin::new(&mut self.future).poll(cx));
            let Some(leavings) = &self.leavings else {
                return Poll::Ready(Ok(response));
            };
            // it is told at once that its body is too long, or that nobody asks for it
            let reading = leavings.reading().filter(|_| !leavings.are_unread());
            let Some(reading) = reading else {
                return Poll::Ready(Ok(self.finished(response)));
            };
            (response, Box::pin(timeout(HELD, reading)))
        };
        if reading.as_mut().poll(cx).is_pending() {
            self.held = Some((response, reading));
            return Poll::Pending;
        }
        Poll::Ready(Ok(self.finished(response)))
    }
}

impl<F> Answer<F> {
    fn finished(&self, mut response: Response) -> Response {
        let leavings = self.leavings.as_ref();
        if leavings.is_some_and(|leavings| leavings.are_unread()) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response
    }
}
