//! Serving: a listener, the router, and an end that lets requests finish.

use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long requests under way may take after the first signal; a client that reads nothing keeps nobody longer.
const DRAIN: Duration = Duration::from_secs(20);

/// Serves until `shutdown` is done, then takes no new connection and ends when the last request has, or after
/// 20 seconds.
///
/// # Errors
/// What the listener fails with.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    // answers are written whole: waiting for more only costs time
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(cause = %error, "TCP_NODELAY was refused");
        }
    });
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
        served = axum::serve(listener, router).with_graceful_shutdown(shutdown) => served,
        () = drained => {
            tracing::warn!("requests were still under way after {} s: they are broken off", DRAIN.as_secs());
            Ok(())
        }
    }
}
