//! How many search at once: a search of everything takes its time, and those who know what they want have none to lose.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::error::Error;

/// How long a search waits for others.
const WAIT: Duration = Duration::from_secs(3);

/// How many searches are under way at once: they leave half of the connections to those who know what they want.
#[derive(Clone)]
pub(crate) struct Searches(Arc<Semaphore>);

impl Searches {
    pub(crate) fn of(connections: u32) -> Self {
        Self(Arc::new(Semaphore::new((connections as usize / 2).max(1))))
    }

    /// Waits for its turn, which lasts as long as what is given.
    ///
    /// # Errors
    /// 503 where it does not come.
    pub(super) async fn begin(&self) -> Result<OwnedSemaphorePermit, Error> {
        let permit = tokio::time::timeout(WAIT, self.0.clone().acquire_owned()).await;
        let permit = permit.map_err(|_| Error::overloaded("too many searches at once"))?;
        permit.map_err(Error::internal)
    }
}
