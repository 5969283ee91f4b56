//! What the captured answers do not show: lengths, chunked bodies, kept connections, health, pages.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use futures_util::stream;
use gatepost_server::CurrentUser;
use gatepost_tests::{Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;

use crate::both_databases;

fn get(path: &str, headers: &[(&str, &str)]) -> Request {
    let mut builder = Request::builder().uri(path);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Body::empty()).unwrap()
}

/// A request's future is copied on its way to its handler: what is large and rare in it has a box of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_small() {
    let app = TestApp::on(Backend::Sqlite).await;
    let size = gatepost_server::testing::size_of_a_request(&app.app);
    assert!(size < 8 * 1024, "{size} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_stand_in_the_reference_s_order() {
    let app = TestApp::on(Backend::Sqlite).await;
    let names = |answer: gatepost_tests::Answer| {
        answer
            .headers
            .keys()
            .map(|name| name.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    let last = [
        "x-content-type-options",
        "referrer-policy",
        "cross-origin-opener-policy",
        "x-request-id",
        "content-length",
    ];
    let unauthorized = app.send(get("/api/posts/", &[])).await;
    assert_eq!(
        names(unauthorized),
        [
            &[
                "content-type",
                "www-authenticate",
                "vary",
                "allow",
                "x-frame-options"
            ][..],
            &last
        ]
        .concat()
    );
    assert_eq!(
        names(app.send(get("/nothing", &[])).await),
        [
            &["content-type", "content-security-policy", "x-frame-options"][..],
            &last
        ]
        .concat()
    );
    // without a length: the body ends with the connection, or with a chunk
    assert_eq!(
        names(app.send(get("/api/posts", &[])).await),
        [
            &["content-type", "content-security-policy", "location"][..],
            &last[..4]
        ]
        .concat()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_body_is_read_and_an_empty_one_is_no_body() {
    let app = TestApp::on(Backend::Sqlite).await;
    let send = async |kind: &str, chunks: Vec<&'static str>| {
        let body = Body::from_stream(stream::iter(
            chunks.into_iter().map(Ok::<_, std::io::Error>),
        ));
        let request = Request::post("/api/token/")
            .header("content-type", kind)
            .body(body)
            .unwrap();
        app.send(request).await.wire()
    };
    assert_eq!(
        send(
            "application/json",
            vec![r#"{"username":"x","#, r#""password":"y"}"#]
        )
        .await,
        r#"401 {"detail":"No active account found with the given credentials"}"#
    );
    let required =
        r#"400 {"username":["This field is required."],"password":["This field is required."]}"#;
    assert_eq!(send("application/json", vec![]).await, required);
    // nor is the type of an empty body looked at
    assert_eq!(send("text/plain", vec!["", ""]).await, required);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_limited_to_the_byte() {
    let app = TestApp::on(Backend::Sqlite).await;
    let send = async |length: usize, media_type: &str| {
        let body = format!(
            "{{\"username\":\"x\",\"password\":\"{}\"}}",
            "y".repeat(length - 30)
        );
        assert_eq!(body.len(), length);
        let request = Request::post("/api/token/")
            .header("content-type", media_type)
            .body(Body::from(body))
            .unwrap();
        app.send(request).await
    };
    assert_eq!(send(2_621_440, "application/json").await.status, 401);
    let over = send(2_621_441, "application/json").await;
    assert_eq!(
        (
            over.status.as_u16(),
            over.header("content-type"),
            over.header("allow")
        ),
        (400, "text/html; charset=utf-8", "")
    );
    assert_eq!(
        send(2_621_441, "text/plain").await.status,
        415,
        "the type is looked at first"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_accept_takes_anything_and_repeated_ones_are_joined() {
    let app = TestApp::on(Backend::Sqlite).await;
    assert_eq!(
        app.send(get("/api/token/", &[]))
            .await
            .header("content-type"),
        "application/json"
    );
    let both = app
        .send(get(
            "/api/token/",
            &[("accept", "application/xml"), ("accept", "text/html")],
        ))
        .await;
    assert_eq!(
        (both.status.as_u16(), both.header("content-type")),
        (405, "text/html; charset=utf-8")
    );
    assert_eq!(both.header("vary"), "Accept, Cookie");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_a_readable_page_that_runs_nothing() {
    let app = TestApp::on(Backend::Sqlite).await;
    let ann = app.user("ann").await.log_in().await;
    ann.post("<script>alert(1)</script>").await;
    let bearer = format!("Bearer {}", ann.access);
    let page = app
        .send(get(
            "/api/posts/",
            &[("accept", "text/html"), ("authorization", &bearer)],
        ))
        .await
        .expect(200);
    assert!(
        page.text()
            .contains("&lt;script&gt;alert(1)&lt;/script&gt;")
            && !page.text().contains("<script>"),
        "{}",
        page.text()
    );
    let deleted = Request::delete("/api/posts/1/")
        .header("accept", "text/html")
        .header("authorization", &bearer);
    assert_eq!(
        app.send(deleted.body(Body::empty()).unwrap()).await.status,
        200
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn live_and_ready_are_told(on: Backend) {
    let app = TestApp::on(on).await.may_fail();
    assert_eq!(app.send(get("/-/live", &[])).await.wire(), "200 live\n");
    assert_eq!(app.send(get("/-/ready", &[])).await.wire(), "200 ready\n");
    gatepost_server::testing::close(&app.app).await;
    assert_eq!(app.send(get("/-/live", &[])).await.wire(), "200 live\n");
    assert_eq!(
        app.send(get("/-/ready", &[])).await.wire(),
        "503 the database does not answer\n"
    );
    let busy = app.send(get("/api/posts/", &[])).await;
    assert_eq!(busy.status, 401, "what needs no database is answered");
    let ask = Request::post("/api/token/")
        .header("content-type", "application/json")
        .body(Body::from(r#"{"username":"x","password":"y"}"#))
        .unwrap();
    let away = app.send(ask).await;
    assert_eq!(
        (away.status.as_u16(), away.header("retry-after")),
        (503, "1")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_connection_carries_the_length_of_each_answer() {
    let app = TestApp::on(Backend::Sqlite).await;
    let ann = app.user("ann").await.log_in().await;
    ann.post("Title").await;
    let base = app.listen().await;
    let mut stream = TcpStream::connect(base.trim_start_matches("http://"))
        .await
        .unwrap();
    let mut ask = async |method: &str| {
        let request = format!(
            "{method} /api/posts/1/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
            ann.access
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.windows(4).any(|window| window == b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(answer).unwrap();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .unwrap()
            .parse()
            .unwrap();
        let mut body = vec![0; if method == "HEAD" { 0 } else { length }];
        stream.read_exact(&mut body).await.unwrap();
        (length, body.len())
    };
    let (length, read) = ask("GET").await;
    assert_eq!(length, read);
    assert_eq!(
        ask("HEAD").await,
        (length, 0),
        "HEAD has the length of GET and nothing after its head"
    );
    assert_eq!(ask("GET").await, (length, length));
}

/// A length in the answer to HEAD, such as 0, would be taken for the list's.
#[tokio::test(flavor = "multi_thread")]
async fn head_of_a_long_list_has_no_length() {
    let app = TestApp::on(Backend::Sqlite).await;
    let ann = app.user("ann").await.log_in().await;
    let post = serde_json::json!({"title": "T", "content": "x".repeat(1 << 20)});
    ann.send("POST", "/api/posts/", &post).await.expect(201);
    let request = reqwest::Client::new()
        .head(format!("{}/api/posts/", app.listen().await))
        .bearer_auth(&ann.access);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers().get("content-length"), None);
}

/// A program's own resource beside Gatepost's asks for the same token and refuses in the same words.
#[tokio::test(flavor = "multi_thread")]
async fn a_resource_of_one_s_own_knows_the_user() {
    let app = TestApp::on(Backend::Sqlite).await;
    let ann = app.user("ann").await.log_in().await;
    let greet =
        async |CurrentUser(user): CurrentUser| format!("Hello, {}!", user.username.as_str());
    let router = Router::new()
        .route("/api/greeting/", axum::routing::get(greet))
        .with_state(app.app.clone())
        .merge(gatepost_server::router(app.app.clone()));
    let ask = async |path: &str, headers: &[(&str, &str)]| {
        let answer = router.clone().oneshot(get(path, headers)).await.unwrap();
        let challenge = answer.headers().get("www-authenticate").cloned();
        let body = axum::body::to_bytes(answer.into_body(), 1000);
        (challenge, body.await.unwrap())
    };
    let bearer = format!("Bearer {}", ann.access);
    let (challenge, body) = ask("/api/greeting/", &[("Authorization", &bearer)]).await;
    assert_eq!((challenge, &body[..]), (None, &b"Hello, ann!"[..]));
    for headers in [&[][..], &[("Authorization", "Bearer x")]] {
        let own = ask("/api/greeting/", headers).await;
        assert!(own.0.is_some());
        assert_eq!(own, ask("/api/users/profile/", headers).await);
    }
}
