//! A bucket of tokens, and its arithmetic. What is kept of one is when it is full again: that grows by a token's time when
//! one is taken, and no clock has to tick for it.

use aws_lc_rs::digest::{SHA256, digest};

use crate::settings::Rate;

/// Whom a bucket counts, and how many tokens it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    name: String,
    rate: Rate,
}

const SECOND: i64 = 1_000_000;

impl Bucket {
    /// A bucket of a kind. Its name tells nobody whom it counts.
    pub(super) fn new(kind: &str, source: &str, account: &str, rate: Rate) -> Self {
        // what a person may write comes last, so that no two are the same
        let whose = format!("{kind}\0{source}\0{account}");
        Self {
            name: hex::encode(digest(&SHA256, whose.as_bytes())),
            rate,
        }
    }

    /// The key of its row.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How many microseconds one token takes.
    pub(crate) fn token(&self) -> i64 {
        i64::from(self.rate.seconds()) * SECOND / i64::from(self.rate.count())
    }

    /// When an empty bucket is full again. Whole tokens: a rest would be a part of one more.
    pub(super) fn brim(&self, now: i64) -> i64 {
        now + self.token() * i64::from(self.rate.count())
    }

    /// In how many microseconds it has a token, if it is full at that moment.
    pub(super) fn wait(&self, full_at: i64, now: i64) -> i64 {
        (full_at + self.token() - self.brim(now)).clamp(0, self.token())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(rate: &str) -> Bucket {
        let table: toml::Table = format!("rate = '{rate}'").parse().unwrap();
        let rate = table["rate"].clone().try_into().unwrap();
        Bucket::new("account", "", "ann", rate)
    }

    /// What the statement does with a row.
    fn take(bucket: &Bucket, full_at: &mut i64, now: i64) -> bool {
        let next = (*full_at).max(now) + bucket.token();
        let may = next <= bucket.brim(now);
        if may {
            *full_at = next;
        }
        may
    }

    #[test]
    fn a_bucket_gives_as_many_as_its_rate_says() {
        for (rate, count) in [
            ("10/m", 10),
            ("7/m", 7),
            ("1/s", 1),
            ("20/h", 20),
            ("100000/s", 100_000),
        ] {
            let (bucket, mut full_at) = (bucket(rate), 0);
            let now = 1_800_000_000 * SECOND + 1;
            let taken = (0..2 * count)
                .filter(|_| take(&bucket, &mut full_at, now))
                .count();
            assert_eq!(taken, count, "{rate}");
            let wait = bucket.wait(full_at, now);
            assert_eq!(wait, bucket.token(), "{rate}");
            assert!(!take(&bucket, &mut full_at, now + wait - 1), "{rate}");
            assert!(take(&bucket, &mut full_at, now + wait), "{rate}");
            assert!(!take(&bucket, &mut full_at, now + wait), "{rate}");
        }
    }

    #[test]
    fn over_a_long_time_it_gives_no_more_than_its_rate() {
        let (bucket, mut full_at) = (bucket("10/m"), 0);
        // somebody who tries four times a second, for an hour
        let tries = (0..4 * 3600).map(|quarter| quarter * SECOND / 4);
        let taken = tries
            .filter(|now| take(&bucket, &mut full_at, *now))
            .count();
        assert_eq!(taken, 10 + 599);
    }

    #[test]
    fn nobody_waits_longer_than_for_one_token() {
        let bucket = bucket("10/m");
        assert_eq!(bucket.wait(0, 1_000 * SECOND), 0);
        assert_eq!(bucket.wait(i64::MAX / 2, 1_000 * SECOND), 6 * SECOND);
    }

    #[test]
    fn no_two_have_one_name() {
        let rate = bucket("1/s").rate;
        let names = [
            ("account", "", "ann"),
            ("account", "192.0.2.1", "ann"),
            ("account", "", "192.0.2.1\0ann"),
            ("address", "192.0.2.1", ""),
            ("register", "192.0.2.1", ""),
        ]
        .map(|(kind, source, account)| Bucket::new(kind, source, account, rate).name);
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len());
        assert!(!names[0].contains("ann"));
    }
}
