//! What follows when the server refuses the token of a request.

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::{Body, Client, ErrorKind, ExpiredReason, Method, SessionState, TokenStore};

use crate::case::{NOT_VALID, PROFILE, case};
use crate::proxy::{Act, json};
use crate::server::password;

#[tokio::test]
async fn a_young_token_that_is_refused_is_shown_again_and_not_exchanged() {
    let case = case().await;
    case.proxy
        .first(PROFILE, [json("401 Unauthorized", NOT_VALID)]);
    case.client
        .profile()
        .await
        .expect("a second later the replica knows it");
    assert_eq!(
        (case.proxy.seen(PROFILE).len(), case.proxy.refreshes()),
        (2, 0)
    );
    case.refuse(&case.token().await);
    let error = case.client.profile().await.expect_err("it stays refused");
    assert!(matches!(error.kind(), ErrorKind::Api(_)), "{error:?}");
    assert_eq!(
        (case.proxy.seen(PROFILE).len(), case.proxy.refreshes()),
        (4, 0)
    );
}

/// A server that takes longer than it lets its tokens live, for a while.
#[tokio::test]
async fn a_token_that_expires_on_the_way_is_exchanged_again() {
    let case = case().await;
    let (clock, mut slow) = (case.clock.clone(), 2);
    case.proxy.rule(move |seen| {
        if seen.line == PROFILE && slow > 0 {
            slow -= 1;
            clock.advance(4 * 3600);
            return json("401 Unauthorized", NOT_VALID);
        }
        Act::Without("date")
    });
    case.client.profile().await.expect("the third time");
    assert_eq!(case.proxy.refreshes(), 2);
    // not for ever
    let clock = case.clock.clone();
    case.proxy.rule(move |seen| {
        if seen.line == PROFILE {
            clock.advance(4 * 3600);
            return json("401 Unauthorized", NOT_VALID);
        }
        Act::Without("date")
    });
    case.client.profile().await.expect_err("it is refused");
    assert!(case.proxy.refreshes() <= 6, "{}", case.proxy.refreshes());
}

#[tokio::test]
async fn an_account_that_is_refused_is_no_reason_to_refresh() {
    let case = case().await;
    case.clock.advance(60);
    for code in [
        "user_inactive",
        "user_not_found",
        "bad_authorization_header",
    ] {
        case.proxy.first(
            PROFILE,
            [json(
                "401 Unauthorized",
                &format!(r#"{{"detail":"x","code":"{code}"}}"#),
            )],
        );
        let error = case.client.profile().await.expect_err("refused");
        assert!(matches!(error.kind(), ErrorKind::Api(no) if no.code() == Some(code)));
    }
    case.proxy.first(
        PROFILE,
        [json(
            "401 Unauthorized",
            r#"{"detail":"x","code":"password_changed"}"#,
        )],
    );
    for _ in 0..2 {
        let error = case.client.profile().await.expect_err("refused");
        assert!(
            matches!(
                error.kind(),
                ErrorKind::SessionExpired(ExpiredReason::PasswordChanged)
            ),
            "{error:?}"
        );
    }
    assert_eq!(
        (case.proxy.seen(PROFILE).len(), case.proxy.refreshes()),
        (4, 0)
    );
}

#[tokio::test]
async fn a_body_that_can_be_sent_once_is_sent_once_and_whole() {
    let case = case().await;
    let old = case.token().await;
    let upload = || {
        let pieces = (0..64).map(|_| Ok::<_, std::io::Error>(vec![b' '; 16 * 1024]));
        let body = pieces.chain([Ok(br#"{"title":"Long","content":"x"}"#.to_vec())]);
        let body = Body::once(futures_util::stream::iter(body.collect::<Vec<_>>()));
        let request = case.client.request(Method::POST, "/api/posts/");
        request
            .header("content-type", "application/json")
            .body(body)
    };
    let uploads = || case.proxy.seen("POST /api/posts/");
    case.clock.advance(60);
    case.refuse(&old);
    let error = upload()
        .send()
        .await
        .expect_err("refused after it was sent");
    assert!(
        matches!(error.kind(), ErrorKind::BodyNotReplayable),
        "{error:?}"
    );
    upload()
        .send_json::<serde_json::Value>()
        .await
        .expect("the session is fresh");
    assert_eq!((case.proxy.refreshes(), uploads().len()), (1, 2));
    // one that can be made again is sent again
    case.clock.advance(60);
    case.refuse(&case.token().await);
    let again = Body::replayable(|| {
        futures_util::stream::iter([Ok::<_, std::io::Error>(
            r#"{"title":"Again","content":"x"}"#,
        )])
    });
    let request = case
        .client
        .request(Method::POST, "/api/posts/")
        .header("content-type", "application/json");
    let post: gatepost_sdk::Post = request.body(again).send_json().await.expect("created");
    assert_eq!(
        (post.title.as_str(), case.proxy.refreshes(), uploads().len()),
        ("Again", 2, 4)
    );
    // within twice the margin it is refreshed first
    case.clock.advance(3 * 3600 - 220);
    case.client.profile().await.expect("a profile");
    assert_eq!(case.proxy.refreshes(), 2);
    upload()
        .send_json::<serde_json::Value>()
        .await
        .expect("created");
    assert_eq!((case.proxy.refreshes(), uploads().len()), (3, 5));
    assert!(uploads()[4].body.len() > 1024 * 1024);
}

#[tokio::test]
async fn a_given_token_is_never_refreshed_or_stored() {
    let case = case().await;
    let token = case.token().await;
    let store = MemoryStore::new();
    let given = Client::builder(&case.proxy.url)
        .store(store.clone())
        .access_token(token.expose());
    let given = given.build().expect("a client");
    assert_eq!(given.profile().await.expect("a profile").username, "ada");
    assert!(matches!(
        given.session().state(),
        SessionState::Token {
            expires_at: Some(_),
            ..
        }
    ));
    case.refuse(&token);
    let error = given.profile().await.expect_err("refused");
    assert!(matches!(error.kind(), ErrorKind::Api(_)) && error.needs_login());
    assert!(store.list(given.server()).await.expect("a list").is_empty());
    assert_eq!(case.proxy.refreshes(), 0);
    given
        .login("ada", &password())
        .await
        .expect_err("it was given a token");
}
