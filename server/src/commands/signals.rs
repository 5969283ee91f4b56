//! The signals of a server: SIGTERM and Ctrl-C, which stop it, SIGHUP, and SIGXFSZ, which is not to.

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::manager;
use super::output::Output;

/// Lets a write beyond the limit of a file's size (ulimit -f, LimitFSIZE) fail, as on a full disk: the signal that the
/// system sends as well would end the process.
pub(super) fn outlive_limits() -> anyhow::Result<()> {
    let kind = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
    // whoever has listened once is not ended by it any more
    drop(signal(kind).context("the signal of a file that is too long can't be listened to")?);
    Ok(())
}

/// SIGTERM and Ctrl-C, heard from the moment this is made.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Option<Signal>,
}

impl Signals {
    pub(super) fn listen() -> anyhow::Result<Self> {
        let hear =
            |kind| signal(kind).context("the signals that stop the server can't be listened to");
        Ok(Self {
            terminate: hear(SignalKind::terminate())?,
            interrupt: hear(SignalKind::interrupt())?,
            hangup: Some(hear(SignalKind::hangup())?),
        })
    }

    /// SIGHUP, which ends nothing.
    pub(super) fn take_hangup(&mut self) -> anyhow::Result<Signal> {
        self.hangup.take().context("SIGHUP is listened to already")
    }

    pub(super) async fn next(&mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.interrupt.recv() => {} }
    }

    /// Any signal that ends a command, SIGHUP as well.
    pub(super) async fn any(mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = hangup => {}
        }
    }

    /// Done at the first; the second ends the process at once, after its line in the log.
    pub(super) async fn stop(mut self, log: Output) {
        self.next().await;
        tracing::info!("stopping: finishing requests in progress; a second signal stops at once");
        manager::is_stopping();
        tokio::spawn(async move {
            self.next().await;
            tracing::warn!(
                "a second signal has come: stopping at once, and requests in progress are broken off"
            );
            log.settle();
            std::process::exit(130);
        });
    }
}
