//! How many users have which format of a password. It takes a look at every user, so a process counts once a minute at most.

use std::cmp::Reverse;
use std::sync::{Arc, Mutex, PoisonError};

use crate::accounts::rows::hash_formats;
use crate::db::{self, Db, Moment};

/// How many seconds a count is good for.
const GOOD: i64 = 60;

/// What stands for no password.
pub(super) const NONE: &str = "!";

/// The last count of this process.
#[derive(Default)]
pub(super) struct Kept {
    last: Mutex<Option<Counted>>,
    /// Whoever counts; others wait, and find what was counted.
    counting: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
pub(super) struct Counted {
    pub(super) at: Moment,
    pub(super) rows: Arc<[Row]>,
}

/// A format with its iterations, where it has some, and how many users have it.
pub(super) struct Row {
    pub(super) format: String,
    pub(super) iterations: String,
    pub(super) users: u64,
}

impl Kept {
    pub(super) fn last(&self) -> Option<Counted> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    /// Counts anew, where nobody has done it meanwhile.
    pub(super) async fn count(&self, db: &Db, now: Moment) -> db::Result<()> {
        let _alone = self.counting.lock().await;
        if self.last().is_some_and(|last| last.is_good(now)) {
            return Ok(());
        }
        let rows = db.read(|conn| Box::pin(hash_formats(conn))).await?;
        let row = |(format, iterations, users)| Row {
            format,
            iterations,
            users: u64::try_from(users).unwrap_or(0),
        };
        let mut rows: Vec<_> = rows.into_iter().map(row).collect();
        rows.sort_by_key(|row| Reverse(row.users));
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(Counted {
            at: now,
            rows: rows.into(),
        });
        Ok(())
    }
}

impl Counted {
    pub(super) fn is_good(&self, now: Moment) -> bool {
        (now.timestamp() - self.at.timestamp()).abs() < GOOD
    }
}
