//! What answers that are not the API's, and answers that never come, turn into.

use std::time::Duration;

use gatepost_sdk::{Client, ErrorKind, Method};

use crate::proxy::{Act, Proxy, Seen, answer, html, json};
use crate::server::{Server, enter};

struct Case {
    server: Server,
    proxy: Proxy,
    client: Client,
}

async fn case() -> Case {
    case_with("").await
}

/// With more settings of the server, as TOML.
async fn case_with(settings: &str) -> Case {
    let server = Server::with(settings).await;
    let proxy = Proxy::before(&server.url).await;
    let client = Client::builder(&proxy.url)
        .timeout(Duration::from_secs(2))
        .build()
        .expect("a client");
    enter(&client, "ada").await;
    Case {
        server,
        proxy,
        client,
    }
}

const PROFILE: &str = "GET /api/users/profile/";

#[tokio::test]
async fn what_is_no_api_is_said() {
    let case = case().await;
    for act in [
        html("200 OK", "<h1>Sign in to the hotel</h1>"),
        html("404 Not Found", "<h1>Not Found</h1>"),
    ] {
        case.proxy.first(PROFILE, [act]);
        let error = case.client.profile().await.expect_err("no API");
        assert!(
            matches!(error.kind(), ErrorKind::UnexpectedAnswer { .. }),
            "{error:?}"
        );
        assert!(!error.is_transient() && !error.needs_login() && error.hint().is_some());
    }
    case.proxy
        .first(PROFILE, [json("200 OK", r#"{"unexpected":1}"#)]);
    let error = case.client.profile().await.expect_err("another shape");
    assert!(
        matches!(error.kind(), ErrorKind::Decode { path, .. } if path == "/api/users/profile/")
    );
    // nor where nothing of the answer is wanted
    let act = html("200 OK", "<h1>Sign in to the hotel</h1>");
    case.proxy.first("POST /api/own/", [act]);
    let own = case.client.post("/api/own/").send_empty();
    let error = own.await.expect_err("no API");
    assert!(
        matches!(error.kind(), ErrorKind::UnexpectedAnswer { .. }),
        "{error:?}"
    );
    case.client.profile().await.expect("it goes on");
}

#[tokio::test]
async fn what_does_not_come_is_transient() {
    let case = case().await;
    for (act, is_expected) in [
        (
            Act::CutBefore,
            (|kind| matches!(kind, ErrorKind::Network)) as fn(&ErrorKind) -> bool,
        ),
        (Act::CutWithin, |kind| matches!(kind, ErrorKind::Network)),
        (Act::Late(Duration::from_secs(4)), |kind| {
            matches!(kind, ErrorKind::Timeout)
        }),
        (html("502 Bad Gateway", ""), |kind| {
            matches!(kind, ErrorKind::Api(_))
        }),
        (
            json(
                "429 Too Many Requests",
                r#"{"detail":"Request was throttled."}"#,
            ),
            |kind| matches!(kind, ErrorKind::Api(_)),
        ),
    ] {
        case.proxy.first(PROFILE, [act]);
        let error = case.client.profile().await.expect_err("no answer");
        assert!(
            error.is_transient() && is_expected(error.kind()),
            "{error:?}"
        );
    }
    let nobody = Client::builder("http://127.0.0.1:1")
        .build()
        .expect("a client");
    let error = nobody
        .request(Method::GET, "/")
        .send()
        .await
        .expect_err("nobody there");
    assert!(matches!(error.kind(), ErrorKind::Unreachable(_)) && error.is_transient());
}

#[tokio::test]
async fn what_an_answer_says_beside_is_kept() {
    let case = case().await;
    let no = answer(
        "503 Service Unavailable",
        "content-type: application/json\r\nretry-after: 7\r\nx-request-id: r-1\r\n",
        r#"{"detail":"busy"}"#,
    );
    case.proxy.first(PROFILE, [Act::Answer(no)]);
    let error = case.client.profile().await.expect_err("busy");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(error.request_id(), Some("r-1"));
    assert_eq!(error.to_string(), "busy (status 503)");
}

#[tokio::test]
async fn a_get_follows_a_redirect_to_its_own_server_alone() {
    let case = case().await;
    let read = |path: &'static str| {
        case.client
            .request(Method::GET, path)
            .send_json::<serde_json::Value>()
    };
    let profile = read("/api/users/profile")
        .await
        .expect("the slash is added");
    assert_eq!(profile["username"], "ada");
    let elsewhere = Proxy::before(&case.server.url).await;
    let to = answer(
        "302 Found",
        &format!("location: {}/api/users/profile/\r\n", elsewhere.url),
        "",
    );
    case.proxy.first(PROFILE, [Act::Answer(to)]);
    read("/api/users/profile/")
        .await
        .expect_err("another server");
    assert!(elsewhere.seen(PROFILE).is_empty());
    let post = case.client.request(Method::POST, "/api/posts").json("{}");
    let error = post.send_empty().await.expect_err("a POST is not sent on");
    assert!(
        matches!(error.kind(), ErrorKind::Redirected { target, .. } if target == "/api/posts/"),
        "{error:?}"
    );
    assert!(error.hint().expect("a hint").contains("/api/posts/"));
}

#[tokio::test]
async fn a_circle_of_redirects_is_said_as_one() {
    let case = case().await;
    case.proxy.rule(|_| {
        let to = "location: /api/users/profile/?token=hidden-value\r\n";
        Act::Answer(answer("302 Found", to, ""))
    });
    let error = case.client.profile().await.expect_err("a circle");
    let ErrorKind::Redirected { status, target, .. } = error.kind() else {
        panic!("{error:?}");
    };
    assert_eq!(status.as_u16(), 302);
    assert!(target.ends_with("/api/users/profile/"), "{target}");
    let hint = error.hint().expect("a hint");
    assert!(hint.contains("again and again"), "{hint}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_missing_final_slash_is_said_however_the_server_writes_its_address() {
    let case = case().await;
    for to in [
        "/api/posts/?a=b",
        "https://elsewhere.example/api/posts/",
        "posts/",
    ] {
        let to = format!("location: {to}\r\n");
        let moved = answer("301 Moved Permanently", &to, "");
        case.proxy.first("POST /api/posts", [Act::Answer(moved)]);
        let post = case
            .client
            .request(Method::POST, "/api/posts?a=b")
            .json("{}");
        let error = post.send_empty().await.expect_err("a POST is not sent on");
        let hint = error.hint().expect("a hint");
        assert_eq!(
            hint, "write the path with its final slash: /api/posts/",
            "{to}"
        );
    }
}

/// The schemes that the profile was asked for with.
fn schemes(case: &Case) -> Vec<String> {
    let seen = case.proxy.seen(PROFILE);
    let header = |seen: &Seen| seen.header("authorization").expect("a token").to_owned();
    let scheme = |header: String| header.split(' ').next().expect("a scheme").to_owned();
    seen.iter().map(header).map(scheme).collect()
}

#[tokio::test]
async fn another_scheme_is_learned_at_the_first_refusal() {
    let case = case_with("simple_jwt.auth_header_types = ['JWT']").await;
    for _ in 0..2 {
        let profile = case.client.profile().await.expect("a profile");
        assert_eq!(profile.username, "ada");
    }
    assert_eq!(schemes(&case), ["Bearer", "JWT", "JWT"]);
    assert_eq!(case.proxy.refreshes(), 0);
}

#[tokio::test]
async fn a_server_that_ignores_the_scheme_that_it_asks_for_is_asked_once_more() {
    let case = case().await;
    case.proxy.rule(|_| {
        Act::Answer(answer(
            "401 Unauthorized",
            "content-type: application/json\r\nwww-authenticate: JWT realm=\"api\"\r\n",
            r#"{"detail":"Authentication credentials were not provided."}"#,
        ))
    });
    let error = case.client.profile().await.expect_err("a refusal");
    assert!(matches!(error.kind(), ErrorKind::AuthScheme), "{error:?}");
    assert_eq!(schemes(&case), ["Bearer", "JWT"]);
    assert_eq!(case.proxy.refreshes(), 0);
}

#[tokio::test]
async fn a_request_of_ones_own_is_whole() {
    let case = case().await;
    let answer = case
        .client
        .request(Method::OPTIONS, "/api/posts/?a=b")
        .query(&[("c", "d e")])
        .header("x-mine", "1");
    let answer = answer.send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    assert!(answer.headers().contains_key("allow"));
    assert!(
        answer
            .bytes()
            .await
            .expect("a body")
            .starts_with(b"{\"name\":")
    );
    let seen = case.proxy.seen("OPTIONS /api/posts/").remove(0);
    assert!(
        seen.head
            .starts_with("OPTIONS /api/posts/?a=b&c=d+e HTTP/1.1"),
        "{}",
        seen.head
    );
    assert_eq!(seen.header("x-mine"), Some("1"));
    let refused = case
        .client
        .request(Method::GET, "/")
        .header("authorization", "Bearer x")
        .send()
        .await;
    assert!(matches!(
        refused.expect_err("refused").kind(),
        ErrorKind::Config(_)
    ));
    // no session is needed for what anyone may ask
    let open = Client::builder(&case.server.url).build().expect("a client");
    let live = open
        .request(Method::GET, "/-/live")
        .send()
        .await
        .expect("an answer");
    assert!(live.status().is_success());
}

#[tokio::test]
async fn no_error_shows_a_query() {
    let case = case().await;
    let asked = |client: Client| async move {
        let request = client.get("/api/users/profile/?code=hidden-value");
        request.send_empty().await.expect_err("no answer")
    };
    case.proxy.first(PROFILE, [Act::CutBefore]);
    let dead = Client::builder("http://127.0.0.1:1")
        .build()
        .expect("a client");
    for error in [asked(case.client.clone()).await, asked(dead).await] {
        let hides = |said: String| assert!(!said.contains("hidden-value"), "{said}");
        hides(format!("{error} {error:?} {:?}", error.hint()));
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            hides(format!("{cause} {cause:?}"));
            source = cause.source();
        }
    }
}
