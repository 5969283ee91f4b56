//! The OS keyring: Secret Service, Keychain, Credential Manager.
//!
//! Whoever calls it waits for a limited time: `thread.rs` makes the calls.

mod thread;
mod turn;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use keyring_core::CredentialStore;
use keyring_core::error::Error as KeyringError;
use secrecy::{ExposeSecret, zeroize::Zeroizing};

use self::thread::{KeyringResult, THREAD, ended};
use super::place::{self, EntryKey, LockPlace};
use super::{BoxFuture, StoreError, StoredSession, TokenStore};
use crate::random;
use crate::token::hex;

/// Keeps sessions in the OS keyring, under the service `gatepost:<server>` and the user's name.
///
/// Made without touching the keyring; the first call opens it. A call that takes longer than the
/// [time limit](KeyringStore::time_limit) ends with [`StoreError::Timeout`], since a keyring may wait for an unlock
/// for ever.
///
/// ```no_run
/// use gatepost_sdk::{Client, store::KeyringStore};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = KeyringStore::new("gatepost");
/// store.probe().await?; // before a login: a session that can't be kept is better not begun
/// let client = Client::builder("https://api.example.org").store(store).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct KeyringStore {
    prefix: String,
    limit: Duration,
    locks: Option<PathBuf>,
    wait: Option<Wait>,
    /// Whether no dialog may open.
    silent: bool,
}

/// What is called when a call takes long.
#[derive(Clone)]
struct Wait(Arc<dyn Fn() + Send + Sync>);

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wait")
    }
}

/// How long nobody is told what is waited for.
const SILENCE: Duration = Duration::from_secs(1);

impl KeyringStore {
    /// Sessions under `<prefix>:<server>`; the prefix of Gatepost's own programs is `gatepost`.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            limit: Duration::from_secs(3),
            locks: None,
            wait: None,
            silent: false,
        }
    }

    /// How long a call may take: 3 seconds by default. Give 60 where somebody is there to unlock the keyring, and say
    /// what is waited for ([`KeyringStore::on_wait`]).
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Calls this when a call has taken a second: the keyring may be asking for its password, and a person who waits
    /// is to be told. It is called in the task that waits, so it must not block.
    #[must_use]
    pub fn on_wait(mut self, tell: impl Fn() + Send + Sync + 'static) -> Self {
        self.wait = Some(Wait(Arc::new(tell)));
        self
    }

    /// Asks nobody for a password: a keyring that is locked is [`StoreError::Locked`] at once, and no dialog opens. Where
    /// the system does not say beforehand whether it would ask, every keyring counts as locked.
    #[must_use]
    pub fn without_dialogs(mut self) -> Self {
        self.silent = true;
        self
    }

    /// The folder of the lock files, in place of the one in the account's home folder. All programs that use one
    /// keyring must agree on it.
    #[must_use]
    pub fn lock_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.locks = Some(folder.into());
        self
    }

    /// Writes, reads and removes a value that means nothing, to find out whether the keyring can be used at all.
    ///
    /// # Errors
    /// Why it can't.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let name = random::bytes::<16>().map_err(|error| StoreError::Io(error.to_string()))?;
        let (service, user) = (format!("{}-probe", self.prefix), hex(&name));
        let came_back = self
            .call(move |store| {
                let entry = build(store, &service, &user)?;
                entry.set_secret(user.as_bytes())?;
                let read = entry.get_secret();
                entry.delete_credential()?;
                Ok(read? == user.as_bytes())
            })
            .await?;
        let lost =
            || StoreError::Unavailable("the OS keyring does not keep what it is given".to_owned());
        came_back.then_some(()).ok_or_else(lost)
    }

    fn service(&self, server: &str) -> String {
        format!("{}:{server}", self.prefix)
    }

    /// Where the locks are.
    fn folder(&self) -> Result<PathBuf, StoreError> {
        match &self.locks {
            Some(folder) => Ok(folder.clone()),
            None => place::home_folder(),
        }
    }

    async fn call<T: Send + 'static>(
        &self,
        act: impl Fn(&CredentialStore) -> KeyringResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _turn = match self.folder() {
            Ok(folder) => turn::wait(&folder, self.limit).await,
            Err(_) => None,
        };
        let silent = self.silent;
        let answer = THREAD.ask(move |store| {
            if silent && thread::may_ask() {
                return Err(KeyringError::NoStorageAccess(
                    "it may ask for its password".into(),
                ));
            }
            act(store)
        })?;
        let announced = async {
            if let Some(wait) = &self.wait {
                tokio::time::sleep(SILENCE.min(self.limit)).await;
                (wait.0)();
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            answer = answer => answer.unwrap_or_else(|_| Err(ended())),
            () = tokio::time::sleep(self.limit) => Err(StoreError::Timeout(self.limit)),
            () = announced => Err(ended()),
        }
    }
}

