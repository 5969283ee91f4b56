//! The refresh transaction: lock, read the store again, send, decide, store, unlock.
//!
//! It runs to its end whoever goes away. The store is changed under the lock alone, and only after the server has
//! spoken; nothing is ever removed because a refresh failed.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use secrecy::SecretString;

use super::REPLICA_LAG;
use super::decide::{self, Circumstances, Refusal};
use super::exchange::{self, Outcome, Reading};
use super::key;
use super::memory::{Known, Need};
use super::slot::{Guard, Slot};
use super::state::ExpiredReason;
use crate::client::Client;
use crate::clock::Millis;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Mark, StoreError, StoredSession};
use crate::token::{Claims, fingerprint};
use crate::types::Pair;

/// How often a token that another process stored meanwhile is taken up.
const ROUNDS: usize = 3;

/// How often storing is tried while the lock is held.
const SAVES: usize = 3;

/// Makes the session's access token one that is needed, or says why that can't be.
pub(super) async fn run(slot: &Arc<Slot>, client: &Client, need: &Need) -> Result<()> {
    let guard = slot.lock(&client.0.limits).await?;
    let mut flow = Flow {
        slot,
        client,
        need,
        guard,
        may_mark: true,
    };
    let outcome = flow.run().await;
    flow.slot.memory().refreshing = false;
    if let Err(error) = &outcome
        && matches!(
            error.kind(),
            ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Api(_)
        )
    {
        flow.slot.memory().offline = true;
    }
    flow.leave();
    outcome
}

struct Flow<'a> {
    slot: &'a Arc<Slot>,
    client: &'a Client,
    need: &'a Need,
    guard: Guard,
    /// The store was read under the lock, so a verdict may be written to it.
    may_mark: bool,
}

