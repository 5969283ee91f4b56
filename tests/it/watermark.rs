//! A clock that jumps: what was used or logged out stays refused, and what expired goes late, never early.

use gatepost_server::flush_expired_tokens;
use gatepost_tests::{Actor, Backend, Program, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;
use crate::refresh::BLACKLISTED;

const DAY: i64 = 86_400;

/// A refresh token that was logged out, one that was used, and the successor of that one.
async fn ended(app: &TestApp) -> [String; 3] {
    let ann = app.known("ann").log_in().await;
    ann.log_out_with(&ann.refresh, None).await.expect(200);
    let out = ann.refresh;
    let ann = app.known("ann").log_in().await;
    let next = ann.rotate(&ann.refresh, Some("key")).await;
    let last = ann.rotate(&next, Some("next key")).await;
    [out, ann.refresh, last]
}

async fn refused(ann: &Actor<'_>, tokens: &[String; 3]) {
    for token in &tokens[..2] {
        let answer = ann.refresh_with(token, Some("another key")).await;
        assert_eq!(answer.wire(), BLACKLISTED);
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn what_ended_stays_ended_over_a_clock_that_jumps_forward_and_back(
    on: Backend,
    #[values(false, true)] over_restarts: bool,
) {
    // the chain is not ended by the look at its first token
    let app = TestApp::with(on, "refresh.reuse = 'reject'").await;
    app.user("ann").await;
    let tokens = ended(&app).await;
    app.clock.jump(60 * DAY);
    // a server that is started again and again with a wrong clock
    for _ in 0..12 {
        let again = over_restarts.then(|| app.another());
        let server = match again {
            Some(again) => &again.await,
            None => &app,
        };
        flush_expired_tokens(&server.app).await.unwrap();
    }
    app.clock.jump(-60 * DAY);
    let server = if over_restarts {
        &app.another().await
    } else {
        &app
    };
    flush_expired_tokens(&server.app).await.unwrap();
    let ann = server.known("ann").log_in().await;
    refused(&ann, &tokens).await;
    ann.refresh_with(&tokens[2], Some("last")).await.expect(200);
    // time that passes is another matter
    server.clock.advance(60 * DAY);
    assert!(flush_expired_tokens(&server.app).await.unwrap().rows > 0);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn after_a_long_stop_rows_go_late_and_a_person_may_say_that_the_clock_is_right(on: Backend) {
    let app = TestApp::with(
        on,
        "cleanup.max_downtime = '3d'\nsimple_jwt.refresh_token_lifetime = '2d'\nthrottle.enabled = false",
    )
    .await;
    app.user("ann").await.log_in().await;
    app.clock.jump(4 * DAY);
    let later = app.another().await;
    // three days are believed, and the token has expired in them, with what was kept of its session
    assert_eq!(flush_expired_tokens(&later.app).await.unwrap().rows, 2);
    later.known("ann").log_in().await;
    app.clock.jump(10 * DAY);
    let later = app.another().await;
    assert_eq!(
        flush_expired_tokens(&later.app).await.unwrap().rows,
        0,
        "the watermark is at six days, the token expires at six"
    );
}

/// The system's clock is far behind or ahead of what the database has seen.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_told_once_and_closed_by_a_flag(on: Backend) {
    let app = TestApp::on(on).await;
    app.user("ann").await;
    // as if a server had stopped in 2020
    app.sql("UPDATE gatepost_meta SET value = '1577836800000000' WHERE name LIKE 'cleanup.%' AND name <> 'cleanup.slack'")
        .await;
    gatepost_tests::add_expired(&app.database, 10).await;
    app.sql("UPDATE token_blacklist_outstandingtoken SET expires_at = '2021-01-01 00:00:00'; UPDATE gatepost_rotation SET parent_exp = '2021-01-01 00:00:00', child_exp = '2021-01-01 00:00:00'")
        .await;
    let folder = tempfile::tempdir().unwrap();
    let flush = |more: &[&str]| {
        let arguments = ["flushexpiredtokens", "--database", &app.database];
        let output = Program::run(folder.path(), &[&arguments[..], more].concat());
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stderr).unwrap()
    };
    let left = async || {
        app.query("SELECT COUNT(*) FROM token_blacklist_outstandingtoken")
            .await
    };
    let told = flush(&[]);
    assert!(
        told.starts_with("gatepost-server: the clock is ")
            && told.ends_with("`gatepost-server flushexpiredtokens --now`\n"),
        "{told}"
    );
    assert_ne!(left().await, ["0"]);
    let program = app.program(folder.path(), &[]);
    let log = program.log();
    assert_eq!(log.matches("flushexpiredtokens --now").count(), 1, "{log}");
    assert_eq!(flush(&["--now"]), "");
    assert_eq!(left().await, ["0"]);
    assert_eq!(flush(&[]), "", "the gap is closed");
}
