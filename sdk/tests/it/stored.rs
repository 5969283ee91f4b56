//! What is kept of a session, and what happens while the store fails.

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::{Client, Degraded, ErrorKind, Logout, Method, RefreshMode, SessionState};

use crate::case::{REFRESH, case_with};
use crate::faulty::FaultyStore;
use crate::proxy::{Act, Proxy};
use crate::scenarios::refresh_token;
use crate::server::{Server, enter, password};

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
async fn a_login_that_can_not_be_kept_does_not_end_the_session_before_it() {
    let store = FaultyStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    let old = refresh_token(&store, &case.client).await;
    store.fail_saves(1);
    let error = case.client.login("ada", &password()).await;
    let error = error.expect_err("it can't be kept");
    assert!(matches!(error.kind(), ErrorKind::Store(_)), "{error:?}");
    assert_eq!(refresh_token(&store, &case.client).await, old);
    let ended = case.proxy.seen("POST /api/token/blacklist/");
    assert!(
        ended.len() == 1 && !ended[0].body.contains(&old),
        "the new one"
    );
    case.client.session().refresh().await.expect("it lives on");
}

#[tokio::test]
async fn a_logout_that_the_store_does_not_follow_says_that_the_session_ended() {
    let store = FaultyStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    store.fail_removals(1);
    let out = case.client.logout(Logout::Server).await;
    let out = out.expect("it ended at the server");
    assert!(out.revoked && out.left.is_some(), "{out:?}");
    let state = case.client.session().state();
    assert!(matches!(state, SessionState::Expired { .. }), "{state:?}");
    let out = case.client.logout(Logout::Server).await;
    assert!(out.expect("logged out").left.is_none());
    assert_eq!(case.client.session().state(), SessionState::SignedOut);
    // what did not end at the server is as before
    case.client
        .login("ada", &password())
        .await
        .expect("a login");
    store.fail_removals(1);
    let out = case.client.logout(Logout::Local).await;
    assert!(matches!(
        out.expect_err("it is still there").kind(),
        ErrorKind::Store(_)
    ));
    case.client.profile().await.expect("a profile");
}

/// A server that is slow to end the old session keeps nobody from the new one.
#[tokio::test]
async fn the_session_before_is_ended_outside_the_lock() {
    let store = MemoryStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    let old = refresh_token(&store, &case.client).await;
    let late = Act::Late(std::time::Duration::from_mins(1));
    case.proxy.first("POST /api/token/blacklist/", [late]);
    let client = case.client.clone();
    let login = tokio::spawn(async move { client.login("ada", &password()).await });
    case.proxy
        .wait_for_answers("POST /api/token/blacklist/", 1)
        .await;
    assert_ne!(refresh_token(&store, &case.client).await, old);
    case.client
        .session()
        .refresh()
        .await
        .expect("it is not locked");
    assert!(!login.is_finished());
    login.abort();
}

#[tokio::test]
async fn a_login_says_what_the_server_can() {
    let server = Server::start().await;
    let proxy = Proxy::before(&server.url).await;
    let client = Client::builder(&proxy.url).build().expect("a client");
    enter(&client, "ada").await;
    let features = async || {
        let details = client.session().details().await.expect("read");
        details.expect("a session").features
    };
    let all = [
        "refresh-idempotency",
        "post-idempotency",
        "paging",
        "if-match",
    ];
    assert_eq!(features().await, all);
    // a proxy that takes the key away, as one may at a refresh
    proxy.without_keys();
    client.login("ada", &password()).await.expect("logged in");
    assert_eq!(features().await, ["paging", "if-match"]);
    let logins = proxy.seen("POST /api/token/");
    let keys: Vec<_> = logins
        .iter()
        .filter_map(|seen| seen.header("idempotency-key"))
        .collect();
    assert!(keys.len() == 2 && keys[0] != keys[1], "one for each");
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
        let problem = session.store_problem().await;
        assert!(problem.is_some_and(|problem| problem.to_string().contains("told to")));
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
    assert!(session.store_problem().await.is_none());
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
