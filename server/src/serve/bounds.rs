//! The bounds of serving, from the settings.

use std::time::Duration;

use crate::settings::{Seconds, Settings};

/// How long and how much the server waits for clients.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// How long requests under way may take after the first signal.
    pub(super) drain: Duration,
    /// How much of a body that nobody reads is thrown away.
    pub(super) linger_bytes: u64,
    /// How long that may take.
    pub(super) linger_time: Duration,
}

impl Bounds {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            drain: duration(settings.server.drain),
            linger_bytes: settings.limits.linger_bytes.get(),
            linger_time: duration(settings.limits.linger_time),
        }
    }
}

/// A setting is never negative.
fn duration(seconds: Seconds) -> Duration {
    Duration::from_secs(seconds.get().unsigned_abs())
}
