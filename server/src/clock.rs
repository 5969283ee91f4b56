//! The time, as a value that tests can set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::DateTime;

use crate::db::Moment;

/// Where the time comes from: the system, or a moment that a test moves on.
///
/// ```
/// use gatepost_server::Clock;
/// let clock = Clock::at(1_800_000_000);
/// clock.advance(30);
/// assert_eq!(clock.now().timestamp(), 1_800_000_030);
/// ```
#[derive(Clone, Debug)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at that many seconds after the epoch until it is advanced.
    pub fn at(seconds: i64) -> Self {
        Self(Some(Arc::new(AtomicI64::new(seconds * 1_000_000))))
    }

    /// Moves a set clock on; the system's clock is not touched.
    pub fn advance(&self, seconds: i64) {
        if let Some(micros) = &self.0 {
            micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        }
    }

    /// The time now, in UTC with microseconds. Each look at a set clock is a microsecond after the last,
    /// as on a real one.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    pub fn now(&self) -> Moment {
        match &self.0 {
            None => Moment::new(chrono::Utc::now()),
            Some(micros) => {
                let now = micros.fetch_add(1, Ordering::SeqCst);
                Moment::new(DateTime::from_timestamp_micros(now).unwrap_or_default())
            }
        }
    }
}