impl Flow<'_> {
    async fn run(&mut self) -> Result<()> {
        self.read().await?;
        let mut has_waited = false;
        for _ in 0..ROUNDS {
            let Some(entry) = self.next_to_send().await? else {
                return Ok(());
            };
            match self.send(&entry).await? {
                Outcome::Fresh {
                    pair,
                    features,
                    clock,
                } => return self.keep(&entry, pair, features, clock).await,
                Outcome::Failed(error) => return Err(error),
                Outcome::Refused { refusal, clock } => {
                    self.slot.memory().note_skew(clock.skew);
                    if refusal == Refusal::NotValid && !has_waited && self.is_young(&entry) {
                        // made a moment ago: a replica that lags behind refuses it, and will not in a second
                        has_waited = true;
                        tokio::time::sleep(REPLICA_LAG).await;
                        continue;
                    }
                    self.judge(&entry, refusal).await?;
                }
            }
        }
        Err(Error::new(ErrorKind::Busy { holder: None }))
    }

    /// What the store holds now: only that counts, however fresh what is remembered may be.
    async fn read(&mut self) -> Result<()> {
        match self.slot.store.load(self.slot.key()).await {
            Ok(stored) => {
                self.adopt(stored);
                Ok(())
            }
            Err(error) => {
                let memory = self.slot.memory();
                let may_go_on = memory.stored().is_some_and(|entry| {
                    // asking again with the old token's key harms nobody; tokens that are only here are ours alone
                    entry.mark.is_none() && (entry.repeats() || memory.unsaved().is_some())
                });
                if !may_go_on {
                    return Err(error.into());
                }
                tracing::warn!(cause = %error, "the session's store can't be read, going on with what is remembered");
                self.may_mark = false;
                Ok(())
            }
        }
    }

    fn adopt(&self, stored: Option<StoredSession>) {
        let mut memory = self.slot.memory();
        memory.adopt(stored);
        memory.seen = self.guard.generation();
        drop(memory);
        self.publish();
    }

    fn publish(&self) {
        self.slot.publish(self.now());
    }

    fn now(&self) -> Millis {
        self.client.http().clock.millis()
    }

    /// The session whose tokens are to be exchanged; `None` where what is needed is there already.
    async fn next_to_send(&mut self) -> Result<Option<StoredSession>> {
        let (stored, unsaved) = {
            let memory = self.slot.memory();
            match memory.known() {
                Known::Session(stored) => (stored.clone(), memory.unsaved().cloned()),
                Known::Gone => return Err(Error::expired(ExpiredReason::LoggedOutElsewhere)),
                Known::Nothing | Known::Unread => return Err(Error::new(ErrorKind::NotSignedIn)),
            }
        };
        if let Some(mark) = stored.mark
            && !self.need.resume
        {
            return Err(Error::expired(mark.reason));
        }
        let mut entry = stored;
        if let Some(unsaved) = unsaved {
            let is_saved = self.save(&unsaved, 1).await.is_ok();
            if is_saved {
                self.saved(unsaved.clone());
            }
            // a server that repeats an exchange gives them again: what is not stored is never sent to it
            if is_saved || !unsaved.repeats() {
                entry = unsaved;
            } else {
                entry.features.clone_from(&unsaved.features);
            }
        }
        {
            let memory = self.slot.memory();
            let current = memory.current().filter(|current| current.mark.is_none());
            if current
                .is_some_and(|current| memory.sufficient(current, self.need, self.now()).is_some())
            {
                return Ok(None);
            }
        }
        if let Some(why) = &self.guard.impossible
            && !entry.repeats()
        {
            return Err(Error::caused(ErrorKind::Busy { holder: None }, why.clone()).with_hint(
                "this server is not known to repeat a refresh, so one without a lock could end the session; keep it where files can be locked",
            ));
        }
        if entry.secret.is_none() {
            entry.secret = Some(key::new_secret()?);
            entry.generation = self.guard.next(entry.generation);
            self.save(&entry, 1).await?;
            self.saved(entry.clone());
        }
        Ok(Some(entry))
    }

    async fn send(&mut self, entry: &StoredSession) -> Result<Outcome> {
        let Some(secret) = &entry.secret else {
            return Err(Error::config("the session has no secret"));
        };
        let key = key::refresh_key(secret, &entry.refresh);
        let generation = entry.generation;
        let earlier = self
            .guard
            .held
            .as_ref()
            .is_some_and(|held| held.is_in_doubt(generation));
        if let Some(held) = &mut self.guard.held {
            held.sending(generation);
        }
        let mut doubt = {
            let mut memory = self.slot.memory();
            memory.refreshing = true;
            memory.doubt || earlier
        };
        self.publish();
        tracing::debug!(
            user = self.slot.key().user(),
            token = fingerprint(&entry.refresh),
            generation,
            "exchanging the tokens"
        );
        let outcome = exchange::refresh(
            self.client.http(),
            &self.client.0.limits,
            &entry.refresh,
            &key,
            entry.repeats(),
            &mut doubt,
        )
        .await;
        let mut memory = self.slot.memory();
        memory.refreshing = false;
        memory.doubt = doubt;
        drop(memory);
        if !doubt && !matches!(outcome, Outcome::Fresh { .. }) {
            // nothing reached the server, or it has spoken: nothing is in doubt
            self.guard.note_done(generation);
        }
        Ok(outcome)
    }

    fn is_young(&self, entry: &StoredSession) -> bool {
        let access = entry.access.clone().map(crate::token::AccessToken::from);
        access.is_some_and(|access| self.slot.memory().is_young(&access, self.now()))
    }

    /// Keeps new tokens: in the store, then in memory.
    async fn keep(
        &mut self,
        sent: &StoredSession,
        pair: Pair,
        features: Vec<String>,
        clock: Reading,
    ) -> Result<()> {
        let skew = {
            let mut memory = self.slot.memory();
            memory.note_skew(clock.skew);
            memory.skew()
        };
        let entry = StoredSession {
            generation: self.guard.next(sent.generation),
            secret: sent.secret.clone(),
            access_exp: Claims::of(&pair.access).exp(),
            access: Some(pair.access),
            refresh: pair.refresh.unwrap_or_else(|| sent.refresh.clone()),
            received: clock.received.saturating_add(skew),
            skew,
            features,
            mark: None,
        };
        if self.guard.impossible.is_some() {
            // nothing kept other processes away: what they stored meanwhile wins
            let is_kept = |stored: &StoredSession| stored.holds(&sent.refresh);
            match self.slot.store.load(self.slot.key()).await {
                Ok(stored) if !stored.as_ref().is_some_and(is_kept) => {
                    self.adopt(stored);
                    return match self.slot.memory().known() {
                        Known::Session(_) => Ok(()),
                        _ => Err(Error::expired(ExpiredReason::LoggedOutElsewhere)),
                    };
                }
                Ok(_) => {}
                Err(error) => {
                    self.not_saved(entry, &error);
                    return Ok(());
                }
            }
        }
        match self.save(&entry, SAVES).await {
            Ok(()) => self.saved(entry),
            Err(error) => self.not_saved(entry, &error),
        }
        Ok(())
    }

    fn not_saved(&self, entry: StoredSession, error: &StoreError) {
        tracing::warn!(
            cause = %error, repeats = entry.repeats(),
            "the new tokens can't be stored; they are kept in memory"
        );
        self.slot.memory().not_saved(entry);
        self.publish();
    }

    async fn save(&self, entry: &StoredSession, tries: usize) -> Result<(), StoreError> {
        save(self.slot, entry, tries).await
    }

    fn saved(&mut self, entry: StoredSession) {
        let now = self.now();
        saved(self.slot, &mut self.guard, entry, now);
    }

    /// A refused token ends the session only if it is still the one that is stored; otherwise another process was
    /// faster, and its tokens are taken up.
    async fn judge(&mut self, sent: &StoredSession, refusal: Refusal) -> Result<()> {
        let stored = self.slot.store.load(self.slot.key()).await?;
        let is_ours = {
            let memory = self.slot.memory();
            let is_unsaved = memory
                .unsaved()
                .is_some_and(|unsaved| unsaved.holds(&sent.refresh));
            let before = memory.stored().filter(|_| is_unsaved);
            stored.as_ref().is_some_and(|stored| {
                stored.holds(&sent.refresh)
                    || before.is_some_and(|before| stored.holds(&before.refresh))
            })
        };
        let stored = match stored {
            Some(stored) if is_ours && self.may_mark => stored,
            other => {
                self.may_mark = true;
                self.adopt(other);
                return Ok(());
            }
        };
        let reason = {
            let memory = self.slot.memory();
            let circumstances = Circumstances {
                exp: Claims::of(&sent.refresh).exp_millis(),
                now: memory.server(self.now()),
                doubt: memory.doubt,
                repeats: sent.repeats(),
            };
            // trying an ended session again changes nothing about why it ended
            let known = stored.mark.filter(|_| refusal == Refusal::NotValid);
            known.map_or_else(
                || decide::reason(refusal, circumstances),
                |mark| mark.reason,
            )
        };
        let now = self.now();
        mark(self.slot, &mut self.guard, stored, reason, now).await;
        Err(Error::expired(reason))
    }

    /// Frees the lock; later, where a call of the store that was given up is still at work: what it writes must
    /// not come after what another process writes.
    fn leave(self) {
        leave(self.slot, self.guard);
    }
}

