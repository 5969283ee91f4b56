//! Throttling: failed logins are counted by account and by address, registrations by address, in buckets of tokens that
//! the database keeps for all its servers.
//!
//! A login takes a token of each of its buckets before its hash, and gives them back when it succeeds. What looks at a
//! password elsewhere asks in the same way: [`Throttle::login`] says which buckets, [`Throttle::take`] takes.

mod bucket;
mod refusals;
pub(crate) mod rows;

use crate::db::{Db, Moment};
use crate::http::error::Error;
use crate::http::peers::Network;
use crate::settings;
pub(crate) use bucket::Bucket;
use refusals::Refusals;

/// How many seconds after its last login an address is known to an account.
pub(crate) const KNOWN: i64 = 30 * 24 * 60 * 60;

/// The limits of the settings, and the buckets of the database.
pub(crate) struct Throttle {
    settings: settings::Throttle,
    db: Db,
    refusals: Refusals,
}

/// Who tries to log in or to register: the buckets that count it. Hashes are shared out by them, too.
#[derive(Clone, Default)]
pub(crate) struct Attempt {
    /// The address's first: every transaction takes them in this order, and none waits for another in a circle.
    buckets: Vec<Bucket>,
    /// Whether somebody logged in to the account from this address lately.
    is_known: bool,
}

impl Attempt {
    /// The names of its buckets.
    pub(crate) fn shares(&self) -> impl Iterator<Item = &str> {
        self.buckets.iter().map(Bucket::name)
    }

    /// Whether it goes first.
    pub(crate) fn is_known(&self) -> bool {
        self.is_known
    }
}

impl Throttle {
    pub(crate) fn new(settings: &settings::Throttle, db: Db) -> Self {
        Self {
            settings: settings.clone(),
            db,
            refusals: Refusals::default(),
        }
    }

    /// Whether anything is throttled.
    pub(crate) fn is_enabled(&self) -> bool {
        self.settings.enabled
    }

    /// A login to the account of this name, whether there is one or not. From an address that is known to the account it
    /// has a bucket of its own, which nobody elsewhere can empty.
    pub(crate) fn login(&self, name: &str, source: Option<Network>, is_known: bool) -> Attempt {
        let source = source.map(|source| source.to_string());
        let of_address = (source.as_deref())
            .map(|source| Bucket::new("address", source, "", self.settings.address));
        let from = source.as_deref().filter(|_| is_known).unwrap_or_default();
        let of_account = Bucket::new("account", from, name, self.settings.account);
        Attempt {
            buckets: of_address.into_iter().chain([of_account]).collect(),
            is_known,
        }
    }

    /// A registration.
    pub(crate) fn registration(&self, source: Option<Network>) -> Attempt {
        let bucket = |source: Network| {
            Bucket::new("register", &source.to_string(), "", self.settings.register)
        };
        Attempt {
            buckets: source.map(bucket).into_iter().collect(),
            is_known: false,
        }
    }

    /// Takes a token of each bucket, or of none; gives what was taken.
    ///
    /// # Errors
    /// 429 where a bucket is empty; 503 where the database takes no writes.
    pub(crate) async fn take(&self, attempt: &Attempt, now: Moment) -> Result<Vec<Bucket>, Error> {
        let buckets = &attempt.buckets;
        if !self.is_enabled() || buckets.is_empty() {
            return Ok(Vec::new());
        }
        let now = now.micros();
        // whoever goes on and on costs the database nothing
        let refused = buckets.iter().map(|bucket| self.refusals.wait(bucket, now));
        if let Some(wait) = refused.flatten().max() {
            return Err(throttled(wait));
        }
        match rows::take(&self.db, buckets.clone(), now).await? {
            None => Ok(buckets.clone()),
            Some((bucket, full_at)) => {
                let wait = bucket.wait(full_at, now);
                self.refusals.note(&bucket, now, wait);
                Err(throttled(wait))
            }
        }
    }

    /// Says that a token of each was given back, in the transaction of a login.
    pub(crate) fn has_given_back(&self, buckets: &[Bucket]) {
        for bucket in buckets {
            self.refusals.forget(bucket);
        }
    }

    /// Gives back what was taken for something that came to nothing, through no fault of who asked.
    pub(crate) async fn give_back(&self, buckets: Vec<Bucket>) {
        if buckets.is_empty() {
            return;
        }
        self.has_given_back(&buckets);
        let given = self.db.write(move |tx| {
            let buckets = buckets.clone();
            Box::pin(async move {
                for bucket in &buckets {
                    rows::give_back(tx, bucket).await?;
                }
                Ok(())
            })
        });
        // they fill by themselves
        if let Err(error) = given.await {
            tracing::debug!(cause = %error, "what a login had taken could not be given back");
        }
    }
}

/// 429: a token is there in so many microseconds.
fn throttled(wait: i64) -> Error {
    let seconds = u64::try_from(wait).unwrap_or(0).div_ceil(1_000_000);
    Error::Throttled(seconds.max(1))
}
