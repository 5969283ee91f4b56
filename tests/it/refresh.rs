//! A refresh token that comes again: the same successor for whoever holds the key, and what any other use leads to.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepost_tests::{Answer, Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

/// What a token is told that was used.
pub(crate) const BLACKLISTED: &str =
    r#"401 {"detail":"Token is blacklisted","code":"token_not_valid"}"#;

pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a token has three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url"))
        .expect("claims are JSON")
}

pub(crate) fn jti(answer: &Answer) -> String {
    claims(&answer.field("refresh"))["jti"]
        .as_str()
        .expect("a jti")
        .to_owned()
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_works_once(on: Backend) {
    let app = TestApp::with(on, "refresh.grace = 0").await;
    let ann = app.user("ann").await.log_in().await;
    let login = ann.obtain().await.expect(200);
    let without_key = "paging, if-match";
    assert_eq!(login.header("gatepost-features"), without_key);
    let first = ann.refresh_with(&ann.refresh, None).await.expect(200);
    assert_eq!(first.header("gatepost-features"), without_key);
    assert_eq!(first.header("cache-control"), "no-store");
    assert_eq!(
        ann.refresh_with(&ann.refresh, None).await.wire(),
        BLACKLISTED
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gets_the_same_successor(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let first = ann
        .refresh_with(&ann.refresh, Some("key"))
        .await
        .expect(200);
    assert_eq!(
        first.header("gatepost-features"),
        "refresh-idempotency, post-idempotency, paging, if-match"
    );
    assert_eq!(first.header("idempotency-replayed"), "");
    app.clock.advance(3600);
    let again = ann
        .refresh_with(&ann.refresh, Some("key"))
        .await
        .expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(
        again.field("refresh"),
        first.field("refresh"),
        "signed again to the byte"
    );
    assert_ne!(
        again.field("access"),
        first.field("access"),
        "the access token is fresh"
    );
    assert_eq!(
        claims(&again.field("access"))["exp"].as_i64().unwrap()
            - claims(&first.field("access"))["exp"].as_i64().unwrap(),
        3600
    );
    assert_eq!(
        app.query("SELECT COUNT(*) FROM token_blacklist_outstandingtoken")
            .await,
        ["2"],
        "a replay writes nothing"
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_right_key_too_late_is_told_so_and_revokes_nothing(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, Some("key")).await;
    let third = ann.rotate(&second, Some("key-2")).await;
    for _ in 0..2 {
        let late = ann.refresh_with(&ann.refresh, Some("key")).await;
        assert_eq!(late.wire(), BLACKLISTED);
        assert_eq!(late.header("idempotency-replayed"), "late");
    }
    assert_eq!(
        app.query("SELECT kind FROM gatepost_event").await,
        ["late-replay"],
        "one event a token"
    );
    ann.refresh_with(&third, None).await.expect(200);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn another_key_ends_the_chain(on: Backend) {
    for shown in [None, Some("another")] {
        let app = TestApp::on(on).await;
        let ann = app.user("ann").await.log_in().await;
        let second = ann.rotate(&ann.refresh, Some("key")).await;
        assert_eq!(
            ann.refresh_with(&ann.refresh, shown).await.wire(),
            BLACKLISTED
        );
        assert_eq!(
            ann.refresh_with(&second, Some("next")).await.wire(),
            BLACKLISTED,
            "the revocation was committed"
        );
        assert_eq!(
            ann.refresh_with(&ann.refresh, Some("key"))
                .await
                .header("idempotency-replayed"),
            "late"
        );
        assert_eq!(
            app.query("SELECT kind FROM gatepost_event ORDER BY id")
                .await,
            ["reuse", "late-replay"]
        );
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn with_reject_the_chain_lives_on(on: Backend) {
    let app = TestApp::with(on, "refresh.reuse = 'reject'").await;
    let ann = app.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, Some("key")).await;
    assert_eq!(
        ann.refresh_with(&ann.refresh, None).await.wire(),
        BLACKLISTED
    );
    ann.refresh_with(&second, None).await.expect(200);
    let events = app.query("SELECT kind FROM gatepost_event").await;
    assert_eq!(events, ["reuse"], "it is noted all the same");
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_the_grace_decides(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let first = ann.rotate(&ann.refresh, None).await;
    app.clock.advance(29);
    let again = ann.refresh_with(&ann.refresh, None).await.expect(200);
    assert_eq!(
        (again.field("refresh"), again.header("idempotency-replayed")),
        (first.clone(), "true")
    );
    app.clock.advance(1);
    assert_eq!(
        ann.refresh_with(&ann.refresh, None).await.wire(),
        BLACKLISTED
    );
    assert_eq!(
        ann.refresh_with(&first, None).await.wire(),
        BLACKLISTED,
        "after the grace it is reuse"
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_used_successor_ends_the_grace(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, None).await;
    let third = ann.rotate(&second, None).await;
    assert_eq!(
        ann.refresh_with(&ann.refresh, None).await.wire(),
        BLACKLISTED
    );
    assert_eq!(
        ann.refresh_with(&third, None).await.wire(),
        BLACKLISTED,
        "the newest link was taken"
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn logging_out_with_a_rotated_token_ends_its_chain(on: Backend) {
    let app = TestApp::with(on, "refresh.reuse = 'reject'").await;
    let ann = app.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, Some("key")).await;
    assert_eq!(
        ann.log_out_with(&ann.refresh, None).await.wire(),
        BLACKLISTED
    );
    assert_eq!(
        ann.log_out_with(&ann.refresh, Some("key")).await.wire(),
        "200 {}"
    );
    assert_eq!(
        ann.refresh_with(&second, Some("x")).await.wire(),
        BLACKLISTED
    );

    let app = TestApp::on(on).await;
    let bob = app.user("bob").await.log_in().await;
    let second = bob.rotate(&bob.refresh, None).await;
    app.clock.advance(60);
    assert_eq!(
        bob.log_out_with(&bob.refresh, None).await.wire(),
        BLACKLISTED,
        "Django's answer, and with revoke the end"
    );
    assert_eq!(bob.refresh_with(&second, None).await.wire(), BLACKLISTED);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_logged_out_token_is_never_reuse(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, None).await;
    assert_eq!(ann.log_out_with(&second, None).await.wire(), "200 {}");
    assert_eq!(ann.refresh_with(&second, None).await.wire(), BLACKLISTED);
    assert_eq!(ann.log_out_with(&second, None).await.wire(), BLACKLISTED);
    assert!(
        app.query("SELECT kind FROM gatepost_event")
            .await
            .is_empty()
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_blacklist_row_that_the_admin_removed_does_not_bring_a_rotated_token_back(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    ann.refresh_with(&ann.refresh, Some("key"))
        .await
        .expect(200);
    app.sql("DELETE FROM token_blacklist_blacklistedtoken")
        .await;
    assert_eq!(
        ann.refresh_with(&ann.refresh, None).await.wire(),
        BLACKLISTED
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_old_tokens_writes_once(on: Backend, #[values("revoke", "reject")] reuse: &str) {
    let app = TestApp::with(on, &format!("refresh.reuse = '{reuse}'")).await;
    let ann = app.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, Some("a")).await;
    let third = ann.rotate(&second, Some("b")).await;
    // an event of each kind, and the chain's end
    ann.refresh_with(&ann.refresh, Some("a")).await.expect(401);
    ann.refresh_with(&ann.refresh, None).await.expect(401);
    let alive = ann.refresh_with(&third, Some("c")).await;
    assert_eq!(alive.status, if reuse == "revoke" { 401 } else { 200 });
    // whoever holds the one writer (on PostgreSQL: the table) is not waited for
    let locked = app.lock().await;
    for key in [Some("a"), None, Some("x")] {
        for _ in 0..20 {
            ann.refresh_with(&ann.refresh, key).await.expect(401);
        }
    }
    if reuse == "revoke" {
        ann.log_out_with(&ann.refresh, None).await.expect(401);
        ann.log_out_with(&ann.refresh, Some("a")).await.expect(200);
    }
    locked.rollback().await;
    assert_eq!(
        app.query("SELECT kind FROM gatepost_event ORDER BY id")
            .await,
        ["late-replay", "reuse"]
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_successor_is_given_again_only_to_an_active_user(
    on: Backend,
    #[values(Some("key"), None)] key: Option<&str>,
) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    ann.refresh_with(&ann.refresh, key).await.expect(200);
    app.sql("UPDATE auth_user SET is_active = FALSE").await;
    assert_eq!(
        ann.refresh_with(&ann.refresh, key).await.wire(),
        r#"401 {"detail":"No active account found for the given token."}"#
    );
    let profile = ann.get("/api/users/profile/").await;
    assert_eq!(
        profile.wire(),
        r#"401 {"detail":"User is inactive","code":"user_inactive"}"#,
        "his access tokens end, too"
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_is_alive_is_ended_though_its_reuse_was_noted_before(on: Backend) {
    let rejecting = TestApp::with(on, "refresh.reuse = 'reject'").await;
    let ann = rejecting.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, Some("a")).await;
    ann.refresh_with(&ann.refresh, None).await.expect(401);
    // as `migrate --accept-settings` and a restart do
    rejecting
        .sql("UPDATE gatepost_meta SET value = 'revoke' WHERE name = 'refresh.reuse'")
        .await;
    let revoking = rejecting.another_with("refresh.reuse = 'revoke'").await;
    let ann = ann.at(&revoking);
    ann.refresh_with(&ann.refresh, None).await.expect(401);
    assert_eq!(
        ann.refresh_with(&second, Some("b")).await.wire(),
        BLACKLISTED
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_row_alone_counts_as_use_of_the_successor_too(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, Some("a")).await;
    let third = ann.rotate(&second, Some("b")).await;
    // as the admin does
    app.sql("DELETE FROM token_blacklist_blacklistedtoken")
        .await;
    let late = ann.refresh_with(&ann.refresh, Some("a")).await;
    assert_eq!(late.wire(), BLACKLISTED);
    assert_eq!(late.header("idempotency-replayed"), "late");
    ann.refresh_with(&third, None).await.expect(200);
}

/// A proxy's number may be longer than the column of ours that keeps it.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_long_number_of_a_request_hides_no_reuse(on: Backend) {
    let settings = "server.trusted_proxies = ['127.0.0.1']\nrefresh.grace = 0";
    let app = TestApp::with(on, settings).await;
    let ann = app.user("ann").await.log_in().await;
    let child = ann.rotate(&ann.refresh, None).await;
    let id = "a1".repeat(64);
    let body = json!({"refresh": ann.refresh}).to_string();
    let mut request = Request::post("/api/token/refresh/")
        .header("host", "service.example")
        .header("content-type", "application/json")
        .header("x-request-id", &id)
        .body(Body::from(body))
        .unwrap();
    let proxy: SocketAddr = ([127, 0, 0, 1], 4711).into();
    request.extensions_mut().insert(ConnectInfo(proxy));
    let reuse = app.send(request).await;
    assert_eq!(
        (reuse.status.as_u16(), reuse.header("x-request-id")),
        (401, id.as_str())
    );
    ann.refresh_with(&child, None).await.expect(401);
}
