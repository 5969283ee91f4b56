//! What needs shorter limits than a user may set: locks that are held, servers that are silent, stores that are slow.

#[path = "../../tests/it/proxy.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod proxy;
#[path = "../../tests/it/server.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::runtime::Handle;

use self::proxy::{Act, Proxy};
use self::server::{Server, enter};
use crate::store::{BoxFuture, FileStore, LockPlace, MemoryStore};
use crate::transport::Limits;
use crate::{
    Client, Clock, EntryKey, ErrorKind, ExpiredReason, SessionState, StoreError, StoredSession,
    TokenStore,
};

const REFRESH: &str = "POST /api/token/refresh/";

const SHORT: Limits = Limits {
    lock: Duration::from_millis(300),
    attempt: Duration::from_millis(300),
    exchange: Duration::from_millis(1500),
};

struct Case {
    _server: Server,
    proxy: Proxy,
    clock: Clock,
    client: Client,
}

async fn case(store: impl TokenStore, settings: &str) -> Case {
    let case = not_entered(store, settings).await;
    enter(&case.client, "ada").await;
    case
}

/// Nobody is logged in yet.
async fn not_entered(store: impl TokenStore, settings: &str) -> Case {
    let server = Server::with(settings).await;
    let proxy = Proxy::before(&server.url).await;
    proxy.rule(|_| Act::Without("date"));
    let clock = Clock::at(Clock::system().now());
    let client = Client::builder(&proxy.url)
        .store(store)
        .clock(clock.clone());
    let client = client.limits(SHORT).build().expect("a client");
    Case {
        _server: server,
        proxy,
        clock,
        client,
    }
}

impl Case {
    fn key(&self) -> EntryKey {
        EntryKey::new(self.client.server(), "ada")
    }

    fn keys(&self) -> Vec<Option<String>> {
        let seen = self.proxy.seen(REFRESH);
        seen.iter()
            .map(|seen| seen.header("idempotency-key").map(str::to_owned))
            .collect()
    }
}

fn file(place: LockPlace) -> std::path::PathBuf {
    match place {
        LockPlace::File(path) => path,
        place => panic!("no file: {place:?}"),
    }
}

#[tokio::test]
async fn a_held_lock_is_waited_for_and_then_said() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path());
    let case = case(store.clone(), "").await;
    let lock = std::fs::File::open(file(store.lock(&case.key()).unwrap())).unwrap();
    lock.lock().unwrap();
    case.clock.advance(3 * 3600 - 30);
    case.client
        .profile()
        .await
        .expect("the access token is good for half a minute");
    case.clock.advance(60);
    let error = case.client.profile().await.unwrap_err();
    // the lock file names this process, which is no news to it
    let text = error.to_string();
    assert_eq!(text, "the session can't be locked at the moment");
    assert!(matches!(error.kind(), ErrorKind::Busy { holder: None }));
    let path = file(store.lock(&case.key()).unwrap());
    std::fs::write(path, "2 4242 0").unwrap();
    let error = case.client.profile().await.unwrap_err();
    let text = error.to_string();
    assert_eq!(text, "the session is in use by process 4242");
    assert!(error.is_transient() && !error.needs_login());
    assert_eq!(case.proxy.refreshes(), 0, "never without the lock");
    assert!(matches!(
        case.client
            .logout(crate::Logout::Local)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Busy { .. }
    ));
    lock.unlock().unwrap();
    case.client.profile().await.unwrap();
}

#[tokio::test]
async fn where_nothing_can_be_locked_only_a_repeatable_refresh_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let lockable = SlowStore::new(&folder);
    let store = lockable.elsewhere(folder.path());
    let case = case(store.clone(), "").await;
    let session = case.client.session();
    session.refresh().await.expect("its key makes it safe");
    assert_eq!(case.proxy.refreshes(), 1);
    let stored = store.load(&case.key()).await.unwrap().unwrap();
    assert_eq!(stored.generation(), 2, "and it is stored");
    // a server that can't repeat it
    case.proxy.rule(|_| Act::Without("gatepost-features"));
    let named = session.refresh().await;
    named.expect("the last answer still named it");
    let error = session.refresh().await.unwrap_err();
    let ErrorKind::Store(StoreError::NoLock { path, .. }) = error.kind() else {
        panic!("{error:?}");
    };
    assert_eq!(path.as_deref(), Some(folder.path()));
    let text = error.to_string();
    assert!(
        text.contains(&folder.path().display().to_string()),
        "{text}"
    );
    assert!(!error.is_transient() && error.hint().is_some());
    assert_eq!(case.proxy.refreshes(), 2, "nothing was sent");
    case.client.profile().await.expect("the session lives");
    // with a lock it goes on
    let other = Client::builder(&case.proxy.url).store(lockable);
    let other = other.account("ada").limits(SHORT).build().unwrap();
    other.session().refresh().await.expect("it has a lock");
}

