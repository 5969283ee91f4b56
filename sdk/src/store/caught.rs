//! A store of the program's own, whose panics are errors: a defect of it costs one call, not the session.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::FutureExt;

use super::{BoxFuture, EntryKey, LockPlace, StoreError, StoredSession, TokenStore};

/// The same store, which never panics but when it is asked for its name.
pub(crate) struct Caught(pub(crate) Arc<dyn TokenStore>);

/// A call, which may panic when it is made and whenever it is polled. What the store itself thinks of its own state
/// after that is its own affair.
fn caught<'a, T: Send + 'a>(
    what: &'static str,
    call: impl FnOnce() -> BoxFuture<'a, Result<T, StoreError>>,
) -> BoxFuture<'a, Result<T, StoreError>> {
    let Ok(call) = catch_unwind(AssertUnwindSafe(call)) else {
        return Box::pin(async move { Err(StoreError::Panicked(what)) });
    };
    Box::pin(async move {
        let done = AssertUnwindSafe(call).catch_unwind().await;
        done.unwrap_or(Err(StoreError::Panicked(what)))
    })
}

impl TokenStore for Caught {
    fn id(&self) -> String {
        self.0.id()
    }

    fn load<'a>(
        &'a self,
        key: &'a EntryKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        caught("read it", || self.0.load(key))
    }

    fn save<'a>(
        &'a self,
        key: &'a EntryKey,
        session: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        caught("keep it", || self.0.save(key, session))
    }

    fn check<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        caught("say whether it can keep it", || self.0.check(key))
    }

    fn remove<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        caught("remove it", || self.0.remove(key))
    }

    fn list<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>> {
        caught("list its sessions", || self.0.list(server))
    }

    fn lock(&self, key: &EntryKey) -> Result<LockPlace, StoreError> {
        catch_unwind(AssertUnwindSafe(|| self.0.lock(key)))
            .unwrap_or(Err(StoreError::Panicked("name its lock")))
    }

    fn idle(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let idle = caught("become idle", || {
                let idle = self.0.idle();
                Box::pin(async move {
                    idle.await;
                    Ok(())
                })
            });
            let _ = idle.await;
        })
    }
}
