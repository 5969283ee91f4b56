//! Programs that break: a store that panics, a runtime that is shut down under a refresh.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use gatepost_sdk::store::{BoxFuture, LockPlace, MemoryStore};
use gatepost_sdk::{
    Client, Degraded, EntryKey, ErrorKind, Logout, RefreshMode, SessionState, StoreError,
    StoredSession, TokenStore,
};

use crate::case::{REFRESH, case_with};
use crate::proxy::Act;

/// Which call panics, as a bit; later ones when they are polled.
const LOAD: usize = 1;
const SAVE: usize = 2;
const REMOVE: usize = 4;
const LOCK: usize = 8;
const LATER: usize = 16;

#[derive(Clone)]
struct Panicking(MemoryStore, Arc<AtomicUsize>);

impl Panicking {
    fn new() -> Self {
        Self(MemoryStore::new(), Arc::default())
    }

    fn panics(&self, calls: usize) {
        self.1.store(calls, Ordering::SeqCst);
    }

    fn call<'a, T: Send + 'a>(&self, which: usize, call: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
        let calls = self.1.load(Ordering::SeqCst);
        assert!(calls & which == 0 || calls & LATER != 0, "told to");
        let panics = calls & which != 0;
        Box::pin(async move {
            tokio::task::yield_now().await;
            assert!(!panics, "told to, later");
            call.await
        })
    }
}

impl TokenStore for Panicking {
    fn id(&self) -> String {
        format!("panicking:{}", self.0.id())
    }

    fn load<'a>(
        &'a self,
        key: &'a EntryKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        self.call(LOAD, self.0.load(key))
    }

    fn save<'a>(
        &'a self,
        key: &'a EntryKey,
        session: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.call(SAVE, self.0.save(key, session))
    }

    fn remove<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        self.call(REMOVE, self.0.remove(key))
    }

    fn list<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>> {
        self.0.list(server)
    }

    fn lock(&self, _: &EntryKey) -> Result<LockPlace, StoreError> {
        assert!(self.1.load(Ordering::SeqCst) & LOCK == 0, "told to");
        Ok(LockPlace::InProcess)
    }
}

#[tokio::test]
async fn a_store_that_panics_costs_a_call_and_not_the_session() {
    let store = Panicking::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    let session = case.client.session();
    for later in [0, LATER] {
        store.panics(SAVE | later);
        session.refresh().await.expect("the access token is fresh");
        assert!(
            matches!(
                session.state(),
                SessionState::Active {
                    degraded: Some(Degraded::StoreFailed),
                    ..
                }
            ),
            "{:?}",
            session.state()
        );
        store.panics(LOAD | later);
        session.refresh().await.expect("with what is remembered");
        store.panics(REMOVE | later);
        let error = case.client.logout(Logout::Local).await;
        let error = error.expect_err("it is still there");
        assert!(
            matches!(error.kind(), ErrorKind::Store(StoreError::Panicked(_))),
            "{error:?}"
        );
        store.panics(0);
        session.refresh().await.expect("and stored again");
        assert!(matches!(
            session.state(),
            SessionState::Active { degraded: None, .. }
        ));
    }
}

#[tokio::test]
async fn a_store_that_panics_is_said_and_not_taken_for_the_network() {
    let store = Panicking::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    let key = EntryKey::new(case.client.server(), "ada");
    let stored = store.0.load(&key).await.expect("read");
    let stored = stored.expect("a session");
    for calls in [LOAD, LOAD | LATER] {
        let store = Panicking::new();
        store.0.save(&key, &stored).await.expect("saved");
        store.panics(calls);
        let client = Client::builder(&case.proxy.url).store(store.clone());
        let client = client.account("ada").build().expect("a client");
        let error = client.profile().await.expect_err("it panicked");
        assert!(
            matches!(error.kind(), ErrorKind::Store(StoreError::Panicked(_)))
                && !error.is_transient(),
            "{error:?}"
        );
        assert!(matches!(
            client.session().state(),
            SessionState::Unknown {
                reason: Some(StoreError::Panicked(_))
            }
        ));
        store.panics(0);
        client.profile().await.expect("a profile");
    }
}

/// A part of a program with a runtime of its own, which ends while its refresh is under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_ended_with_its_runtime_is_begun_again() {
    let store = MemoryStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    let session = case.client.session();
    case.proxy
        .first(REFRESH, [Act::Late(Duration::from_mins(1))]);
    let (url, clock) = (case.proxy.url.clone(), case.clock.clone());
    let elsewhere = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let client = Client::builder(url)
            .store(store)
            .account("ada")
            .clock(clock);
        let client = client.build().expect("a client");
        runtime.spawn(async move { client.session().refresh().await.map(drop) });
        runtime
    });
    let runtime = elsewhere.join().expect("a runtime");
    case.proxy.wait_for_answers(REFRESH, 1).await;
    // one of ours takes part in that refresh
    let mut waiting = Box::pin(session.refresh());
    assert!((&mut waiting).now_or_never().is_none());
    assert!(matches!(session.state(), SessionState::Refreshing { .. }));
    runtime.shutdown_background();
    waiting.await.expect("refreshed");
    let keys = case.keys();
    assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
    assert!(
        matches!(session.state(), SessionState::Active { degraded: None, .. }),
        "{:?}",
        session.state()
    );
    case.client.profile().await.expect("a profile");
}
