//! Every algorithm of signatures beside a live Django: the tokens of either are taken by the other.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepost_server::Clock;
use gatepost_tests::talk::Talk;
use gatepost_tests::{Actor, Backend, Program, SECRET, TestApp, anonymous};
use serde_json::{Value, json};

/// Makes keys with openssl, as people do.
pub(crate) struct Keys(tempfile::TempDir);

impl Keys {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// A private key as `NAME` and its public one as `NAME.pub`, of a kind that openssl's `genpkey` knows.
    pub(crate) fn make(&self, name: &str, kind: &[&str]) -> (String, String) {
        let (private, public) = (self.path(name), self.path(&format!("{name}.pub")));
        openssl(&[&["genpkey", "-out", &private, "-algorithm"], kind].concat());
        openssl(&["pkey", "-in", &private, "-pubout", "-out", &public]);
        let read = |path: &str| fs::read_to_string(path).unwrap();
        (read(&private), read(&public))
    }

    /// A key pair for an algorithm.
    pub(crate) fn of(&self, algorithm: &str) -> (String, String) {
        let curve = |name: &str| format!("ec_paramgen_curve:{name}");
        let kind: &[&str] = match algorithm {
            "ES256" => &["EC", "-pkeyopt", &curve("P-256")],
            "ES256K" => &["EC", "-pkeyopt", &curve("secp256k1")],
            "ES384" => &["EC", "-pkeyopt", &curve("P-384")],
            "ES512" | "ES521" => &["EC", "-pkeyopt", &curve("P-521")],
            "EdDSA" => &["ed25519"],
            _ => &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        };
        self.make(algorithm, kind)
    }
}

pub(crate) fn openssl(arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}: {output:?}");
}

pub(crate) fn header(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

/// The settings of an algorithm, as TOML.
pub(crate) fn settings(algorithm: &str, signing: &str, verifying: &str) -> String {
    format!(
        "[simple_jwt]\nalgorithm = '{algorithm}'\nsigning_key = '''\n{signing}'''\nverifying_key = '''\n{verifying}'''\n"
    )
}

const WITH_PAIRS: [&str; 12] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES256K", "ES384", "ES512",
    "ES521", "EdDSA",
];

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_every_algorithm_are_taken_here_and_there() {
    let keys = Keys::new();
    let rsa = keys.of("RS256");
    let first = TestApp::with_clock(Backend::Sqlite, "tokens.stored = 'signed'", Clock::system());
    let first = first.await;
    first.user("ann").await;
    let mut django = Talk::start("5.2", &first.database, &[("SECRET_KEY", SECRET)]);
    for algorithm in WITH_PAIRS {
        // openssl's own forms of a private key, too
        let (signing, verifying) = match algorithm {
            "RS384" => {
                let path = keys.path("pkcs1");
                openssl(&[
                    "rsa",
                    "-traditional",
                    "-in",
                    &keys.path("RS256"),
                    "-out",
                    &path,
                ]);
                (fs::read_to_string(path).unwrap(), rsa.1.clone())
            }
            "ES384" => {
                let pair = keys.of(algorithm);
                let path = keys.path("sec1");
                openssl(&["ec", "-in", &keys.path("ES384"), "-out", &path]);
                (fs::read_to_string(path).unwrap(), pair.1)
            }
            name if name.starts_with("ES") || name == "EdDSA" => keys.of(name),
            _ => rsa.clone(),
        };
        let backend = format!(
            "from rest_framework_simplejwt import backends, state\nstate.token_backend = backends.TokenBackend({algorithm:?}, {signing:?}, {verifying:?})"
        );
        assert_eq!(
            ask(&mut django, &json!({"python": backend})),
            json!([200, ""])
        );
        first
            .sql("DELETE FROM gatepost_meta WHERE name = 'key_fingerprint'")
            .await;
        let toml = format!(
            "tokens.stored = 'signed'\n{}",
            settings(algorithm, &signing, &verifying)
        );
        let app = first.another_with(&toml).await;
        let ours = app.known("ann").log_in().await;
        let login = json!({"method": "POST", "path": "/api/token/", "body": {"username": "ann", "password": "ComplexPassword123!"}});
        let theirs = ask(&mut django, &login);
        let theirs = |name: &str| theirs[1][name].as_str().unwrap().to_owned();
        assert_eq!(header(&ours.access), header(&theirs("access")));
        assert_eq!(
            header(&ours.access),
            format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#)
        );

        both_ways(&mut django, &ours, &theirs("access"), &theirs("refresh")).await;
        // another character of the signature, of theirs here
        let mut broken = theirs("access").into_bytes();
        let at = broken.len() - 20;
        broken[at] = if broken[at] == b'A' { b'B' } else { b'A' };
        let broken = String::from_utf8(broken).unwrap();
        assert_eq!(
            ours.bearing(&broken)
                .get("/api/users/profile/")
                .await
                .status,
            401
        );
    }
}

