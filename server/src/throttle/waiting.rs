//! Who waits where a bucket is empty: as long as another attempt of this server holds a token that it may give back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as Locked, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard, watch};
use tokio::time::{Instant, timeout_at};

/// How many may wait for one bucket.
const MOST: usize = 64;
/// Within which time it is said that a token was taken.
const SOON: Duration = Duration::from_millis(500);

/// The buckets that are asked for now, by their names.
#[derive(Clone, Default)]
pub(super) struct Waiting(Arc<Locked<HashMap<String, Arc<State>>>>);

/// What this server does with a bucket.
#[derive(Default)]
struct State {
    /// How many tokens of it are held. Each change is seen, also where the number is the same after it.
    held: watch::Sender<usize>,
    /// One at a time asks again, and the others wait for it: a token that comes back wakes one.
    line: Arc<Mutex<()>>,
}

impl Waiting {
    /// A part in what is done with a bucket.
    pub(super) fn part(&self, name: &str) -> Part {
        let state = self.states().entry(name.to_owned()).or_default().clone();
        Part {
            seen: state.held.subscribe(),
            state,
            name: name.to_owned(),
            is_holding: false,
            all: self.clone(),
        }
    }

    fn states(&self) -> MutexGuard<'_, HashMap<String, Arc<State>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who asks for a token of a bucket, and may come to hold it.
pub(super) struct Part {
    state: Arc<State>,
    seen: watch::Receiver<usize>,
    name: String,
    is_holding: bool,
    all: Waiting,
}

impl Part {
    /// Whether it holds a token.
    pub(super) fn is_holding(&self) -> bool {
        self.is_holding
    }

    /// From now on it is noticed if somebody is done with a token.
    pub(super) fn look(&mut self) {
        self.seen.mark_unchanged();
    }

    /// Whether somebody was, or has begun to hold one.
    pub(super) fn has_changed(&self) -> bool {
        // it never ends: this holds its sender
        self.seen.has_changed().unwrap_or(false)
    }

    /// Holds a token, until it is dropped.
    pub(super) fn hold(&mut self) {
        self.is_holding = true;
        self.state.held.send_modify(|held| *held += 1);
    }

    /// After the bucket was found to be empty: waits until it may be different. `false` where nobody holds a token that
    /// could come back, or it takes too long.
    pub(super) async fn may_ask_again(&mut self, front: &mut Front, until: Instant) -> bool {
        let mut has_changed = self.has_changed();
        if !has_changed && *self.seen.borrow() == 0 {
            // whoever has just taken a token may not have said so yet; the table and this one have the state in any case
            let is_alone = Arc::strong_count(&self.state) <= 2;
            let soon = until.min(Instant::now() + SOON);
            if is_alone || timeout_at(soon, self.seen.changed()).await.is_err() {
                return false;
            }
            has_changed = true;
        }
        if !front.is_of(&self.name) {
            // nobody is in two lines
            *front = Front::default();
            // the state itself has the line, too
            if Arc::strong_count(&self.state.line) > MOST {
                return false;
            }
            let line = self.state.line.clone().lock_owned();
            let Ok(line) = timeout_at(until, line).await else {
                return false;
            };
            *front = Front(Some((self.name.clone(), line)));
            return true;
        }
        has_changed || timeout_at(until, self.seen.changed()).await.is_ok()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.is_holding {
            self.state.held.send_modify(|held| *held -= 1);
        }
        let mut states = self.all.states();
        // the table has the other
        if Arc::strong_count(&self.state) == 2 {
            states.remove(&self.name);
        }
    }
}

/// The front of a bucket's line, or of none.
#[derive(Default)]
pub(super) struct Front(Option<(String, OwnedMutexGuard<()>)>);

impl Front {
    /// Whether it is the front of any.
    pub(super) fn is_any(&self) -> bool {
        self.0.is_some()
    }

    fn is_of(&self, bucket: &str) -> bool {
        self.0.as_ref().is_some_and(|(name, _)| name == bucket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(2)
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_where_nothing_is_held() {
        let waiting = Waiting::default();
        let mut part = waiting.part("ann");
        part.look();
        assert!(!part.may_ask_again(&mut Front::default(), soon()).await);
        drop(part);
        assert!(waiting.states().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_is_given_back_wakes_who_is_first_alone() {
        let waiting = Waiting::default();
        let mut holder = waiting.part("ann");
        holder.hold();
        let mut first = waiting.part("ann");
        let mut front = Front::default();
        first.look();
        assert!(first.may_ask_again(&mut front, soon()).await, "once more");
        first.look();
        let second = tokio::spawn({
            let mut part = waiting.part("ann");
            async move {
                let mut front = Front::default();
                part.look();
                (part.may_ask_again(&mut front, soon()).await, part, front)
            }
        });
        let (may, ()) = tokio::join!(first.may_ask_again(&mut front, soon()), async {
            tokio::task::yield_now().await;
            drop(holder);
        });
        assert!(may && !second.is_finished());
        drop(front);
        let (may, mut part, mut front) = second.await.unwrap();
        assert!(may);
        // the first has not taken it, and nobody else holds one
        part.look();
        assert!(!part.may_ask_again(&mut front, soon()).await);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_long() {
        let waiting = Waiting::default();
        let mut holder = waiting.part("ann");
        holder.hold();
        let (mut part, mut front) = (waiting.part("ann"), Front::default());
        let until = soon();
        part.look();
        assert!(part.may_ask_again(&mut front, until).await);
        assert!(!part.may_ask_again(&mut front, until).await);
        assert_eq!(Instant::now(), until);
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_wait_and_no_more() {
        let waiting = Waiting::default();
        let mut holder = waiting.part("ann");
        holder.hold();
        let parts = (0..2 * MOST).map(|_| {
            let mut part = waiting.part("ann");
            async move {
                part.look();
                let mut front = Front::default();
                let mut asked = 0;
                while part.may_ask_again(&mut front, soon()).await {
                    part.look();
                    asked += 1;
                }
                asked
            }
        });
        let begun = Instant::now();
        let refused = parts.map(async |part| (part.await, begun.elapsed().is_zero()));
        let refused = futures_util::future::join_all(refused).await;
        let at_once = refused.iter().filter(|refused| **refused == (0, true));
        assert_eq!(at_once.count(), MOST);
    }
}
