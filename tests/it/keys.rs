//! Another secret key: in the place of one that leaked or is lost, and without a logout.

use std::fs;
use std::path::Path;
use std::process::Output;

use gatepost_tests::{Backend, Program, SECRET, TestApp, anonymous};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use crate::both_databases;

const NEXT: &str = "the key after the one that leaked, 0123456789 0123456789";
const INVALID: &str = r#"401 {"detail":"Token is invalid","code":"token_not_valid"}"#;

fn said(output: &Output) -> (Option<i32>, String) {
    let text = [&output.stdout[..], &output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// `gatepost-server keys replace` on this database, with this key in the settings.
fn replace(folder: &Path, app: &TestApp, key: &str, flags: &[&str]) -> (Option<i32>, String) {
    let arguments = ["keys", "replace", "--database", &app.database];
    let mut command = Program::command(folder, &[&arguments[..], flags].concat());
    if !key.is_empty() {
        command.env("GATEPOST_SECRET_KEY", key);
    }
    said(&Program::ended(&mut command))
}

async fn events(app: &TestApp) -> Vec<String> {
    app.query("SELECT kind FROM gatepost_event ORDER BY id")
        .await
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_leaked_key_is_replaced_and_every_session_ends(on: Backend) {
    let app = TestApp::on(on).await;
    let folder = tempfile::tempdir().unwrap();
    let ann = app.user("ann").await.log_in().await;
    let (code, why) = replace(folder.path(), &app, NEXT, &[]);
    assert_eq!(code, Some(1));
    assert!(
        why.ends_with("there is no terminal to ask on; use --yes\n"),
        "{why}"
    );
    let (code, why) = replace(folder.path(), &app, SECRET, &["--yes"]);
    assert_eq!(code, Some(1));
    assert!(
        why.contains("the settings still give the key that is to be replaced"),
        "{why}"
    );
    assert!(events(&app).await.is_empty());

    let (code, said) = replace(folder.path(), &app, NEXT, &["--yes"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.starts_with("The secret key was replaced, and every session has ended."),
        "{said}"
    );
    assert_eq!(events(&app).await, ["key-replaced"]);
    let app = app
        .another_with(&format!("server.secret_key = '{NEXT}'"))
        .await;
    let ann = ann.at(&app);
    assert_eq!(ann.refresh_with(&ann.refresh, None).await.wire(), INVALID);
    assert_eq!(ann.get("/api/users/profile/").await.status, 401);
    let ann = ann.log_in().await;
    ann.refresh_with(&ann.refresh, None).await.expect(200);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_is_replaced_by_one_of_gatepost_s_own(on: Backend) {
    let app = TestApp::on(on).await;
    let folder = tempfile::tempdir().unwrap();
    let serve = || Program::command(folder.path(), &["--database", &app.database]);
    let (code, why) = said(&Program::ended(serve().args(["--bind", "127.0.0.1:0"])));
    assert_eq!(code, Some(1));
    assert!(
        why.contains("if it is lost, `gatepost-server keys replace` makes another"),
        "{why}"
    );
    let key = folder.path().join("gatepost-data/secret_key");
    for _ in 0..2 {
        let before = fs::read_to_string(&key).ok();
        let (code, said) = replace(folder.path(), &app, "", &["--yes"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(
            said.contains(" by the one in gatepost-data/secret_key, and every session"),
            "{said}"
        );
        assert_ne!(fs::read_to_string(&key).ok(), before);
        drop(Program::serve(&mut serve()));
    }
    let files = fs::read_dir(folder.path().join("gatepost-data")).unwrap();
    assert_eq!(files.count(), 1, "no draft is left");
}

/// As docs/security.md says: first every server takes the next key's tokens, then every server signs with it.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_changed_without_a_logout(on: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, key: &str| {
        let path = folder.path().join(name);
        fs::write(&path, format!("{key}\n")).unwrap();
        path.display().to_string()
    };
    let (old, next) = (file("old", SECRET), file("next", NEXT));
    let with = |key: &str, other: &str| {
        format!(
            "server.secret_key = '{key}'\n[[tokens.previous_keys]]\nsecret_key_file = '{other}'\nuntil = 2027-01-16"
        )
    };
    // the clock stands at 2027-01-15T08:00:00Z
    let [before, after] = [with(SECRET, &next), with(NEXT, &old)];
    let one = TestApp::with(on, &before).await;
    let two = one.another_with(&after).await;
    let ann = one.user("ann").await.log_in().await;
    assert_eq!(events(&one).await, ["key-changed"]);
    // what an operator runs first takes what the server takes
    fs::write(folder.path().join("gatepost.toml"), &before).unwrap();
    let arguments = ["migrate", "--database", &one.database];
    let (code, told) = said(&Program::run(folder.path(), &arguments));
    assert_eq!(code, Some(0), "{told}");

    // a token of either is taken by the other, and a session goes on from one to the other
    let mut token = ann.refresh.clone();
    for app in [&two, &one, &two] {
        token = ann.at(app).rotate(&token, Some("key")).await;
        ann.at(app).get("/api/users/profile/").await.expect(200);
        let verified = json!({"token": token});
        for app in [&one, &two] {
            let answer = anonymous(app, "POST", "/api/token/verify/", &verified).await;
            answer.expect(200);
        }
    }
    // a server of the first step may start again after the second
    let alone = one.another_with(&before).await;
    let newest = ann.at(&two).log_in().await.refresh;
    ann.at(&alone).rotate(&newest, None).await;

    two.clock.advance(24 * 3600);
    assert_eq!(
        ann.at(&two).refresh_with(&ann.refresh, None).await.wire(),
        INVALID
    );
    assert_eq!(ann.at(&two).get("/api/users/profile/").await.status, 401);
    ann.at(&two).rotate(&token, Some("next")).await;
}

/// A key whose tokens are still taken ends no session.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_still_taken_is_not_replaced(on: Backend) {
    let app = TestApp::on(on).await;
    app.user("ann").await;
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old");
    fs::write(&old, SECRET).unwrap();
    let toml = format!(
        "[[tokens.previous_keys]]\nsecret_key_file = '{}'\nuntil = 9000-01-01",
        old.display()
    );
    fs::write(folder.path().join("gatepost.toml"), toml).unwrap();
    let (code, why) = replace(folder.path(), &app, NEXT, &["--yes"]);
    assert_eq!(code, Some(1), "{why}");
    assert!(
        why.contains("no session would end; take it out first"),
        "{why}"
    );
}

#[test]
fn a_previous_key_that_cannot_be_read_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let toml = "[[tokens.previous_keys]]\nsecret_key_file = 'nowhere'\nuntil = 9000-01-01";
    fs::write(folder.path().join("gatepost.toml"), toml).unwrap();
    for command in [&["check"][..], &["--bind", "127.0.0.1:0"]] {
        let (code, why) = said(&Program::run(folder.path(), command));
        assert_eq!(code, Some(1));
        assert!(
            why.contains("the secret key file nowhere can't be read: "),
            "{why}"
        );
        assert!(why.ends_with("; check tokens.previous_keys\n"), "{why}");
    }
}

/// A key that was rotated away stays away: with it the leaked one would sign again.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_before_replaces_nothing() {
    let app = TestApp::on(Backend::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    app.user("ann").await;
    let keys = |command: &str| {
        let arguments = ["keys", command, "--database", &app.database];
        let mut command = Program::command(folder.path(), &arguments);
        said(&Program::ended(command.env("GATEPOST_SECRET_KEY", SECRET)))
    };
    for command in ["new", "rotate"] {
        let (code, told) = keys(command);
        assert_eq!(code, Some(0), "{told}");
    }
    let ring = folder.path().join("gatepost-data/keys.toml");
    let refused = || {
        let (code, why) = replace(folder.path(), &app, SECRET, &["--yes"]);
        assert_eq!(code, Some(1), "{why}");
        assert!(
            why.contains("a key that signed in this database before"),
            "{why}"
        );
    };
    refused();
    assert!(ring.exists());
    fs::remove_file(&ring).unwrap();
    refused();

    // without its file the start, and the list, name it
    let mut start = Program::command(
        folder.path(),
        &["--database", &app.database, "--bind", "127.0.0.1:0"],
    );
    let start = said(&Program::ended(start.env("GATEPOST_SECRET_KEY", SECRET)));
    for (code, why) in [start, keys("list")] {
        assert_eq!(code, Some(1), "{why}");
        assert!(
            why.contains("put it into gatepost-data/keys.toml; copy this file here"),
            "{why}"
        );
    }

    let (code, told) = replace(folder.path(), &app, NEXT, &["--yes"]);
    assert_eq!(code, Some(0), "{told}");
    refused();

    // what is no such file stops a check
    fs::write(&ring, "nonsense").unwrap();
    let (code, why) = said(&Program::run(folder.path(), &["check"]));
    assert_eq!(code, Some(1), "{why}");
    assert!(why.contains("gatepost-data/keys.toml is not what"), "{why}");
}
