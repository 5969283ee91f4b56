//! A program of one's own around Gatepost's router: its state, its routes, its fallback, its listener.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, FromRef, Request, State};
use axum::http::StatusCode;
use axum::routing::{any_service, get};
use gatepost_server::{App, CurrentUser, router, serve};
use gatepost_tests::{Answer, Backend, TestApp};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tower::ServiceExt;

/// A host's own state, of which Gatepost is a part.
#[derive(Clone)]
struct Host {
    app: App,
    greeting: &'static str,
}

impl FromRef<Host> for App {
    fn from_ref(host: &Host) -> Self {
        host.app.clone()
    }
}

async fn greet(State(host): State<Host>, CurrentUser(user): CurrentUser) -> String {
    format!("{}, {}!", host.greeting, user.username)
}

fn host(app: &TestApp) -> Router {
    let host = Host {
        app: app.app.clone(),
        greeting: "Hello",
    };
    Router::new()
        .route("/api/greeting/", get(greet))
        .route("/api/posts/", get(async || "the host's own"))
        .with_state(host)
}

fn request(path: &str, headers: &[(&str, &str)]) -> Request {
    let request = Request::get(path);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.body(Body::empty()).unwrap()
}

async fn ask(router: &Router, request: Request) -> Answer {
    let Ok(response) = router.clone().oneshot(request).await;
    Answer::read(response).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_of_one_s_own_gets_the_user_s_row_where_gatepost_looks_at_the_token_alone() {
    let app = TestApp::with(Backend::Sqlite, "tokens.stateless = true").await;
    let ann = app.user("ann").await.log_in().await;
    let bearer = format!("Bearer {}", ann.access);
    let greeting = || request("/api/greeting/", &[("authorization", &bearer)]);
    assert_eq!(ask(&host(&app), greeting()).await.text(), "Hello, ann!");
    app.sql("UPDATE auth_user SET is_active = FALSE").await;
    assert_eq!(ask(&host(&app), greeting()).await.status, 401);
    ann.get("/api/users/profile/").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_s_state_and_routes_stand_beside_gatepost_s() {
    let app = TestApp::on(Backend::Sqlite).await;
    let ann = app.user("ann").await.log_in().await;
    let router = host(&app).merge(router(app.app.clone()));
    let bearer = format!("Bearer {}", ann.access);
    let signed_in = [("Authorization", bearer.as_str())];
    let greeting = ask(&router, request("/api/greeting/", &signed_in)).await;
    assert_eq!(
        (greeting.status, greeting.text().as_str()),
        (StatusCode::OK, "Hello, ann!")
    );
    let stranger = ask(&router, request("/api/greeting/", &[])).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    assert_eq!(stranger.header("www-authenticate"), "Bearer realm=\"api\"");
    // the host's route wins, for every method: axum answers those that it does not have
    let own = ask(&router, request("/api/posts/", &[])).await;
    assert_eq!(own.text(), "the host's own");
    // and what is nobody's is Django's 404, or its redirect to the slash
    let nothing = ask(&router, request("/nothing", &[])).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    assert!(
        nothing
            .text()
            .contains("The requested resource was not found")
    );
    let profile = ask(&router, request("/api/users/profile", &[])).await;
    assert_eq!(profile.status, StatusCode::MOVED_PERMANENTLY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_with_a_fallback_mounts_gatepost_as_a_service() {
    let app = TestApp::on(Backend::Sqlite).await;
    let ann = app.user("ann").await.log_in().await;
    let gatepost = any_service(router(app.app.clone()));
    let router = Router::new()
        .route("/api/{*path}", gatepost.clone())
        .route("/-/{*probe}", gatepost)
        .fallback(async || "the host's fallback");
    let bearer = format!("Bearer {}", ann.access);
    let profile = request("/api/users/profile/", &[("Authorization", &bearer)]);
    assert_eq!(ask(&router, profile).await.status, StatusCode::OK);
    assert_eq!(
        ask(&router, request("/-/ready", &[])).await.text(),
        "ready\n"
    );
    assert_eq!(
        ask(&router, request("/nothing", &[])).await.text(),
        "the host's fallback"
    );
}

/// Asks for a path and gives all that comes back.
async fn raw(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn any_listener_serves_and_hands_on_the_peer_s_address() {
    let app = TestApp::on(Backend::Sqlite).await;
    let peer = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string();
    let with_peer = Router::new().route("/peer", get(peer));
    let with_peer = with_peer.merge(router(app.app.clone()));
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    tokio::spawn(serve(tcp, with_peer, std::future::pending()));
    let stream = TcpStream::connect(address).await.unwrap();
    let ours = stream.local_addr().unwrap().to_string();
    let answer = raw(stream, "/peer").await;
    assert!(answer.ends_with(&ours), "{answer}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let unix = UnixListener::bind(&path).unwrap();
    tokio::spawn(serve(unix, router(app.app.clone()), std::future::pending()));
    let answer = raw(UnixStream::connect(&path).await.unwrap(), "/-/live").await;
    assert!(answer.ends_with("live\n"), "{answer}");
}
