//! A store that fails when it is told to, and one that other "processes" of this process share without a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gatepost_sdk::store::{BoxFuture, LockPlace, MemoryStore};
use gatepost_sdk::{EntryKey, StoreError, StoredSession, TokenStore};

/// Clones share what they hold and how often they fail; each has an identity of its own, as in another process.
#[derive(Debug)]
pub(crate) struct FaultyStore {
    pub(crate) inner: MemoryStore,
    id: usize,
    saves: Arc<AtomicUsize>,
    loads: Arc<AtomicUsize>,
    removals: Arc<AtomicUsize>,
}

impl FaultyStore {
    pub(crate) fn new() -> Self {
        Self {
            inner: MemoryStore::new(),
            id: next(),
            saves: Arc::default(),
            loads: Arc::default(),
            removals: Arc::default(),
        }
    }

    /// So many calls of `save` fail from now on.
    pub(crate) fn fail_saves(&self, calls: usize) {
        self.saves.store(calls, Ordering::SeqCst);
    }

    /// So many calls of `load` fail from now on.
    pub(crate) fn fail_loads(&self, calls: usize) {
        self.loads.store(calls, Ordering::SeqCst);
    }

    /// So many calls of `remove` fail from now on.
    pub(crate) fn fail_removals(&self, calls: usize) {
        self.removals.store(calls, Ordering::SeqCst);
    }
}

impl Clone for FaultyStore {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            id: next(),
            saves: self.saves.clone(),
            loads: self.loads.clone(),
            removals: self.removals.clone(),
        }
    }
}

fn next() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::SeqCst)
}

fn fails(calls: &AtomicUsize) -> bool {
    let take = |left: usize| left.checked_sub(1);
    calls
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take)
        .is_ok()
}

fn broken() -> StoreError {
    StoreError::Locked("told to".to_owned())
}

impl TokenStore for FaultyStore {
    fn id(&self) -> String {
        format!("faulty:{}", self.id)
    }

    fn load<'a>(
        &'a self,
        key: &'a EntryKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        if fails(&self.loads) {
            return Box::pin(async { Err(broken()) });
        }
        self.inner.load(key)
    }

    fn save<'a>(
        &'a self,
        key: &'a EntryKey,
        entry: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        if fails(&self.saves) {
            return Box::pin(async { Err(broken()) });
        }
        self.inner.save(key, entry)
    }

    fn remove<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        if fails(&self.removals) {
            return Box::pin(async { Err(broken()) });
        }
        self.inner.remove(key)
    }

    fn list<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>> {
        self.inner.list(server)
    }

    fn lock(&self, _: &EntryKey) -> Result<LockPlace, StoreError> {
        Ok(LockPlace::InProcess)
    }
}
