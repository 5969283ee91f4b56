//! What the log says of a request, and whom it takes for its client.

use gatepost_tests::{Backend, Program, ReverseProxy, TestApp, searched, sql};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;

/// A server with these settings from the environment.
fn serve(folder: &tempfile::TempDir, variables: &[(&str, &str)]) -> Program {
    let mut command = Program::command(folder.path(), &[]);
    command
        .env("GATEPOST_PASSWORDS__ITERATIONS", "1")
        .envs(variables.iter().copied());
    Program::serve(&mut command)
}

/// Tries to log in, with further headers; gives the answer's `X-Request-Id`.
async fn log_in(base: &str, username: &str, headers: &[(&'static str, &str)]) -> String {
    let body = serde_json::json!({"username": username, "password": "wrong"});
    let request = reqwest::Client::new().post(format!("{base}/api/token/"));
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let answer = request.json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    answer.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned()
}

/// The lines with this text.
fn lines<'l>(log: &'l str, text: &str) -> Vec<&'l str> {
    log.lines().filter(|line| line.contains(text)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_login_says_who_tried_what() {
    let folder = tempfile::tempdir().unwrap();
    let program = serve(&folder, &[]);
    let forged = [("X-Forwarded-For", "6.6.6.6"), ("X-Request-Id", "forged")];
    let id = log_in(&program.base, "ann\nforged line", &forged).await;
    log_in(&program.base, &"x".repeat(10_000), &[]).await;
    let log = program.log();
    let failed = lines(&log, "a login failed");
    assert_eq!(failed.len(), 2, "{log}");
    for part in [r#"username="ann\nforged line""#, "client=127.0.0.1", &id] {
        assert!(failed[0].contains(part), "{part} is not in {}", failed[0]);
    }
    assert!(failed[1].len() < 400, "{}", failed[1]);
    assert!(!log.contains("6.6.6.6") && id != "forged", "{log}");

    let folder = tempfile::tempdir().unwrap();
    let program = serve(&folder, &[("GATEPOST_SERVER__LOG_FAILED_LOGINS", "false")]);
    log_in(&program.base, "a password, typed here", &[]).await;
    let log = program.log();
    assert!(!log.contains("typed here"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_says_who_asks_for_what_and_by_which_number() {
    let folder = tempfile::tempdir().unwrap();
    let program = serve(
        &folder,
        &[
            ("GATEPOST_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1"),
            ("GATEPOST_SERVER__ALLOWED_HOSTS", "service.example"),
        ],
    );
    let proxy = ReverseProxy::haproxy(
        program
            .base
            .strip_prefix("http://")
            .unwrap()
            .parse()
            .unwrap(),
    );
    let base = format!("http://{}", proxy.address());
    let status = async |headers: &[(&'static str, &str)]| {
        let request = reqwest::Client::new().get(format!("{base}/api/posts/"));
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        request.send().await.unwrap().status().as_u16()
    };
    // the host that the proxy was asked for counts, by either header
    assert_eq!(status(&[]).await, 400);
    assert_eq!(
        status(&[("X-Forwarded-Host", "service.example")]).await,
        401
    );
    assert_eq!(status(&[("Forwarded", "host=service.example")]).await, 401);
    assert_eq!(status(&[("X-Forwarded-Host", "evil.example")]).await, 400);
    let host = ("X-Forwarded-Host", "service.example");
    // HAProxy adds 127.0.0.1, which is trusted, after what stands there
    let id = log_in(
        &base,
        "ann",
        &[
            host,
            ("X-Forwarded-For", "198.51.100.7"),
            ("X-Request-Id", "edge-42"),
        ],
    )
    .await;
    assert_eq!(id, "edge-42");
    let own = log_in(&base, "bob", &[host, ("X-Request-Id", "not an id")]).await;
    assert_ne!(own, "not an id");
    let log = program.log();
    let failed = lines(&log, "a login failed");
    assert!(
        failed[0].contains("client=198.51.100.7") && failed[0].contains("edge-42"),
        "{log}"
    );
    assert!(failed[1].contains("client=127.0.0.1"), "{log}");
    assert!(
        !lines(&log, "POST /api/token/ 401").is_empty() && lines(&log, "edge-42").len() == 2,
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_without_a_route_is_shown_without_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let program = serve(&folder, &[]);
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJqdGkiOiJzZWNyZXQifQ.c2lnbmF0dXJl";
    for path in [
        "/wp-login.php?a=secret",
        "/api/posts",
        &format!("/verify/{token}/"),
    ] {
        reqwest::get(format!("{}{path}", program.base))
            .await
            .unwrap();
    }
    let log = program.log();
    for line in [
        "GET /wp-login.php 404",
        "GET /api/posts 301",
        "GET /verify/eyJhbGci…/ 404",
    ] {
        assert_eq!(lines(&log, line).len(), 1, "{line}\n{log}");
    }
    assert!(
        !log.contains("unrouted") && !log.contains("secret") && !log.contains("c2lnbmF0dXJl"),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_body_is_a_setting_and_a_longer_one_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let program = serve(&folder, &[("GATEPOST_LIMITS__BODY", "4MiB")]);
    let http = reqwest::Client::new();
    let send = async |kind: &str, body: Vec<u8>| {
        let request = http.post(format!("{}/api/token/verify/", program.base));
        let answer = request
            .header("Content-Type", kind)
            .body(body)
            .send()
            .await
            .unwrap();
        answer.status().as_u16()
    };
    let json =
        |length: usize| format!("{{\"token\":\"{}\"}}", "x".repeat(length - 12)).into_bytes();
    let multipart = |length: usize| {
        format!(
            "--B\r\nContent-Disposition: form-data; name=token\r\n\r\n{}\r\n--B--\r\n",
            "x".repeat(length)
        )
        .into_bytes()
    };
    let form = "application/x-www-form-urlencoded";
    let parts = "multipart/form-data; boundary=B";
    assert_eq!(send("application/json", json(4 << 20)).await, 401);
    assert_eq!(send("application/json", json((4 << 20) + 1)).await, 400);
    assert_eq!(
        send(form, [&b"token="[..], &vec![b'x'; 3 << 20]].concat()).await,
        401
    );
    assert_eq!(send(form, vec![b'x'; 5 << 20]).await, 400);
    assert_eq!(send(parts, multipart(3 << 20)).await, 401);
    assert_eq!(send(parts, multipart(5 << 20)).await, 400);
    let log = program.log();
    assert_eq!(lines(&log, "limits.body").len(), 3, "{log}");
    assert_eq!(
        lines(&log, "the body is longer than 4194304 bytes").len(),
        2,
        "{log}"
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_hash_that_cannot_be_read_is_logged_by_its_format(on: Backend) {
    let app = TestApp::on(on).await;
    app.user("ann").await;
    let folder = tempfile::tempdir().unwrap();
    let program = app.program(folder.path(), &[]);
    for hash in [
        "bcrypt$$2b$12$abcdefghijklmnopqrstuuOWf.eGu.9C87Y2hP10vLayU1D8lFJMC",
        "md5$salt$e486faa6e2ac4d9865df13f0a11f6163",
        "e486faa6e2ac4d9865df13f0a11f6163",
        "pbkdf2_sha256$1000",
        "argon2$x",
        "plaintext",
        // these two were meant
        "!unusable",
        "",
    ] {
        let set = format!("UPDATE auth_user SET password = '{hash}' WHERE username = 'ann'");
        sql::execute(&app.database, &set).await;
        log_in(&program.base, "ann", &[]).await;
    }
    let log = program.log();
    let told = lines(&log, "the stored password hash can't be read");
    let formats: Vec<_> = told
        .iter()
        .filter_map(|line| line.split_once("format=\"")?.1.split('"').next())
        .collect();
    assert_eq!(
        formats,
        [
            "bcrypt",
            "md5",
            "unknown",
            "pbkdf2_sha256",
            "argon2",
            "unknown"
        ],
        "{log}"
    );
    for secret in ["e486faa6", "plaintext", "OWf.eGu"] {
        assert!(!log.contains(secret), "{log}");
    }
}

/// That is what keeps secrets out of it, in every test.
#[tokio::test]
async fn what_the_servers_of_the_tests_log_is_searched() {
    let app = TestApp::on(Backend::Sqlite).await;
    let before = searched();
    app.user("ada").await;
    assert!(searched() > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_nobody_has_declared_is_named_once() {
    const SAID: &str = "is not one of server.trusted_proxies";
    let folder = tempfile::tempdir().unwrap();
    let program = serve(&folder, &[]);
    for header in ["X-Forwarded-For", "X-Real-IP", "Forwarded"] {
        log_in(&program.base, "ann", &[(header, "6.6.6.6")]).await;
    }
    let log = program.log();
    let said = lines(&log, SAID);
    assert_eq!(said.len(), 1, "{log}");
    assert!(said[0].contains("peer=127.0.0.1"), "{}", said[0]);
    assert!(!log.contains("6.6.6.6"));

    let folder = tempfile::tempdir().unwrap();
    let declared = [("GATEPOST_SERVER__TRUSTED_PROXIES", "127.0.0.1")];
    let program = serve(&folder, &declared);
    log_in(&program.base, "ann", &[("X-Forwarded-For", "6.6.6.6")]).await;
    assert_eq!(lines(&program.log(), SAID), [""; 0]);
}
