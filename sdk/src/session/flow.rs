//! The refresh transaction: lock, read the store again, send, decide, store, unlock.
//!
//! It runs to its end whoever goes away. The store is changed under the lock alone, and only after the server has
//! spoken; nothing is ever removed because a refresh failed.

use std::sync::Arc;

use super::decide::{self, Circumstances, Refusal};
use super::exchange::{self, Outcome, Reading};
use super::guard::Guard;
use super::key;
use super::known::Known;
use super::slot::Slot;
use super::verdict::{Need, REPLICA_LAG};
use crate::error::{Error, ErrorKind, Result};
use crate::reason::ExpiredReason;
use crate::store::{StoreError, StoredSession};
use crate::token::{Claims, fingerprint};
use crate::transport::Transport;
use crate::types::Pair;

/// How often a token that another process stored meanwhile is taken up.
const ROUNDS: usize = 3;

/// How often storing is tried while the lock is held.
const SAVES: usize = 3;

/// Makes the session's access token one that is needed, or says why that can't be.
pub(super) async fn run(slot: &Arc<Slot>, transport: &Arc<Transport>, need: &Need) -> Result<()> {
    let mut flow = Flow {
        slot,
        transport,
        need,
        guard: Guard::lock(slot, transport).await?,
        may_mark: true,
    };
    let outcome = flow.run().await;
    if let Err(error) = &outcome
        && matches!(
            error.kind(),
            ErrorKind::Unreachable(_) | ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Api(_)
        )
    {
        slot.memory().offline = true;
    }
    flow.guard.leave();
    outcome
}

/// That an exchange is under way. Where it is broken off, by a runtime that is shut down, its outcome is not known.
struct Sending<'a> {
    slot: &'a Slot,
    transport: &'a Transport,
}

impl<'a> Sending<'a> {
    fn begin(slot: &'a Slot, transport: &'a Transport, doubt: &mut bool) -> Self {
        {
            let mut memory = slot.memory();
            *doubt |= memory.doubt;
            memory.doubt = true;
            memory.refreshing = true;
        }
        slot.publish(transport.now());
        Self { slot, transport }
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.slot.memory().refreshing = false;
        self.slot.publish(self.transport.now());
    }
}

struct Flow<'a> {
    slot: &'a Arc<Slot>,
    transport: &'a Transport,
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
                self.guard.adopt(stored);
                Ok(())
            }
            Err(error) => {
                let memory = self.slot.memory();
                // what can't be understood may be a newer version's, which is not to be overwritten
                let is_ours = !matches!(error, StoreError::Corrupt(_));
                let may_go_on = is_ours
                    && memory.stored().is_some_and(|entry| {
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
            let is_saved = self.guard.save(&unsaved, 1).await.is_ok();
            if is_saved {
                self.guard.saved(unsaved.clone());
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
            if current.is_some_and(|current| {
                memory
                    .sufficient(current, self.need, self.transport.now())
                    .is_some()
            }) {
                return Ok(None);
            }
        }
        if let Some(why) = &self.guard.impossible
            && !entry.repeats()
        {
            return Err(why.clone().into());
        }
        if !entry.repeats() && self.slot.memory().unsaved().is_none() {
            // tokens that are given only once are not asked for where they can't be kept
            self.slot.store.check(self.slot.key()).await?;
        }
        if entry.secret.is_none() {
            entry.secret = Some(key::new_secret()?);
            entry.generation = self.guard.next(entry.generation);
            self.guard.save(&entry, 1).await?;
            self.guard.saved(entry.clone());
        }
        Ok(Some(entry))
    }

    async fn send(&mut self, entry: &StoredSession) -> Result<Outcome> {
        let Some(secret) = &entry.secret else {
            return Err(Error::config("the session has no secret"));
        };
        let key = key::refresh_key(secret, &entry.refresh);
        let generation = entry.generation;
        let mut doubt = self.guard.sending(generation);
        let sending = Sending::begin(self.slot, self.transport, &mut doubt);
        tracing::debug!(
            user = self.slot.key().user(),
            token = fingerprint(&entry.refresh),
            generation,
            "exchanging the tokens"
        );
        let outcome = exchange::refresh(
            self.transport,
            &entry.refresh,
            &key,
            entry.repeats(),
            &mut doubt,
        )
        .await;
        drop(sending);
        self.slot.memory().doubt = doubt;
        if !doubt && !matches!(outcome, Outcome::Fresh { .. }) {
            // nothing reached the server, or it has spoken: nothing is in doubt
            self.guard.note_done(generation);
        }
        Ok(outcome)
    }

    fn is_young(&self, entry: &StoredSession) -> bool {
        let access = entry.access_token();
        access.is_some_and(|access| self.slot.memory().is_young(&access, self.transport.now()))
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
            begun: sent.begun,
            skew,
            features,
            mark: None,
        };
        if self.guard.impossible.is_some() {
            // nothing kept other processes away: what they stored meanwhile wins
            let is_kept = |stored: &StoredSession| stored.holds(&sent.refresh);
            match self.slot.store.load(self.slot.key()).await {
                Ok(stored) if !stored.as_ref().is_some_and(is_kept) => {
                    self.guard.adopt(stored);
                    return match self.slot.memory().known() {
                        Known::Session(_) => Ok(()),
                        _ => Err(Error::expired(ExpiredReason::LoggedOutElsewhere)),
                    };
                }
                Ok(_) => {}
                Err(error) => {
                    self.guard.not_saved(entry, &error);
                    return Ok(());
                }
            }
        }
        match self.guard.save(&entry, SAVES).await {
            Ok(()) => self.guard.saved(entry),
            Err(error) => self.guard.not_saved(entry, &error),
        }
        Ok(())
    }

    /// A refused token ends the session only if it is still the one that is stored; otherwise another process was
    /// faster, and its tokens are taken up.
    async fn judge(&mut self, sent: &StoredSession, refusal: Refusal) -> Result<()> {
        let stored = self.slot.store.load(self.slot.key()).await?;
        let is_ours = {
            let memory = self.slot.memory();
            let is_unsaved = memory.unsaved().is_some_and(|new| new.holds(&sent.refresh));
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
                self.guard.adopt(other);
                return Ok(());
            }
        };
        let reason = {
            let memory = self.slot.memory();
            let circumstances = Circumstances {
                exp: Claims::of(&sent.refresh).exp_millis(),
                now: memory.server(self.transport.now()),
                doubt: memory.doubt,
                repeats: sent.repeats(),
            };
            // trying an ended session again changes nothing about why it ended
            match stored.mark {
                Some(mark) if refusal == Refusal::NotValid => mark.reason,
                _ => decide::reason(refusal, circumstances),
            }
        };
        self.guard.mark(stored, reason).await;
        Err(Error::expired(reason))
    }
}
