//! Which store a session is kept in: decided once, at login.

use std::sync::Arc;
use std::time::Duration;

use gatepost_sdk::store::{BoxFuture, FileStore, KeyringStore, LockPlace, MemoryStore};
use gatepost_sdk::{EntryKey, StoreError, StoredSession, TokenStore};

use crate::args::Store;
use crate::errors::{Exit, Failure};
use crate::prompt;
use crate::settings::Settings;

/// How long a keyring may take where nobody can unlock it, and where somebody can.
const ALONE: Duration = Duration::from_secs(3);
const ATTENDED: Duration = Duration::from_secs(30);

/// How long a person waits before being told for what.
const SILENCE: Duration = Duration::from_secs(1);

/// The store of this kind, which says on standard error what it waits for. Nothing is touched yet.
pub(crate) fn open(kind: Store, settings: &Settings) -> Arc<dyn TokenStore> {
    match kind {
        Store::Auto | Store::Keyring => Arc::new(Announced(keyring(settings))),
        other => open_silently(other, settings),
    }
}

/// The same, for a program that has the screen to itself.
pub(crate) fn open_silently(kind: Store, settings: &Settings) -> Arc<dyn TokenStore> {
    match kind {
        Store::Auto | Store::Keyring => Arc::new(keyring(settings)),
        Store::File => Arc::new(FileStore::new(settings.state.join("sessions"))),
        Store::Memory => Arc::new(MemoryStore::new()),
    }
}

fn keyring(settings: &Settings) -> KeyringStore {
    let limit = if prompt::is_attended() {
        ATTENDED
    } else {
        ALONE
    };
    let store = KeyringStore::new("gatepost").time_limit(limit);
    match &settings.locks {
        Some(folder) => store.lock_folder(folder),
        None => store,
    }
}

/// The store of a new session, tried out: what is asked for, or for `auto` the keyring.
pub(crate) async fn decide(wanted: Store, settings: &Settings) -> Result<Store, Failure> {
    match wanted {
        Store::File | Store::Memory => Ok(wanted),
        Store::Auto | Store::Keyring => {
            announced(keyring(settings).probe())
                .await
                .map_err(explain)?;
            Ok(Store::Keyring)
        }
    }
}

/// That there is no keyring is no fault: what to do instead belongs into the same sentence.
fn explain(error: StoreError) -> Failure {
    match error {
        StoreError::Unavailable(why) => Failure::new(
            Exit::Store,
            "store",
            "there is no OS keyring here (no Secret Service answers on D-Bus); `--store file` keeps the session in a file that only you can read",
        )
        .cause(why),
        error => error.into(),
    }
}

/// A keyring that says so when it keeps a person waiting.
struct Announced(KeyringStore);

impl TokenStore for Announced {
    fn id(&self) -> String {
        self.0.id()
    }

    fn load<'a>(
        &'a self,
        key: &'a EntryKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        Box::pin(announced(self.0.load(key)))
    }

    fn save<'a>(
        &'a self,
        key: &'a EntryKey,
        entry: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(announced(self.0.save(key, entry)))
    }

    fn remove<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(announced(self.0.remove(key)))
    }

    fn list<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>> {
        Box::pin(announced(self.0.list(server)))
    }

    fn lock(&self, key: &EntryKey) -> Result<LockPlace, StoreError> {
        self.0.lock(key)
    }

    fn idle(&self) -> BoxFuture<'_, ()> {
        self.0.idle()
    }
}

async fn announced<T>(call: impl Future<Output = T>) -> T {
    let mut call = std::pin::pin!(call);
    tokio::select! {
        biased;
        result = &mut call => return result,
        () = tokio::time::sleep(SILENCE), if prompt::is_attended() => {}
    }
    crate::output::warn("waiting for the OS keyring: you may have to unlock it");
    call.await
}
