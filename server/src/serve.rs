//! Serving: a listener, the router, and an end that lets requests finish.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::serve::{Listener, ListenerExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// How long requests under way may take after the first signal; a client that reads nothing keeps nobody longer.
const DRAIN: Duration = Duration::from_secs(20);

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
    let (stopping, has_stopped) = oneshot::channel::<()>();
    let shutdown = async move {
        shutdown.await;
        drop(stopping);
    };
    let drained = async move {
        let _ = has_stopped.await;
        tokio::time::sleep(DRAIN).await;
    };
    // axum also hands on the address of any listener that is tapped
    let listener = listener.tap_io(|stream| {
        // answers are written whole: waiting for more only costs time
        let tcp = (stream as &mut dyn Any).downcast_mut::<TcpStream>();
        if let Some(Err(error)) = tcp.map(|stream| stream.set_nodelay(true)) {
            tracing::debug!(cause = %error, "TCP_NODELAY was refused");
        }
    });
    let service = router.into_make_service_with_connect_info::<L::Addr>();
    tokio::select! {
        served = axum::serve(listener, service).with_graceful_shutdown(shutdown) => served,
        () = drained => {
            tracing::warn!("requests were still under way after {} s: they are broken off", DRAIN.as_secs());
            Ok(())
        }
    }
}
