//! The time, as a value that tests can set.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

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
pub struct Clock(Option<Arc<Set>>);

/// A clock that a test sets.
#[derive(Debug)]
struct Set {
    micros: AtomicI64,
    /// How far it was set forward or back.
    jumped: AtomicI64,
}

/// When the system's steady clock was looked at first.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at that many seconds after the epoch until it is advanced.
    pub fn at(seconds: i64) -> Self {
        Self(Some(Arc::new(Set {
            micros: AtomicI64::new(seconds * 1_000_000),
            jumped: AtomicI64::new(0),
        })))
    }

    /// Moves a set clock on; the system's clock is not touched.
    pub fn advance(&self, seconds: i64) {
        if let Some(set) = &self.0 {
            set.micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        }
    }

    /// Sets a set clock forward or back, though no time has passed; the system's clock is not touched.
    pub fn jump(&self, seconds: i64) {
        if let Some(set) = &self.0 {
            set.jumped.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        }
        self.advance(seconds);
    }

    /// The same to a moment: microseconds after the epoch.
    pub fn set(&self, micros: i64) {
        if let Some(set) = &self.0 {
            let before = set.micros.swap(micros, Ordering::SeqCst);
            set.jumped.fetch_add(micros - before, Ordering::SeqCst);
        }
    }

    /// Microseconds since some moment, by a clock that nobody sets.
    pub(crate) fn steady(&self) -> i64 {
        match &self.0 {
            None => i64::try_from(START.elapsed().as_micros()).unwrap_or(i64::MAX),
            Some(set) => set.micros.load(Ordering::SeqCst) - set.jumped.load(Ordering::SeqCst),
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
            Some(set) => {
                let now = set.micros.fetch_add(1, Ordering::SeqCst);
                Moment::new(DateTime::from_timestamp_micros(now).unwrap_or_default())
            }
        }
    }
}
