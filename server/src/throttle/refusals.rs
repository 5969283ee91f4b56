//! The buckets that were found empty, until they have a token again: who is refused anyway costs the database nothing.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use super::bucket::Bucket;

/// How many are remembered at most; beyond that the database is asked again.
const MOST: usize = 10_000;

/// Until when each is empty, in microseconds since the epoch.
#[derive(Default)]
pub(super) struct Refusals(Mutex<HashMap<String, i64>>);

impl Refusals {
    /// How long a bucket is known to be empty.
    pub(super) fn wait(&self, bucket: &Bucket, now: i64) -> Option<i64> {
        let until = *self.known().get(bucket.name())?;
        // a clock that was set back is not to keep anybody out
        (1..=bucket.token())
            .contains(&(until - now))
            .then_some(until - now)
    }

    /// Remembers that a bucket is empty.
    pub(super) fn note(&self, bucket: &Bucket, now: i64, wait: i64) {
        let mut known = self.known();
        if known.len() >= MOST {
            known.retain(|_, until| *until > now);
        }
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(bucket.name().to_owned(), now + wait);
    }

    /// Forgets a bucket that was given a token back.
    pub(super) fn forget(&self, bucket: &Bucket) {
        self.known().remove(bucket.name());
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, i64>> {
        self.0.lock().expect("nobody panics with this lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Rate, Settings};
    use std::sync::LazyLock;

    static RATE: LazyLock<Rate> = LazyLock::new(|| Settings::default().throttle.account);

    fn bucket(name: &str) -> Bucket {
        Bucket::new("account", "", name, *RATE)
    }

    #[test]
    fn an_empty_bucket_is_remembered_until_it_has_a_token() {
        let (refusals, ann) = (Refusals::default(), bucket("ann"));
        assert_eq!(refusals.wait(&ann, 100), None);
        refusals.note(&ann, 100, 50);
        assert_eq!(refusals.wait(&ann, 100), Some(50));
        assert_eq!(refusals.wait(&ann, 149), Some(1));
        assert_eq!(refusals.wait(&ann, 150), None);
        assert_eq!(refusals.wait(&bucket("bob"), 100), None);
        let long_before = 100 - 2 * ann.token();
        assert_eq!(
            refusals.wait(&ann, long_before),
            None,
            "the clock was set back"
        );
        refusals.forget(&ann);
        assert_eq!(refusals.wait(&ann, 100), None);
    }

    #[test]
    fn no_number_of_names_takes_much_memory() {
        let refusals = Refusals::default();
        for number in 0..=2 * MOST {
            refusals.note(&bucket(&number.to_string()), 100, 50);
            assert!(refusals.known().len() <= MOST);
        }
    }
}