/// A read and a refresh with the tokens of each at the other.
async fn both_ways(django: &mut Talk, ours: &Actor<'_>, access: &str, refresh: &str) {
    let profile = json!({"method": "GET", "path": "/api/users/profile/", "token": ours.access});
    let read = ask(django, &profile);
    assert_eq!(
        (&read[0], &read[1]["username"]),
        (&json!(200), &json!("ann"))
    );
    let body = json!({"refresh": ours.refresh});
    let rotated = ask(
        django,
        &json!({"method": "POST", "path": "/api/token/refresh/", "body": body}),
    );
    assert_eq!(rotated[0], 200, "{rotated}");
    let answer = ours.bearing(access).get("/api/users/profile/").await;
    answer.expect(200);
    ours.rotate(refresh, None).await;
    // and what Django made of ours
    ours.rotate(rotated[1]["refresh"].as_str().unwrap(), None)
        .await;
}

pub(crate) fn ask(django: &mut Talk, request: &Value) -> Value {
    serde_json::from_str(&django.ask(&request.to_string())).unwrap()
}

/// What a start says to these settings, by `check`.
fn check(folder: &Path, toml: &str) -> String {
    fs::write(folder.join("gatepost.toml"), toml).unwrap();
    let output = Program::run(folder, &["check"]);
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).unwrap()
}

