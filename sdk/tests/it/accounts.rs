//! Two people on one client: nobody gets what is the other's.

use std::time::Duration;

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::{Client, ErrorKind, Logout, NewUser, SessionState};

use crate::case::case;
use crate::server::{Server, password};

const LOGIN: &str = "POST /api/token/";

async fn register(client: &Client, name: &str) {
    let user = NewUser::new(name, format!("{name}@example.com"), &password());
    client.register(user).await.expect("registered");
}

async fn user_of(client: &Client) -> String {
    client.profile().await.expect("a profile").username
}

#[tokio::test]
async fn a_client_that_holds_a_session_logs_nobody_else_in() {
    let case = case().await;
    register(&case.client, "bob").await;
    let logins = case.proxy.seen(LOGIN).len();
    let login = case.client.login("bob", &password()).await;
    let error = login.expect_err("it is ada's");
    assert!(matches!(error.kind(), ErrorKind::Config(_)), "{error:?}");
    let said = format!("{error}; {}", error.hint().expect("a hint"));
    assert!(
        ["ada", "bob", "with_account"]
            .iter()
            .all(|word| said.contains(word)),
        "{said}"
    );
    assert_eq!(case.proxy.seen(LOGIN).len(), logins, "no password was sent");
    assert_eq!(user_of(&case.client).await, "ada");
    let bob = case.client.with_account("bob");
    bob.login("bob", &password()).await.expect("logged in");
    assert_eq!(user_of(&bob).await, "bob");
    assert_eq!(user_of(&case.client).await, "ada");
    // the same account again is no other
    case.client.login("ada", &password()).await.expect("again");
}

#[tokio::test]
async fn a_session_stays_that_of_its_account() {
    let case = case().await;
    register(&case.client, "bob").await;
    let ada = case.client.session();
    let states = ada.subscribe();
    let of_client = case.client.subscribe();
    case.client
        .logout(Logout::Server)
        .await
        .expect("logged out");
    let bob = case.client.login("bob", &password()).await.expect("free");
    assert_eq!(user_of(&case.client).await, "bob");
    assert_eq!(of_client.borrow().user(), Some("bob"));
    assert_eq!(bob.state().user(), Some("bob"));
    assert_eq!(*states.borrow(), SessionState::SignedOut);
    assert_eq!(ada.load().await.expect("read"), SessionState::SignedOut);
    let error = ada
        .access_token(Duration::ZERO)
        .await
        .expect_err("hers has ended");
    assert!(matches!(error.kind(), ErrorKind::NotSignedIn), "{error:?}");
    assert!(ada.details().await.expect("read").is_none());
    ada.logout(Logout::Server).await.expect("nothing to end");
    assert_eq!(user_of(&case.client).await, "bob");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_logins_at_once_one_is_refused() {
    let server = Server::start().await;
    let names = ["ada", "bob"];
    let first = server.client().build().expect("a client");
    for name in names {
        register(&first, name).await;
    }
    for _ in 0..5 {
        let client = server.client().store(MemoryStore::new());
        let client = client.build().expect("a client");
        let logins = names.map(|name| {
            let client = client.clone();
            tokio::spawn(async move { client.login(name, &password()).await })
        });
        let mut entered = Vec::new();
        for (login, name) in logins.into_iter().zip(names) {
            if let Ok(session) = login.await.expect("a task") {
                assert_eq!(session.state().user(), Some(name));
                entered.push(name);
            }
        }
        assert_eq!(entered.len(), 1, "{entered:?}");
        assert_eq!(user_of(&client).await, entered[0]);
    }
}
