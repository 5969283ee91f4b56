//! What is kept of a session, and what happens while the store fails.

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::{Client, Degraded, ErrorKind, Method, RefreshMode, SessionState};

use crate::case::{REFRESH, case_with};
use crate::faulty::FaultyStore;
use crate::proxy::Act;
use crate::scenarios::refresh_token;
use crate::server::{enter, password};

#[tokio::test]
async fn a_login_ends_the_session_before_it_and_a_failed_one_does_not() {
    let store = MemoryStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    let old = refresh_token(&store, &case.client).await;
    let wrong = gatepost_sdk::SecretString::from("wrong");
    case.client.login("ada", &wrong).await.expect_err("wrong");
    assert_eq!(refresh_token(&store, &case.client).await, old);
    case.client.profile().await.expect("the session lives");
    case.client
        .login("ada", &password())
        .await
        .expect("logged in");
    assert_ne!(refresh_token(&store, &case.client).await, old);
    let ended = case.proxy.seen("POST /api/token/blacklist/").remove(0);
    assert!(ended.body.contains(&old) && ended.header("idempotency-key").is_some());
    let body = serde_json::json!({ "refresh": old });
    let request = case
        .client
        .request(Method::POST, "/api/token/refresh/")
        .anonymous()
        .json(&body);
    assert_eq!(
        request.send().await.expect("an answer").status().as_u16(),
        401
    );
}

#[tokio::test]
async fn without_a_name_the_only_session_is_used() {
    let store = MemoryStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    let unnamed = || {
        let client = Client::builder(&case.proxy.url).store(store.clone());
        client.build().expect("a client")
    };
    let client = unnamed();
    assert_eq!(
        (client.account(), client.session().state()),
        (None, SessionState::Unknown { reason: None })
    );
    assert!(matches!(
        client.session().load().await.expect("read"),
        SessionState::Active { .. }
    ));
    assert_eq!(client.account().as_deref(), Some("ada"));
    enter(&case.client.with_account("bob"), "bob").await;
    let error = unnamed().profile().await.expect_err("which?");
    assert!(error.to_string().contains("ada, bob") && error.hint().is_some());
    let empty = Client::builder(&case.proxy.url).build().expect("a client");
    assert_eq!(
        empty.session().load().await.expect("read"),
        SessionState::SignedOut
    );
}

#[tokio::test]
async fn what_is_not_stored_is_never_sent_to_a_server_that_gives_it_again() {
    let store = FaultyStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    let session = case.client.session();
    let stored = refresh_token(&store, &case.client).await;
    store.fail_saves(1000);
    for _ in 0..2 {
        session.refresh().await.expect("the access token is fresh");
        case.client.profile().await.expect("a profile");
        assert!(matches!(
            session.state(),
            SessionState::Active {
                degraded: Some(Degraded::StoreFailed),
                ..
            }
        ));
    }
    let sent: Vec<_> = case
        .proxy
        .seen(REFRESH)
        .into_iter()
        .map(|seen| seen.body)
        .collect();
    assert!(
        sent.len() == 2 && sent.iter().all(|body| body.contains(&stored)),
        "{}",
        sent.len()
    );
    // another process finds the old token, and the same successor
    let other = Client::builder(&case.proxy.url)
        .store(store.clone())
        .account("ada")
        .build()
        .expect("a client");
    store.fail_saves(0);
    other.session().refresh().await.expect("refreshed");
    session.refresh().await.expect("refreshed");
    assert!(matches!(
        session.state(),
        SessionState::Active { degraded: None, .. }
    ));
    other.profile().await.expect("a profile");
}

#[tokio::test]
async fn at_a_server_that_gives_tokens_once_the_unstored_ones_are_used() {
    let store = FaultyStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    case.proxy.rule(|_| Act::Without("gatepost-features"));
    let session = case.client.session();
    session.refresh().await.expect("refreshed");
    let stored = refresh_token(&store, &case.client).await;
    store.fail_saves(1000);
    session.refresh().await.expect("refreshed");
    session.refresh().await.expect("refreshed");
    let sent: Vec<_> = case
        .proxy
        .seen(REFRESH)
        .into_iter()
        .skip(1)
        .map(|seen| seen.body)
        .collect();
    assert!(sent[0].contains(&stored) && !sent[1].contains(&stored));
    store.fail_saves(0);
    session.refresh().await.expect("refreshed");
    assert!(matches!(
        session.state(),
        SessionState::Active { degraded: None, .. }
    ));
    case.client.profile().await.expect("a profile");
    assert_ne!(refresh_token(&store, &case.client).await, stored);
}

#[tokio::test]
async fn a_store_that_can_not_be_read_costs_nothing_while_it_can_be_helped() {
    let store = FaultyStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    case.client
        .session()
        .refresh()
        .await
        .expect("the server says what it can");
    store.fail_loads(1);
    store.fail_saves(3);
    case.client
        .session()
        .refresh()
        .await
        .expect("with what is remembered");
    case.client
        .session()
        .refresh()
        .await
        .expect("and stored again");
    let fresh = Client::builder(&case.proxy.url)
        .store(store.clone())
        .account("ada")
        .build()
        .expect("a client");
    store.fail_loads(1);
    let error = fresh.profile().await.expect_err("unreadable");
    assert!(
        matches!(error.kind(), ErrorKind::Store(_))
            && !error.needs_login()
            && error.hint().is_some()
    );
    fresh.profile().await.expect("a profile");
    // a login that can't be kept is none, and a session before it is not harmed by an unreadable store
    store.fail_loads(1);
    let logins = case.proxy.seen("POST /api/token/").len();
    fresh
        .login("ada", &password())
        .await
        .expect_err("unreadable");
    assert_eq!(
        case.proxy.seen("POST /api/token/").len(),
        logins,
        "the password was not sent"
    );
}
