//! Which store a session is kept in: decided once, at login.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gatepost_sdk::store::{FileStore, KeyringStore, MemoryStore};
use gatepost_sdk::{StoreError, TokenStore};

use crate::args::Store;
use crate::errors::{Exit, Failure};
use crate::settings::Settings;
use crate::{progress, prompt};

/// How long a keyring may take where nobody can unlock it, and where somebody can.
const ALONE: Duration = Duration::from_secs(3);
const ATTENDED: Duration = Duration::from_mins(1);

/// How long it may take where a shell waits.
const UNASKED: Duration = Duration::from_millis(500);

/// Whether it was said: once is enough.
static SAID: AtomicBool = AtomicBool::new(false);

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

/// The same, for what nobody waits for: a keyring that is locked stays so.
pub(crate) fn open_unasked(kind: Store, settings: &Settings) -> Arc<dyn TokenStore> {
    match kind {
        Store::Auto | Store::Keyring => {
            Arc::new(keyring(settings).time_limit(UNASKED).without_dialogs())
        }
        other => open_silently(other, settings),
    }
}

/// The OS keyring. Nothing is touched yet.
pub(crate) fn keyring(settings: &Settings) -> KeyringStore {
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

/// A keyring that says so, once, when it keeps a person waiting.
fn announced(store: KeyringStore) -> KeyringStore {
    if !prompt::is_attended() {
        return store;
    }
    store.on_wait(|| {
        if !SAID.swap(true, Ordering::Relaxed) {
            // that is what is waited for, and not the server
            progress::end();
            crate::output::warn(
                "waiting for the OS keyring: you may have to unlock it (a minute at most; Ctrl-C ends it)",
            );
        }
    })
}

/// The store of a new session, tried out: the one that is named, or else where the account's was; for `auto` the
/// keyring, and where there is none what a person says.
pub(crate) async fn decide(
    named: Option<Store>,
    kept: Store,
    settings: &Settings,
) -> Result<Store, Failure> {
    let wanted = named.unwrap_or(kept);
    if let Store::File | Store::Memory = wanted {
        return Ok(wanted);
    }
    match announced(keyring(settings)).probe().await {
        Ok(()) => Ok(Store::Keyring),
        Err(StoreError::Unavailable(_))
            if named != Some(Store::Keyring) && prompt::is_attended() =>
        {
            let question =
                "There is no OS keyring here. Keep the session in a file that only you can read?";
            if prompt::confirm(question, "--store").await? {
                Ok(Store::File)
            } else {
                Err(Failure::new(
                    Exit::Store,
                    "store",
                    "there is no OS keyring here, so the session would be lost",
                )
                .hint("`--store memory` only checks the password"))
            }
        }
        Err(error) => Err(explain(error)),
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