/// Writes an entry. An entry that is too long goes without its access token, which is the shorter loss.
pub(super) async fn save(
    slot: &Slot,
    entry: &StoredSession,
    tries: usize,
) -> Result<(), StoreError> {
    let mut shorter = None;
    let mut tries = tries;
    loop {
        let written = shorter.as_ref().unwrap_or(entry);
        let error = match slot.store.save(slot.key(), written).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        match error {
            StoreError::TooLong { .. } if shorter.is_none() && entry.access.is_some() => {
                let mut without = entry.clone();
                without.access = None;
                shorter = Some(without);
                continue;
            }
            // it would not be faster the second time
            StoreError::Timeout(_) | StoreError::TooLong { .. } => return Err(error),
            _ => {}
        }
        tries = tries.saturating_sub(1);
        if tries == 0 {
            return Err(error);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Notes in memory and in the lock file what was written to the store.
pub(super) fn saved(slot: &Slot, guard: &mut Guard, entry: StoredSession, now: Millis) {
    let generation = entry.generation;
    let mut memory = slot.memory();
    memory.saved(entry);
    memory.seen = guard.counts().then_some(generation);
    drop(memory);
    guard.note_done(generation);
    slot.publish(now);
}

/// Marks a session as ended. The refresh token stays, so that it can be tried again or ended for good.
pub(super) async fn mark(
    slot: &Slot,
    guard: &mut Guard,
    stored: StoredSession,
    reason: ExpiredReason,
    now: Millis,
) {
    tracing::info!(user = slot.key().user(), %reason, "the session has ended");
    let entry = StoredSession {
        generation: guard.next(stored.generation),
        access: None,
        access_exp: None,
        mark: Some(Mark {
            reason,
            at: slot.memory().server(now).div_euclid(1000),
        }),
        ..stored
    };
    if let Err(error) = save(slot, &entry, 1).await {
        tracing::warn!(cause = %error, "the end of the session can't be stored");
    }
    saved(slot, guard, entry, now);
}

/// Frees a lock, once no call of the store that was given up is still at work.
pub(super) fn leave(slot: &Arc<Slot>, guard: Guard) {
    if slot.store.idle().now_or_never().is_some() {
        return;
    }
    let slot = slot.clone();
    tokio::spawn(async move {
        slot.store.idle().await;
        drop(guard);
    });
}

/// The key of a session's refresh token, for ending it.
pub(super) fn key_of(entry: &StoredSession) -> Option<String> {
    let secret: &SecretString = entry.secret.as_ref()?;
    Some(key::refresh_key(secret, &entry.refresh))
}