impl TokenStore for KeyringStore {
    fn id(&self) -> String {
        format!("keyring:{}", self.prefix)
    }

    fn load<'a>(
        &'a self,
        key: &'a EntryKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        let (service, user) = (self.service(key.server()), key.user().to_owned());
        Box::pin(async move {
            let secret =
                self.call(
                    move |store| match build(store, &service, &user)?.get_secret() {
                        Ok(secret) => Ok(Some(Zeroizing::new(secret))),
                        Err(KeyringError::NoEntry) => Ok(None),
                        Err(error) => Err(error),
                    },
                );
            let Some(secret) = secret.await? else {
                return Ok(None);
            };
            let text = std::str::from_utf8(&secret)
                .map_err(|_| StoreError::Corrupt("it is not text".to_owned()))?;
            StoredSession::from_json(text).map(Some)
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a EntryKey,
        entry: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let (service, user) = (self.service(key.server()), key.user().to_owned());
        let text = entry.to_json();
        Box::pin(async move {
            let length = text.expose_secret().len();
            let saved = self.call(move |store| {
                // not set_password: that one is kept as UTF-16 on Windows and takes twice the room
                build(store, &service, &user)?.set_secret(text.expose_secret().as_bytes())
            });
            saved.await.map_err(|error| match error {
                StoreError::TooLong { .. } => StoreError::TooLong { length },
                error => error,
            })
        })
    }

    fn remove<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        let (service, user) = (self.service(key.server()), key.user().to_owned());
        Box::pin(self.call(
            move |store| match build(store, &service, &user)?.delete_credential() {
                Err(KeyringError::NoEntry) => Ok(()),
                removed => removed,
            },
        ))
    }

    fn list<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>> {
        let (service, server) = (self.service(server), server.to_owned());
        Box::pin(async move {
            let users = self.call(move |store| {
                let found = store.search(&HashMap::from([("service", service.as_str())]))?;
                let found = found.iter().filter_map(keyring_core::Entry::get_specifiers);
                Ok(found.map(|(_, user)| user).collect::<Vec<_>>())
            });
            let users = users.await?.into_iter();
            let mut keys: Vec<_> = users
                .map(|user| EntryKey::new(server.as_str(), user))
                .collect();
            keys.sort();
            Ok(keys)
        })
    }

    fn lock(&self, key: &EntryKey) -> Result<LockPlace, StoreError> {
        let folder = self.folder()?;
        Ok(LockPlace::File(place::file_in(&folder, &self.id(), key)))
    }

    fn idle(&self) -> BoxFuture<'_, ()> {
        let mut pending = THREAD.pending.subscribe();
        Box::pin(async move {
            let _ = pending.wait_for(|pending| *pending == 0).await;
        })
    }
}

fn build(store: &CredentialStore, service: &str, user: &str) -> KeyringResult<keyring_core::Entry> {
    // Windows copies credentials to the account's other machines by default, where a rotating token is of no use
    #[cfg(windows)]
    let modifiers = Some(&HashMap::from([("persistence", "local")]));
    #[cfg(not(windows))]
    let modifiers = None;
    store.build(service, user, modifiers)
}
