//! One session in this process, however many clients use it: what is known of it, and who listens.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::watch;

use super::known::{Known, Memory};
use super::lock;
use crate::clock::Millis;
use crate::error::Result;
use crate::state::SessionState;
use crate::store::{EntryKey, LockPlace, StoreError, TokenStore};
use crate::transport::Transport;

/// One session in this process.
pub(crate) struct Slot {
    key: EntryKey,
    pub(crate) store: Arc<dyn TokenStore>,
    pub(super) place: Result<LockPlace, StoreError>,
    memory: Mutex<Memory>,
    /// Whoever changes the session holds this, and the lock across processes inside it.
    pub(super) gate: Arc<tokio::sync::Mutex<()>>,
    /// Whoever reads the store without the lock holds this, so that it is asked once.
    reading: tokio::sync::Mutex<()>,
    pub(super) flight: Mutex<Option<Flight>>,
    /// The state, for who follows this session.
    state: watch::Sender<SessionState>,
    /// The clients that use this session now.
    listeners: Mutex<Vec<Weak<watch::Sender<SessionState>>>>,
}

/// The sessions of this process by store and key.
type Slots = HashMap<(String, EntryKey), Weak<Slot>>;

/// A refresh under way: its outcome, once there is one.
pub(super) type Flight = watch::Receiver<Option<Result<()>>>;

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
            memory: Mutex::default(),
            gate: Arc::default(),
            reading: tokio::sync::Mutex::default(),
            flight: Mutex::default(),
            state: watch::Sender::default(),
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
        self.state.send_if_modified(|old| replace(old, &state));
        self.listeners().retain(|listener| {
            let Some(client) = listener.upgrade() else {
                return false;
            };
            client.send_if_modified(|old| replace(old, &state));
            true
        });
    }

    /// The state as it changes.
    pub(super) fn subscribe(&self) -> watch::Receiver<SessionState> {
        self.state.subscribe()
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<Weak<watch::Sender<SessionState>>>> {
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the store where it was not read yet. One that can't be read says so in the state.
    pub(crate) async fn read(&self, transport: &Transport) {
        let is_unread = matches!(self.memory().known(), Known::Unread);
        if is_unread && let Err(error) = self.notice(transport).await {
            tracing::debug!(cause = %error, "the session can't be read");
        }
    }

    /// Reads the store where it was not read yet, or where the lock file says that it has changed.
    pub(crate) async fn notice(&self, transport: &Transport) -> Result<()> {
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
                Err(error) if matches!(memory.known(), Known::Unread) => {
                    memory.unreadable(error.clone());
                    drop(memory);
                    self.publish(transport.now());
                    return Err(error.into());
                }
                Err(error) => {
                    tracing::debug!(cause = %error, "a changed session can't be read");
                    memory.seen = seen;
                }
            }
        }
        self.publish(transport.now());
        Ok(())
    }
}

fn replace(old: &mut SessionState, new: &SessionState) -> bool {
    let is_new = old != new;
    if is_new {
        old.clone_from(new);
    }
    is_new
}
