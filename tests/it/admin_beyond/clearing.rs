//! Sessions of the admin that have expired are removed: by the command of Django's name, and by the clean-up.

use gatepost_server::flush_expired_tokens;
use gatepost_tests::{Backend, Program, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;

const SESSIONS: &str = "SELECT session_key FROM django_session ORDER BY session_key";

/// Sessions that ended long ago, and one that lasts.
async fn fill(app: &TestApp, count: usize) {
    let expired =
        (0..count).map(|number| format!("('expired{number}', '', '2020-01-02 03:04:05')"));
    let mut rows: Vec<_> = expired.collect();
    rows.push("('lasting', '', '2199-01-02 03:04:05')".to_owned());
    let rows = rows.join(", ");
    app.sql(&format!(
        "INSERT INTO django_session (session_key, session_data, expire_date) VALUES {rows}"
    ))
    .await;
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_clean_up_removes_expired_sessions(on: Backend) {
    let app = TestApp::on(on).await;
    fill(&app, 1_200).await;
    let flushed = flush_expired_tokens(&app.app).await.unwrap();
    assert_eq!(flushed.rows, 1_200);
    assert!(flushed.largest <= 500, "{flushed:?}");
    assert_eq!(app.query(SESSIONS).await, ["lasting"]);
    app.sql("DROP TABLE django_session").await;
    assert_eq!(flush_expired_tokens(&app.app).await.unwrap().rows, 0);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn clearsessions_is_silent(on: Backend) {
    let app = TestApp::on(on).await;
    fill(&app, 10).await;
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        Program::run(
            folder.path(),
            &["clearsessions", "--database", &app.database],
        )
    };
    let output = run();
    assert_eq!(
        (output.status.code(), output.stdout, output.stderr),
        (Some(0), Vec::new(), Vec::new())
    );
    assert_eq!(app.query(SESSIONS).await, ["lasting"]);
    app.sql("DROP TABLE django_session").await;
    let output = run();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "gatepost-server: this database has no table django_session whose rows may be removed: nothing was done\n"
    );
}
