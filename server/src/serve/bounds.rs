//! The bounds of serving, from the settings.

use std::time::Duration;

use crate::settings::{Seconds, Settings, Size};

/// How long and how much the server waits for clients.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// How long requests under way may take after the first signal.
    pub(super) drain: Duration,
    /// How much of a body that nobody reads is thrown away.
    pub(super) linger_bytes: u64,
    /// How long that may take.
    pub(super) linger_time: Duration,
    /// How long the head of a request may take.
    pub(super) head: Duration,
    /// How long a client may read too little of an answer.
    pub(super) stall: Duration,
    /// How long a connection may be without a request.
    pub(super) idle: Duration,
    /// How long a request may be under way while nothing of it moves.
    pub(super) still: Duration,
    /// The longest head, in bytes.
    pub(super) head_bytes: usize,
    /// How many connections may be open.
    pub(super) connections: usize,
    /// How many of one address.
    pub(super) of_address: usize,
    /// How many requests of an HTTP/2 connection may be under way.
    pub(super) streams: u32,
}

impl Bounds {
    pub(crate) fn of(settings: &Settings) -> Self {
        let limits = &settings.limits;
        let stall = duration(limits.stall_time);
        Self {
            drain: duration(settings.server.drain),
            linger_bytes: limits.linger_bytes.get(),
            linger_time: duration(limits.linger_time),
            head: duration(limits.head_time),
            stall,
            idle: duration(limits.idle_time),
            // a handler gives up after request_time
            still: duration(limits.request_time) + stall,
            head_bytes: bytes(limits.head),
            connections: limits.connections as usize,
            of_address: match limits.connections_per_address {
                0 => usize::MAX,
                most => most as usize,
            },
            streams: limits.streams,
        }
    }

    /// With no more connections than this process may open files for.
    pub(crate) fn within(self, files: Option<usize>) -> Self {
        let connections = files.unwrap_or(usize::MAX).min(self.connections);
        Self {
            connections: connections.max(1),
            ..self
        }
    }

    /// How many connections may be open.
    pub(crate) fn connections(&self) -> usize {
        self.connections
    }
}

/// A setting is never negative.
fn duration(seconds: Seconds) -> Duration {
    Duration::from_secs(seconds.get().unsigned_abs())
}

fn bytes(size: Size) -> usize {
    usize::try_from(size.get()).unwrap_or(usize::MAX)
}
