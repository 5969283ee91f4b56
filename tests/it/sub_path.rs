//! A service below a path of its host (`server.root_path`), and probes, which name no host that matters.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use gatepost_server::router;
use gatepost_tests::{Answer, Backend, TestApp};
use serde_json::json;
use tower::ServiceExt;

async fn get(app: &TestApp, path: &str) -> Answer {
    let request = Request::get(path).header("host", "service.example");
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_come_with_the_prefix_or_without_it_and_redirects_have_it() {
    let toml = "server.root_path = '/service/'\ncors.allow_all_origins = true\ncors.urls_regex = '^/api/.*$'";
    let app = TestApp::with(Backend::Sqlite, toml).await;
    let ann = app.user("ann").await.log_in().await;
    for prefix in ["", "/service"] {
        let path = |path: &str| format!("{prefix}{path}");
        ann.get(&path("/api/users/profile/")).await.expect(200);
        let post = json!({"title": "A", "content": "B"});
        ann.send("POST", &path("/api/posts/"), &post)
            .await
            .expect(201);
        get(&app, &path("/-/live")).await.expect(200);
        get(&app, &path("/-/ready")).await.expect(200);
        let redirect = get(&app, &path("/api/posts?a=b")).await.expect(301);
        assert_eq!(redirect.header("location"), "/service/api/posts/?a=b");
        // django-cors-headers looks at the path below the prefix
        let request = Request::get(path("/api/posts/"))
            .header("host", "x")
            .header("origin", "https://a.example");
        let answer = app
            .send(request.body(Body::empty()).unwrap())
            .await
            .expect(401);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
    for path in [
        "/service",
        "/services/api/posts/",
        "/service/service/api/posts/",
        "/%73ervice/api/posts/",
    ] {
        get(&app, path).await.expect(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_of_a_refresh_token_is_for_the_path_below_the_prefix() {
    let toml = "server.root_path = '/service'\ncookies.refresh = 'rt'";
    let app = TestApp::with(Backend::Sqlite, toml).await;
    let answer = app.user("ann").await.obtain().await.expect(200);
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.contains("; Path=/service/api/token/;"),
        "no such path"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_prefix_none_is_taken_off() {
    let app = TestApp::on(Backend::Sqlite).await;
    get(&app, "/service/api/posts/").await.expect(404);
    let redirect = get(&app, "/api/posts").await.expect(301);
    assert_eq!(redirect.header("location"), "/api/posts/");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_may_take_it_off_itself() {
    let app = TestApp::with(Backend::Sqlite, "server.root_path = '/service'").await;
    let host: Router = Router::new().nest_service("/service", router(app.app.clone()));
    for (path, status) in [
        ("/service/-/live", 200),
        ("/service/api/posts/", 401),
        ("/service/api/posts", 301),
    ] {
        let request = Request::get(path)
            .header("host", "x")
            .body(Body::empty())
            .unwrap();
        let Ok(response) = host.clone().oneshot(request).await;
        let answer = Answer::read(response).await.expect(status);
        if status == 301 {
            assert_eq!(answer.header("location"), "/service/api/posts/");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_is_answered_whatever_host_it_names() {
    let toml = "server.allowed_hosts = ['service.example']";
    let app = TestApp::with(Backend::Sqlite, toml).await;
    for path in ["/-/live", "/-/ready"] {
        for host in [Some("10.1.2.3:8000"), Some("[fe80::1]"), Some("a b"), None] {
            let mut request = Request::get(path);
            if let Some(host) = host {
                request = request.header("host", host);
            }
            app.send(request.body(Body::empty()).unwrap())
                .await
                .expect(200);
        }
    }
    // which is so of no other URL
    let request = Request::get("/api/posts/").header("host", "10.1.2.3:8000");
    app.send(request.body(Body::empty()).unwrap())
        .await
        .expect(400);
}
