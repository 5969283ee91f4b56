//! What the README has a person paste: the tutorial's steps, the operator's, and the settings.

use std::path::Path;
use std::process::Command;

use gatepost_tests::{Backend, TestApp, free_port, server_binary};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;

const README: &str = include_str!("../../README.md");

/// What each curl of the tutorial must print: its status, and a part of the body.
const ANSWERS: [(&str, &str); 13] = [
    (
        "201",
        r#"{"username":"testuser","email":"test@example.com","first_name":"Test","last_name":"User"}"#,
    ),
    ("200", ""),
    (
        "200",
        r#"{"id":2,"username":"testuser","email":"test@example.com","first_name":"Test","last_name":"User"}"#,
    ),
    ("200", ""),
    (
        "201",
        r#"{"id":1,"title":"Test Post","content":"This is a test post","author":"testuser","created_at":"#,
    ),
    ("200", r#"[{"id":1,"title":"Test Post","#),
    ("200", r#"{"id":1,"title":"Test Post","#),
    (
        "200",
        r#"{"id":1,"title":"Updated Post","content":"This is an updated post","#,
    ),
    ("204", ""),
    ("200", "{}"),
    ("200", "{}"),
    (
        "401",
        r#"{"detail":"Token is blacklisted","code":"token_not_valid"}"#,
    ),
    ("end", ""),
];

/// The blocks of shell in a section of a document, up to the next title.
pub(crate) fn shell(document: &str, title: &str) -> String {
    let (_, section) = document.split_once(title).expect("the title");
    let section = section.split("\n##").next().expect("its section");
    let blocks = section.split("```sh\n").skip(1);
    let blocks = blocks.map(|block| block.split_once("```").expect("its end").0);
    blocks.collect()
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_tutorial_runs_from_top_to_bottom(on: Backend) {
    // only for the database of its own; the program under test makes the tables
    let place = TestApp::on(on).await;
    let folder = tempfile::tempdir().unwrap();
    let binary = server_binary().parent().unwrap();
    let address = format!("127.0.0.1:{}", free_port());
    let mut script = vec![
        "set -u".to_owned(),
        r#"curl() { command curl --silent --show-error --write-out '\n<%{http_code}>\n' "$@"; }"#
            .to_owned(),
        format!("PATH={}:$PATH", binary.display()),
        format!("export GATEPOST_BIND={address}"),
    ];
    if on == Backend::Postgres {
        place
            .sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            .await;
        script.push(format!("export GATEPOST_DATABASE_URL={}", place.database));
    }
    for (number, line) in shell(README, "## From the tutorial to Gatepost\n")
        .lines()
        .enumerate()
    {
        if number == 0 {
            assert_eq!(
                line,
                "cargo build --release -p gatepost-server && PATH=$PWD/target/release:$PATH"
            );
            continue; // built already, for this test
        }
        script.push(line.replace("127.0.0.1:8000", &address));
        if line == "gatepost-server &" {
            script.push("SERVER=$!; trap 'kill $SERVER' EXIT".to_owned());
            script.push(format!("until command curl --silent --output /dev/null http://{address}/-/ready; do kill -0 $SERVER || exit 1; done"));
        }
    }
    script.push("echo '<end>'".to_owned());
    let (text, log) = bash(script.join("\n"), folder.path()).await;
    let mut rest = text.as_str();
    assert!(
        rest.contains("Superuser created successfully."),
        "{text}{log}"
    );
    for (number, (status, body)) in ANSWERS.iter().enumerate() {
        let (before, after) = rest
            .split_once(&format!("<{status}>"))
            .unwrap_or_else(|| panic!("no {status} as answer {number} in {text}{log}"));
        assert!(
            before.contains(body),
            "answer {number}: {body} is not in {before}"
        );
        assert_eq!(before.matches('<').count(), 0, "answer {number}: {before}");
        rest = after;
    }
    place.abandon();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_s_block_starts_a_server() {
    // only for the database of its own; the program under test makes the tables
    let place = TestApp::on(Backend::Postgres).await;
    place
        .sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        .await;
    let folder = tempfile::tempdir().unwrap();
    let block = shell(README, "### An operator\n")
        .replace("127.0.0.1:8001", &format!("127.0.0.1:{}", free_port()))
        .replace(
            "postgres://user:password@db.example.com/service",
            &place.database,
        );
    let script = format!(
        "set -e; PATH={}:$PATH; trap 'kill $!' EXIT\n{block}",
        server_binary().parent().unwrap().display()
    );
    let (text, log) = bash(script, folder.path()).await;
    assert!(
        text.starts_with("The settings are valid.") && text.contains("Created the tables.\n"),
        "{text}{log}"
    );
    assert!(text.ends_with("ready\n"), "{text}{log}");
    place.abandon();
}

#[tokio::test]
async fn the_settings_say_where_they_come_from() {
    let script = format!(
        "PATH={}:$PATH\n{}",
        server_binary().parent().unwrap().display(),
        shell(README, "## Settings\n")
    );
    let folder = tempfile::tempdir().unwrap();
    let (text, log) = bash(script, folder.path()).await;
    for line in [
        "url = \"postgres://user@db.example.com:5432/service\"  # the flag --database",
        "access_token_lifetime = \"15m\"  # the environment variable GATEPOST_SIMPLE_JWT__ACCESS_TOKEN_LIFETIME",
    ] {
        assert!(
            text.lines().any(|shown| shown == line),
            "{line}\n{text}{log}"
        );
    }
}

/// Runs a script in a folder; gives what it prints, and its errors.
async fn bash(script: String, folder: &Path) -> (String, String) {
    let mut command = Command::new("bash");
    command.arg("-c").arg(script).current_dir(folder);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}
