//! One connection: hyper serves it, and then it is closed in order.
//!
//! A socket that is closed with something unread in it sends a reset, and the client may lose an answer that it has
//! not read yet. So a connection is closed by *lingering*: the answer is sent, writing is ended, and what the client
//! still sends is read and thrown away, until it ends too or the bounds are reached.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tower_service::Service;

use super::answer::Answering;
use super::body::Leavings;
use super::bounds::Bounds;
use super::lent::Lent;
use super::places::Place;
use super::progress::{Progress, Watched, Why};

/// How far the end of serving has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(super) enum Stage {
    Serving,
    /// Requests under way are finished, and no others begin.
    Stopping,
    /// Nothing is waited for any more.
    BrokenOff,
}

/// How much of an HTTP/2 answer waits to be sent, beside what it was handed at once.
const SEND_BUFFER: usize = 64 * 1024;
/// How long a connection that is to end is waited for while no request is under way on it.
const GRACE: Duration = Duration::from_secs(1);
/// How long the last words to a client that is cut off may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// What all connections of a server have in common.
pub(super) struct Connections {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    bounds: Bounds,
}

impl Connections {
    pub(super) fn new(bounds: Bounds) -> Self {
        let mut http1 = http1::Builder::new();
        http1.max_buf_size(bounds.head_bytes);
        let list = u32::try_from(bounds.head_bytes).unwrap_or(u32::MAX);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(bounds.streams)
            .max_header_list_size(list)
            .max_send_buf_size(SEND_BUFFER)
            // for websockets of a program that mounts the router
            .enable_connect_protocol();
        Self {
            http1,
            http2,
            bounds,
        }
    }

    /// Begins to serve a connection. What hyper keeps of it is in a box, so that one that is silent has none.
    fn begin<S, A>(
        &self,
        io: Lent<S>,
        service: Answering<A>,
        is_http2: bool,
    ) -> Pin<Box<dyn Serving<S, A>>>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        A: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
        A::Future: Send + Unpin,
    {
        let io = TokioIo::new(io);
        if is_http2 {
            Box::pin(self.http2.serve_connection(io, service))
        } else {
            Box::pin(self.http1.serve_connection(io, service).with_upgrades())
        }
    }

