//! Failed logins and registrations are limited by account and by address, over all servers of a database.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use gatepost_server::flush_expired_tokens;
use gatepost_tests::{Answer, Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

pub(crate) const PASSWORD: &str = "ComplexPassword123!";
pub(crate) const HOME: &str = "192.0.2.1";
pub(crate) const BUCKETS: &str = "SELECT COUNT(*) FROM gatepost_throttle";
const LOGINS: &str = "SELECT address FROM gatepost_login ORDER BY address";

/// Sends JSON over a connection of this peer, or of none.
pub(crate) async fn send(
    app: &TestApp,
    path: &str,
    body: &Value,
    peer: Option<&str>,
    headers: &[(&str, &str)],
) -> Answer {
    let mut builder = Request::builder().method("POST").uri(path);
    builder = builder.header("content-type", "application/json");
    builder = builder.header("host", "localhost");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let mut request = builder.body(Body::from(body.to_string())).unwrap();
    if let Some(peer) = peer {
        let peer: IpAddr = peer.parse().unwrap();
        let peer = ConnectInfo(SocketAddr::from((peer, 4711)));
        request.extensions_mut().insert(peer);
    }
    app.send(request).await
}

pub(crate) async fn log_in(
    app: &TestApp,
    name: &str,
    password: &str,
    from: Option<&str>,
) -> Answer {
    let body = json!({"username": name, "password": password});
    send(app, "/api/token/", &body, from, &[]).await
}

/// A wrong password.
pub(crate) async fn guess(app: &TestApp, name: &str, from: Option<&str>) -> Answer {
    log_in(app, name, "guess", from).await
}

pub(crate) async fn register(app: &TestApp, name: &str, from: Option<&str>) -> Answer {
    let body = json!({
        "username": name, "email": "test@example.com", "password": PASSWORD, "password2": PASSWORD,
        "first_name": "Test", "last_name": "User",
    });
    send(app, "/api/users/register/", &body, from, &[]).await
}

pub(crate) fn throttled(seconds: u64) -> String {
    let plural = if seconds == 1 { "" } else { "s" };
    format!(
        "429 {{\"detail\":\"Request was throttled. Expected available in {seconds} second{plural}.\"}}"
    )
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_costs_nothing(on: Backend) {
    let app = TestApp::with(on, "throttle = { account = '3/m', address = '3/m' }").await;
    app.user("ann").await;
    for _ in 0..10 {
        log_in(&app, "ann", PASSWORD, Some(HOME)).await.expect(200);
        log_in(&app, "ann", PASSWORD, None).await.expect(200);
    }
    for _ in 0..3 {
        guess(&app, "ann", None).await.expect(401);
    }
    assert_eq!(
        log_in(&app, "ann", PASSWORD, None).await.wire(),
        throttled(20)
    );
    app.clock.advance(20);
    for _ in 0..10 {
        log_in(&app, "ann", PASSWORD, None).await.expect(200);
    }
}

/// Nothing tells whether a password is right where nobody is let in.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_of_who_may_not_enter_counts_as_a_wrong_one(on: Backend) {
    let app = TestApp::with(on, "throttle.account = '3/m'").await;
    app.user("ann").await;
    app.sql("UPDATE auth_user SET is_active = FALSE").await;
    for _ in 0..3 {
        log_in(&app, "ann", PASSWORD, None).await.expect(401);
    }
    assert_eq!(log_in(&app, "ann", PASSWORD, None).await.status, 429);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_a_limit_over_all_accounts(on: Backend) {
    let settings = "throttle.address = '4/m'\nserver.trusted_proxies = ['127.0.0.1']";
    let app = TestApp::with(on, settings).await;
    let other = app.another().await;
    app.user("ann").await;
    for (from, same) in [
        ("192.0.2.7", "::ffff:192.0.2.7"),
        ("2001:db8:1:2::3", "2001:db8:1:2:ffff::"),
    ] {
        for name in ["a", "b", "c", "d"] {
            guess(&app, name, Some(from)).await.expect(401);
        }
        assert_eq!(guess(&other, "e", Some(same)).await.wire(), throttled(15));
        assert_eq!(log_in(&app, "ann", PASSWORD, Some(from)).await.status, 429);
    }
    log_in(&app, "ann", PASSWORD, Some("192.0.2.8"))
        .await
        .expect(200);
    // what was refused for its address has cost the account nothing
    for _ in 0..30 {
        assert_eq!(guess(&other, "ann", Some("192.0.2.7")).await.status, 429);
    }
    log_in(&app, "ann", PASSWORD, Some("192.0.2.9"))
        .await
        .expect(200);
    // a declared proxy says who it is
    let body = json!({"username": "f", "password": "guess"});
    let proxied = async |client: &str| {
        let header = [("X-Forwarded-For", client)];
        send(&app, "/api/token/", &body, Some("127.0.0.1"), &header).await
    };
    assert_eq!(proxied("192.0.2.7").await.status, 429);
    proxied("192.0.2.77").await.expect(401);
}

/// Each of them may stand for many.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn this_machine_and_undeclared_proxies_have_no_limit_by_address(on: Backend) {
    let app = TestApp::with(on, "throttle = { address = '1/m', register = '1/h' }").await;
    let body = |number: u32| json!({"username": format!("user{number}"), "password": "guess"});
    for number in 0..20 {
        let forwarded = [("X-Forwarded-For", "198.51.100.1")];
        for (peer, headers) in [
            (None, &[][..]),
            (Some("127.0.0.1"), &[][..]),
            (Some("::1"), &forwarded[..]),
            (Some("203.0.113.1"), &forwarded[..]),
        ] {
            let number = number * 4 + u32::try_from(peer.map_or(0, str::len)).unwrap();
            send(&app, "/api/token/", &body(number), peer, headers)
                .await
                .expect(401);
        }
    }
    assert_eq!(app.query(LOGINS).await, [""; 0]);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_known_for_thirty_days_and_noted_once_a_day(on: Backend) {
    const DAY: i64 = 24 * 60 * 60;
    let app = TestApp::with(on, "throttle.account = '1/m'").await;
    app.user("ann").await;
    let noted = "SELECT CAST(at AS text) FROM gatepost_login";
    log_in(&app, "ann", PASSWORD, Some(HOME)).await.expect(200);
    let first = app.query(noted).await;
    app.clock.advance(DAY - 60);
    log_in(&app, "ann", PASSWORD, Some(HOME)).await.expect(200);
    assert_eq!(app.query(noted).await, first);
    app.clock.advance(120);
    log_in(&app, "ann", PASSWORD, Some(HOME)).await.expect(200);
    assert_ne!(app.query(noted).await, first);
    let enters = async |days: i64| {
        app.clock.advance(days * DAY);
        guess(&app, "ann", Some("192.0.2.99")).await.expect(401);
        log_in(&app, "ann", PASSWORD, Some(HOME)).await.status == 200
    };
    assert!(enters(29).await, "this notes it anew");
    flush_expired_tokens(&app.app).await.unwrap();
    assert_eq!(app.query(LOGINS).await, [HOME]);
    assert!(!enters(31).await);
    flush_expired_tokens(&app.app).await.unwrap();
    assert_eq!(app.query(LOGINS).await, [""; 0]);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn registrations_are_limited_by_address(on: Backend) {
    let app = TestApp::with(on, "throttle.register = '2/h'").await;
    // what is refused costs nothing
    for name in ["no name", "", "no/name"] {
        register(&app, name, Some(HOME)).await.expect(400);
    }
    for name in ["a", "b"] {
        register(&app, name, Some(HOME)).await.expect(201);
    }
    let refused = register(&app, "c", Some(HOME)).await;
    assert_eq!(refused.wire(), throttled(1800));
    register(&app, "c", Some("192.0.2.2")).await.expect(201);
    // and the limits of logins are others
    log_in(&app, "a", PASSWORD, Some(HOME)).await.expect(200);
    app.clock.advance(1800);
    register(&app, "d", Some(HOME)).await.expect(201);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn switched_off_there_is_no_limit_and_no_row(on: Backend) {
    let off = "throttle = { enabled = false, account = '1/d', address = '1/d', register = '1/d' }";
    let app = TestApp::with(on, off).await;
    for name in ["a", "b", "c"] {
        register(&app, name, Some(HOME)).await.expect(201);
        log_in(&app, name, PASSWORD, Some(HOME)).await.expect(200);
        guess(&app, "a", Some(HOME)).await.expect(401);
    }
    assert_eq!(app.query(BUCKETS).await, ["0"]);
    assert_eq!(app.query(LOGINS).await, [""; 0]);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_is_never_throttled(on: Backend) {
    let app = TestApp::with(on, "throttle = { account = '1/d', address = '1/d' }").await;
    app.user("ann").await;
    let pair = log_in(&app, "ann", PASSWORD, Some(HOME)).await.expect(200);
    guess(&app, "ann", Some(HOME)).await.expect(401);
    assert_eq!(guess(&app, "ann", Some(HOME)).await.status, 429);
    let mut newest = pair.field("refresh");
    for _ in 0..20 {
        let body = json!({"refresh": newest});
        let answer = send(&app, "/api/token/refresh/", &body, Some(HOME), &[]).await;
        newest = answer.expect(200).field("refresh");
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn rows_of_full_buckets_are_removed_and_no_others(on: Backend) {
    let app = TestApp::with(on, "throttle.account = '10/m'").await;
    app.user("ann").await;
    log_in(&app, "ann", PASSWORD, Some(HOME)).await.expect(200);
    for name in ["a", "b", "c"] {
        guess(&app, name, Some(HOME)).await.expect(401);
    }
    for _ in 0..10 {
        guess(&app, "d", None).await.expect(401);
    }
    app.clock.advance(7);
    flush_expired_tokens(&app.app).await.unwrap();
    assert_eq!(app.query(BUCKETS).await, ["1"]);
    guess(&app, "d", None).await.expect(401);
    assert_eq!(guess(&app, "d", None).await.status, 429);
    app.clock.advance(60);
    flush_expired_tokens(&app.app).await.unwrap();
    assert_eq!(app.query(BUCKETS).await, ["0"]);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_locks_nobody_out(on: Backend) {
    let app = TestApp::with(on, "throttle.account = '2/m'").await;
    app.user("ann").await;
    for _ in 0..2 {
        guess(&app, "ann", None).await.expect(401);
    }
    assert_eq!(guess(&app, "ann", None).await.status, 429);
    app.clock.jump(-24 * 60 * 60);
    for _ in 0..2 {
        guess(&app, "ann", None).await.expect(401);
    }
    assert_eq!(guess(&app, "ann", None).await.wire(), throttled(30));
}
