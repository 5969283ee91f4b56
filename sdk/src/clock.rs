//! The time, as a value that tests can set, and what an HTTP date says.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};

/// Milliseconds since 1970.
pub(crate) type Millis = i64;

/// Where a client's time comes from: the system, or a moment that a test moves on.
///
/// ```
/// let clock = gatepost_sdk::Clock::at(1_800_000_000);
/// clock.advance(-30);
/// assert_eq!(clock.now(), 1_799_999_970);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at that many seconds after 1970 until it is advanced.
    pub fn at(seconds: i64) -> Self {
        Self(Some(Arc::new(AtomicI64::new(seconds.saturating_mul(1000)))))
    }

    /// Moves a set clock, forwards or back, by that many seconds; the system's clock is not touched.
    pub fn advance(&self, seconds: i64) {
        if let Some(millis) = &self.0 {
            millis.fetch_add(seconds.saturating_mul(1000), Ordering::SeqCst);
        }
    }

    /// Seconds since 1970.
    pub fn now(&self) -> i64 {
        self.millis().div_euclid(1000)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    pub(crate) fn millis(&self) -> Millis {
        match &self.0 {
            Some(millis) => millis.load(Ordering::SeqCst),
            None => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
                Err(before) => {
                    i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis)
                }
            },
        }
    }
}

/// The moment of an HTTP date (RFC 9110 §5.6.7).
pub(crate) fn http_date(text: &str) -> Option<Millis> {
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some(date.timestamp_millis())
}

/// A moment in milliseconds as a date.
pub(crate) fn moment(millis: Option<Millis>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis?)
}