    /// Serves a connection to its end, and holds its place until then.
    pub(super) async fn serve<Io, S>(
        self: Arc<Self>,
        io: Io,
        service: S,
        mut stage: watch::Receiver<Stage>,
        watched: Watched,
        _place: Place,
    ) where
        Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        S: Service<Request, Response = Response, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + Unpin,
    {
        let progress = &watched.progress;
        let (mut io, back) = Lent::new(io, progress.clone());
        let leavings = Arc::new(Leavings::new(self.bounds));
        let mut service = Answering {
            service,
            leavings: leavings.clone(),
            progress: progress.clone(),
        };
        let mut is_first = true;
        let cut = loop {
            let is_http2 = tokio::select! {
                biased;
                is_http2 = io.is_http2() => is_http2,
                () = reached(&mut stage, Stage::Stopping) => return,
                why = progress.is_cut() => {
                    drop(io);
                    break Some(why);
                }
            };
            let is_http2 = match is_http2 {
                Ok(is_http2) => is_http2 && is_first,
                Err(error) => {
                    tracing::debug!(cause = %error, "a connection broke off without a request");
                    drop(io);
                    break None;
                }
            };
            is_first = false;
            let mut serving = self.begin(io, service, is_http2);
            progress.set_served(true);
            match finish(&mut serving, &mut stage, progress).await {
                Done::Served(cut, Ok(())) => break cut,
                Done::Served(cut, Err(error)) => {
                    tracing::debug!(cause = %error, "a connection was refused or broke off");
                    // such as a head that is none: what follows it is nobody's
                    leavings.mark_unread();
                    break cut;
                }
                Done::Stopping => return,
                Done::Cut(why) => break Some(why),
                Done::AtRest => {}
            }
            progress.set_served(false);
            // an upgraded one is nobody's any more
            let Some(parts) = serving.rest() else { return };
            (io, service) = parts;
        };
        let Some(mut io) = back.take().filter(|_| !leavings.is_spent()) else {
            return;
        };
        if progress.is_malformed() {
            return dismiss(&mut io, Some(MALFORMED)).await;
        }
        if let Some(why) = cut {
            tracing::debug!(?why, "a connection was cut off");
            let words = (why == Why::Head && progress.is_asking()).then_some(TOO_SLOW);
            return dismiss(&mut io, words).await;
        }
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

/// A connection that hyper serves.
trait Serving<S, A>: Future<Output = hyper::Result<()>> + Send {
    /// No more requests begin. HTTP/2 says which was the last, and one that is on its way is answered.
    fn end(self: Pin<&mut Self>);

    /// Takes it back from hyper, whose buffers are given up: of HTTP/1, while nothing is asked and all answers are sent.
    fn rest(self: Pin<Box<Self>>) -> Option<(Lent<S>, Answering<A>)>;
}

type Io<S> = TokioIo<Lent<S>>;

impl<S, A> Serving<S, A> for http1::UpgradeableConnection<Io<S>, Answering<A>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    A::Future: Send + Unpin,
{
    fn end(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }

    fn rest(self: Pin<Box<Self>>) -> Option<(Lent<S>, Answering<A>)> {
        let parts = Pin::into_inner(self).into_parts()?;
        let mut io = parts.io.into_inner();
        // empty lines are no beginning
        if parts.read_buf.iter().any(|byte| !b"\r\n".contains(byte)) {
            io.unread(&parts.read_buf);
        }
        Some((io, parts.service))
    }
}

impl<S, A> Serving<S, A> for http2::Connection<Io<S>, Answering<A>, TokioExecutor>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    A::Future: Send + Unpin + 'static,
{
    fn end(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }

    fn rest(self: Pin<Box<Self>>) -> Option<(Lent<S>, Answering<A>)> {
        None
    }
}

/// How hyper came to its end with a connection, or why it is no longer waited for.
enum Done {
    /// Perhaps because there was a reason to cut it off.
    Served(Option<Why>, hyper::Result<()>),
    Stopping,
    Cut(Why),
    /// Nothing has been asked for a while.
    AtRest,
}

/// Waits until hyper is done with a connection, or has to be.
async fn finish<S, A>(
    serving: &mut Pin<Box<dyn Serving<S, A>>>,
    stage: &mut watch::Receiver<Stage>,
    progress: &Progress,
) -> Done {
    let first = tokio::select! {
        biased;
        served = serving.as_mut() => return Done::Served(None, served),
        () = reached(stage, Stage::Stopping) => None,
        why = progress.is_cut() => Some(why),
        () = progress.rests() => return Done::AtRest,
    };
    if let Some(why @ (Why::Head | Why::Unread)) = first {
        return Done::Cut(why);
    }
    serving.as_mut().end();
    loop {
        tokio::select! {
            biased;
            served = serving.as_mut() => return Done::Served(first, served),
            () = reached(stage, Stage::BrokenOff) => return Done::Stopping,
            why = progress.is_cut() => return Done::Cut(why),
            // a head that is on its way may come in this time
            () = sleep(GRACE) => if progress.is_at_rest() { return Done::Stopping },
        }
    }
}

/// The answer to a head that does not come.
const TOO_SLOW: &str =
    "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
/// The answer to a head that is none.
const MALFORMED: &str =
    "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
/// The answer to an address that has as many connections as it may.
pub(super) const TOO_MANY: &str = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Ends a connection with a last word, or none, without much patience.
pub(super) async fn dismiss(io: &mut (impl AsyncRead + AsyncWrite + Unpin), words: Option<&str>) {
    let in_order = async {
        if let Some(words) = words {
            io.write_all(words.as_bytes()).await?;
        }
        io.shutdown().await?;
        if words.is_some() {
            // unread bytes would make a reset of the end, and the words would be lost
            io::copy(&mut (&mut *io).take(64 * 1024), &mut io::sink()).await?;
        }
        io::Result::Ok(())
    };
    // whatever it fails with, it is over
    let _ = timeout(FAREWELL, in_order).await;
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
