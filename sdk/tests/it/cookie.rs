//! A Gatepost that gives browsers the refresh token in a cookie: sessions are kept, exchanged and ended as ever.

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::{Client, Endpoints, ErrorKind, ExpiredReason, Logout, Method};

use crate::case::REFRESH;
use crate::proxy::{Act, Proxy};
use crate::scenarios::refresh_token;
use crate::server::{Server, enter, password};

/// Whether the cookie is named to the client or found by what it holds.
const NAMES: [Option<&str>; 2] = [None, Some("rt")];

struct Case {
    proxy: Proxy,
    store: MemoryStore,
    client: Client,
    _server: Server,
}

async fn logged_in(name: Option<&str>) -> Case {
    let server = Server::with("cookies.refresh = 'rt'\nrefresh.grace = 0").await;
    let proxy = Proxy::before(&server.url).await;
    let store = MemoryStore::new();
    let mut endpoints = Endpoints::new();
    if let Some(name) = name {
        endpoints = endpoints.refresh_cookie(name);
    }
    let client = Client::builder(&proxy.url)
        .endpoints(endpoints)
        .store(store.clone());
    let client = client.build().expect("a client");
    enter(&client, "ada").await;
    Case {
        proxy,
        store,
        client,
        _server: server,
    }
}

#[tokio::test]
async fn a_session_is_kept_exchanged_and_ended() {
    for name in NAMES {
        let case = logged_in(name).await;
        let mut before = refresh_token(&case.store, &case.client).await;
        assert!(before.starts_with("eyJ"));
        for _ in 0..3 {
            case.client.session().refresh().await.expect("refreshed");
            let after = refresh_token(&case.store, &case.client).await;
            assert_ne!(before, after);
            before = after;
            case.client.profile().await.expect("a profile");
        }
        for seen in case.proxy.seen(REFRESH) {
            assert!(seen.header("idempotency-key").is_some());
            assert_eq!(seen.header("cookie").is_some(), name.is_some());
        }
        let out = case.client.logout(Logout::Server).await.expect("out");
        assert!(out.revoked, "{out:?}");
        let other = Client::builder(&case.proxy.url).build().expect("a client");
        let refused = other
            .request(Method::POST, "/api/token/refresh/")
            .anonymous()
            .json(&serde_json::json!({ "refresh": before }));
        let refused = refused.send().await.expect("an answer").checked().await;
        let refused = refused.expect_err("it is ended");
        assert_eq!(refused.status().map(|status| status.as_u16()), Some(401));
    }
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    for name in NAMES {
        for act in [Act::CutAfter, Act::CutWithin, Act::CutBefore] {
            let case = logged_in(name).await;
            case.proxy.first(REFRESH, [act.clone(), Act::CutAfter]);
            case.client.session().refresh().await.expect("refreshed");
            case.client
                .session()
                .refresh()
                .await
                .expect("and once more");
            case.client.profile().await.expect("a profile");
            assert!(case.proxy.refreshes() >= 4, "{act:?}");
        }
    }
}

/// Ended elsewhere, the session ends here with its reason; a new login begins another one.
#[tokio::test]
async fn a_session_that_was_ended_says_so_and_a_login_begins_another() {
    let case = logged_in(None).await;
    let stolen = refresh_token(&case.store, &case.client).await;
    let out = case
        .client
        .post("/api/token/blacklist/")
        .anonymous()
        .json(&serde_json::json!({ "refresh": stolen }));
    out.send_empty().await.expect("logged out elsewhere");
    let error = case.client.session().refresh().await.expect_err("over");
    assert!(
        matches!(
            error.kind(),
            ErrorKind::SessionExpired(ExpiredReason::Blacklisted)
        ),
        "{error:?}"
    );
    case.client.login("ada", &password()).await.expect("again");
    case.client.session().refresh().await.expect("refreshed");
}
