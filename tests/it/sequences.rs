//! Sequences of PostgreSQL's that are behind their tables, as after a restore of rows alone: nobody's bad input.

use gatepost_tests::{Backend, Program, SECRET, TestApp, anonymous};
use serde_json::json;

/// Rows that were restored without their sequences.
async fn behind(rows: u32) -> TestApp {
    let app = TestApp::on(Backend::Postgres).await;
    for at in 0..rows {
        let name = format!("user{at}");
        let ann = app.user(&name).await.log_in().await;
        ann.post("before").await;
    }
    for table in [
        "auth_user",
        "posts_post",
        "token_blacklist_outstandingtoken",
    ] {
        app.query(&format!(
            "SELECT CAST(setval(pg_get_serial_sequence('{table}', 'id'), 1, false) AS text)"
        ))
        .await;
    }
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_numbers_are_tried() {
    let app = behind(2).await;
    let ann = app.user("ann").await.log_in().await;
    ann.post("after").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_far_behind_is_503_and_is_named_with_what_mends_it() {
    let app = behind(7).await.may_fail();
    let words = json!({"username": "user0", "password": "ComplexPassword123!"});
    let answer = anonymous(&app, "POST", "/api/token/", &words).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Program::command(folder.path(), arguments);
        command.args(["--database", &app.database]);
        let output = Program::ended(
            command
                .env("GATEPOST_SECRET_KEY", SECRET)
                .env("DJANGO_SUPERUSER_PASSWORD", "ComplexPassword123!"),
        );
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let mends = |table: &str| {
        format!(
            "`SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))`"
        )
    };
    let said = run(&["check"]);
    for table in ["auth_user", "posts_post"] {
        assert!(said.contains(&mends(table)), "{said}");
    }
    let said = run(&[
        "createsuperuser",
        "--noinput",
        "--username",
        "root",
        "--email",
        "r@example.com",
    ]);
    assert!(said.contains(&mends("auth_user")), "{said}");
}
