//! Settings that all servers of a database share: the first server's are remembered, others are refused.

use std::fs;
use std::path::Path;

use gatepost_tests::{Backend, Program, SECRET, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;

const REMEMBERED: &str = "SELECT name || ' ' || value FROM gatepost_meta WHERE name IN ('refresh.reuse', 'tokens.stored') ORDER BY name";

/// Runs a command of the program to its end: whether it succeeded, and what it said.
fn run(
    folder: &Path,
    database: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> (bool, String) {
    let mut command = Program::command(folder, arguments);
    command
        .args(["--database", database])
        .env("GATEPOST_SECRET_KEY", SECRET)
        .envs(variables.iter().copied());
    let output = Program::ended(&mut command);
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_other_settings_is_refused(
    on: Backend,
    #[values(("refresh.reuse", "revoke", "reject"), ("tokens.stored", "unsigned", "signed"))]
    setting: (&str, &str, &str),
) {
    let (name, first, other) = setting;
    let app = TestApp::on(on).await;
    assert_eq!(
        app.query(REMEMBERED).await,
        ["refresh.reuse revoke", "tokens.stored unsigned"]
    );
    let folder = tempfile::tempdir().unwrap();
    let variable = format!("GATEPOST_{}", name.replace('.', "__").to_uppercase());
    let serve = ["serve", "--bind", "127.0.0.1:0"];
    for command in [&serve[..], &["migrate"]] {
        let (started, why) = run(folder.path(), &app.database, command, &[(&variable, other)]);
        assert!(!started);
        assert_eq!(
            why.lines().last().unwrap(),
            format!(
                r#"gatepost-server: this database is used with {name} = "{first}", but here it is "{other}"; set it to "{first}" here, or run `gatepost-server migrate --accept-settings` and restart every server of this database"#
            )
        );
    }
    let (accepted, told) = run(
        folder.path(),
        &app.database,
        &["migrate", "--accept-settings"],
        &[(&variable, other)],
    );
    assert!(accepted, "{told}");
    let (started, why) = run(folder.path(), &app.database, &serve, &[]);
    assert!(
        !started && why.contains(&format!(r#"is used with {name} = "{other}""#)),
        "{why}"
    );
    let mut command = Program::command(folder.path(), &["--database", &app.database]);
    command
        .env("GATEPOST_SECRET_KEY", SECRET)
        .env(&variable, other);
    drop(Program::serve(&mut command));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_database_remembers_the_first_server_that_comes() {
    let app = TestApp::on(Backend::Sqlite).await;
    app.sql("DELETE FROM gatepost_meta WHERE name <> 'key_fingerprint'")
        .await;
    let other = app.another_with("refresh.reuse = 'reject'").await;
    assert_eq!(
        other.query(REMEMBERED).await,
        ["refresh.reuse reject", "tokens.stored unsigned"]
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn adopting_says_in_the_settings_file_what_suits_django(on: Backend) {
    let app = TestApp::on(on).await;
    let folder = tempfile::tempdir().unwrap();
    // as Django left it
    let ours = [
        "migrations",
        "meta",
        "rotation",
        "event",
        "idempotency",
        "throttle",
        "login",
        "session",
    ];
    let drop_ours: Vec<String> = ours
        .iter()
        .map(|table| format!("DROP TABLE gatepost_{table};"))
        .collect();
    app.sql(&format!(
        "{} DROP INDEX gatepost_outstanding_expires_at",
        drop_ours.concat()
    ))
    .await;
    let file = folder.path().join("gatepost.toml");
    fs::write(&file, "# mine\n[tokens]\nclock_slack = 1\n").unwrap();
    let (adopted, told) = run(folder.path(), &app.database, &["migrate", "--adopt"], &[]);
    assert!(adopted, "{told}");
    assert!(
        told.starts_with(
            "gatepost.toml sets refresh.reuse, tokens.stored and passwords.end_sessions"
        ),
        "{told}"
    );
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(
        written,
        r#"# mine
[tokens]
clock_slack = 1
# As in Django, whose code may read the column. "unsigned" stores nothing that a stolen copy of the database could be used for.
stored = "signed"

[refresh]
# As in Django: clients without an Idempotency-Key may send a refresh token twice. "revoke" would end their session.
reuse = "reject"

[passwords]
# As in Django: a user's sessions live on when an administrator sets the password.
end_sessions = false
"#
    );
    assert_eq!(
        app.query(REMEMBERED).await,
        ["refresh.reuse reject", "tokens.stored signed"]
    );
    // in another folder the file is missing
    let elsewhere = tempfile::tempdir().unwrap();
    let (started, why) = run(
        elsewhere.path(),
        &app.database,
        &["serve", "--bind", "127.0.0.1:0"],
        &[],
    );
    assert!(
        !started && why.contains(r#"used with refresh.reuse = "reject""#),
        "{why}"
    );
    app.abandon();
}
