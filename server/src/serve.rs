//! Serving: a listener, the router, and an end that lets requests finish.

use std::any::Any;
use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use axum::serve::{Listener, ListenerExt};
use axum::{Router, ServiceExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tower_service::Service;

/// How long requests under way may take after the first signal; a client that reads nothing keeps nobody longer.
const DRAIN: Duration = Duration::from_secs(20);

/// Done when no new connection is to be taken.
type Shutdown = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Serves until `shutdown` is done, then takes no new connection and ends when the last request has, or after
/// 20 seconds. A handler gets the peer's address as `ConnectInfo<L::Addr>`.
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
    // axum also hands on the address of any listener that is tapped
    let service = router.into_make_service_with_connect_info::<L::Addr>();
    let serving = axum::serve(listener.tap_io(send_at_once), service);
    let serving = |end: Shutdown| serving.with_graceful_shutdown(end).into_future();
    drained(shutdown, serving).await
}

/// The same for a service that needs neither a router nor anybody's address.
pub(crate) async fn serve_alone<S>(
    listener: TcpListener,
    service: S,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let serving = axum::serve(listener.tap_io(send_at_once), service.into_make_service());
    let serving = |end: Shutdown| serving.with_graceful_shutdown(end).into_future();
    drained(shutdown, serving).await
}

/// Answers are written whole: waiting for more only costs time.
fn send_at_once<S: 'static>(stream: &mut S) {
    let tcp = (stream as &mut dyn Any).downcast_mut::<TcpStream>();
    if let Some(Err(error)) = tcp.map(|stream| stream.set_nodelay(true)) {
        tracing::debug!(cause = %error, "TCP_NODELAY was refused");
    }
}

/// Serves to the end, or to the end of what is granted to requests under way.
async fn drained<F>(
    shutdown: impl Future<Output = ()> + Send + 'static,
    serving: impl FnOnce(Shutdown) -> F,
) -> std::io::Result<()>
where
    F: Future<Output = std::io::Result<()>>,
{
    let (stopping, has_stopped) = oneshot::channel::<()>();
    let shutdown = async move {
        shutdown.await;
        drop(stopping);
    };
    let drained = async move {
        let _ = has_stopped.await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = serving(Box::pin(shutdown)) => served,
        () = drained => {
            tracing::warn!("requests were still under way after {} s: they are broken off", DRAIN.as_secs());
            Ok(())
        }
    }
}
