//! The thread that makes all calls of the keyring.
//!
//! They block, some for ever, and some may not be made on a thread of tokio's.

use std::sync::{Arc, LazyLock, mpsc};

use keyring_core::CredentialStore;
use keyring_core::error::Error as KeyringError;
use tokio::sync::{oneshot, watch};

use crate::store::StoreError;

pub(super) type KeyringResult<T> = Result<T, KeyringError>;

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

/// Whether a call may open a dialog that asks for the keyring's password.
#[cfg(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
))]
pub(super) fn may_ask() -> bool {
    use secret_service::EncryptionType;
    use secret_service::blocking::SecretService;
    let is_locked = || {
        SecretService::connect(EncryptionType::Plain)?
            .get_default_collection()?
            .is_locked()
    };
    is_locked().unwrap_or(true)
}

/// Whether a call may open a dialog: there it is not known beforehand.
#[cfg(not(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
)))]
pub(super) fn may_ask() -> bool {
    true
}

/// The thread that makes all calls of this process.
pub(super) struct Thread {
    jobs: Result<mpsc::Sender<Job>, String>,
    /// How many calls are not done yet.
    pub(super) pending: Arc<watch::Sender<usize>>,
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

type Open = fn() -> KeyringResult<Arc<CredentialStore>>;

/// The keyring, once it was opened.
struct Connection {
    open: Open,
    store: Option<Arc<CredentialStore>>,
}

pub(super) static THREAD: LazyLock<Thread> = LazyLock::new(|| Thread::start(open));

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

    pub(super) fn ask<T: Send + 'static>(
        &self,
        act: impl Fn(&CredentialStore) -> KeyringResult<T> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError> {
        let jobs = self.jobs.as_ref().map_err(|why| {
            StoreError::Unavailable(format!("the OS keyring needs a thread: {why}"))
        })?;
        let (sender, receiver) = oneshot::channel();
        let done = Pending::new(&self.pending);
        let job: Job = Box::new(move |connection| {
            let _done = done;
            // a call that was given up before it began is not made: what it would write is of the past
            if !sender.is_closed() {
                let _ = sender.send(connection.call(&act));
            }
        });
        jobs.send(job).map_err(|_| ended())?;
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
                let opened = opened.map_err(|error| unavailable(&error));
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
        Err(last.map_or_else(ended, |error| store_error(&error)))
    }
}

/// That the thread is gone: a call of the keyring panicked.
pub(super) fn ended() -> StoreError {
    StoreError::Unavailable("the OS keyring can't be reached: its thread has ended".to_owned())
}

/// What a person is told. The libraries' own words are for a log: "SS error: prompt dismissed".
fn store_error(error: &KeyringError) -> StoreError {
    tracing::debug!(cause = describe(error), "the keyring refused");
    match error {
        KeyringError::NoStorageAccess(_) => {
            StoreError::Locked("the OS keyring is locked, and nobody unlocked it".to_owned())
        }
        KeyringError::TooLong(_, _) => StoreError::TooLong { length: 0 },
        KeyringError::NotSupportedByStore(_) => StoreError::Unsupported("do that"),
        KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(_, _) => {
            StoreError::Corrupt("what the OS keyring holds is not one of Gatepost's".to_owned())
        }
        KeyringError::Ambiguous(_) => {
            StoreError::Corrupt("the OS keyring holds several of it".to_owned())
        }
        _ => StoreError::Unavailable(
            "the OS keyring failed; look whether its service works in other programs".to_owned(),
        ),
    }
}

/// That it could not even be opened.
fn unavailable(error: &KeyringError) -> StoreError {
    tracing::debug!(cause = describe(error), "the keyring can't be opened");
    let why = if cfg!(all(unix, not(target_os = "macos"))) {
        "no Secret Service answers on D-Bus"
    } else {
        "the system has none that this account can use"
    };
    StoreError::Unavailable(format!("there is no OS keyring here ({why})"))
}

/// What went wrong, for the log, without the bytes that some errors carry.
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
                2 => {
                    let error = answer.unwrap_err();
                    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
                    assert!(!error.to_string().contains("no session"), "{error}");
                }
                _ => answer.unwrap(),
            }
            assert_eq!(OPENED.load(Ordering::SeqCst), opened);
        }
    }

    #[test]
    fn no_person_reads_what_the_libraries_say() {
        let said =
            || Box::<dyn std::error::Error + Send + Sync>::from("SS error: prompt dismissed");
        for error in [
            KeyringError::NoStorageAccess(said()),
            KeyringError::PlatformFailure(said()),
            KeyringError::Invalid("SS error".to_owned(), "prompt dismissed".to_owned()),
        ] {
            for told in [store_error(&error), unavailable(&error)] {
                let text = format!("{told} {}", told.hint().unwrap());
                assert!(
                    !text.contains("SS error") && text.contains("OS keyring"),
                    "{text}"
                );
            }
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
