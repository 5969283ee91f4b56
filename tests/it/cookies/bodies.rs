//! A body beside the cookie, or none; and cookies as no browser sends them.

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use gatepost_tests::{Backend, TestApp};
use serde_json::json;

use super::{BLACKLIST, ON, OWN, REFRESH, access_alone, log_in, post, set, sets_none, shown};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_token_in_the_body_is_answered_in_the_body() {
    let app = TestApp::with(Backend::Sqlite, ON).await;
    app.user("ann").await;
    let (token, _) = set(&log_in(&app, OWN).await);
    let (other, _) = set(&log_in(&app, OWN).await);
    let cookie = format!("rt={other}");
    let body = |token: &str| json!({ "refresh": token }).to_string();
    // whoever has it needs no page, and what a browser has beside it is left alone
    let headers = [JSON, ("cookie", &cookie)];
    let answer = post(&app, REFRESH, &headers, &body(&token))
        .await
        .expect(200);
    sets_none(&answer);
    let next = answer.field("refresh");
    let out = post(&app, BLACKLIST, &headers, &body(&next))
        .await
        .expect(200);
    sets_none(&out);
    access_alone(&shown(&app, REFRESH, &other).await.expect(200));
}

/// What `fetch(url, { method: "POST", credentials: "include" })` sends, and its like.
#[tokio::test]
async fn a_body_without_a_token_leaves_it_to_the_cookie() {
    let app = TestApp::with(Backend::Sqlite, ON).await;
    app.user("ann").await;
    let form = "application/x-www-form-urlencoded";
    for (kind, body) in [
        (None, ""),
        (Some("application/json"), ""),
        (Some("text/plain;charset=UTF-8"), ""),
        (Some(form), ""),
        (Some("application/json"), "{}"),
        (Some("application/json"), r#"{"access":"x"}"#),
        (Some(form), "x=1"),
        (
            Some("multipart/form-data; boundary=b"),
            "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b--\r\n",
        ),
    ] {
        let (mut token, _) = set(&log_in(&app, OWN).await);
        let kind = kind.map(|kind| ("content-type", kind));
        for path in [REFRESH, BLACKLIST] {
            let cookie = format!("a=b; rt={token}");
            let headers = [OWN, ("cookie", cookie.as_str())];
            let headers: Vec<_> = kind.into_iter().chain(headers).collect();
            let answer = post(&app, path, &headers, body).await.expect(200);
            (token, _) = set(&answer);
        }
        assert_eq!(token, "");
    }
}

/// A field that is there is the body's token, or wrong; what is no body at all is refused as ever.
#[tokio::test]
async fn a_wrong_body_is_refused_as_without_the_cookie() {
    let off = TestApp::on(Backend::Sqlite).await;
    let app = TestApp::with(Backend::Sqlite, ON).await;
    app.user("ann").await;
    let (token, _) = set(&log_in(&app, OWN).await);
    let cookie = format!("rt={token}");
    for (kind, body, status) in [
        ("application/json", r#"{"refresh":null}"#, 400),
        ("application/json", r#"{"refresh":""}"#, 400),
        ("application/json", r#"{"refresh":["a"]}"#, 400),
        ("application/json", r#"{"refresh":true}"#, 400),
        ("application/json", r#"{"refresh":5}"#, 401),
        ("application/json", r#"{"refresh":"a.b.c"}"#, 401),
        ("application/json", "null", 400),
        ("application/json", "[]", 400),
        ("application/json", "5", 400),
        ("application/json", "{", 400),
        ("application/x-www-form-urlencoded", "refresh=", 400),
        ("text/plain", "refresh=x", 415),
    ] {
        for path in [REFRESH, BLACKLIST] {
            let kind = ("content-type", kind);
            let wanted = post(&off, path, &[kind, OWN], body).await.expect(status);
            let headers = [kind, OWN, ("cookie", cookie.as_str())];
            let answer = post(&app, path, &headers, body).await;
            assert_eq!(answer.wire(), wanted.wire(), "{path} {body}");
            sets_none(&answer);
        }
    }
    // neither body nor cookie
    let answer = post(&app, REFRESH, &[OWN], "").await;
    assert_eq!(
        answer.wire(),
        r#"400 {"refresh":["This field is required."]}"#
    );
    shown(&app, REFRESH, &token).await.expect(200);
}

#[tokio::test]
async fn odd_cookies_are_no_tokens_and_no_failures() {
    let app = TestApp::with(Backend::Sqlite, ON).await;
    app.user("ann").await;
    let (token, _) = set(&log_in(&app, OWN).await);
    let long = format!("rt={}", "x".repeat(20_000));
    let token_in = |form: &str| form.replace("TOKEN", &token).into_bytes();
    for (cookie, status) in [
        (b"".to_vec(), 400),
        (b"rt".to_vec(), 400),
        (b"rt=".to_vec(), 400),
        (b"rt=\"\"".to_vec(), 400),
        (b"=;;;=".to_vec(), 400),
        (b"RT=x".to_vec(), 400),
        (b"rt=x".to_vec(), 401),
        (b"rt=\"".to_vec(), 401),
        (b"rt=\xff\xfe\x80".to_vec(), 401),
        (b"rt=\t.\t.\t".to_vec(), 401),
        (b"rt=%00\\x00".to_vec(), 401),
        (long.into_bytes(), 401),
        (token_in("rt=other; rt=TOKEN"), 401),
        (token_in("xrt=other; rt=\"TOKEN\"; rt=other; \u{e9}=1"), 200),
    ] {
        let request = Request::post(REFRESH)
            .header("origin", OWN.1)
            .header("host", "api.example")
            .header("cookie", HeaderValue::from_bytes(&cookie).unwrap());
        let answer = app.send(request.body(Body::empty()).unwrap()).await;
        let cookie = String::from_utf8_lossy(&cookie);
        assert_eq!(answer.status, status, "{cookie:.80}: {}", answer.text());
    }
    // HTTP/2 may send each pair in a header of its own
    let (token, _) = set(&log_in(&app, OWN).await);
    let pair = format!("rt={token}");
    let headers = [OWN, ("cookie", "a=b"), ("cookie", &pair), ("cookie", "c=d")];
    post(&app, REFRESH, &headers, "").await.expect(200);
}
