//! Which store a session is kept in: decided once, at login.

use std::sync::Arc;
use std::time::Duration;

use gatepost_sdk::store::{FileStore, KeyringStore, MemoryStore};
use gatepost_sdk::{StoreError, TokenStore};

use crate::args::Store;
use crate::errors::{Exit, Failure};
use crate::prompt;
use crate::settings::Settings;

/// How long a keyring may take where nobody can unlock it, and where somebody has to find the password first.
const ALONE: Duration = Duration::from_secs(3);
const ATTENDED: Duration = Duration::from_mins(1);

/// The store of this kind, which says on standard error what it waits for. Nothing is touched yet.
pub(crate) fn open(kind: Store, settings: &Settings) -> Arc<dyn TokenStore> {
    match kind {
        Store::Auto | Store::Keyring => Arc::new(announced(keyring(settings))),
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
            let probed = announced(keyring(settings)).probe().await;
            probed.map_err(explain)?;
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
            format!("{why}; `--store file` keeps the session in a file that only you can read"),
        ),
        error => error.into(),
    }
}

/// A keyring that says so when it keeps a person waiting.
fn announced(store: KeyringStore) -> KeyringStore {
    if !prompt::is_attended() {
        return store;
    }
    store.on_wait(|| {
        crate::output::warn("waiting for the OS keyring: you may have to unlock it");
    })
}
