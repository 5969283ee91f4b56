//! Serving: an accept loop on hyper's connections, and an end that lets requests finish.

mod answer;
mod backlog;
mod body;
mod bounds;
mod connection;
mod handed_over;
mod head;
mod lent;
mod listener;
mod places;
mod progress;
mod socket;
mod stream;
mod tls;
mod unix;

use std::any::Any;
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::serve::{Listener, ListenerExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tower_service::Service;

pub(crate) use bounds::Bounds;
use connection::{Connections, Stage, TOO_MANY, dismiss};
use listener::send_at_once;
pub(crate) use listener::{Listening, raise_files};
use places::Places;
use progress::Watch;
pub(crate) use tls::Tls;

use crate::settings::Settings;

/// Serves until `shutdown` is done, then takes no new connection and ends when the last request has, or after
/// 8 seconds. A handler gets the peer's address as `ConnectInfo<L::Addr>`. What a handler leaves of a request's body
/// is read and thrown away within the defaults of `limits.linger_bytes` and `limits.linger_time`.
///
/// # Errors
/// What the listener fails with.
pub async fn serve<L>(
    listener: L,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()>
where
    L: Listener,
    L::Addr: Clone + Sync + std::fmt::Debug + 'static,
{
    let service = move |peer| WithPeer {
        router: router.clone(),
        peer,
    };
    let bounds = Bounds::of(&Settings::default());
    let pressure = Arc::default();
    let listener = listener.tap_io(|stream: &mut L::Io| {
        let tcp = (stream as &mut dyn Any).downcast_ref::<TcpStream>();
        tcp.into_iter().for_each(send_at_once);
    });
    serve_with(listener, service, |_| None, (bounds, pressure), shutdown).await;
    Ok(())
}

/// The same for any service, made for each peer; `address` says as whose connection one counts, none for nobody's;
/// `pressure` counts those who wait for memory. Gives
/// the moment up to which requests were granted time.
pub(crate) async fn serve_with<L, S>(
    mut listener: L,
    service: impl Fn(L::Addr) -> S,
    address: impl Fn(&L::Addr) -> Option<IpAddr>,
    (bounds, pressure): (Bounds, Arc<AtomicUsize>),
    shutdown: impl Future<Output = ()> + Send,
) -> Instant
where
    L: Listener,
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send + Unpin,
{
    let connections = Arc::new(Connections::new(bounds));
    let watch = Watch::new(bounds, pressure);
    let looking = tokio::spawn(watch.clone().look());
    let places = Places::new(bounds, watch.clone());
    let (stage, seen) = watch::channel(Stage::Serving);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = async {
            let (io, peer) = listener.accept().await;
            (io, places.take(address(&peer)).await, peer)
        };
        let (mut io, place, peer) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut shutdown => break,
        };
        if place.is_one_too_many() {
            tokio::spawn(async move {
                dismiss(&mut io, Some(TOO_MANY)).await;
                drop(place);
            });
            continue;
        }
        let connections = connections.clone();
        // a task around it would hold its state twice
        tokio::spawn(connections.serve(io, service(peer), seen.clone(), watch.watch(), place));
    }
    drop((listener, seen));
    stage.send_replace(Stage::Stopping);
    let end = Instant::now() + bounds.drain;
    // done when the last connection is
    let drained = tokio::time::timeout_at(end, stage.closed());
    if drained.await.is_err() {
        tracing::warn!(
            "requests were still under way after {} s (server.drain): they are broken off",
            bounds.drain.as_secs()
        );
        stage.send_replace(Stage::BrokenOff);
        stage.closed().await;
    }
    looking.abort();
    end
}

/// A router whose handlers may ask for the peer's address.
#[derive(Clone)]
struct WithPeer<A> {
    router: Router,
    peer: A,
}

impl<A: Clone + Send + Sync + 'static> Service<Request> for WithPeer<A> {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        <Router as Service<Request>>::poll_ready(&mut self.router, cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let peer = ConnectInfo(self.peer.clone());
        request.extensions_mut().insert(peer);
        Box::pin(self.router.call(request))
    }
}
