//! One session in this process, however many clients use it: what is known of it, who listens, who refreshes it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::time::Instant;

use super::flow;
use super::lock::{self, Asked, Held};
use super::memory::{Known, Memory, Need, Verdict};
use crate::client::{Client, RefreshMode};
use crate::clock::Millis;
use crate::error::{Error, ErrorKind, Result};
use crate::session::state::SessionState;
use crate::store::{EntryKey, LockPlace, StoreError, TokenStore};
use crate::token::AccessToken;

/// How often a caller joins somebody else's refresh before it gives up.
const JOINS: usize = 3;

/// How long a request waits for a refresh while its access token has not expired.
const EARLY: Duration = Duration::from_secs(3);

/// How long the parts of a refresh may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Waiting for the lock.
    pub(crate) lock: Duration,
    /// One try, where it can be repeated.
    pub(crate) attempt: Duration,
    /// All tries: less than others wait for the lock.
    pub(crate) exchange: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lock: Duration::from_secs(30),
            attempt: Duration::from_secs(10),
            exchange: Duration::from_secs(25),
        }
    }
}

/// One session in this process.
pub(crate) struct Slot {
    key: EntryKey,
    pub(crate) store: Arc<dyn TokenStore>,
    place: Result<LockPlace, StoreError>,
    memory: Mutex<Memory>,
    /// Whoever changes the session holds this, and the lock across processes inside it.
    gate: Arc<tokio::sync::Mutex<()>>,
    /// Whoever reads the store without the lock holds this, so that it is asked once.
    reading: tokio::sync::Mutex<()>,
    flight: Mutex<Option<Flight>>,
    listeners: Mutex<Vec<Weak<watch::Sender<SessionState>>>>,
}

/// The sessions of this process by store and key.
type Slots = HashMap<(String, EntryKey), Weak<Slot>>;

/// A refresh under way: its outcome, once there is one.
type Flight = watch::Receiver<Option<Result<()>>>;

/// The right to change a session.
pub(crate) struct Guard {
    _gate: OwnedMutexGuard<()>,
    /// `None` where there can be no lock across processes.
    pub(crate) held: Option<Held>,
    /// Why there can be none.
    pub(crate) impossible: Option<String>,
}

impl Slot {
    /// The session of a store and key, the same for all who ask while one of them holds it.
    pub(crate) fn of(store: &Arc<dyn TokenStore>, key: EntryKey) -> Arc<Self> {
        static SLOTS: LazyLock<Mutex<Slots>> = LazyLock::new(Mutex::default);
        let mut slots = SLOTS.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (store.id(), key.clone());
        if let Some(slot) = slots.get(&name).and_then(Weak::upgrade) {
            return slot;
        }
        slots.retain(|_, slot| slot.strong_count() > 0);
        let slot = Arc::new(Self {
            place: store.lock(&key),
            key,
            store: store.clone(),
            memory: Mutex::new(Memory::new()),
            gate: Arc::default(),
            reading: tokio::sync::Mutex::default(),
            flight: Mutex::default(),
            listeners: Mutex::default(),
        });
        slots.insert(name, Arc::downgrade(&slot));
        slot
    }

    pub(crate) fn key(&self) -> &EntryKey {
        &self.key
    }

    /// What is known. Never held over an `await`.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the state, now and when it changes.
    pub(crate) fn tell(&self, client: &Arc<watch::Sender<SessionState>>, now: Millis) {
        self.listeners().push(Arc::downgrade(client));
        let state = self.memory().state(&self.key, now);
        client.send_if_modified(|old| replace(old, &state));
    }

    /// Stops telling the state.
    pub(crate) fn forget(&self, client: &Arc<watch::Sender<SessionState>>) {
        let client = Arc::downgrade(client);
        self.listeners()
            .retain(|listener| !listener.ptr_eq(&client));
    }

