//! A page on another origin, in a real browser; with `--full` alone, which installs one.

mod admin;
mod axe;
mod cookie;
mod explorer;

use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::{get, post};
use gatepost_server::{Clock, serve};
use gatepost_tests::browser::Browser;
use gatepost_tests::{Backend, TestApp, is_full};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// A server of the page, whose origin is given, and what the page tells it.
async fn site() -> (String, mpsc::Receiver<Value>) {
    let (tell, told) = mpsc::channel(1);
    let seen = async move |body: String| {
        let seen = serde_json::from_str(&body).unwrap();
        tell.send(seen).await.unwrap();
    };
    let page = get(async || Html(include_str!("tokens.html")));
    let router = Router::new().route("/", page).route("/seen", post(seen));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { serve(listener, router, std::future::pending()).await });
    (origin, told)
}

/// What a page of this site sees of the service.
async fn seen(site: &str, told: &mut mpsc::Receiver<Value>, api: &str) -> Value {
    let _browser = Browser::open(&format!("{site}/?api={api}"));
    let seen = tokio::time::timeout(Duration::from_mins(1), told.recv()).await;
    seen.expect("the page tells what it saw").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_signs_in_is_refreshed_by_two_tabs_and_posts() {
    if !is_full() {
        return;
    }
    let (allowed, mut told) = site().await;
    let (other, mut other_told) = site().await;
    let settings = format!("cors.allowed_origins = ['{allowed}']");
    let app = TestApp::with_clock(Backend::Sqlite, &settings, Clock::system()).await;
    app.user("ann").await;
    let api = app.listen().await;

    let refused = seen(&other, &mut other_told, &api).await;
    assert_eq!(
        refused["error"], "TypeError: Failed to fetch",
        "{refused:#}"
    );

    let seen = seen(&allowed, &mut told, &api).await;
    let status = |name: &str| &seen[name]["status"];
    assert!(seen["error"].is_null(), "{seen:#}");
    assert_eq!(*status("login"), 200, "{seen:#}");
    // one tab rotated the token, all that came after it were given the same new one
    let refreshed = [&seen["tabs"][0], &seen["tabs"][1], &seen["own"]];
    for one in refreshed {
        assert_eq!(one["status"], 200, "{seen:#}");
        assert_eq!(one["body"]["refresh"], refreshed[0]["body"]["refresh"]);
        assert!(one["number"].is_string(), "{seen:#}");
    }
    let replayed = refreshed.iter().filter(|one| one["replayed"] == "true");
    assert_eq!(replayed.count(), 2, "{seen:#}");
    // a page that can read a 401 knows that it has to refresh
    assert_eq!(*status("expired"), 401, "{seen:#}");
    assert_eq!(seen["expired"]["body"]["code"], "token_not_valid");
    assert_eq!(seen["nowhere"], 404);
    assert_eq!(seen["ready"], "ready\n");
    assert_eq!(*status("post"), 201, "{seen:#}");
    assert_eq!(*status("put"), 200, "{seen:#}");
    assert_eq!(app.query("SELECT title FROM posts_post").await, ["Changed"]);
}