#[test]
fn a_key_that_does_not_fit_is_refused_in_a_sentence() {
    let keys = Keys::new();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| keys.path(name);
    keys.of("RS256");
    keys.of("ES256");
    keys.of("ES384");
    keys.of("EdDSA");
    keys.make("short", &["RSA", "-pkeyopt", "rsa_keygen_bits:1024"]);
    openssl(&[
        "pkey",
        "-in",
        &path("RS256"),
        "-aes256",
        "-passout",
        "pass:x",
        "-out",
        &path("pkcs8 encrypted"),
    ]);
    openssl(&[
        "rsa",
        "-traditional",
        "-in",
        &path("RS256"),
        "-aes256",
        "-passout",
        "pass:x",
        "-out",
        &path("pkcs1 encrypted"),
    ]);
    openssl(&[
        "req",
        "-x509",
        "-new",
        "-key",
        &path("RS256"),
        "-subj",
        "/CN=x",
        "-out",
        &path("certificate"),
    ]);
    fs::write(path("garbage"), "hunter2 hunter2").unwrap();
    fs::write(path("empty"), "").unwrap();
    fs::write(path("cut"), &fs::read(path("RS256")).unwrap()[..300]).unwrap();
    for (algorithm, setting, file, says) in [
        (
            "RS256",
            "signing",
            "RS256.pub",
            "it is a public key; write a private key, which signs",
        ),
        (
            "RS256",
            "signing",
            "ES256",
            "it is a key on the curve P-256; RS256 takes an RSA key",
        ),
        (
            "RS256",
            "signing",
            "short",
            "it is an RSA key of less than 2048 bits",
        ),
        ("RS256", "signing", "pkcs8 encrypted", "it is encrypted"),
        ("PS256", "signing", "pkcs1 encrypted", "it is encrypted"),
        (
            "RS256",
            "signing",
            "certificate",
            "it is a certificate; write a private key",
        ),
        (
            "RS256",
            "signing",
            "garbage",
            "it is no PEM; write a private key from -----BEGIN to -----END-----",
        ),
        ("RS256", "signing", "cut", "it is no PEM"),
        ("RS256", "signing", "empty", "is empty; put the key into it"),
        ("RS256", "signing", "nowhere", "can't be read: "),
        (
            "ES256",
            "signing",
            "ES384",
            "it is a key on the curve P-384; ES256 takes a key on the curve P-256",
        ),
        (
            "ES256K",
            "signing",
            "ES256",
            "it is a key on the curve P-256; ES256K takes a key on the curve secp256k1",
        ),
        (
            "ES512",
            "signing",
            "EdDSA",
            "it is an Ed25519 key; ES512 takes a key on the curve P-521",
        ),
        (
            "EdDSA",
            "signing",
            "RS256",
            "it is an RSA key; EdDSA takes an Ed25519 key",
        ),
        (
            "RS256",
            "verifying",
            "RS256",
            "it is a private key; write a public key",
        ),
        (
            "RS256",
            "verifying",
            "certificate",
            "it is a certificate; write a public key: `openssl x509 -noout -pubkey",
        ),
        (
            "RS256",
            "verifying",
            "short.pub",
            "it is an RSA key of less than 2048 bits",
        ),
        (
            "ES256",
            "verifying",
            "ES384.pub",
            "it is a key on the curve P-384",
        ),
        (
            "HS256",
            "signing",
            "RS256",
            "it looks like a PEM file; write a secret text",
        ),
        (
            "HS256",
            "signing",
            "RS256.pub",
            "it looks like a PEM file; write a secret text",
        ),
    ] {
        let by_file = format!(
            "[simple_jwt]\nalgorithm = '{algorithm}'\n{setting}_key_file = '{}'",
            path(file)
        );
        let told = check(folder.path(), &by_file);
        assert!(told.contains(says), "{algorithm} {file}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.contains(file) && !told.contains("hunter2"), "{told}");
        let Ok(text) = fs::read_to_string(path(file)) else {
            continue;
        };
        if text.is_empty() {
            continue;
        }
        let by_text =
            format!("[simple_jwt]\nalgorithm = '{algorithm}'\n{setting}_key = '''\n{text}'''");
        let told = check(folder.path(), &by_text);
        assert!(
            told.contains(&format!(
                "simple_jwt.{setting}_key from gatepost.toml is not usable: {says}"
            )),
            "{algorithm} {file}: {told}"
        );
        assert!(!told.contains("hunter2"), "{told}");
    }
    let both = |signing: &str, verifying: &str| {
        let toml = format!(
            "[simple_jwt]\nalgorithm = 'ES256'\nsigning_key_file = '{}'\nverifying_key_file = '{}'",
            path(signing),
            path(verifying)
        );
        check(folder.path(), &toml)
    };
    assert!(both("ES256", "ES256.pub").contains("The settings are valid"));
    keys.make("other", &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    let told = both("ES256", "other.pub");
    assert!(
        told.contains("is not the public half of simple_jwt.signing_key"),
        "{told}"
    );
    // as PyJWT: a private key on a curve stands for its public one
    assert!(both("ES256", "ES256").contains("The settings are valid"));
    let none = check(folder.path(), "[simple_jwt]\nalgorithm = 'ES256'");
    assert!(none.contains("signs with a private key, and there is none; name a file with it in simple_jwt.signing_key_file (`openssl ecparam -name prime256v1 -genkey -noout` writes one)"), "{none}");
    let twice = format!(
        "[simple_jwt]\nalgorithm = 'ES256'\nsigning_key_file = '{}'\nsigning_key = 'x'",
        path("ES256")
    );
    assert!(check(folder.path(), &twice).contains("are both set; keep one of them"));
    for name in ["none", "None", "hs256", "RS1", ""] {
        let told = check(folder.path(), &format!("simple_jwt.algorithm = '{name}'"));
        assert!(
            told.contains("simple_jwt.algorithm from gatepost.toml is not usable: it is "),
            "{told}"
        );
    }
}

/// The public key is that of the private one where none is given; without a private one nothing is made.
#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_alone_verifies_and_makes_no_tokens() {
    let keys = Keys::new();
    let (signing, verifying) = keys.of("EdDSA");
    let app = TestApp::with(Backend::Sqlite, &settings("EdDSA", &signing, "")).await;
    let ann = app.user("ann").await.log_in().await;
    ann.get("/api/users/profile/").await.expect(200);

    let only = app
        .another_with(&settings("EdDSA", "", &verifying))
        .await
        .may_fail();
    let there = ann.at(&only);
    there.get("/api/users/profile/").await.expect(200);
    let verified = json!({"token": ann.refresh});
    anonymous(&only, "POST", "/api/token/verify/", &verified)
        .await
        .expect(200);
    let refused = r#"503 {"detail":"This server verifies tokens and makes none: ask the service that signs them."}"#;
    for answer in [
        there.obtain().await,
        there.refresh_with(&ann.refresh, None).await,
    ] {
        assert_eq!(answer.wire(), refused);
        assert_eq!(answer.header("retry-after"), "1");
    }
    // nothing was written, and a logout needs no signature
    let next = ann.rotate(&ann.refresh, None).await;
    there.log_out_with(&next, None).await.expect(200);
    assert_eq!(ann.refresh_with(&next, None).await.status, 401);
}

/// What a header says of a key is not followed: whatever it names, nobody is asked for it.
#[tokio::test(flavor = "multi_thread")]
async fn no_key_in_a_header_is_taken() {
    let keys = Keys::new();
    let (signing, verifying) = keys.of("ES256");
    let app = TestApp::with(Backend::Sqlite, &settings("ES256", &signing, "")).await;
    let ann = app.user("ann").await.log_in().await;
    let (_, rest) = ann.access.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"});
    for header in [
        json!({"alg": "none", "typ": "JWT"}),
        json!({"alg": "None", "typ": "JWT"}),
        json!({"alg": "NONE", "typ": "JWT"}),
        json!({"alg": "es256", "typ": "JWT"}),
        json!({"alg": "ES384", "typ": "JWT"}),
        json!({"alg": "HS256", "typ": "JWT"}),
        json!({"alg": "ES256", "jwk": jwk}),
        json!({"alg": "ES256", "jku": url, "kid": "x"}),
        json!({"alg": "ES256", "x5u": url}),
        json!({"alg": "ES256", "crit": ["exp"], "exp": 1}),
        json!({"alg": "ES256", "crit": []}),
        json!({"typ": "JWT"}),
    ] {
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let secret = hmac_of(&verifying, &format!("{header}.{payload}"));
        for signature in ["", signature, &secret] {
            let token = format!("{header}.{payload}.{signature}");
            let read = ann.bearing(&token).get("/api/users/profile/").await;
            assert_eq!(read.status, 401, "{token}");
            let refreshed = ann.refresh_with(&token, None).await;
            assert_eq!(refreshed.status, 401, "{token}");
        }
    }
    let asked = listener.accept();
    assert!(asked.is_err(), "somebody asked at {url}");
}

/// HMAC-SHA256 with a public key as its secret, in base64url.
fn hmac_of(key: &str, message: &str) -> String {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key.as_bytes());
    URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes()))
}

/// A private key that others may read is told of; a public one is everybody's.
#[test]
fn a_key_file_that_others_may_read_is_told_of() {
    use std::os::unix::fs::PermissionsExt;
    let keys = Keys::new();
    keys.of("ES256");
    let folder = tempfile::tempdir().unwrap();
    let [private, public] = [keys.path("ES256"), keys.path("ES256.pub")];
    let toml = format!(
        "[simple_jwt]\nalgorithm = 'ES256'\nsigning_key_file = '{private}'\nverifying_key_file = '{public}'"
    );
    fs::write(folder.path().join("gatepost.toml"), toml).unwrap();
    for (mode, is_told) in [(0o600, false), (0o640, true), (0o644, true)] {
        fs::set_permissions(&private, fs::Permissions::from_mode(mode)).unwrap();
        fs::set_permissions(&public, fs::Permissions::from_mode(0o644)).unwrap();
        let log = Program::serve(&mut Program::command(folder.path(), &[])).log();
        let says = format!(
            "the key file {private} can be read by others than its owner: run `chmod 600 {private}`"
        );
        assert_eq!(log.contains(&says), is_told, "{mode:o}: {log}");
        assert!(!log.contains("ES256.pub"), "{log}");
    }
}
