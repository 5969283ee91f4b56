//! What is counted for Prometheus, on a listener of its own; and the log as JSON.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use gatepost_tests::{Backend, Program, TestApp, is_full};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

/// An address that nobody listens on.
fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

async fn get(url: &str) -> (u16, String) {
    let answer = reqwest::get(url).await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap())
}

async fn post(url: &str, body: &Value) -> Value {
    let request = reqwest::Client::new().post(url);
    let request = request.header("content-type", "application/json");
    let answer = request.body(body.to_string()).send().await.unwrap();
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn requests_tokens_and_queues_are_counted_on_a_listener_of_their_own(on: Backend) {
    let app = TestApp::on(on).await;
    let folder = tempfile::tempdir().unwrap();
    let bind = free();
    let server = app.program(folder.path(), &[("GATEPOST_METRICS__BIND", &bind)]);
    let at = |path: &str| format!("{}{path}", server.base);
    app.user("ann").await;
    let login = json!({"username": "ann", "password": "ComplexPassword123!"});
    let pair = post(&at("/api/token/"), &login).await;
    let first = json!({"refresh": pair["refresh"]});
    let second = post(&at("/api/token/refresh/"), &first).await;
    // again within the grace, and after the successor was used
    post(&at("/api/token/refresh/"), &first).await;
    let second = json!({"refresh": second["refresh"]});
    post(&at("/api/token/refresh/"), &second).await;
    post(&at("/api/token/refresh/"), &first).await;
    get(&at("/api/posts/1/")).await;
    get(&at("/nowhere/of/anybody")).await;

    let (status, text) = get(&format!("http://{bind}/metrics")).await;
    assert_eq!(status, 200);
    for line in [
        r#"gatepost_http_requests_total{method="POST",route="/api/token/",status="200"} 1"#,
        r#"gatepost_http_requests_total{method="POST",route="/api/token/refresh/",status="200"} 3"#,
        r#"gatepost_http_requests_total{method="POST",route="/api/token/refresh/",status="401"} 1"#,
        r#"gatepost_http_requests_total{method="GET",route="none",status="404"} 1"#,
        r#"gatepost_http_request_duration_seconds_count{method="POST",route="/api/token/refresh/"} 4"#,
        r#"gatepost_refresh_events_total{event="rotation"} 2"#,
        r#"gatepost_refresh_events_total{event="replay"} 1"#,
        r#"gatepost_refresh_events_total{event="reuse"} 1"#,
        r#"gatepost_refresh_events_total{event="late_replay"} 0"#,
        r#"gatepost_queue_length{queue="hashes_waiting"} 0"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    // of anybody else it shows nothing, and the service itself has no such page
    assert!(!text.contains("anybody") && !text.contains("ann"), "{text}");
    assert_eq!(get(&at("/metrics")).await.0, 404);
    assert_eq!(get(&format!("http://{bind}/api/posts/")).await.0, 404);
    if is_full() {
        let mut promtool = Command::new("promtool")
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = promtool.stdin.take().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        drop(stdin);
        assert!(promtool.wait().unwrap().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_listener_nothing_is_counted() {
    let app = TestApp::on(Backend::Sqlite).await;
    assert_eq!(app.app.settings().metrics.bind, "");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let mut command = Program::command(folder.path(), &["--bind", "127.0.0.1:0"]);
    let ended = Program::ended(command.env("GATEPOST_METRICS__BIND", &bind));
    let why = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success());
    assert!(why.contains(&format!("{bind} is in use by another program; stop it or choose another address with metrics.bind")), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_one_object_of_json_a_line_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Program::command(folder.path(), &[]);
    command
        .env("GATEPOST_SERVER__LOG_FORMAT", "json")
        .env("GATEPOST_PASSWORDS__ITERATIONS", "1");
    let server = Program::serve(&mut command);
    let name = "eve\u{1b}[31m\r\n2026 INFO forged";
    let login = json!({"username": name, "password": "x"});
    post(&format!("{}/api/token/", server.base), &login).await;
    let log = server.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line:?}")))
        .collect();
    let request = lines
        .iter()
        .find(|line| {
            line["message"]
                .as_str()
                .is_some_and(|text| text.starts_with("POST /api/token/ 401"))
        })
        .unwrap_or_else(|| panic!("{log}"));
    assert_eq!(request["level"], "INFO");
    assert_eq!(request["client.address"], "127.0.0.1");
    assert!(
        request["request.id"]
            .as_str()
            .is_some_and(|id| id.len() > 8)
    );
    assert!(log.contains("forged"), "{log}");
    assert!(!log.contains('\u{1b}'), "{log:?}");
}