#[tokio::test]
async fn a_login_that_would_die_at_its_first_expiry_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = SlowStore::new(&folder).elsewhere(folder.path());
    let case = not_entered(store.clone(), "").await;
    case.proxy.without_keys();
    let name = crate::NewUser::new("ada", "a@example.com", &server::password());
    case.client.register(name).await.unwrap();
    let error = case
        .client
        .login("ada", &server::password())
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Store(StoreError::NoLock { .. })),
        "{error:?}"
    );
    assert!(store.load(&case.key()).await.unwrap().is_none());
    let ended = case.proxy.seen("POST /api/token/blacklist/");
    assert_eq!(ended.len(), 1, "the server need not keep what nobody has");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_stored_during_a_refresh_without_a_lock_wins() {
    let folder = tempfile::tempdir().unwrap();
    let lockable = SlowStore::new(&folder);
    let store = lockable.elsewhere(folder.path());
    let case = case(store.clone(), "").await;
    let (key, session) = (case.key(), case.client.session());
    let other = Client::builder(&case.proxy.url).store(lockable);
    let other = other.account("ada").limits(SHORT).build().unwrap();
    other.session().refresh().await.expect("it has a lock");
    session
        .refresh()
        .await
        .expect("the other's token or a new one");
    let before = case.proxy.refreshes();
    let logins = MemoryStore::new();
    let third = Client::builder(&case.proxy.url).store(logins.clone());
    let third = third.build().unwrap();
    third.login("ada", &server::password()).await.unwrap();
    let newer = logins.load(&key).await.unwrap().unwrap();
    let (inner, stored) = (store.inner.clone(), newer.clone());
    case.proxy.rule(move |seen| {
        if seen.line == REFRESH {
            let save = inner.save(&key, &stored);
            tokio::task::block_in_place(|| Handle::current().block_on(save)).unwrap();
        }
        Act::Without("date")
    });
    let token = session.refresh().await.unwrap();
    assert_eq!(
        case.proxy.refreshes(),
        before + 1,
        "it was sent all the same"
    );
    assert_eq!(Some(token), newer.access_token());
    let stored = store.load(&case.key()).await.unwrap().unwrap();
    assert!(stored.holds(&newer.refresh) && stored.generation() == newer.generation());
}

#[tokio::test]
async fn a_silent_server_is_asked_again_with_the_same_key_and_nothing_is_lost() {
    let case = case(MemoryStore::new(), "").await;
    case.client
        .session()
        .refresh()
        .await
        .expect("the server says what it can");
    case.proxy.rule(|_| Act::Late(Duration::from_secs(5)));
    let error = case.client.session().refresh().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Timeout) && error.is_transient(),
        "{error:?}"
    );
    let keys = case.keys().split_off(1);
    assert!(
        keys.len() >= 3 && keys.iter().all(|key| *key == keys[0]),
        "{keys:?}"
    );
    assert!(matches!(
        case.client.session().state(),
        SessionState::Active { .. }
    ));
    case.proxy.rule(|_| Act::Without("date"));
    case.client
        .session()
        .refresh()
        .await
        .expect("the same successor");
    assert_eq!(case.keys().last(), Some(&keys[0]));
}

/// As with SIGSTOP: the answer comes, and the time is over, before the process goes on.
#[test]
fn an_answer_that_came_while_the_process_was_stopped_counts() {
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
    };
    let elsewhere = runtime().unwrap();
    let (server, proxy) = elsewhere.block_on(async {
        let server = Server::with("").await;
        let proxy = Proxy::before(&server.url).await;
        (server, proxy)
    });
    let here = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    here.block_on(async {
        let client = Client::builder(&proxy.url).limits(SHORT).build().unwrap();
        enter(&client, "ada").await;
        proxy.first(REFRESH, [Act::Late(Duration::from_millis(200))]);
        let session = client.session();
        let refresh = tokio::spawn(async move { session.refresh().await });
        proxy.wait_for_answers(REFRESH, 1).await;
        std::thread::sleep(Duration::from_secs(2));
        refresh.await.unwrap().expect("the answer is there");
        assert_eq!(proxy.refreshes(), 1);
    });
    drop(server);
}

#[tokio::test]
async fn a_plain_server_is_given_all_the_time_there_is_and_a_loss_is_named() {
    let case = not_entered(MemoryStore::new(), "[refresh]\ngrace = 0\n").await;
    case.proxy.without_keys();
    enter(&case.client, "ada").await;
    case.proxy
        .first(REFRESH, [Act::Late(Duration::from_millis(900))]);
    case.client
        .session()
        .refresh()
        .await
        .expect("later than one try, sooner than all");
    assert_eq!(case.proxy.refreshes(), 1);
    case.clock.advance(60);
    case.proxy
        .first(REFRESH, [Act::Late(Duration::from_secs(9))]);
    let error = case.client.session().refresh().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout), "{error:?}");
    case.client
        .profile()
        .await
        .expect("the access token is good");
    case.proxy.rule(|_| Act::Without("date"));
    let error = case.client.session().refresh().await.unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::SessionExpired(ExpiredReason::LostRotation)
        ),
        "{error:?}"
    );
}

