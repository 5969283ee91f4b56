//! Servers that hand out other tokens, or none.

use gatepost_tests::{Backend, TestApp, anonymous};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::{OTHER, PASSWORD, change, column, end, end_others, list, log_in_as};
use crate::both_databases;

/// Where a token alone signs in, whatever is done to the account looks for its row all the same.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn without_a_look_at_the_user_the_account_is_looked_up(on: Backend) {
    let app = TestApp::with(on, "tokens.stateless = true").await;
    let ann = app.user("ann").await.log_in().await;
    let (_, other) = log_in_as(&app, "ann", "curl/8.5.0").await;
    let sessions = list(&ann, Some(&ann.refresh)).await;
    assert_eq!(column(&sessions, "current"), ["false", "true"]);
    let answer = ann
        .send(
            "PATCH",
            "/api/users/profile/",
            &json!({"first_name": "Ann"}),
        )
        .await;
    assert_eq!(answer.expect(200).field("first_name"), "Ann");
    change(&ann, PASSWORD, OTHER, Some(&ann.refresh))
        .await
        .expect(200);
    ann.refresh_with(&other, None).await.expect(401);
    let body = json!({"password": OTHER});
    ann.send("POST", "/api/account/delete/", &body)
        .await
        .expect(204);
    // what the token says is there for as long as the token; what is the account's is not
    ann.get("/api/users/profile/").await.expect(200);
    let gone = ann.send("POST", "/api/account/sessions/", &json!({})).await;
    assert_eq!(
        gone.wire(),
        r#"401 {"detail":"User not found","code":"user_not_found"}"#
    );
}

/// A sliding token keeps its id and its row, which does not tell of its refreshes.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn sliding_tokens_are_sessions_for_as_long_as_they_can_be_refreshed(on: Backend) {
    let settings = "tokens.sliding = true
        simple_jwt.auth_token_classes = ['rest_framework_simplejwt.tokens.SlidingToken']";
    let app = TestApp::with(on, settings).await;
    let ann = app.user("ann").await;
    let obtain = async || {
        let body = json!({"username": "ann", "password": PASSWORD});
        let answer = anonymous(&app, "POST", "/api/token/sliding/", &body).await;
        answer.expect(200).field("token")
    };
    let refresh = async |token: &str| {
        let body = json!({"token": token});
        anonymous(&app, "POST", "/api/token/sliding/refresh/", &body).await
    };
    let (mut own, mut other) = (obtain().await, obtain().await);
    // longer than a token lives, and shorter than it can be refreshed
    for _ in 0..3 {
        app.clock.advance(4 * 60);
        own = refresh(&own).await.expect(200).field("token");
        other = refresh(&other).await.expect(200).field("token");
    }
    let ann = ann.bearing(&own);
    let sessions = list(&ann, Some(&own)).await;
    assert_eq!(column(&sessions, "current"), ["false", "true"]);
    assert_eq!(end_others(&ann, &own).await.wire(), "204 ");
    refresh(&other).await.expect(401);
    assert_eq!(list(&ann, Some(&own)).await.len(), 1);
    let third = obtain().await;
    let id = list(&ann, None).await[0]["id"].as_str().unwrap().to_owned();
    end(&ann, &id).await.expect(204);
    refresh(&third).await.expect(401);
    let ended = ann.bearing(&third);
    let answer = ended
        .send("POST", "/api/account/sessions/", &json!({}))
        .await;
    assert!(
        answer.text().contains("Token is blacklisted"),
        "{}",
        answer.wire()
    );
    let changed = change(&ann, PASSWORD, OTHER, Some(&own)).await;
    assert_eq!(changed.wire(), "200 {}");
    let own = refresh(&own).await.expect(200).field("token");
    let ann = ann.bearing(&own);
    change(&ann, OTHER, PASSWORD, None).await.expect(200);
    refresh(&own).await.expect(401);
}

/// A token that was used up without a rotation is no session any more, and one that is never used up is one.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn without_rotation_a_session_is_one_token(on: Backend) {
    let app = TestApp::with(on, "simple_jwt.rotate_refresh_tokens = false").await;
    let ann = app.user("ann").await.log_in().await;
    ann.refresh_with(&ann.refresh, None).await.expect(200);
    let (_, other) = log_in_as(&app, "ann", "").await;
    let sessions = list(&ann, Some(&ann.refresh)).await;
    assert_eq!(column(&sessions, "current"), ["false", "true"]);
    end_others(&ann, &ann.refresh).await.expect(204);
    ann.refresh_with(&other, None).await.expect(401);
    ann.refresh_with(&ann.refresh, None).await.expect(200);
}
