//! Throttling: failed logins are counted by account and by address, registrations by address, in buckets of tokens that
//! the database keeps for all its servers.
//!
//! A login takes a token of each of its buckets before its hash, and gives them back when it succeeds. What looks at a
//! password elsewhere asks in the same way: [`Throttle::login`] says which buckets, [`Throttle::take`] takes.

mod bucket;
mod refusals;
pub(crate) mod rows;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::db::{Db, Moment};
use crate::http::error::Error;
use crate::http::peers::Network;
use crate::settings;
pub(crate) use bucket::Bucket;
use refusals::Refusals;
use waiting::{Front, Part, Waiting};

/// How many seconds after its last login an address is known to an account.
pub(crate) const KNOWN: i64 = 30 * 24 * 60 * 60;

/// How long an attempt waits for a token that another one may give back.
const PATIENCE: Duration = Duration::from_secs(2);

/// The limits of the settings, and the buckets of the database.
pub(crate) struct Throttle {
    settings: settings::Throttle,
    db: Db,
    refusals: Arc<Refusals>,
    waiting: Waiting,
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
            refusals: Arc::default(),
            waiting: Waiting::default(),
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

    /// Takes a token of each bucket, or of none. Where one is empty, and attempts of this server hold tokens of it, waits
    /// for them for a moment: what they give back is enough for many right logins at once.
    ///
    /// # Errors
    /// 429 where a bucket is empty; 503 where the database takes no writes.
    pub(crate) async fn take(&self, attempt: &Attempt, now: Moment) -> Result<Taken, Error> {
        let buckets = if self.is_enabled() {
            attempt.buckets.clone()
        } else {
            Vec::new()
        };
        let parts = buckets
            .iter()
            .map(|bucket| self.waiting.part(bucket.name()));
        let mut taken = Taken {
            parts: parts.collect(),
            refusals: self.refusals.clone(),
            buckets,
        };
        if taken.buckets.is_empty() {
            return Ok(taken);
        }
        let until = Instant::now() + PATIENCE;
        let mut front = Front::default();
        loop {
            taken.parts.iter_mut().for_each(Part::look);
            let empty = self.ask(&taken, &front, now.micros()).await?;
            let Some((part, wait)) = empty else {
                taken.parts.iter_mut().for_each(Part::hold);
                return Ok(taken);
            };
            let part = &mut taken.parts[part];
            if !part.may_ask_again(&mut front, until).await {
                return Err(throttled(wait));
            }
        }
    }

    /// Asks for the tokens; gives which bucket is empty, and for how long.
    async fn ask(
        &self,
        taken: &Taken,
        front: &Front,
        now: i64,
    ) -> Result<Option<(usize, i64)>, Error> {
        let buckets = &taken.buckets;
        // whoever goes on and on costs the database nothing; who has waited knows more
        if !front.is_any() {
            let waits = buckets.iter().map(|bucket| self.refusals.wait(bucket, now));
            let waits = waits
                .enumerate()
                .filter_map(|(part, wait)| Some((part, wait?)));
            if let Some(empty) = waits.max_by_key(|(_, wait)| *wait) {
                return Ok(Some(empty));
            }
        }
        let empty = rows::take(&self.db, buckets.clone(), now).await?;
        Ok(empty.map(|(bucket, full_at)| {
            let wait = bucket.wait(full_at, now);
            let part = buckets.iter().position(|of| *of == bucket).unwrap_or(0);
            // else it may have a token again
            if !taken.parts[part].has_changed() {
                self.refusals.note(&bucket, now, wait);
            }
            (part, wait)
        }))
    }

    /// Gives back what was taken for something that came to nothing, through no fault of who asked.
    pub(crate) async fn give_back(&self, taken: Taken) {
        if taken.buckets.is_empty() {
            return;
        }
        let buckets = taken.buckets.clone();
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

/// The tokens of an attempt that is under way. Once it is dropped, those who wait for them ask again: whoever gives them
/// back does it before.
pub(crate) struct Taken {
    buckets: Vec<Bucket>,
    parts: Vec<Part>,
    refusals: Arc<Refusals>,
}

impl Taken {
    /// The buckets from which they are.
    pub(crate) fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        for (bucket, part) in self.buckets.iter().zip(&self.parts) {
            if part.is_holding() {
                self.refusals.forget(bucket);
            }
        }
    }
}

/// 429: a token is there in so many microseconds.
fn throttled(wait: i64) -> Error {
    let seconds = u64::try_from(wait).unwrap_or(0).div_ceil(1_000_000);
    Error::Throttled(seconds.max(1))
}
