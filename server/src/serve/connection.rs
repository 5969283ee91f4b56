//! One connection: hyper serves it, and then it is closed in order.
//!
//! A socket that is closed with something unread in it sends a reset, and the client may lose an answer that it has
//! not read yet. So a connection is closed by *lingering*: the answer is sent, writing is ended, and what the client
//! still sends is read and thrown away, until it ends too or the bounds are reached.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tower_service::Service;

use super::answer::Answering;
use super::body::Leavings;
use super::bounds::Bounds;
use super::lent::Lent;
use super::progress::{Watched, Why};

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
    builder: Builder<TokioExecutor>,
    bounds: Bounds,
}

impl Connections {
    pub(super) fn new(bounds: Bounds) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().max_buf_size(bounds.head_bytes);
        let list = u32::try_from(bounds.head_bytes).unwrap_or(u32::MAX);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(bounds.streams)
            .max_header_list_size(list)
            .max_send_buf_size(SEND_BUFFER)
            // for websockets of a program that mounts the router
            .enable_connect_protocol();
        Self { builder, bounds }
    }

    /// Serves a connection to its end.
    pub(super) async fn serve<Io, S>(
        self: Arc<Self>,
        io: Io,
        service: S,
        mut stage: watch::Receiver<Stage>,
        watched: Watched,
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
        let (io, back) = Lent::new(io, progress.clone());
        let leavings = Arc::new(Leavings::new(self.bounds));
        let cut = {
            let service = Answering {
                service,
                leavings: leavings.clone(),
                progress: progress.clone(),
            };
            let serving = self
                .builder
                .serve_connection_with_upgrades(TokioIo::new(io), service);
            let mut serving = pin!(serving);
            let mut ended = tokio::select! {
                biased;
                ended = serving.as_mut() => Ended::Served(ended),
                () = reached(&mut stage, Stage::Stopping) => Ended::Stopping,
                why = progress.is_cut() => Ended::Cut(why),
            };
            let first = match ended {
                Ended::Cut(why) => Some(why),
                _ => None,
            };
            if matches!(ended, Ended::Stopping) || matches!(first, Some(Why::Idle | Why::Place)) {
                // HTTP/2 says which request was the last, and one that is on its way is answered
                serving.as_mut().graceful_shutdown();
                ended = loop {
                    tokio::select! {
                        biased;
                        ended = serving.as_mut() => break Ended::Served(ended),
                        () = reached(&mut stage, Stage::BrokenOff) => break Ended::Stopping,
                        why = progress.is_cut() => break Ended::Cut(why),
                        // a head that is on its way may come in this time
                        () = sleep(GRACE) => if progress.is_at_rest() { break Ended::Stopping },
                    }
                };
            }
            match ended {
                Ended::Served(Ok(())) => first,
                Ended::Served(Err(error)) => {
                    tracing::debug!(cause = %error, "a connection was refused or broke off");
                    // such as a head that is none: what follows it is nobody's. Before its first bytes it has no such
                    // error, and no answer that could be lost
                    if error.is::<hyper::Error>() {
                        leavings.mark_unread();
                    }
                    first
                }
                Ended::Stopping => return,
                Ended::Cut(why) => Some(why),
            }
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

/// Why hyper is done with a connection, or is no longer waited for.
enum Ended<E> {
    Served(Result<(), E>),
    Stopping,
    Cut(Why),
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
