//! JWK_URL: the keys of another service verify, by their names.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use gatepost_server::Clock;
use gatepost_tests::talk::Talk;
use gatepost_tests::{Backend, Program, SECRET, TestApp, anonymous};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::algorithms::{Keys, ask, settings};

/// A service that publishes keys, and counts who asks.
pub(crate) struct Publisher {
    pub(crate) url: String,
    asked: Arc<AtomicUsize>,
    shows: Arc<std::sync::Mutex<(u16, String)>>,
}

impl Publisher {
    pub(crate) async fn start(set: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let shows = Arc::new(std::sync::Mutex::new((200, set.to_owned())));
        let (count, now) = (asked.clone(), shows.clone());
        let handler = get(async move || {
            count.fetch_add(1, Ordering::SeqCst);
            let (status, text) = now.lock().unwrap().clone();
            (StatusCode::from_u16(status).unwrap(), text)
        });
        let router = Router::new().route("/keys", handler);
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, asked, shows }
    }

    pub(crate) fn show(&self, status: u16, text: &str) {
        *self.shows.lock().unwrap() = (status, text.to_owned());
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

pub(crate) async fn set_of(app: &TestApp) -> String {
    let url = format!("{}/.well-known/jwks.json", app.listen().await);
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

pub(crate) const PROFILE: &str = "/api/users/profile/";
pub(crate) const BUSY: &str = r#"503 {"detail":"The service is busy; try again."}"#;

/// A service that signs, with and without a name of its key, and one on the same database that only verifies.
#[rstest]
#[case("ES256")]
#[case("EdDSA")]
#[case("RS256")]
#[tokio::test(flavor = "multi_thread")]
async fn keys_of_another_service_verify_by_their_names(#[case] algorithm: &str) {
    let keys = Keys::new();
    let (signing, _) = keys.of(algorithm);
    let toml = settings(algorithm, &signing, "");
    let named = format!("{toml}[tokens]\nkid = true\nstored = 'signed'");
    let issuer = TestApp::with_clock(Backend::Sqlite, &named, Clock::system()).await;
    let ann = issuer.user("ann").await.log_in().await;
    let publisher = Publisher::start(&set_of(&issuer).await).await;
    let only = format!(
        "tokens.stored = 'signed'\n[simple_jwt]\nalgorithm = '{algorithm}'\njwk_url = '{}'",
        publisher.url
    );
    let verifier = issuer.another_with(&only).await.may_fail();
    assert_eq!(
        publisher.asked(),
        0,
        "nothing is fetched before a token comes"
    );
    let there = ann.at(&verifier);
    for _ in 0..10 {
        there.get(PROFILE).await.expect(200);
    }
    assert_eq!(publisher.asked(), 1);
    let verified = json!({"token": ann.refresh});
    anonymous(&verifier, "POST", "/api/token/verify/", &verified)
        .await
        .expect(200);
    let refused = r#"503 {"detail":"This server verifies tokens and makes none: ask the service that signs them."}"#;
    assert_eq!(there.obtain().await.wire(), refused);
    assert_eq!(there.refresh_with(&ann.refresh, None).await.wire(), refused);

    // a token without a name, as the reference makes them, is none of the set's
    let nameless = issuer
        .another_with(&format!("tokens.stored = 'signed'\n{toml}"))
        .await;
    let other = ann.at(&nameless).log_in().await;
    assert_eq!(other.at(&verifier).get(PROFILE).await.status, 401);
    assert_eq!(publisher.asked(), 1);

    // Django with the same URL says the same
    let mut django = Talk::start("5.2", &issuer.database, &[("SECRET_KEY", SECRET)]);
    let backend = format!(
        "from rest_framework_simplejwt import backends, state\nstate.token_backend = backends.TokenBackend({algorithm:?}, jwk_url={:?})",
        publisher.url
    );
    ask(&mut django, &json!({"python": backend}));
    for (access, status) in [(&ann.access, 200), (&other.access, 401)] {
        let request = json!({"method": "GET", "path": PROFILE, "token": access});
        assert_eq!(ask(&mut django, &request)[0], status);
        assert_eq!(there.bearing(access).get(PROFILE).await.status, status);
    }

    // with a private key of its own a server makes tokens, and takes those whose key the set has
    let both = format!("{named}\n[simple_jwt.x]").replace("[simple_jwt.x]", "");
    let both = both.replace(
        "[tokens]",
        &format!("jwk_url = '{}'\n[tokens]", publisher.url),
    );
    let both = issuer.another_with(&both).await;
    let own = ann.at(&both).log_in().await;
    own.get(PROFILE).await.expect(200);
    own.rotate(&own.refresh, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_away_is_asked_again_and_known_keys_stay_good() {
    let keys = Keys::new();
    let named = |name: &str| {
        let (signing, _) = keys.make(name, &["ed25519"]);
        format!("{}[tokens]\nkid = true", settings("EdDSA", &signing, ""))
    };
    let first = TestApp::with(Backend::Sqlite, &named("first")).await;
    let ann = first.user("ann").await.log_in().await;
    first
        .sql("DELETE FROM gatepost_meta WHERE name = 'key_fingerprint'")
        .await;
    let second = first.another_with(&named("second")).await;
    let bob = ann.at(&second).log_in().await;
    let (set, next) = (set_of(&first).await, set_of(&second).await);

    let publisher = Publisher::start("").await;
    let toml = format!(
        "[simple_jwt]\nalgorithm = 'EdDSA'\njwk_url = '{}'",
        publisher.url
    );
    let verifier = first.another_with(&toml).await.may_fail();
    let (ann, bob) = (ann.at(&verifier), bob.at(&verifier));
    for (status, text) in [
        (500, "{}"),
        (200, "not JSON"),
        (200, "[]"),
        (302, set.as_str()),
        (200, &"x".repeat(600_000)),
    ] {
        publisher.show(status, text);
        let answer = ann.get(PROFILE).await;
        assert_eq!(answer.wire(), BUSY, "{status}");
        assert_eq!(answer.header("retry-after"), "1");
        // and not again within a second
        let asked = publisher.asked();
        assert_eq!(ann.get(PROFILE).await.status, 503);
        assert_eq!(publisher.asked(), asked);
        verifier.clock.advance(2);
    }
    publisher.show(200, &set);
    ann.get(PROFILE).await.expect(200);

    // keys that nobody knows have it asked once a second at most
    let asked = publisher.asked();
    for _ in 0..5 {
        assert_eq!(bob.get(PROFILE).await.status, 401);
    }
    assert!(publisher.asked() <= asked + 1);
    verifier.clock.advance(2);
    publisher.show(200, &next);
    bob.get(PROFILE).await.expect(200);
    assert_eq!(
        ann.get(PROFILE).await.status,
        401,
        "a key that was taken away"
    );

    // away: what is known stays good, what is not is told to come again
    publisher.show(503, "");
    bob.get(PROFILE).await.expect(200);
    verifier.clock.advance(2);
    assert_eq!(ann.get(PROFILE).await.wire(), BUSY);
    bob.get(PROFILE).await.expect(200);
}

/// A set is good for five minutes. Where its service is away then, it is asked every half minute for keys that are known.
#[tokio::test(flavor = "multi_thread")]
async fn a_set_is_fetched_again_after_five_minutes() {
    let keys = Keys::new();
    let (signing, _) = keys.of("ES256");
    let named = format!("{}[tokens]\nkid = true", settings("ES256", &signing, ""));
    let issuer = TestApp::with(Backend::Sqlite, &named).await;
    let ann = issuer.user("ann").await.log_in().await;
    let publisher = Publisher::start(&set_of(&issuer).await).await;
    let toml = format!(
        "[simple_jwt]\nalgorithm = 'ES256'\njwk_url = '{}'",
        publisher.url
    );
    let verifier = issuer.another_with(&toml).await;
    let ann = ann.at(&verifier);
    let asked = async |seconds: i64, times: usize| {
        verifier.clock.advance(seconds);
        let before = publisher.asked();
        for _ in 0..3 {
            ann.get(PROFILE).await.expect(200);
        }
        assert_eq!(publisher.asked() - before, times, "after {seconds} s");
    };
    asked(0, 1).await;
    asked(299, 0).await;
    asked(1, 1).await;
    publisher.show(503, "");
    asked(301, 1).await;
    asked(29, 0).await;
    asked(2, 1).await;
    publisher.show(200, &set_of(&issuer).await);
    asked(29, 0).await;
    asked(2, 1).await;
    asked(298, 0).await;
}

/// A set holds no key that PyJWT's client would not take, and none that is too short.
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_for_something_else_verify_nothing() {
    let keys = Keys::new();
    let (signing, _) = keys.of("ES256");
    let named = format!("{}[tokens]\nkid = true", settings("ES256", &signing, ""));
    let issuer = TestApp::with(Backend::Sqlite, &named).await;
    let ann = issuer.user("ann").await.log_in().await;
    let set: Value = serde_json::from_str(&set_of(&issuer).await).unwrap();
    let with = |name: &str, value: Value| {
        let mut set = set.clone();
        set["keys"][0][name] = value;
        set.to_string()
    };
    for (set, status) in [
        (with("use", json!("enc")), 401),
        (with("use", Value::Null), 200),
        (with("key_ops", json!(["encrypt"])), 401),
        (with("key_ops", json!(["verify"])), 200),
        (with("alg", json!("ES384")), 401),
        (with("alg", json!("RSA-OAEP")), 401),
        (with("alg", json!("none")), 401),
        (with("alg", Value::Null), 200),
        (with("kid", json!("another")), 401),
        (with("kid", Value::Null), 401),
        (with("crv", json!("P-384")), 401),
        (with("x", json!("AAAA")), 401),
        (with("kty", json!("oct")), 401),
        (with("k", json!("AAAA")), 200),
    ] {
        let publisher = Publisher::start(&set).await;
        let toml = format!(
            "[simple_jwt]\nalgorithm = 'ES256'\njwk_url = '{}'",
            publisher.url
        );
        let verifier = issuer.another_with(&toml).await;
        assert_eq!(ann.at(&verifier).get(PROFILE).await.status, status, "{set}");
    }
}

/// What a URL has for its service alone is shown to nobody else.
#[test]
fn a_password_in_the_url_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Program::command(folder.path(), &["settings"]);
    let url = "http://user:pw@127.0.0.1:9/k?token=s";
    let output = Program::ended(command.env("GATEPOST_SIMPLE_JWT__JWK_URL", url));
    let told = String::from_utf8(output.stdout).unwrap();
    let shown = "jwk_url = \"http://***@127.0.0.1:9/k?***\"";
    assert!(told.contains(shown), "{told}");
}

/// Tokens that name no key would be refused by the server that made them.
#[test]
fn a_key_beside_the_url_has_to_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::new();
    keys.of("ES256");
    let check = |kid: bool| {
        let toml = format!(
            "tokens.kid = {kid}\n[simple_jwt]\nalgorithm = 'ES256'\njwk_url = 'https://example.com/'\nsigning_key_file = '{}'",
            keys.path("ES256")
        );
        std::fs::write(folder.path().join("gatepost.toml"), toml).unwrap();
        let output = Program::run(folder.path(), &["check"]);
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, why) = check(false);
    assert_eq!(code, Some(1));
    assert!(why.contains("set tokens.kid = true"), "{why}");
    assert_eq!(check(true).0, Some(0));
}