/// A store whose calls are given up before they are done, or which takes short texts alone.
#[derive(Clone)]
struct SlowStore {
    inner: MemoryStore,
    name: &'static str,
    lock: std::path::PathBuf,
    slow: Arc<AtomicUsize>,
    work: Arc<tokio::sync::RwLock<()>>,
    longest: usize,
}

impl SlowStore {
    fn new(folder: &tempfile::TempDir) -> Self {
        Self {
            inner: MemoryStore::new(),
            name: "slow",
            lock: folder.path().join("x.lock"),
            slow: Arc::default(),
            work: Arc::default(),
            longest: usize::MAX,
        }
    }

    /// The same store in another process, which locks it by another file. A folder can't be locked.
    fn elsewhere(&self, lock: &std::path::Path) -> Self {
        Self {
            name: "elsewhere",
            lock: lock.to_owned(),
            ..self.clone()
        }
    }
}

impl TokenStore for SlowStore {
    fn id(&self) -> String {
        format!("{}:{}", self.name, self.lock.display())
    }

    fn load<'a>(
        &'a self,
        key: &'a EntryKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        self.inner.load(key)
    }

    fn save<'a>(
        &'a self,
        key: &'a EntryKey,
        entry: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let length = entry.to_json().expose_secret().len();
        if length > self.longest {
            return Box::pin(async move { Err(StoreError::TooLong { length }) });
        }
        if self.slow.swap(0, Ordering::SeqCst) == 0 {
            return self.inner.save(key, entry);
        }
        let (inner, work, key, entry) = (
            self.inner.clone(),
            self.work.clone(),
            key.clone(),
            entry.clone(),
        );
        Box::pin(async move {
            let working = work.read_owned().await;
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(700)).await;
                inner.save(&key, &entry).await.unwrap();
                drop(working);
            });
            Err(StoreError::Timeout(Duration::from_millis(1)))
        })
    }

    fn remove<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner.remove(key)
    }

    fn list<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>> {
        self.inner.list(server)
    }

    fn lock(&self, _: &EntryKey) -> Result<LockPlace, StoreError> {
        Ok(LockPlace::File(self.lock.clone()))
    }

    fn idle(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move { drop(self.work.write().await) })
    }
}

#[tokio::test]
async fn a_write_that_was_given_up_keeps_the_lock_until_it_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let store = SlowStore::new(&folder);
    let case = case(store.clone(), "").await;
    store.slow.store(1, Ordering::SeqCst);
    let session = case.client.session();
    session.refresh().await.expect("the access token is fresh");
    assert!(matches!(
        session.state(),
        SessionState::Active {
            degraded: Some(_),
            ..
        }
    ));
    // another process, which shares the lock and the store
    let other = SlowStore {
        name: "other",
        ..store.clone()
    };
    let other = Client::builder(&case.proxy.url)
        .store(other)
        .account("ada")
        .limits(SHORT)
        .build()
        .unwrap();
    let error = other.session().refresh().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Busy { .. }), "{error:?}");
    assert!(session.wait_idle(Duration::from_secs(5)).await);
    let stored = store.load(&case.key()).await.unwrap().unwrap();
    assert_eq!(
        stored.generation(),
        2,
        "what was written late is what was written last"
    );
    other.session().refresh().await.unwrap();
    session.refresh().await.unwrap();
    assert!(matches!(
        session.state(),
        SessionState::Active { degraded: None, .. }
    ));
}

#[tokio::test]
async fn a_store_for_short_texts_keeps_the_session_without_its_access_token() {
    let folder = tempfile::tempdir().unwrap();
    let store = SlowStore {
        longest: 500,
        ..SlowStore::new(&folder)
    };
    let case = case(store.clone(), "").await;
    case.client.session().refresh().await.unwrap();
    case.client.profile().await.unwrap();
    assert_eq!(
        case.proxy.refreshes(),
        1,
        "this process still has its access token"
    );
    let stored = store.load(&case.key()).await.unwrap().unwrap();
    assert!(stored.access.is_none() && stored.generation() == 2);
    let other = SlowStore {
        name: "other",
        ..store
    };
    let other = Client::builder(&case.proxy.url)
        .store(other)
        .account("ada")
        .build()
        .unwrap();
    other.profile().await.unwrap();
    assert_eq!(case.proxy.refreshes(), 2, "another one refreshes");
}
