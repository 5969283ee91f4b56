//! The mock server and the store of the `testing` feature fail as they are told to, and the session lives on.

use std::time::Duration;

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::testing::{Fault, FaultyStore, MockServer, StoreFault};
use gatepost_sdk::{
    Client, ErrorKind, ExpiredReason, Logout, NewPost, NewUser, PostPatch, SecretString,
};

const REFRESH: &str = "POST /api/token/refresh/";
const PROFILE: &str = "GET /api/users/profile/";

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
    type Expected = fn(&ErrorKind) -> bool;
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
