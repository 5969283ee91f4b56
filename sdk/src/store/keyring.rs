//! The OS keyring: Secret Service, Keychain, Credential Manager.
//!
//! Its calls block, some for ever, and some may not be made on a thread of tokio's. So one thread of our own makes
//! them all, and whoever waits for it waits for a limited time.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, mpsc};
use std::time::Duration;

use keyring_core::CredentialStore;
use keyring_core::error::Error as KeyringError;
use secrecy::{ExposeSecret, zeroize::Zeroizing};
use tokio::sync::{oneshot, watch};

use super::{BoxFuture, EntryKey, LockPlace, StoreError, StoredSession, TokenStore};
use crate::session::{key, lock};

type KeyringResult<T> = Result<T, KeyringError>;

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
}

impl KeyringStore {
    /// Sessions under `<prefix>:<server>`; the prefix of Gatepost's own programs is `gatepost`.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            limit: Duration::from_secs(3),
            locks: None,
        }
    }

    /// How long a call may take: 3 seconds by default. Give 30 where somebody is there to unlock the keyring.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
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
        let name = key::new_secret().map_err(|error| StoreError::Io(error.to_string()))?;
        let (service, user) = (
            format!("{}-probe", self.prefix),
            name.expose_secret().to_owned(),
        );
        let came_back = self
            .call(move |store| {
                let entry = build(store, &service, &user)?;
                entry.set_secret(user.as_bytes())?;
                let read = entry.get_secret();
                entry.delete_credential()?;
                Ok(read? == user.as_bytes())
            })
            .await?;
        if came_back {
            Ok(())
        } else {
            Err(StoreError::Unavailable(
                "it does not keep what it is given".to_owned(),
            ))
        }
    }

    fn service(&self, server: &str) -> String {
        format!("{}:{server}", self.prefix)
    }

    async fn call<T: Send + 'static>(
        &self,
        act: impl Fn(&CredentialStore) -> KeyringResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let answer = THREAD.ask(act)?;
        match tokio::time::timeout(self.limit, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(StoreError::Unavailable("its thread has ended".to_owned())),
            Err(_) => Err(StoreError::Timeout(self.limit)),
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
        let folder = match &self.locks {
            Some(folder) => folder.clone(),
            None => lock::home_folder()?,
        };
        Ok(LockPlace::File(lock::file_in(&folder, &self.id(), key)))
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

#[cfg(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
))]
fn open() -> KeyringResult<Arc<CredentialStore>> {
    // not the one that the keyring crate opens once per process: it can't be opened again
    let store = zbus_secret_service_keyring_store::Store::new()?;
    Ok(store)
}

#[cfg(not(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
)))]
fn open() -> KeyringResult<Arc<CredentialStore>> {
    if let Err(error) = keyring::Entry::store_status() {
        return Err(KeyringError::NotSupportedByStore(error.to_string()));
    }
    keyring_core::get_default_store().ok_or(KeyringError::NoDefaultStore)
}

/// The thread that makes all calls of this process.
struct Thread {
    jobs: Result<mpsc::Sender<Job>, String>,
    /// How many calls are not done yet.
    pending: Arc<watch::Sender<usize>>,
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

type Open = fn() -> KeyringResult<Arc<CredentialStore>>;

/// The keyring, once it was opened.
struct Connection {
    open: Open,
    store: Option<Arc<CredentialStore>>,
}

static THREAD: LazyLock<Thread> = LazyLock::new(|| Thread::start(open));

impl Thread {
    fn start(open: Open) -> Self {
        let (jobs, queue) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new().name("gatepost-keyring".to_owned());
        let started = thread.spawn(move || {
            let mut connection = Connection { open, store: None };
            for job in queue {
                job(&mut connection);
            }
        });
        Self {
            jobs: started.map(|_| jobs).map_err(|error| error.to_string()),
            pending: Arc::new(watch::Sender::new(0)),
        }
    }

