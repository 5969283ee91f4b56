//! How many connections there may be, in all and of one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::bounds::Bounds;
use super::progress::Watch;

/// How often it is said that there are too many.
const SAID: Duration = Duration::from_mins(1);

/// How long a connection waits for a place before another one is looked for that can be closed.
const AGAIN: Duration = Duration::from_millis(50);

type Counts = Mutex<HashMap<IpAddr, usize>>;

/// The places for connections.
pub(super) struct Places {
    bounds: Bounds,
    watch: Arc<Watch>,
    free: Arc<Semaphore>,
    of_address: Arc<Counts>,
    said: Mutex<[Option<Instant>; 2]>,
}

/// A connection's place, free again when it is dropped.
pub(super) struct Place {
    _free: Option<OwnedSemaphorePermit>,
    address: Option<(IpAddr, Arc<Counts>)>,
    is_one_too_many: bool,
}

impl Places {
    pub(super) fn new(bounds: Bounds, watch: Arc<Watch>) -> Self {
        Self {
            watch,
            free: Arc::new(Semaphore::new(bounds.connections)),
            of_address: Arc::default(),
            said: Mutex::default(),
            bounds,
        }
    }

    /// Waits for a place. Where there is none, a connection that has no request is closed.
    pub(super) async fn take(&self, address: Option<IpAddr>) -> Place {
        let mut free = self.free.clone().try_acquire_owned().ok();
        while free.is_none() {
            let has_made_place = self.watch.make_place();
            self.say(has_made_place);
            // one that is at work now may be without a request then
            let waits = timeout(AGAIN, self.free.clone().acquire_owned());
            // it is never closed
            free = waits.await.ok().and_then(Result::ok);
        }
        let mut is_one_too_many = false;
        if let Some(address) = address {
            let mut counts = locked(&self.of_address);
            let count = counts.entry(address).or_default();
            *count += 1;
            is_one_too_many = *count > self.bounds.of_address;
        }
        Place {
            _free: free,
            address: address.map(|address| (address, self.of_address.clone())),
            is_one_too_many,
        }
    }

    fn say(&self, has_made_place: bool) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let said = &mut said[usize::from(has_made_place)];
        if said.is_none_or(|said| said.elapsed() > SAID) {
            *said = Some(Instant::now());
            let most = self.bounds.connections;
            let what = if has_made_place {
                "those without a request for longest are closed"
            } else {
                "all are at work, and new ones wait"
            };
            tracing::warn!(
                "{most} connections are open, as many as there may be (limits.connections, or the files that this process may open): {what}"
            );
        }
    }
}

impl Place {
    /// Whether its address has more than it may.
    pub(super) fn is_one_too_many(&self) -> bool {
        self.is_one_too_many
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((address, counts)) = &self.address {
            let mut counts = locked(counts);
            if let Some(count) = counts.get_mut(address) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(address);
                }
            }
        }
    }
}

fn locked(counts: &Counts) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}
