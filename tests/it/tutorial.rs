//! The README's table, from the tutorial to Gatepost: its right column run from top to bottom.

use std::process::Command;

use gatepost_tests::{Backend, TestApp, free_port, server_binary};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;

const README: &str = include_str!("../../README.md");

/// What each curl of the table must print: its status, and a part of the body.
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

/// The commands of the table's right column, in order.
fn commands() -> Vec<String> {
    let table = README
        .split("| the tutorial | Gatepost |")
        .nth(1)
        .expect("the table")
        .split("\n\n")
        .next()
        .expect("its end");
    table
        .lines()
        .skip(2)
        .map(|row| {
            let cell = row
                .trim_end_matches(" |")
                .rsplit_once(" | ")
                .expect("two columns")
                .1;
            cell.trim_matches('`').to_owned()
        })
        .collect()
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_readme_s_table_runs_from_top_to_bottom(on: Backend) {
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
    for (number, command) in commands().iter().enumerate() {
        if number == 0 {
            assert_eq!(
                command,
                "cargo build --release --bin gatepost-server && PATH=$PWD/target/release:$PATH"
            );
            continue; // built already, for this test
        }
        script.push(command.replace("127.0.0.1:8000", &address));
        if command == "gatepost-server &" {
            script.push("SERVER=$!; trap 'kill $SERVER' EXIT".to_owned());
            script.push(format!("until command curl --silent --output /dev/null http://{address}/-/ready; do kill -0 $SERVER || exit 1; done"));
        }
    }
    script.push("echo '<end>'".to_owned());
    let script = script.join("\n");
    let folder_path = folder.path().to_owned();
    let output = tokio::task::spawn_blocking(move || {
        Command::new("bash")
            .arg("-c")
            .arg(script)
            .current_dir(folder_path)
            .output()
            .unwrap()
    });
    let output = output.await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
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
