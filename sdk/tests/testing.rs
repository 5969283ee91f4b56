//! The mock server and the store of the `testing` feature fail as they are told to, and the session lives on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use gatepost_sdk::store::{BoxFuture, LockPlace, MemoryStore, SharedGuard, SharedLock};
use gatepost_sdk::testing::{Fault, FaultyStore, MockServer, StoreFault};
use gatepost_sdk::{
    Client, EntryKey, ErrorKind, ExpiredReason, Logout, NewPost, NewUser, PostPatch, SecretString,
    StoreError, StoredSession, TokenStore,
};
use tokio::sync::OwnedMutexGuard;

const REFRESH: &str = "POST /api/token/refresh/";
const PROFILE: &str = "GET /api/users/profile/";

type Expected = fn(&ErrorKind) -> bool;

async fn signed_in(server: &MockServer) -> Client {
    let client = server.client().build().expect("a client");
    client
        .login("ada", &server.password())
        .await
        .expect("logged in");
    client
}

#[tokio::test]
async fn every_endpoint_of_the_api_is_there() {
    let server = MockServer::start().await;
    let client = server.client().build().expect("a client");
    let wrong = client.login("ada", &SecretString::from("wrong")).await;
    assert!(wrong.expect_err("refused").needs_login());
    let ada = NewUser::new("ada", "", &server.password());
    client.register(ada).await.expect("registered");
    let session = client
        .login("ada", &server.password())
        .await
        .expect("logged in");
    assert_eq!(client.profile().await.expect("a profile").username, "ada");
    let posts = client.posts();
    let post = posts
        .create(&NewPost::new("a", "b"))
        .await
        .expect("created");
    let change = PostPatch::new().title("c");
    assert_eq!(
        posts.patch(post.id, &change).await.expect("changed").title,
        "c"
    );
    assert_eq!(posts.list().send().await.expect("a list").items.len(), 1);
    posts.delete(post.id).await.expect("deleted");
    let token = session.refresh().await.expect("refreshed");
    assert!(client.verify(&token).await.expect("verified"));
    assert!(
        client
            .logout(Logout::Server)
            .await
            .expect("logged out")
            .revoked
    );
}

#[tokio::test]
async fn each_fault_is_what_it_says() {
    let server = MockServer::start().await;
    let client = server.client().timeout(Duration::from_millis(300));
    let client = client.build().expect("a client");
    client
        .login("ada", &server.password())
        .await
        .expect("logged in");
    let faults: [(Fault, Expected); 5] = [
        (Fault::CutBeforeCommit, |kind| {
            matches!(kind, ErrorKind::Network)
        }),
        (Fault::CutAfterCommit, |kind| {
            matches!(kind, ErrorKind::Network)
        }),
        (Fault::Delay(Duration::from_secs(2)), |kind| {
            matches!(kind, ErrorKind::Timeout)
        }),
        (Fault::Status(500), |kind| matches!(kind, ErrorKind::Api(_))),
        (Fault::Html, |kind| {
            matches!(kind, ErrorKind::UnexpectedAnswer { .. })
        }),
    ];
    for (fault, is_expected) in faults {
        server.next("POST /api/posts/", fault.clone());
        let error = client
            .posts()
            .create(&NewPost::new("a", "b"))
            .await
            .expect_err("a fault");
        assert!(is_expected(error.kind()), "{fault:?}: {error:?}");
    }
    // done, though the answer did not come: cut after the commit, and late
    assert_eq!(
        client
            .posts()
            .list()
            .send()
            .await
            .expect("a list")
            .items
            .len(),
        2
    );
    server.always(PROFILE, Fault::Later(7));
    let error = client.profile().await.expect_err("later");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    server.heal();
    client.profile().await.expect("healed");
}

#[tokio::test]
async fn a_lost_refresh_is_healed_where_the_server_repeats_it_and_named_where_not() {
    for repeats in [true, false] {
        let server = MockServer::start().await;
        server.repeats(repeats);
        let client = signed_in(&server).await;
        server.clock().advance(400);
        server.next(REFRESH, Fault::CutAfterCommit);
        let read = client.profile().await;
        if repeats {
            read.expect("the same tokens were given again");
            assert_eq!(server.count(REFRESH), 2);
        } else {
            let error = read.expect_err("they are lost");
            let lost = ExpiredReason::LostRotation;
            assert!(
                matches!(error.kind(), ErrorKind::SessionExpired(why) if *why == lost),
                "{error:?}"
            );
        }
    }
}

