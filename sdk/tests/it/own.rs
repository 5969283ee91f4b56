//! Endpoints of one's own: verbs, bodies, repeated requests, logins and tokens of other projects.

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::{Client, Endpoints, ErrorKind, Logout, Method, Multipart, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::proxy::{Act, Proxy, Seen, answer, html, json as answered};
use crate::server::{Server, enter, password};

#[derive(Serialize)]
struct Filter {
    page: u8,
    tags: Vec<&'static str>,
    owner: Option<u8>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Mine {
    id: u8,
}

/// A client before something that answers everything with one's own rule.
async fn before(rule: impl FnMut(&Seen) -> Act + Send + 'static) -> (Proxy, Client) {
    let proxy = Proxy::before("http://127.0.0.1:1").await;
    proxy.rule(rule);
    let client = Client::builder(&proxy.url).build().expect("a client");
    (proxy, client)
}

#[tokio::test]
async fn every_verb_has_its_query_body_and_typed_answer() {
    let (proxy, client) = before(|_| answered("200 OK", r#"{"id":7,"more":1}"#)).await;
    let filter = Filter {
        page: 2,
        tags: vec!["a b", "ü"],
        owner: None,
    };
    let mine: Mine = client
        .get("/mine/?x=1")
        .query(&filter)
        .send_json()
        .await
        .expect("mine");
    assert_eq!(mine, Mine { id: 7 });
    let seen = proxy.seen("GET /mine/").remove(0);
    assert!(
        seen.head
            .starts_with("GET /mine/?x=1&page=2&tags=a+b&tags=%C3%BC HTTP"),
        "{}",
        seen.head
    );

    let put: Mine = client
        .put("/mine/7/")
        .json(&json!({"id": 7}))
        .send_json()
        .await
        .expect("put");
    assert_eq!(
        (put.id, proxy.seen("PUT /mine/7/")[0].body.as_str()),
        (7, r#"{"id":7}"#)
    );
    client
        .patch("/mine/7/")
        .form(&[("a", "b c"), ("d", "&")])
        .send_empty()
        .await
        .expect("patched");
    let seen = proxy.seen("PATCH /mine/7/").remove(0);
    assert_eq!(seen.body, "a=b+c&d=%26");
    assert_eq!(
        seen.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    let form = Multipart::new().text("title", "At sea").file(
        "photo",
        "sea.jpg",
        "image/jpeg",
        vec![b'x'; 9],
    );
    client
        .post("/photos/")
        .multipart(form)
        .send_empty()
        .await
        .expect("posted");
    let seen = proxy.seen("POST /photos/").remove(0);
    let kind = seen.header("content-type").expect("a type");
    let boundary = kind
        .strip_prefix("multipart/form-data; boundary=")
        .expect("a boundary");
    assert!(
        seen.body
            .ends_with(&format!("\r\n\r\nxxxxxxxxx\r\n--{boundary}--\r\n")),
        "{}",
        seen.body
    );
    client
        .delete("/mine/7/")
        .send_empty()
        .await
        .expect("deleted");
    let error = client
        .get("/mine/")
        .query("text")
        .send()
        .await
        .expect_err("no pairs");
    assert!(matches!(error.kind(), ErrorKind::Config(_)), "{error:?}");
}

#[tokio::test]
async fn only_what_does_no_harm_is_sent_again_and_only_when_asked_for() {
    let later = || {
        Act::Answer(answer(
            "503 Service Unavailable",
            "retry-after: 0\r\ncontent-type: application/json\r\n",
            r#"{"detail":"later"}"#,
        ))
    };
    let never = Act::Answer(answer(
        "503 Service Unavailable",
        "retry-after: 3600\r\n",
        "",
    ));
    let bad = html("502 Bad Gateway", "");
    for (method, acts, sent, succeeds) in [
        (Method::GET, vec![later(), later()], 3, true),
        (Method::GET, vec![Act::CutBefore, bad.clone()], 3, true),
        (Method::GET, vec![later(), later(), later()], 3, false),
        (Method::GET, vec![never], 1, false),
        (
            Method::GET,
            vec![answered("400 Bad Request", "{}")],
            1,
            false,
        ),
        (Method::PUT, vec![Act::CutBefore], 2, true),
        (Method::DELETE, vec![later()], 2, true),
        (Method::DELETE, vec![Act::CutBefore], 1, false),
        (Method::DELETE, vec![bad.clone()], 1, false),
        (Method::POST, vec![later()], 1, false),
        (Method::PATCH, vec![later()], 1, false),
    ] {
        let mut left = acts.clone();
        left.reverse();
        let (proxy, client) =
            before(move |_| left.pop().unwrap_or_else(|| answered("200 OK", "{}"))).await;
        let client = Client::builder(client.server())
            .retries(2)
            .build()
            .expect("a client");
        let outcome = client.request(method.clone(), "/mine/").send_empty().await;
        let times = proxy.seen(&format!("{method} /mine/")).len();
        assert_eq!(
            (times, outcome.is_ok()),
            (sent, succeeds),
            "{method} {acts:?}: {outcome:?}"
        );
    }
    let (proxy, client) = before(move |_| later()).await;
    client
        .get("/mine/")
        .send_empty()
        .await
        .expect_err("not by default");
    assert_eq!(proxy.seen("GET /mine/").len(), 1);
}

/// A token that has this type and life.
fn token(kind: &str, name: &str) -> String {
    let exp = gatepost_sdk::Clock::system().now() + 300;
    let claims = json!({ "token_type": kind, "jti": name, "exp": exp }).to_string();
    let encoded = base64(claims.as_bytes());
    format!("e30.{encoded}.{name}")
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[tokio::test]
async fn a_refresh_token_in_a_cookie_is_kept_exchanged_and_ended() {
    for name in ["my-refresh", ""] {
        let mut count = 0;
        let (proxy, client) = before(move |seen| {
            count += 1;
            let (access, refresh) = (token("access", "a"), token("refresh", &format!("r{count}")));
            let cookies = format!(
                "content-type: application/json\r\nset-cookie: my-access={access}; HttpOnly; Path=/\r\nset-cookie: my-refresh={refresh}; HttpOnly; Path=/\r\n"
            );
            let body = match seen.line.as_str() {
                "POST /dj-rest-auth/login/" => json!({ "access": access, "refresh": "", "user": {"pk": 1} }),
                "POST /dj-rest-auth/token/refresh/" => json!({ "access": access }),
                _ => return answered("200 OK", r#"{"detail":"Successfully logged out."}"#),
            };
            Act::Answer(answer("200 OK", &cookies, &body.to_string()))
        })
        .await;
        let mut endpoints = Endpoints::dj_rest_auth();
        if !name.is_empty() {
            endpoints = endpoints.refresh_cookie(name);
        }
        let client = Client::builder(client.server())
            .endpoints(endpoints)
            .build()
            .expect("a client");
        let credentials = json!({ "email": "ada@example.org", "password": "x" });
        let session = client
            .login_with("ada", &credentials)
            .await
            .expect("logged in");
        assert_eq!(
            proxy.seen("POST /dj-rest-auth/login/")[0].body,
            credentials.to_string()
        );
        session.refresh().await.expect("refreshed");
        session
            .refresh()
            .await
            .expect("refreshed with the token of the cookie");
        let seen = proxy.seen("POST /dj-rest-auth/token/refresh/");
        for (seen, expected) in seen.iter().zip(["r1", "r2"]) {
            assert!(
                seen.body.ends_with(&format!(".{expected}\"}}")),
                "{}",
                seen.body
            );
            let cookie = seen.header("cookie");
            assert_eq!(cookie.is_some(), !name.is_empty());
            assert!(cookie.is_none_or(
                |cookie| cookie.starts_with("my-refresh=e30.") && cookie.ends_with(expected)
            ));
        }
        let out = client.logout(Logout::Server).await.expect("logged out");
        assert!(out.revoked, "{out:?}");
    }
}

/// A person who runs a program can't call its library.
#[tokio::test]
async fn a_login_without_a_refresh_token_is_said_without_a_word_of_the_library() {
    let body = json!({ "access": token("access", "a"), "refresh": "" }).to_string();
    let (_proxy, client) = before(move |_| answered("200 OK", &body)).await;
    let password = SecretString::from("x");
    let error = client.login("ada", &password).await.expect_err("no token");
    assert!(
        matches!(error.kind(), ErrorKind::Decode { .. }),
        "{error:?}"
    );
    let hint = error.hint().expect("a hint");
    assert!(hint.contains("cookie") && !hint.contains("::"), "{hint}");
}

#[tokio::test]
async fn tokens_that_came_in_another_way_are_adopted() {
    let server = Server::start().await;
    let proxy = Proxy::before(&server.url).await;
    let first = Client::builder(&proxy.url).build().expect("a client");
    enter(&first, "ada").await;
    let pair: serde_json::Value = first
        .post("/api/token/")
        .anonymous()
        .json(&json!({ "username": "ada", "password": "ComplexPassword123!" }))
        .send_json()
        .await
        .expect("a pair");
    let text = |name: &str| pair[name].as_str().expect("a token").to_owned();
    for access in [None, Some(SecretString::from(text("access")))] {
        let with_access = access.is_some();
        let client = Client::builder(&proxy.url)
            .store(MemoryStore::new())
            .account("ada");
        let client = client.build().expect("a client");
        let before = proxy.refreshes();
        if with_access {
            // the refresh token was used up by the first round
            client
                .session()
                .adopt(text("refresh"), access)
                .await
                .expect("adopted");
            assert_eq!(client.profile().await.expect("a profile").username, "ada");
            assert_eq!(proxy.refreshes(), before);
        } else {
            client
                .session()
                .adopt(text("refresh"), None)
                .await
                .expect("adopted");
            assert_eq!(client.profile().await.expect("a profile").username, "ada");
            assert_eq!(proxy.refreshes(), before + 1);
        }
    }
    let nobody = Client::builder(&proxy.url).build().expect("a client");
    let error = nobody
        .session()
        .adopt("e30.e30.x", None)
        .await
        .expect_err("whose?");
    assert!(matches!(error.kind(), ErrorKind::Config(_)) && error.hint().is_some());
}

#[tokio::test]
async fn a_server_without_final_slashes_is_asked_without_them() {
    let (proxy, client) = before(|seen| match seen.line.as_str() {
        "POST /v1/sessions" => answered("200 OK", &json!({ "access_token": token("access", "a"), "refresh_token": token("refresh", "r") }).to_string()),
        _ => answered("200 OK", "{}"),
    })
    .await;
    let endpoints = Endpoints::new()
        .login("/v1/sessions")
        .logout("/v1/sessions/end/")
        .posts("/v1/posts")
        .without_final_slashes();
    let client = Client::builder(client.server())
        .endpoints(endpoints)
        .build()
        .expect("a client");
    client.login("ada", &password()).await.expect("logged in");
    client.posts().get(7).await.expect_err("no post");
    assert!(
        client
            .logout(Logout::Server)
            .await
            .expect("logged out")
            .revoked
    );
    for line in [
        "POST /v1/sessions",
        "GET /v1/posts/7",
        "POST /v1/sessions/end",
    ] {
        assert_eq!(proxy.seen(line).len(), 1, "{line}");
    }
}

/// What programs hand from task to task: that this compiles is the test.
#[test]
fn what_tasks_share_is_send_and_sync() {
    fn shared<T: Send + Sync + 'static>() {}
    fn sent<T: Send + 'static>() {}
    shared::<Client>();
    shared::<gatepost_sdk::ClientBuilder>();
    shared::<gatepost_sdk::Session>();
    shared::<gatepost_sdk::Posts>();
    shared::<gatepost_sdk::ListPosts>();
    shared::<gatepost_sdk::List<Mine>>();
    shared::<gatepost_sdk::Error>();
    shared::<gatepost_sdk::StoredSession>();
    shared::<Multipart>();
    sent::<gatepost_sdk::Request>();
    sent::<gatepost_sdk::Response>();
    sent::<gatepost_sdk::ItemStream<Mine>>();
    sent::<gatepost_sdk::Body>();
}
