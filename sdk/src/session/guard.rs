//! The right to change a session, and the changes of it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::known::Memory;
use super::lock::{self, Asked, Held};
use super::slot::Slot;
use crate::error::{Error, ErrorKind, Result};
use crate::reason::ExpiredReason;
use crate::store::{Mark, StoreError, StoredSession};
use crate::transport::Transport;

/// The right to change a session.
pub(super) struct Guard {
    pub(super) slot: Arc<Slot>,
    pub(super) transport: Arc<Transport>,
    _gate: OwnedMutexGuard<()>,
    /// `None` where there can be no lock across processes.
    held: Option<Held>,
    /// Why there can be none.
    pub(super) impossible: Option<StoreError>,
}

impl Guard {
    /// Waits for it: first for the tasks of this process, then for other processes.
    pub(super) async fn lock(slot: &Arc<Slot>, transport: &Arc<Transport>) -> Result<Self> {
        let begin = Instant::now();
        let limit = transport.limits.lock;
        let busy = |holder| Error::new(ErrorKind::Busy { holder });
        let gate = tokio::time::timeout(limit, slot.gate.clone().lock_owned())
            .await
            .map_err(|_| busy(None))?;
        let asked = match &slot.place {
            Ok(place) => lock::ask(place, limit.saturating_sub(begin.elapsed())).await,
            Err(error) => Asked::Impossible(error.clone()),
        };
        let (held, impossible) = match asked {
            Asked::Held(held) => (Some(held), None),
            Asked::Impossible(why) => (None, Some(why)),
            // in a container, another one's process may have our own number
            Asked::Busy(holder) => {
                return Err(busy(holder.filter(|pid| *pid != std::process::id())));
            }
        };
        Ok(Self {
            slot: slot.clone(),
            transport: transport.clone(),
            _gate: gate,
            held,
            impossible,
        })
    }

    /// Notes the session's generation, with nothing in doubt.
    pub(super) fn note_done(&mut self, generation: u64) {
        if let Some(held) = &mut self.held {
            held.note_done(generation);
        }
    }

    /// Notes that a refresh of this generation is about to be sent; whether an earlier one is in doubt.
    pub(super) fn sending(&mut self, generation: u64) -> bool {
        let Some(held) = &mut self.held else {
            return false;
        };
        held.sending(generation);
        held.is_in_doubt(generation)
    }

    /// The next generation of a session of this one.
    pub(super) fn next(&self, generation: u64) -> u64 {
        let noted = self.held.as_ref().map_or(0, Held::generation);
        noted.max(generation).saturating_add(1)
    }

    /// Writes the session. One that is too long goes without its access token, which is the shorter loss.
    pub(super) async fn save(
        &self,
        session: &StoredSession,
        mut tries: usize,
    ) -> Result<(), StoreError> {
        let mut session = session.clone();
        loop {
            let saved = self.slot.store.save(self.slot.key(), &session).await;
            match saved {
                Err(StoreError::TooLong { .. }) if session.access.take().is_some() => continue,
                // it would not be faster the second time
                Ok(()) | Err(StoreError::Timeout(_) | StoreError::TooLong { .. }) => return saved,
                Err(_) => {}
            }
            tries = tries.saturating_sub(1);
            if tries == 0 {
                return saved;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Takes what the store holds.
    pub(super) fn adopt(&self, stored: Option<StoredSession>) {
        let held = self.held.as_ref().filter(|held| held.counts());
        let mut memory = self.slot.memory();
        memory.adopt(stored);
        memory.seen = held.map(Held::generation);
        drop(memory);
        self.publish();
    }

    /// Keeps in memory what the store does not take.
    pub(super) fn not_saved(&self, session: StoredSession, error: &StoreError) {
        tracing::warn!(
            cause = %error, repeats = session.repeats(),
            "the new tokens can't be stored; they are kept in memory"
        );
        self.slot.memory().not_saved(session, error.clone());
        self.publish();
    }

    /// Tells everybody the state.
    pub(super) fn publish(&self) {
        self.slot.publish(self.transport.now());
    }

    /// Notes in memory and in the lock file what was written to the store.
    pub(super) fn saved(&mut self, session: StoredSession) {
        self.changed(session.generation, |memory| memory.saved(session));
    }

    /// Notes there that the session was removed from the store.
    pub(super) fn removed(&mut self, generation: u64) {
        self.changed(generation, Memory::removed);
    }

    fn changed(&mut self, generation: u64, note: impl FnOnce(&mut Memory)) {
        let is_read = self.held.as_ref().is_some_and(Held::counts);
        let mut memory = self.slot.memory();
        note(&mut memory);
        memory.seen = is_read.then_some(generation);
        drop(memory);
        self.note_done(generation);
        self.publish();
    }

    /// Marks the session as ended. The refresh token stays, so that it can be tried again or ended for good.
    pub(super) async fn mark(&mut self, stored: StoredSession, reason: ExpiredReason) {
        tracing::info!(user = self.slot.key().user(), %reason, "the session has ended");
        let now = self.slot.memory().server(self.transport.now());
        let session = StoredSession {
            generation: self.next(stored.generation),
            access: None,
            access_exp: None,
            mark: Some(Mark {
                reason,
                at: now.div_euclid(1000),
            }),
            ..stored
        };
        if let Err(error) = self.save(&session, 1).await {
            tracing::warn!(cause = %error, "the end of the session can't be stored");
        }
        self.saved(session);
    }

    /// Frees the lock; later, where a call of the store that was given up is still at work: what it writes must not
    /// come after what another process writes.
    pub(super) fn leave(self) {
        if self.slot.store.idle().now_or_never().is_some() {
            return;
        }
        tokio::spawn(async move {
            self.slot.store.idle().await;
            drop(self);
        });
    }
}
