//! The time, as a value that tests can set, and what an HTTP date says.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use reqwest::header::{AGE, DATE, HeaderMap};

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

/// What two clocks may differ by without it meaning anything: the answer's way, and the whole seconds of a date.
const NOTHING: Millis = 2000;

/// What an answer says of the server's clock less this machine's: it is between these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Skew {
    least: Millis,
    most: Millis,
}

impl Skew {
    /// By the `Date` of an answer, which was made somewhere between the two moments: soon after the first where the
    /// server is slow to answer, just before the second where it was slow to be asked.
    pub(crate) fn of(headers: &HeaderMap, sent: Millis, received: Millis) -> Option<Self> {
        if headers.contains_key(AGE) {
            return None; // a cache's answer is as old as it says
        }
        if received < sent {
            return None; // this machine's clock was set meanwhile
        }
        let date = http_date(headers.get(DATE)?.to_str().ok()?)?;
        Some(Self {
            least: date.saturating_sub(received),
            // a date is cut to whole seconds
            most: date.saturating_add(1000).saturating_sub(sent),
        })
    }

    /// The skew, where it was thought to be this one: the same where the answer is no reason to think otherwise.
    pub(crate) fn or(self, known: Millis) -> Millis {
        let width = self.most.saturating_sub(self.least);
        let middle = self.least.saturating_add(width / 2);
        if (self.least..=self.most).contains(&known)
            || middle.saturating_sub(known).saturating_abs() < NOTHING
        {
            known
        } else if width < 2 * NOTHING {
            // near nothing is nothing
            if middle.saturating_abs() < NOTHING {
                0
            } else {
                middle
            }
        } else {
            known.clamp(self.least, self.most)
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

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    const HOUR: Millis = 3_600_000;

    /// At 1:00 by the server's clock.
    fn skew(sent: Millis, received: Millis, known: Millis) -> Option<Millis> {
        let mut headers = HeaderMap::new();
        headers.insert(
            DATE,
            HeaderValue::from_static("Thu, 01 Jan 1970 01:00:00 GMT"),
        );
        Skew::of(&headers, sent, received).map(|skew| skew.or(known))
    }

    #[test]
    fn skew_is_signed_and_small_ones_are_nothing() {
        assert_eq!(Skew::of(&HeaderMap::new(), 0, 0), None);
        assert_eq!(skew(HOUR + 100, HOUR + 300, 0), Some(0));
        assert_eq!(skew(HOUR + 100_000, HOUR + 100_200, 0), Some(-99_600));
        assert_eq!(skew(0, 0, 0), Some(HOUR + 500));
        assert_eq!(skew(HOUR, HOUR, HOUR), Some(0), "the clock was set right");
        assert!(skew(i64::MIN, i64::MAX, 0).is_some());
        assert_eq!(skew(1, 0, 0), None, "the clock was set back meanwhile");
        let mut headers = HeaderMap::new();
        headers.insert(AGE, HeaderValue::from_static("9"));
        assert_eq!(Skew::of(&headers, 0, 0), None);
    }

    #[test]
    fn a_long_exchange_says_little_of_the_clocks() {
        // an upload of ten minutes, answered at its end or at its beginning
        for sent in [HOUR - 600_000, HOUR - 500] {
            assert_eq!(skew(sent, sent + 600_500, 0), Some(0));
        }
        // what is known and fits stays, what does not fit moves no further than it must
        assert_eq!(skew(0, 600_000, HOUR - 5000), Some(HOUR - 5000));
        assert_eq!(skew(0, 600_000, 0), Some(HOUR - 600_000));
        assert_eq!(skew(2 * HOUR, 2 * HOUR + 600_000, 0), Some(1000 - HOUR));
    }
}
