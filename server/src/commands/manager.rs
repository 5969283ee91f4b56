//! What a service manager is told, where one asks for it by `NOTIFY_SOCKET` (`sd_notify`, Type=notify-reload of systemd).

use sd_notify::NotifyState;

/// Requests are answered from now on.
pub(super) fn is_ready() {
    tell(&[NotifyState::Ready]);
}

/// No request is taken any more.
pub(super) fn is_stopping() {
    tell(&[NotifyState::Stopping]);
}

/// The settings are read again, until it is ready.
pub(super) fn is_reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(cause = %error, "the clock of the machine can't be read"),
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(cause = %error, "the service manager can't be told (NOTIFY_SOCKET)");
    }
}
