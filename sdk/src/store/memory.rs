//! A store that lasts as long as the process.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{BoxFuture, EntryKey, LockPlace, StoreError, StoredSession, TokenStore};

/// Keeps sessions in memory. Clones share what they hold.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    number: u64,
    entries: Arc<Mutex<BTreeMap<EntryKey, StoredSession>>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            entries: Arc::default(),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<EntryKey, StoredSession>) -> T) -> T {
        act(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenStore for MemoryStore {
    fn id(&self) -> String {
        format!("memory:{}", self.number)
    }

    fn load<'a>(
        &'a self,
        key: &'a EntryKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        Box::pin(async move { Ok(self.with(|entries| entries.get(key).cloned())) })
    }

    fn save<'a>(
        &'a self,
        key: &'a EntryKey,
        entry: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.with(|entries| entries.insert(key.clone(), entry.clone()));
            Ok(())
        })
    }

    fn remove<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.with(|entries| entries.remove(key));
            Ok(())
        })
    }

    fn list<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>> {
        Box::pin(async move {
            Ok(self.with(|entries| {
                let keys = entries.keys().filter(|key| key.server() == server);
                keys.cloned().collect()
            }))
        })
    }

    fn lock(&self, _: &EntryKey) -> Result<LockPlace, StoreError> {
        Ok(LockPlace::InProcess)
    }
}