    /// Tells everybody the state.
    pub(crate) fn publish(&self, now: Millis) {
        let state = self.memory().state(&self.key, now);
        self.listeners().retain(|listener| {
            let Some(client) = listener.upgrade() else {
                return false;
            };
            client.send_if_modified(|old| replace(old, &state));
            true
        });
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<Weak<watch::Sender<SessionState>>>> {
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The access token of a request; `None` where nobody is logged in.
    pub(crate) async fn access(
        self: &Arc<Self>,
        client: &Client,
        need: &Need,
    ) -> Result<Option<AccessToken>> {
        self.notice(client).await?;
        let clock = &client.http().clock;
        for _ in 0..JOINS {
            let verdict = {
                let memory = self.memory();
                match memory.verdict(need, clock.millis()) {
                    // it would have been exchanged early, but that did not work a moment ago
                    Verdict::Refresh if memory.rests() => memory
                        .unexpired(need, clock.millis())
                        .map_or(Verdict::Refresh, Verdict::Use),
                    verdict => verdict,
                }
            };
            match verdict {
                Verdict::Nobody => return Ok(None),
                Verdict::Ended(reason) => return Err(Error::expired(reason)),
                Verdict::Use(token) => {
                    self.refresh_behind(client);
                    return Ok(Some(token));
                }
                Verdict::Refresh => {}
            }
            let flight = self.fly(client, need);
            let is_early = self.memory().unexpired(need, clock.millis()).is_some();
            let limit = if is_early { EARLY } else { Duration::MAX };
            let Ok((is_ours, outcome)) = tokio::time::timeout(limit, flight).await else {
                // it goes on by itself, and the token is good meanwhile
                let unexpired = self.memory().unexpired(need, clock.millis());
                match unexpired {
                    Some(token) => return Ok(Some(token)),
                    None => continue,
                }
            };
            match outcome {
                // what this refresh brought is used, whatever its expiry: never two in a row
                Ok(()) if is_ours => break,
                Ok(()) => {}
                Err(error) => {
                    let unexpired = self.memory().unexpired(need, clock.millis());
                    return match unexpired {
                        Some(token) if !ends(&error) => {
                            tracing::debug!(cause = %error, "an early refresh failed, the access token is still good");
                            Ok(Some(token))
                        }
                        _ => Err(error),
                    };
                }
            }
        }
        let memory = self.memory();
        match memory.verdict(&Need::default(), clock.millis()) {
            Verdict::Nobody => Ok(None),
            Verdict::Ended(reason) => Err(Error::expired(reason)),
            Verdict::Use(_) | Verdict::Refresh => {
                let access = memory.current().and_then(|entry| entry.access.clone());
                Ok(access.map(AccessToken::from))
            }
        }
    }

    /// Begins a refresh that nobody waits for, where one is due.
    fn refresh_behind(self: &Arc<Self>, client: &Client) {
        let need = {
            let (memory, now) = (self.memory(), client.http().clock.millis());
            let is_half = client.0.mode == RefreshMode::Background && memory.is_past_half(now);
            if memory.rests() || !is_half && memory.unsaved().is_none() {
                return;
            }
            Need {
                min_ttl: if is_half { Millis::MAX } else { 0 },
                ..Need::default()
            }
        };
        drop(self.join_or_begin(client, &need));
    }

    /// Takes part in the refresh that is under way, or begins one; whether it was begun, and its outcome.
    pub(crate) async fn fly(self: &Arc<Self>, client: &Client, need: &Need) -> (bool, Result<()>) {
        loop {
            let (is_ours, mut flight) = self.join_or_begin(client, need);
            let outcome = match flight.wait_for(Option::is_some).await {
                Ok(outcome) => outcome.clone(),
                Err(_) => None, // the runtime is being shut down
            };
            if need.resume && !is_ours {
                continue; // somebody else's refresh does not try an ended session
            }
            let lost = || Err(Error::new(ErrorKind::Network));
            return (is_ours, outcome.unwrap_or_else(lost));
        }
    }

    /// The refresh runs in a task of its own to its end: a caller that goes away takes nothing with it.
    fn join_or_begin(self: &Arc<Self>, client: &Client, need: &Need) -> (bool, Flight) {
        let mut flight = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flight.as_ref()
            // an outcome that is there is of the past, a sender that is gone has failed
            && flight.borrow().is_none()
            && flight.has_changed().is_ok()
        {
            return (false, flight.clone());
        }
        let (sender, receiver) = watch::channel(None);
        *flight = Some(receiver.clone());
        let (slot, client, need) = (self.clone(), client.clone(), need.clone());
        tokio::spawn(async move {
            let outcome = flow::run(&slot, &client, &need).await;
            {
                let mut memory = slot.memory();
                match &outcome {
                    Ok(()) if memory.unsaved().is_none() => memory.succeeded(),
                    _ => memory.failed(),
                }
            }
            slot.publish(client.http().clock.millis());
            let _ = sender.send(Some(outcome));
        });
        (true, receiver)
    }

    /// Reads the store where it was not read yet, or where the lock file says that it has changed.
    pub(crate) async fn notice(&self, client: &Client) -> Result<()> {
        let is_due = || {
            let seen = self.place.as_ref().ok().and_then(lock::note);
            let seen = seen.map(|note| note.generation);
            let memory = self.memory();
            let is_unread = matches!(memory.known(), Known::Unread);
            (is_unread || seen.is_some() && seen != memory.seen).then(|| (seen, memory.version()))
        };
        if is_due().is_none() {
            return Ok(());
        }
        let _reading = self.reading.lock().await;
        let Some((seen, version)) = is_due() else {
            return Ok(());
        };
        let stored = self.store.load(&self.key).await;
        {
            let mut memory = self.memory();
            match stored {
                // a refresh of our own knows better
                _ if memory.version() != version => {}
                Ok(stored) => {
                    memory.adopt(stored);
                    memory.seen = seen;
                }
                Err(error) if matches!(memory.known(), Known::Unread) => return Err(error.into()),
                Err(error) => {
                    tracing::debug!(cause = %error, "a changed session can't be read");
                    memory.seen = seen;
                }
            }
        }
        self.publish(client.http().clock.millis());
        Ok(())
    }

    /// The right to change the session: first against the tasks of this process, then against other processes.
    pub(crate) async fn lock(&self, limits: &Limits) -> Result<Guard> {
        let begin = Instant::now();
        let busy = |holder| Error::new(ErrorKind::Busy { holder });
        let gate = tokio::time::timeout(limits.lock, self.gate.clone().lock_owned())
            .await
            .map_err(|_| busy(None))?;
        let asked = match &self.place {
            Ok(place) => lock::ask(place, limits.lock.saturating_sub(begin.elapsed())).await,
            Err(error) => Asked::Impossible(error.to_string()),
        };
        let (held, impossible) = match asked {
            Asked::Held(held) => (Some(held), None),
            Asked::Impossible(why) => (None, Some(why)),
            // in a container, another one's process may have our own number
            Asked::Busy(holder) => {
                return Err(busy(holder.filter(|pid| *pid != std::process::id())));
            }
        };
        Ok(Guard {
            _gate: gate,
            held,
            impossible,
        })
    }

    /// Waits until nobody changes the session, at most so long; whether nobody does.
    pub(crate) async fn wait_idle(&self, limit: Duration) -> bool {
        let idle = async {
            let flight = self
                .flight
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            if let Some(mut flight) = flight {
                let _ = flight.wait_for(Option::is_some).await;
            }
            drop(self.gate.lock().await);
        };
        tokio::time::timeout(limit, idle).await.is_ok()
    }
}

impl Guard {
    /// Notes the session's generation, with nothing in doubt.
    pub(crate) fn note_done(&mut self, generation: u64) {
        if let Some(held) = &mut self.held {
            held.note_done(generation);
        }
    }

    /// Whether other processes read the generation.
    pub(crate) fn counts(&self) -> bool {
        self.held.as_ref().is_some_and(Held::counts)
    }

    /// The generation that other processes read.
    pub(crate) fn generation(&self) -> Option<u64> {
        let held = self.held.as_ref().filter(|held| held.counts());
        held.map(Held::generation)
    }

    /// The next generation of a session of this one.
    pub(crate) fn next(&self, generation: u64) -> u64 {
        let noted = self.held.as_ref().map_or(0, Held::generation);
        noted.max(generation).saturating_add(1)
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Whether an error says that there is no session any more.
fn ends(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotSignedIn | ErrorKind::SessionExpired(_)
    )
}

fn replace(old: &mut SessionState, new: &SessionState) -> bool {
    let is_new = old != new;
    if is_new {
        old.clone_from(new);
    }
    is_new
}

/// A moment in milliseconds as a date.
pub(crate) fn moment(millis: Option<Millis>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis?)
}
