//! The refresh token in a cookie: set at a login, exchanged, removed at a logout.

mod bodies;
mod pages;

use axum::body::Body;
use axum::http::Request;
use gatepost_tests::{Answer, Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use crate::both_databases;
use crate::refresh::BLACKLISTED;

const TOKEN: &str = "/api/token/";
const REFRESH: &str = "/api/token/refresh/";
const BLACKLIST: &str = "/api/token/blacklist/";
const ON: &str = "cookies.refresh = 'rt'";
const OWN: (&str, &str) = ("origin", "http://api.example");
const EVIL: (&str, &str) = ("origin", "https://evil.example");

/// POST as a browser sends it to `api.example`: with these headers and this body.
async fn post(app: &TestApp, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::post(path).header("host", "api.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

/// A login of ann's from a page of this origin.
async fn log_in(app: &TestApp, origin: (&str, &str)) -> Answer {
    let body = json!({"username": "ann", "password": "ComplexPassword123!"}).to_string();
    let headers = [("content-type", "application/json"), origin];
    post(app, TOKEN, &headers, &body).await
}

/// With this cookie, without a body, from a page of the service's own.
async fn shown(app: &TestApp, path: &str, cookie: &str) -> Answer {
    let cookie = format!("rt={cookie}");
    post(app, path, &[("cookie", &cookie), OWN], "").await
}

/// The value of the one cookie that is set, and its attributes.
#[track_caller]
fn set(answer: &Answer) -> (String, String) {
    let set: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(set.len(), 1, "{set:?}");
    let text = set[0].to_str().unwrap();
    let (pair, attributes) = text.split_once("; ").unwrap();
    let value = pair.strip_prefix("rt=").unwrap();
    (value.to_owned(), attributes.to_owned())
}

#[track_caller]
fn sets_none(answer: &Answer) {
    assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
}

const DAYS_50: &str = "HttpOnly; Max-Age=4320000; Path=/api/token/; SameSite=Lax; Secure";
const REMOVED: &str = "HttpOnly; Max-Age=0; Path=/api/token/; SameSite=Lax; Secure";

/// Whether the body has an access token, which works, and nothing else.
#[track_caller]
fn access_alone(answer: &Answer) {
    let body = answer.json();
    let body = body.as_object().unwrap();
    assert!(body.len() == 1 && body["access"].is_string(), "{body:?}");
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_logs_in_refreshes_and_logs_out_by_its_cookie(on: Backend) {
    let app = TestApp::with(on, ON).await;
    let ann = app.user("ann").await;
    let login = log_in(&app, OWN).await.expect(200);
    access_alone(&login);
    let (first, attributes) = set(&login);
    assert_eq!(attributes, DAYS_50);
    assert_eq!(login.header("cache-control"), "no-store");

    app.clock.advance(60);
    let refreshed = shown(&app, REFRESH, &first).await.expect(200);
    access_alone(&refreshed);
    let (second, attributes) = set(&refreshed);
    assert_eq!(attributes, DAYS_50);
    assert_ne!(first, second);
    let ann = ann.bearing(&refreshed.field("access"));
    ann.get("/api/users/profile/").await.expect(200);

    // another tab, whose request was on its way: the same cookie once more
    app.clock.advance(10);
    let again = shown(&app, REFRESH, &first).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    access_alone(&again);
    let (third, attributes) = set(&again);
    assert_eq!(third, second);
    assert!(attributes.contains("Max-Age=4319990;"), "{attributes}");

    let out = shown(&app, BLACKLIST, &second).await.expect(200);
    assert_eq!(out.text(), "{}");
    assert_eq!(set(&out), (String::new(), REMOVED.to_owned()));
    let refused = shown(&app, REFRESH, &second).await;
    assert_eq!(refused.wire(), BLACKLISTED);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn tabs_that_refresh_at_once_hold_the_same_cookie(on: Backend) {
    let app = TestApp::with(on, ON).await;
    app.user("ann").await;
    let (first, _) = set(&log_in(&app, OWN).await);
    let tabs = (0..8).map(|_| shown(&app, REFRESH, &first));
    let answers = futures_util::future::join_all(tabs).await;
    let cookies: Vec<_> = answers
        .into_iter()
        .map(|tab| set(&tab.expect(200)))
        .collect();
    assert!(cookies.iter().all(|cookie| *cookie == cookies[0]));
    shown(&app, REFRESH, &cookies[0].0).await.expect(200);
}

#[tokio::test]
async fn a_key_repeats_an_exchange_whose_answer_was_lost_long_after_the_grace() {
    let app = TestApp::with(Backend::Sqlite, ON).await;
    app.user("ann").await;
    let (first, _) = set(&log_in(&app, OWN).await);
    let cookie = format!("rt={first}");
    let headers = [("cookie", cookie.as_str()), OWN, ("idempotency-key", "k")];
    let lost = post(&app, REFRESH, &headers, "").await.expect(200);
    assert_eq!(
        lost.header("gatepost-features"),
        "refresh-idempotency, post-idempotency, paging, if-match"
    );
    app.clock.advance(10 * 86400);
    let again = post(&app, REFRESH, &headers, "").await.expect(200);
    let (token, attributes) = set(&again);
    assert_eq!(token, set(&lost).0);
    // what is left of its life
    assert!(attributes.contains("Max-Age=3456000;"), "{attributes}");
}

#[tokio::test]
async fn only_a_logout_removes_the_cookie() {
    let app = TestApp::with(Backend::Sqlite, ON).await.may_fail();
    app.user("ann").await;
    let (old, _) = set(&log_in(&app, OWN).await);
    shown(&app, BLACKLIST, &old).await.expect(200);
    // a slow request of a tab must not take the cookie of a login that came after it
    let refused = shown(&app, REFRESH, &old).await.expect(401);
    sets_none(&refused);
    // but whoever wants to be logged out is
    let out = shown(&app, BLACKLIST, &old).await.expect(401);
    assert_eq!(set(&out).1, REMOVED);
    let out = shown(&app, BLACKLIST, "no.token.at-all").await.expect(401);
    assert_eq!(set(&out).1, REMOVED);
    // a token that is still good stays where it is
    let (good, _) = set(&log_in(&app, OWN).await);
    app.sql("ALTER TABLE token_blacklist_blacklistedtoken RENAME TO away")
        .await;
    let failed = shown(&app, BLACKLIST, &good).await.expect(503);
    sets_none(&failed);
    app.sql("ALTER TABLE away RENAME TO token_blacklist_blacklistedtoken")
        .await;
    shown(&app, REFRESH, &good).await.expect(200);
}

#[tokio::test]
async fn a_refresh_without_rotation_leaves_the_cookie_as_it_is() {
    let settings = format!("{ON}\nsimple_jwt.rotate_refresh_tokens = false");
    let app = TestApp::with(Backend::Sqlite, &settings).await;
    app.user("ann").await;
    let (token, _) = set(&log_in(&app, OWN).await);
    for _ in 0..2 {
        let refreshed = shown(&app, REFRESH, &token).await.expect(200);
        access_alone(&refreshed);
        sets_none(&refreshed);
    }
}

#[rstest]
#[case("same_site = 'Strict'", "SameSite=Strict; Secure")]
#[case("same_site = 'None'", "SameSite=None; Secure")]
#[case("secure = false", "SameSite=Lax")]
#[tokio::test]
async fn its_attributes_are_the_settings(#[case] setting: &str, #[case] end: &str) {
    let settings = format!("[cookies]\nrefresh = 'rt'\n{setting}");
    let app = TestApp::with(Backend::Sqlite, &settings).await;
    app.user("ann").await;
    let (token, attributes) = set(&log_in(&app, OWN).await.expect(200));
    assert!(
        attributes.ends_with(&format!("Path=/api/token/; {end}")),
        "{attributes}"
    );
    let out = shown(&app, BLACKLIST, &token).await.expect(200);
    assert!(set(&out).1.ends_with(end));
}

/// No cookie is set and none is read, whatever page asks.
#[tokio::test]
async fn without_the_setting_nothing_is_different() {
    let app = TestApp::on(Backend::Sqlite).await;
    app.user("ann").await;
    let login = log_in(&app, EVIL).await.expect(200);
    sets_none(&login);
    let token = login.field("refresh");
    for path in [REFRESH, BLACKLIST] {
        let answer = shown(&app, path, &token).await;
        assert_eq!(
            answer.wire(),
            r#"400 {"refresh":["This field is required."]}"#
        );
        let body = json!({ "refresh": token }).to_string();
        let headers = [("content-type", "application/json"), EVIL];
        sets_none(&post(&app, path, &headers, &body).await);
    }
}

#[tokio::test]
async fn sliding_tokens_are_in_bodies_alone() {
    let settings = format!("{ON}\ntokens.sliding = true");
    let app = TestApp::with(Backend::Sqlite, &settings).await;
    app.user("ann").await;
    let json = ("content-type", "application/json");
    let body = json!({"username": "ann", "password": "ComplexPassword123!"}).to_string();
    let login = post(&app, "/api/token/sliding/", &[json, EVIL], &body).await;
    let token = login.clone().expect(200).field("token");
    sets_none(&login);
    let refresh = "/api/token/sliding/refresh/";
    let answer = shown(&app, refresh, &token).await;
    assert_eq!(
        answer.wire(),
        r#"400 {"token":["This field is required."]}"#
    );
    let body = json!({ "token": token }).to_string();
    let answer = post(&app, refresh, &[json], &body).await.expect(200);
    sets_none(&answer);
}
