//! The steps that make the tables: what is applied is remembered with its text.

use std::fs;

use gatepost_tests::{Backend, Program, SECRET, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;

const STEPS: &str = "SELECT name FROM gatepost_migrations ORDER BY number";

/// Starts another server on the database without letting it migrate; what it says when it refuses.
fn refusal(app: &TestApp) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Program::command(folder.path(), &["serve", "--bind", "127.0.0.1:0"]);
    command
        .args(["--no-migrate", "--database", &app.database])
        .env("GATEPOST_SECRET_KEY", SECRET);
    let output = Program::ended(&mut command);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_step_whose_text_has_changed_is_named(on: Backend) {
    let app = TestApp::on(on).await;
    app.sql("UPDATE gatepost_migrations SET checksum = 'another' WHERE name = 'cleanup'")
        .await;
    let why = refusal(&app);
    assert_eq!(
        why,
        "gatepost-server: the text of step cleanup has changed since it was applied to this database; start the Gatepost that applied it, or one with the text unchanged\n"
    );
}

/// A step is pending where its number is missing, however many others are there.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_step_is_pending_beside_a_strange_one(on: Backend) {
    let app = TestApp::on(on).await;
    app.sql("UPDATE gatepost_migrations SET number = 0, name = 'strange' WHERE name = 'cleanup'")
        .await;
    assert!(refusal(&app).contains("the database's tables are not up to date"));
    app.sql("DROP INDEX gatepost_rotation_child_exp; DROP INDEX gatepost_idempotency_created_at")
        .await;
    app.another().await;
    assert_eq!(
        app.query(STEPS).await,
        [
            "strange",
            "django",
            "django_rows",
            "gatepost",
            "cleanup",
            "generations",
            "throttle"
        ]
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_before_there_were_checksums_gets_them(on: Backend) {
    let app = TestApp::on(on).await;
    let checksums = "SELECT checksum FROM gatepost_migrations ORDER BY number";
    let fresh = app.query(checksums).await;
    assert!(
        fresh.iter().all(|checksum| checksum.len() == 64),
        "{fresh:?}"
    );
    app.sql("ALTER TABLE gatepost_migrations DROP COLUMN checksum")
        .await;
    app.another().await;
    assert_eq!(app.query(checksums).await, fresh);
}

/// A fresh database has Django's own table of users: what its settings say of another one is refused before it is made.
#[test]
fn a_user_model_that_a_fresh_database_does_not_have_is_refused() {
    for (settings, says) in [
        (
            "[users.defaults]\nphone = 'x'",
            "users.defaults names the column phone, which the table auth_user does not have; leave it out",
        ),
        (
            "users.table = 'people'",
            "there is no table people; auth_user has its columns: set users.table = \"auth_user\"",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("gatepost.toml"), settings).unwrap();
        for arguments in [&["migrate"][..], &["--bind", "127.0.0.1:0"]] {
            let output = Program::run(folder.path(), arguments);
            let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert_eq!(output.status.code(), Some(1), "{told}");
            assert!(told.contains(says) && told.lines().count() == 1, "{told}");
        }
        fs::write(folder.path().join("gatepost.toml"), "").unwrap();
        let output = Program::run(folder.path(), &["migrate"]);
        let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(told, "Created the tables.\n");
    }
}