    fn ask<T: Send + 'static>(
        &self,
        act: impl Fn(&CredentialStore) -> KeyringResult<T> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError> {
        let jobs = self
            .jobs
            .as_ref()
            .map_err(|why| StoreError::Unavailable(why.clone()))?;
        let (sender, receiver) = oneshot::channel();
        let done = Pending::new(&self.pending);
        let job: Job = Box::new(move |connection| {
            let _done = done;
            // a call that was given up before it began is not made: what it would write is of the past
            if !sender.is_closed() {
                let _ = sender.send(connection.call(&act));
            }
        });
        jobs.send(job)
            .map_err(|_| StoreError::Unavailable("its thread has ended".to_owned()))?;
        Ok(receiver)
    }
}

/// Counts a call until it is done, however it ends.
struct Pending(Arc<watch::Sender<usize>>);

impl Pending {
    fn new(pending: &Arc<watch::Sender<usize>>) -> Self {
        pending.send_modify(|pending| *pending += 1);
        Self(pending.clone())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0
            .send_modify(|pending| *pending = pending.saturating_sub(1));
    }
}

impl Connection {
    /// Makes a call; where the connection is broken, for example since the keyring's daemon was started again, it
    /// is opened again once.
    fn call<T>(
        &mut self,
        act: impl Fn(&CredentialStore) -> KeyringResult<T>,
    ) -> Result<T, StoreError> {
        let mut last = None;
        for _ in 0..2 {
            let store = if let Some(store) = &self.store {
                store.clone()
            } else {
                let opened = (self.open)();
                let opened = opened.map_err(|error| StoreError::Unavailable(describe(&error)));
                self.store.insert(opened?).clone()
            };
            match act(store.as_ref()) {
                Err(error @ KeyringError::PlatformFailure(_)) => {
                    tracing::debug!(cause = describe(&error), "the keyring is opened again");
                    self.store = None;
                    last = Some(error);
                }
                done => return done.map_err(|error| store_error(&error)),
            }
        }
        Err(StoreError::Unavailable(
            last.as_ref().map(describe).unwrap_or_default(),
        ))
    }
}

fn store_error(error: &KeyringError) -> StoreError {
    match error {
        KeyringError::NoStorageAccess(_) => StoreError::Locked(describe(error)),
        KeyringError::TooLong(_, _) => StoreError::TooLong { length: 0 },
        KeyringError::NotSupportedByStore(_) => StoreError::Unsupported("do that"),
        KeyringError::BadEncoding(_)
        | KeyringError::BadDataFormat(_, _)
        | KeyringError::Ambiguous(_) => StoreError::Corrupt(describe(error)),
        _ => StoreError::Unavailable(describe(error)),
    }
}

/// What went wrong, without the bytes that some errors carry.
fn describe(error: &KeyringError) -> String {
    match error {
        KeyringError::PlatformFailure(cause) | KeyringError::NoStorageAccess(cause) => {
            cause.to_string()
        }
        KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(_, _) => {
            "what is kept there is not ours".to_owned()
        }
        KeyringError::Ambiguous(entries) => format!("there are {} of it", entries.len()),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn mock() -> KeyringResult<Arc<CredentialStore>> {
        let store = keyring_core::mock::Store::new()?;
        Ok(store)
    }

    #[tokio::test]
    async fn a_call_that_was_given_up_before_it_began_is_not_made() {
        let thread = Thread::start(mock);
        let (go, wait) = mpsc::channel::<()>();
        let wait = std::sync::Mutex::new(wait);
        let calls = Arc::new(AtomicUsize::new(0));
        let count = |calls: &Arc<AtomicUsize>| {
            let calls = calls.clone();
            move |_: &CredentialStore| Ok(calls.fetch_add(1, Ordering::SeqCst))
        };
        let first = thread.ask(move |_| {
            let _ = wait.lock().unwrap().recv();
            Ok(())
        });
        let given_up = thread.ask(count(&calls)).unwrap();
        let last = thread.ask(count(&calls)).unwrap();
        drop(given_up);
        let pending = *thread.pending.borrow();
        assert_eq!(pending, 3);
        go.send(()).unwrap();
        first.unwrap().await.unwrap().unwrap();
        assert_eq!(
            last.await.unwrap().unwrap(),
            0,
            "the one before it was not made"
        );
        let mut pending = thread.pending.subscribe();
        pending.wait_for(|pending| *pending == 0).await.unwrap();
    }

    #[tokio::test]
    async fn a_broken_connection_is_opened_again_once() {
        static OPENED: AtomicUsize = AtomicUsize::new(0);
        let thread = Thread::start(|| {
            OPENED.fetch_add(1, Ordering::SeqCst);
            mock()
        });
        let broken = |calls: usize| {
            let left = AtomicUsize::new(calls);
            move |_: &CredentialStore| {
                let take = |left: usize| left.checked_sub(1);
                match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take) {
                    Ok(_) => Err(KeyringError::PlatformFailure("no session".into())),
                    Err(_) => Ok(()),
                }
            }
        };
        for (failures, opened) in [(0, 1), (1, 2), (2, 3)] {
            let answer = thread.ask(broken(failures)).unwrap().await.unwrap();
            match failures {
                2 => assert_eq!(
                    answer,
                    Err(StoreError::Unavailable("no session".to_owned()))
                ),
                _ => answer.unwrap(),
            }
            assert_eq!(OPENED.load(Ordering::SeqCst), opened);
        }
    }

    #[test]
    fn no_error_shows_what_is_kept() {
        let secret = b"secret".to_vec();
        for error in [
            KeyringError::BadEncoding(secret.clone()),
            KeyringError::BadDataFormat(secret, "secret".into()),
        ] {
            let error = store_error(&error);
            assert!(
                !format!("{error} {error:?}").contains("secret"),
                "{error:?}"
            );
        }
    }
}
