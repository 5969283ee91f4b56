//! JWK_URL over https with a certificate of one's own, and what the log says where the keys can't be had.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use gatepost_server::Clock;
use gatepost_tests::{Actor, Backend, TestApp, free_port};
use reqwest::Method;
use serde_json::{Value, json};

use crate::algorithms::{Keys, openssl, settings};
use crate::jwk_url::{BUSY, PROFILE, Publisher, set_of};
use crate::remote::Remote;

/// A service of OpenSSL's that publishes keys over https, and the authority that its certificate is of.
struct Https {
    child: Child,
    keys: Keys,
    url: String,
}

impl Https {
    fn start(set: &str) -> Self {
        let keys = Keys::new();
        let path = |name: &str| keys.path(name);
        let new = |name: &str, subject: &str, more: &[&str]| {
            let (key, certificate) = (path(&format!("{name}.key")), path(name));
            let own = [
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-keyout",
                &key,
                "-out",
                &certificate,
                "-subj",
                subject,
            ];
            openssl(&[&own[..], more].concat());
        };
        new("authority", "/CN=an authority", &[]);
        let by = ["-CA", &path("authority"), "-CAkey", &path("authority.key")];
        let is = [
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ];
        new("service", "/CN=localhost", &[&by[..], &is].concat());
        fs::write(path("set"), set).unwrap();
        let port = free_port();
        let child = Command::new("openssl")
            .args(["s_server", "-quiet", "-WWW", "-accept"])
            .arg(format!("127.0.0.1:{port}"))
            .args(["-key", "service.key", "-cert", "service"])
            .current_dir(Path::new(&path("set")).parent().unwrap())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::yield_now();
        }
        let url = format!("https://localhost:{port}/set");
        Self { child, keys, url }
    }
}

impl Drop for Https {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A service whose tokens name their key.
async fn issuer() -> TestApp {
    let keys = Keys::new();
    let (signing, _) = keys.of("ES256");
    let toml = format!("{}[tokens]\nkid = true", settings("ES256", &signing, ""));
    TestApp::with_clock(Backend::Sqlite, &toml, Clock::system()).await
}

/// What a server that only verifies answers to a token, and what it logs.
async fn verified(
    issuer: &TestApp,
    user: &Actor<'_>,
    algorithm: &str,
    url: &str,
    variables: &[(&str, &str)],
) -> (u16, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let toml = format!("[simple_jwt]\nalgorithm = '{algorithm}'\njwk_url = '{url}'");
    fs::write(folder.path().join("gatepost.toml"), toml).unwrap();
    let server = tokio::task::block_in_place(|| issuer.program(folder.path(), variables));
    let remote = Remote::forgetful(&server.base);
    let answer = remote
        .signed_in(Method::GET, PROFILE, &user.access, &Value::Null)
        .await
        .unwrap();
    let log = tokio::task::block_in_place(|| server.log());
    (answer.status, answer.body, log)
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_over_https_from_whom_the_machine_trusts() {
    let issuer = issuer().await;
    let ann = issuer.user("ann").await.log_in().await;
    let https = Https::start(&set_of(&issuer).await);
    let authority = https.keys.path("authority");
    let trusted = [("SSL_CERT_FILE", authority.as_str())];
    let (status, body, log) = verified(&issuer, &ann, "ES256", &https.url, &trusted).await;
    assert_eq!(status, 200, "{body} {log}");
    let says = format!(
        "the keys of {} could not be fetched: its certificate is not trusted",
        https.url
    );
    let other = https.url.replace("localhost", "127.0.0.1");
    for (url, variables, says) in [
        (&https.url, &[][..], says),
        (
            &other,
            &trusted,
            format!("the keys of {other} could not be fetched: its certificate is not trusted"),
        ),
    ] {
        let (status, body, log) = verified(&issuer, &ann, "ES256", url, variables).await;
        assert_eq!(format!("{status} {body}"), BUSY);
        assert_eq!(log.matches(&says).count(), 1, "not {says}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_why_keys_cannot_be_had_and_what_follows() {
    let issuer = issuer().await;
    let ann = issuer.user("ann").await.log_in().await;
    let publisher = Publisher::start(&set_of(&issuer).await).await;
    let place = publisher.url.replace("http://", "");
    let url = format!("http://ann:hunter2@{place}?token=hunter2");
    let shown = format!("http://***@{place}?***");

    // a token that nobody can judge is told to come again; one of a key that is not in the set is refused
    let refused =
        json!({"detail": "Given token not valid for any token type", "code": "token_not_valid"});
    for (algorithm, set, says) in [
        (
            "RS256",
            set_of(&issuer).await,
            "has 1 key, and none that verifies RS256",
        ),
        (
            "ES256",
            r#"{"keys": []}"#.to_owned(),
            "has 0 keys, and none that verifies ES256",
        ),
    ] {
        publisher.show(200, &set);
        let (status, body, log) = verified(&issuer, &ann, algorithm, &url, &[]).await;
        if algorithm == "ES256" {
            assert_eq!(
                (status, &body["detail"]),
                (401, &refused["detail"]),
                "{log}"
            );
            let says =
                format!("the set of {shown} {says}: every token that names a key of it is refused");
            assert_eq!(log.matches(&says).count(), 1, "not {says}: {log}");
        }
        assert!(!log.contains("hunter2"), "{log}");
    }

    publisher.show(404, "");
    let (_, _, log) = verified(&issuer, &ann, "ES256", &url, &[]).await;
    let says = format!(
        "the keys of {shown} could not be fetched: the answer is 404; known keys go on being used, and tokens of others are answered 503"
    );
    assert_eq!(log.matches(&says).count(), 1, "not {says}: {log}");

    let (status, body, log) = verified(&issuer, &ann, "ES256", "http://127.0.0.1:9/set", &[]).await;
    assert_eq!(format!("{status} {body}"), BUSY);
    assert!(log.contains("of http://127.0.0.1:9/set could not be fetched: it can't be reached: Connection refused"), "{log}");

    // it takes the connection and says nothing
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/set", silent.local_addr().unwrap());
    let (_, _, log) = verified(&issuer, &ann, "ES256", &url, &[]).await;
    assert!(
        log.contains("could not be fetched: it has not answered for 5 s"),
        "{log}"
    );
}
