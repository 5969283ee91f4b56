//! Serving: a listener, the router, and an end that lets requests finish.

use std::time::Duration;

use axum::Router;
use axum::serve::{Listener, ListenerExt};
use tokio::sync::oneshot;

/// How long requests under way may take after the first signal; a client that reads nothing keeps nobody longer.
const DRAIN: Duration = Duration::from_secs(20);

/// Serves until `shutdown` is done, then takes no new connection and ends when the last request has, or after
/// 20 seconds. A handler gets the peer's address as `ConnectInfo<L::Addr>`.
///
/// Answers are written whole: a TCP listener does well to set `TCP_NODELAY`.
///
/// ```no_run
/// use axum::serve::ListenerExt;
/// # async fn example(app: gatepost_server::App) -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
/// let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
/// gatepost_server::serve(listener, gatepost_server::router(app), std::future::pending()).await
/// # }
/// ```
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
    let (stopping, has_stopped) = oneshot::channel::<()>();
    let shutdown = async move {
        shutdown.await;
        drop(stopping);
    };
    let drained = async move {
        let _ = has_stopped.await;
        tokio::time::sleep(DRAIN).await;
    };
    // axum hands on the address of any listener that is tapped
    let listener = listener.tap_io(|_| ());
    let service = router.into_make_service_with_connect_info::<L::Addr>();
    tokio::select! {
        served = axum::serve(listener, service).with_graceful_shutdown(shutdown) => served,
        () = drained => {
            tracing::warn!("requests were still under way after {} s: they are broken off", DRAIN.as_secs());
            Ok(())
        }
    }
}
