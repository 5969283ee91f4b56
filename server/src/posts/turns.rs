//! How many search at once: a search of everything takes its time, and those who know what they want have none to lose.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::db::Id;
use crate::http::error::Error;

/// How long a search waits for others.
const WAIT: Duration = Duration::from_secs(3);

/// How many searches are under way at once: they leave half of the connections to those who know what they want. A user has
/// one at a time, so that nobody searches for all others.
#[derive(Clone)]
pub(crate) struct Searches {
    all: Arc<Semaphore>,
    of_one: Arc<Mutex<HashMap<Option<Id>, Arc<Semaphore>>>>,
}

/// The turn of a search, which lasts as long as this is held.
pub(super) struct Turn(#[expect(dead_code, reason = "held")] [OwnedSemaphorePermit; 2]);

impl Searches {
    pub(crate) fn of(connections: u32) -> Self {
        let most = (connections as usize / 2).max(1);
        Self {
            all: Arc::new(Semaphore::new(most)),
            of_one: Arc::default(),
        }
    }

    /// Waits for a user's turn, and then for a search's.
    ///
    /// # Errors
    /// 503 where it does not come.
    pub(super) async fn begin(&self, who: Option<Id>) -> Result<Turn, Error> {
        let (own, all) = (self.own(who), self.all.clone());
        let turn = async { [own.acquire_owned().await, all.acquire_owned().await] };
        let turn = tokio::time::timeout(WAIT, turn).await;
        let [own, all] = turn.map_err(|_| Error::overloaded("too many searches at once"))?;
        let closed = |error| Error::internal(error);
        Ok(Turn([own.map_err(closed)?, all.map_err(closed)?]))
    }

    fn own(&self, who: Option<Id>) -> Arc<Semaphore> {
        let mut known = self.of_one.lock().unwrap_or_else(PoisonError::into_inner);
        // of those who are not searching any more nothing is kept
        known.retain(|_, own| Arc::strong_count(own) > 1);
        let own = known
            .entry(who)
            .or_insert_with(|| Arc::new(Semaphore::new(1)));
        own.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_searches_much_waits_behind_himself_alone() {
        let searches = Searches::of(4);
        let own = searches.begin(Some(Id(1))).await.ok();
        assert!(own.is_some());
        assert!(searches.begin(Some(Id(1))).await.is_err(), "after a while");
        assert!(searches.begin(Some(Id(2))).await.is_ok());
        drop(own);
        assert!(searches.begin(Some(Id(1))).await.is_ok());
        assert_eq!(searches.of_one.lock().unwrap().len(), 1);
    }
}
