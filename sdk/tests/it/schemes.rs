//! The scheme of the `Authorization` header, where the server wants another one than `Bearer`.

use futures_util::future::join_all;
use std::time::Duration;

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::{Body, Client, ErrorKind, Method, RefreshMode};

use crate::case::{Case, PROFILE, case_with};
use crate::proxy::{Act, answer};

async fn jwt() -> Case {
    let settings = "simple_jwt.auth_header_types = ['JWT']";
    case_with(settings, MemoryStore::new(), RefreshMode::OnDemand).await
}

/// The schemes that this was asked for with.
fn schemes(case: &Case, line: &str) -> Vec<String> {
    let seen = case.proxy.seen(line);
    let header = |seen: &crate::proxy::Seen| seen.header("authorization").map(str::to_owned);
    let headers = seen.iter().filter_map(header);
    headers
        .map(|header| header.split(' ').next().expect("a scheme").to_owned())
        .collect()
}

/// A view's own no, which says nothing of the token.
fn own(scheme: &str) -> Act {
    let headers =
        format!("content-type: application/json\r\nwww-authenticate: {scheme} realm=\"pin\"\r\n");
    Act::Answer(answer(
        "401 Unauthorized",
        &headers,
        r#"{"detail":"wrong PIN"}"#,
    ))
}

#[tokio::test]
async fn requests_that_were_under_way_learn_it_together() {
    let case = jwt().await;
    // none is answered before all were sent
    case.proxy.rule(|_| Act::Late(Duration::from_millis(300)));
    let calls = join_all((0..4).map(|_| case.client.profile())).await;
    for call in calls {
        call.expect("a profile");
    }
    case.proxy.rule(|_| Act::Pass);
    case.client.profile().await.expect("a profile");
    let sent = schemes(&case, PROFILE);
    assert_eq!(sent.iter().filter(|scheme| *scheme == "Bearer").count(), 4);
    assert_eq!(sent.last().map(String::as_str), Some("JWT"));
    assert_eq!(sent.len(), 9);
}

#[tokio::test]
async fn a_no_of_the_view_itself_changes_nothing() {
    let case = jwt().await;
    case.client.profile().await.expect("a profile");
    for scheme in ["Token", "JWT", "Basic"] {
        case.proxy.rule({
            let own = own(scheme);
            move |seen| {
                if seen.line == PROFILE {
                    own.clone()
                } else {
                    Act::Pass
                }
            }
        });
        let error = case.client.profile().await.expect_err("the view said no");
        assert!(
            matches!(error.kind(), ErrorKind::Api(no) if no.detail() == Some("wrong PIN")),
            "{scheme}: {error:?}"
        );
        case.proxy.rule(|_| Act::Pass);
        let before = case.proxy.seen(PROFILE).len();
        case.client.profile().await.expect("a profile");
        assert_eq!(schemes(&case, PROFILE)[before..], ["JWT"], "{scheme}");
    }
}

/// The first answer counts, not the one to the other scheme, which says only that no token was seen.
#[tokio::test]
async fn the_view_s_own_words_are_given() {
    let case = jwt().await;
    case.client.profile().await.expect("a profile");
    case.proxy.first(PROFILE, [own("Token")]);
    let error = case.client.profile().await.expect_err("the view said no");
    assert!(
        matches!(error.kind(), ErrorKind::Api(no) if no.detail() == Some("wrong PIN")),
        "{error:?}"
    );
    assert_eq!(schemes(&case, PROFILE)[2..], ["JWT", "Token"]);
}

#[tokio::test]
async fn after_a_body_that_can_be_sent_once_the_next_request_knows_it() {
    let case = jwt().await;
    let upload = || {
        let piece = Ok::<_, std::io::Error>(r#"{"title":"T","content":"x"}"#);
        let body = Body::once(futures_util::stream::iter([piece]));
        let request = case.client.request(Method::POST, "/api/posts/");
        request
            .header("content-type", "application/json")
            .body(body)
    };
    let error = upload().send_json::<serde_json::Value>().await;
    let error = error.expect_err("the server ignored it");
    assert!(
        matches!(error.kind(), ErrorKind::BodyNotReplayable),
        "{error:?}"
    );
    upload()
        .send_json::<serde_json::Value>()
        .await
        .expect("created");
}

#[tokio::test]
async fn one_that_is_given_is_sent_at_once_and_stays() {
    let case = jwt().await;
    let given = Client::builder(&case.proxy.url)
        .access_token(case.token().await.expose())
        .auth_scheme("JWT");
    let given = given.build().expect("a client");
    given.profile().await.expect("a profile");
    case.proxy.first(PROFILE, [own("Token")]);
    given.profile().await.expect_err("the view said no");
    given.profile().await.expect("a profile");
    assert_eq!(schemes(&case, PROFILE), ["JWT"; 3]);
    // a client for another account knows it as well
    let wrong = Client::builder(&case.proxy.url)
        .access_token(case.token().await.expose())
        .auth_scheme("Bearer");
    let error = wrong.build().expect("a client").profile().await;
    let error = error.expect_err("the server does not take it");
    assert!(matches!(error.kind(), ErrorKind::AuthScheme), "{error:?}");
}
