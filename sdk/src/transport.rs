//! How requests and refreshes reach the server: over which HTTP client, for how long, and when tokens are exchanged.

use std::time::Duration;

use crate::clock::Millis;
use crate::http::Http;
use crate::scheme::Scheme;

/// What a refresh needs of a client. It outlives the client: a refresh runs to its end.
pub(crate) struct Transport {
    pub(crate) http: Http,
    pub(crate) limits: Limits,
    pub(crate) mode: RefreshMode,
    pub(crate) scheme: Scheme,
}

impl Transport {
    pub(crate) fn now(&self) -> Millis {
        self.http.clock.millis()
    }
}

/// How long the parts of a refresh may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Waiting for the lock.
    pub(crate) lock: Duration,
    /// One try, where it can be repeated.
    pub(crate) attempt: Duration,
    /// All tries: less than others wait for the lock.
    pub(crate) exchange: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lock: Duration::from_secs(30),
            attempt: Duration::from_secs(10),
            exchange: Duration::from_secs(25),
        }
    }
}

/// When tokens are exchanged for new ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshMode {
    /// When a request needs it, shortly before the access token expires: for programs that do one thing and end.
    #[default]
    OnDemand,
    /// Also behind a request once half of the access token's life is over, so that no request waits for it: for
    /// programs that stay.
    Background,
}
