//! The refresh token in a cookie, and pages of other origins and of other sites.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::Html;
use axum::routing::{get, post};
use gatepost_server::{Clock, router, serve};
use gatepost_tests::browser::Browser;
use gatepost_tests::{Backend, TestApp, is_full};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedSender};

/// What the service was asked by a page: its origin and path, whether the cookie came along, and the answer's status.
type Asked = (String, String, bool, u16);

/// Serves on a port of its own, and gives it.
async fn served(router: Router) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { serve(listener, router, std::future::pending()).await });
    port
}

fn page(html: &'static str) -> Router {
    Router::new().route("/", get(async move || Html(html)))
}

/// The service, which tells what pages asked it.
fn telling(app: &TestApp, tell: UnboundedSender<Asked>) -> Router {
    let told = move |request: Request, next: Next| {
        let text = |headers: &HeaderMap, name| {
            let value = headers.get(name).map(|value| value.to_str().unwrap());
            value.unwrap_or_default().to_owned()
        };
        let origin = text(request.headers(), header::ORIGIN);
        let has_cookie = text(request.headers(), header::COOKIE).contains("rt=");
        let (path, is_post) = (request.uri().path().to_owned(), request.method() == "POST");
        let tell = tell.clone();
        async move {
            let answer = next.run(request).await;
            if is_post {
                drop(tell.send((origin, path, has_cookie, answer.status().as_u16())));
            }
            answer
        }
    };
    router(app.app.clone()).layer(middleware::from_fn(told))
}

/// `localhost` and `127.0.0.1` are two sites; two ports of one of them are two origins of the same site.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_page_signs_in_by_a_cookie_of_which_a_foreign_one_has_no_use(
    #[values("Lax", "None")] same_site: &str,
) {
    if !is_full() {
        return;
    }
    let foreign = served(page(include_str!("foreign.html"))).await;
    let elsewhere = format!("http://127.0.0.1:{foreign}");
    let neighbour = format!("http://localhost:{foreign}");
    let (tell, mut told) = mpsc::channel(1);
    let (go, gone) = tokio::sync::watch::channel(false);
    let seen = async move |body: String| {
        let seen: Value = serde_json::from_str(&body).unwrap();
        tell.send(seen).await.unwrap();
    };
    let tried = async move || {
        let mut gone = gone.clone();
        gone.wait_for(|gone| *gone).await.unwrap();
    };
    let front = page(include_str!("cookie.html"))
        .route("/seen", post(seen))
        .route("/tried", get(tried));
    let front = format!("http://localhost:{}", served(front).await);
    let settings = format!(
        "cookies = {{ refresh = 'rt', same_site = '{same_site}' }}\ncors = {{ allowed_origins = ['{front}'], allow_credentials = true }}"
    );
    let app = TestApp::with_clock(Backend::Sqlite, &settings, Clock::system()).await;
    app.user("ann").await;
    app.user("mallory").await;
    let (ask, mut asked) = mpsc::unbounded_channel();
    let api = format!("http://localhost:{}", served(telling(&app, ask)).await);

    let _browser = Browser::open(&format!(
        "{front}/?api={api}&foreign={elsewhere}&foreign={neighbour}"
    ));
    // a form and a fetch to each of three paths, of both
    let mut tries = BTreeMap::new();
    let all = async {
        while tries.values().sum::<u32>() < 12 {
            let one: Asked = asked.recv().await.unwrap();
            if one.0 != front {
                *tries.entry(one).or_default() += 1;
            }
        }
    };
    let in_time = tokio::time::timeout(Duration::from_mins(1), all).await;
    let unread = told.try_recv();
    assert!(in_time.is_ok(), "{tries:#?} {unread:#?}");
    println!("{same_site}: {tries:#?}");
    for (origin, path, has_cookie, status) in tries.keys() {
        assert!([&elsewhere, &neighbour].contains(&origin), "{origin}");
        // where the browser sends no cookie there is nothing to take; else the page is refused
        let wanted = if *has_cookie || path == "/api/token/" {
            403
        } else {
            400
        };
        assert_eq!(*status, wanted, "{origin} {path}");
    }
    let with_cookie = |origin: &str| {
        let tries = tries
            .iter()
            .filter(|((of, _, has, _), _)| of == origin && *has);
        tries.map(|(_, count)| *count).sum::<u32>()
    };
    // the browser itself tells sites apart, and no more than sites
    assert_eq!(with_cookie(&neighbour), 6);
    assert_eq!(with_cookie(&elsewhere) > 0, same_site == "None");
    go.send(true).unwrap();

    let seen = tokio::time::timeout(Duration::from_mins(1), told.recv()).await;
    let seen = seen.expect("the page tells what it saw").unwrap();
    assert!(seen["error"].is_null(), "{seen:#}");
    let keys = |name: &str| {
        let body = seen[name]["body"].as_object().unwrap();
        body.keys().cloned().collect::<Vec<_>>()
    };
    for name in ["login", "own", "after"] {
        assert_eq!(seen[name]["status"], 200, "{seen:#}");
        assert_eq!(keys(name), ["access"], "{seen:#}");
    }
    assert_eq!(seen["readable"], "", "a script reads the cookie");
    // two tabs at once: whichever came second was given the same token again, or found the new cookie already
    for tab in [&seen["tabs"][0], &seen["tabs"][1]] {
        assert_eq!(tab["status"], 200, "{seen:#}");
    }
    assert_eq!(seen["post"]["status"], 201, "{seen:#}");
    assert_eq!(seen["profile"]["body"]["username"], "ann", "{seen:#}");
    assert_eq!(seen["logout"]["status"], 200, "{seen:#}");
    // the cookie is gone, so there is nothing to refresh
    assert_eq!(
        seen["gone"],
        json!({"status": 400, "body": {"refresh": ["This field is required."]}, "replayed": null})
    );
    let of_mallory = "SELECT COUNT(*) FROM token_blacklist_outstandingtoken t JOIN auth_user u ON u.id = t.user_id WHERE u.username = 'mallory'";
    assert_eq!(app.query(of_mallory).await, ["0"]);
}