#[tokio::test]
async fn sessions_end_and_stores_fail_on_demand() {
    let server = MockServer::start().await;
    let store = FaultyStore::new(MemoryStore::new());
    let client = server
        .client()
        .store(store.clone())
        .build()
        .expect("a client");
    client
        .login("ada", &server.password())
        .await
        .expect("logged in");
    server.clock().advance(400);
    store.fail(StoreFault::Save);
    client
        .profile()
        .await
        .expect("the new tokens are kept in memory");
    store.heal();
    server.clock().advance(400);
    client.profile().await.expect("and stored now");
    server.end_sessions();
    server.clock().advance(400);
    assert!(
        client
            .profile()
            .await
            .expect_err("it has ended")
            .needs_login()
    );
    store.fail(StoreFault::All);
    let other = server.client().store(store).build().expect("a client");
    let error = other.profile().await.expect_err("the store fails");
    assert!(matches!(error.kind(), ErrorKind::Store(_)), "{error:?}");
}

/// A store whose lock is somebody's own, and who holds it.
#[derive(Clone, Default)]
struct Shared {
    inner: MemoryStore,
    lock: Arc<tokio::sync::Mutex<()>>,
    taken: Arc<AtomicUsize>,
    is_broken: Arc<AtomicBool>,
}

struct Guard(Option<OwnedMutexGuard<()>>);

impl SharedLock for Shared {
    fn acquire(
        &self,
        _: Duration,
    ) -> BoxFuture<'_, Result<Option<Box<dyn SharedGuard>>, StoreError>> {
        Box::pin(async move {
            if self.is_broken.load(Ordering::SeqCst) {
                return Err(StoreError::Io("the database is away".to_owned()));
            }
            let Ok(guard) = self.lock.clone().try_lock_owned() else {
                return Ok(None);
            };
            self.taken.fetch_add(1, Ordering::SeqCst);
            Ok(Some(Box::new(Guard(Some(guard))) as Box<dyn SharedGuard>))
        })
    }
}

impl SharedGuard for Guard {
    fn release(mut self: Box<Self>) -> BoxFuture<'static, ()> {
        let guard = self.0.take();
        Box::pin(async move {
            tokio::task::yield_now().await;
            drop(guard);
        })
    }
}

impl TokenStore for Shared {
    fn id(&self) -> String {
        self.inner.id()
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
        session: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner.save(key, session)
    }

    fn remove<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner.remove(key)
    }

    fn list<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>> {
        self.inner.list(server)
    }

    fn lock(&self, _: &EntryKey) -> Result<LockPlace, StoreError> {
        Ok(LockPlace::Shared(Arc::new(self.clone())))
    }
}

#[tokio::test]
async fn a_store_of_many_machines_has_a_lock_of_its_own() {
    let (server, store) = (MockServer::start().await, Shared::default());
    let client = server
        .client()
        .store(store.clone())
        .build()
        .expect("a client");
    client
        .login("ada", &server.password())
        .await
        .expect("logged in");
    for times in 2..4 {
        server.clock().advance(400);
        client.profile().await.expect("a profile");
        assert_eq!(store.taken.load(Ordering::SeqCst), times);
        // it was freed, in a task of its own
        drop(store.lock.clone().lock_owned().await);
    }
    // another machine refreshes: its token is taken up, and no other is asked for
    server.repeats(false);
    let before = server.count(REFRESH);
    let held = store.lock.clone().lock_owned().await;
    server.clock().advance(400);
    let busy = client.profile().await.expect_err("it is locked elsewhere");
    assert!(
        matches!(busy.kind(), ErrorKind::Busy { .. }) && busy.is_transient(),
        "{busy:?}"
    );
    drop(held);
    client.profile().await.expect("it is free again");
    assert_eq!(server.count(REFRESH), before + 1);
    store.is_broken.store(true, Ordering::SeqCst);
    server.clock().advance(400);
    let error = client
        .profile()
        .await
        .expect_err("no lock, and the server repeats nothing");
    assert!(
        !format!("{error}").is_empty() && server.count(REFRESH) == before + 1,
        "{error:?}"
    );
}
