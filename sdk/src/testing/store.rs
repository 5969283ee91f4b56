//! A store that fails on demand.

use std::sync::{Arc, Mutex, PoisonError};

use crate::store::{BoxFuture, EntryKey, LockPlace, StoreError, StoredSession, TokenStore};

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFault {
    /// Reading.
    Load,
    /// Writing; what was there before is still there.
    Save,
    /// Removing.
    Remove,
    /// Finding sessions.
    List,
    /// Everything, as a locked keyring.
    All,
}

/// A store around another one that fails on demand. Clones fail together.
///
/// ```
/// use gatepost_sdk::store::MemoryStore;
/// use gatepost_sdk::testing::{FaultyStore, MockServer, StoreFault};
///
/// # #[tokio::main]
/// # async fn main() -> gatepost_sdk::Result<()> {
/// let (server, store) = (MockServer::start().await, FaultyStore::new(MemoryStore::new()));
/// let client = server.client().store(store.clone()).build()?;
/// store.fail(StoreFault::Save);
/// client.login("ada", &server.password()).await.expect_err("it can't be kept");
/// store.heal();
/// client.login("ada", &server.password()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FaultyStore {
    inner: Arc<dyn TokenStore>,
    faults: Arc<Mutex<Vec<StoreFault>>>,
}

impl FaultyStore {
    /// Around this store; nothing fails yet.
    pub fn new(inner: impl TokenStore) -> Self {
        Self {
            inner: Arc::new(inner),
            faults: Arc::default(),
        }
    }

    /// This fails from now on.
    pub fn fail(&self, fault: StoreFault) {
        self.faults().push(fault);
    }

    /// Nothing fails any more.
    pub fn heal(&self) {
        self.faults().clear();
    }

    fn faults(&self) -> std::sync::MutexGuard<'_, Vec<StoreFault>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self, call: StoreFault) -> Result<(), StoreError> {
        let faults = self.faults();
        if faults.contains(&call) || faults.contains(&StoreFault::All) {
            return Err(StoreError::Io("this was asked for".to_owned()));
        }
        Ok(())
    }
}

impl std::fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FaultyStore")
            .field(&self.inner.id())
            .finish()
    }
}

impl TokenStore for FaultyStore {
    fn id(&self) -> String {
        self.inner.id()
    }

    fn load<'a>(
        &'a self,
        key: &'a EntryKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        Box::pin(async move {
            self.fault(StoreFault::Load)?;
            self.inner.load(key).await
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a EntryKey,
        session: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.fault(StoreFault::Save)?;
            self.inner.save(key, session).await
        })
    }

    fn check<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner.check(key)
    }

    fn remove<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.fault(StoreFault::Remove)?;
            self.inner.remove(key).await
        })
    }

    fn list<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>> {
        Box::pin(async move {
            self.fault(StoreFault::List)?;
            self.inner.list(server).await
        })
    }

    fn lock(&self, key: &EntryKey) -> Result<LockPlace, StoreError> {
        self.inner.lock(key)
    }

    fn idle(&self) -> BoxFuture<'_, ()> {
        self.inner.idle()
    }
}
