//! Ctrl-C and SIGTERM: the command stops, an exchange of tokens under way is waited for.

use crate::editor;
use crate::errors::Exit;

/// Ends at the first signal that is meant for the command. While an editor has the terminal, Ctrl-C is the editor's.
pub(crate) async fn signalled() -> Exit {
    loop {
        let exit = tokio::select! {
            signal = tokio::signal::ctrl_c() => match signal {
                Ok(()) => Exit::Interrupted,
                Err(_) => std::future::pending().await,
            },
            () = terminated() => Exit::Terminated,
        };
        if exit == Exit::Terminated || !editor::is_open() {
            return exit;
        }
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
