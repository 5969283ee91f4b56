//! Clean-up: what expired goes, in small transactions, and nothing that an answer still depends on.

use std::fs;
use std::time::{Duration, Instant};

use gatepost_server::flush_expired_tokens;
use gatepost_tests::{Backend, Program, TestApp, add_expired, sql};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;
use crate::refresh::BLACKLISTED;

const DAY: i64 = 86_400;
const TOKENS: &str = "SELECT COUNT(*) FROM token_blacklist_outstandingtoken";
const LISTED: &str = "SELECT COUNT(*) FROM token_blacklist_blacklistedtoken";
const ROTATIONS: &str = "SELECT COUNT(*) FROM gatepost_rotation";

/// How many outstanding tokens, blacklisted ones and rotations there are.
async fn counts(database: &str) -> [String; 3] {
    let mut counts = [String::new(), String::new(), String::new()];
    for (count, query) in counts.iter_mut().zip([TOKENS, LISTED, ROTATIONS]) {
        *count = sql::query(database, query).await.concat();
    }
    counts
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_row_goes_when_its_token_has_expired_by_the_slowest_clock(on: Backend) {
    // without throttling tokens alone are counted
    let settings = "simple_jwt.leeway = '60s'\nthrottle.enabled = false";
    let app = TestApp::with(on, settings).await;
    let ann = app.user("ann").await.log_in().await;
    app.clock.advance(DAY);
    ann.refresh_with(&ann.refresh, Some("key"))
        .await
        .expect(200);
    // leeway and the difference between the replicas' clocks, less a second
    app.clock.advance(49 * DAY + 64);
    let other = app.another_with("").await;
    for cleaner in [&app, &other] {
        let flushed = flush_expired_tokens(&cleaner.app).await.unwrap();
        assert_eq!(flushed.rows, 0, "one that has no leeway waits too");
    }
    app.clock.advance(1);
    assert_eq!(flush_expired_tokens(&app.app).await.unwrap().rows, 2);
    assert_eq!(
        counts(&app.database).await,
        ["1", "0", "1"],
        "the rotation stays with its successor"
    );
    app.clock.advance(DAY);
    // the last token, its rotation, and what was kept of the session
    assert_eq!(flush_expired_tokens(&app.app).await.unwrap().rows, 3);
    assert_eq!(counts(&app.database).await, ["0", "0", "0"]);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_outlives_its_successors_still_ends_its_chain(
    on: Backend,
    #[values(None, Some("a thief's"), Some("key-0"))] shown: Option<&str>,
) {
    let long = TestApp::on(on).await;
    let first = long.user("ann").await.log_in().await;
    // the lifetime is cut from 50 days to 1 while the chain lives
    let app = long
        .another_with("simple_jwt.refresh_token_lifetime = '1d'")
        .await;
    let ann = first.at(&app);
    let mut newest = ann.refresh.clone();
    for step in 0..5 {
        let key = format!("key-{step}");
        newest = ann.rotate(&newest, Some(&key)).await;
        if step < 4 {
            app.clock.advance(DAY * 9 / 10);
        }
    }
    flush_expired_tokens(&app.app).await.unwrap();
    assert_eq!(
        counts(&app.database).await,
        ["3", "2", "3"],
        "the first token, the last two, and the rotations that begin or end with them"
    );
    assert_eq!(
        ann.refresh_with(&first.refresh, Some("key-0")).await.wire(),
        BLACKLISTED,
        "its successor has expired"
    );
    ann.refresh_with(&newest, Some("key-5")).await.expect(200);
    let (ended, wire, noted) = if shown == Some("key-0") {
        (ann.log_out_with(&first.refresh, shown).await, "200 {}", "0")
    } else {
        (
            ann.refresh_with(&first.refresh, shown).await,
            BLACKLISTED,
            "1",
        )
    };
    assert_eq!(ended.wire(), wire);
    let events = "SELECT COUNT(*) FROM gatepost_event WHERE kind = 'reuse'";
    assert_eq!(app.query(events).await, [noted]);
    assert_eq!(
        ann.refresh_with(&newest, Some("key-5")).await.wire(),
        BLACKLISTED,
        "the chain is over"
    );
    app.clock.advance(80 * DAY);
    flush_expired_tokens(&app.app).await.unwrap();
    assert_eq!(
        app.query(events).await,
        [noted],
        "events outlive their tokens"
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_noted_is_kept_for_90_days_or_as_long_as_the_settings_say(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let events = "SELECT COUNT(*) FROM gatepost_event";
    ann.rotate(&ann.refresh, Some("key")).await;
    ann.refresh_with(&ann.refresh, None).await.expect(401);
    app.clock.advance(40 * DAY);
    let later = app.known("ann").log_in().await;
    later.rotate(&later.refresh, Some("key")).await;
    later.refresh_with(&later.refresh, None).await.expect(401);
    assert_eq!(app.query(events).await, ["2"]);
    app.clock.advance(50 * DAY - 1);
    flush_expired_tokens(&app.app).await.unwrap();
    assert_eq!(app.query(events).await, ["2"]);
    app.clock.advance(1);
    for (keep, left) in [("0s", "2"), ("90d", "1"), ("50d", "0")] {
        let other = app.another_with(&format!("events.keep = '{keep}'")).await;
        flush_expired_tokens(&other.app).await.unwrap();
        assert_eq!(app.query(events).await, [left], "{keep}");
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_half_cleaned_chain_is_ended_whole(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, Some("a")).await;
    let third = ann.rotate(&second, Some("b")).await;
    let fourth = ann.rotate(&third, Some("c")).await;
    // a link in the middle is gone with its token's place on the blacklist, the token's own row is not
    app.sql(
        "DELETE FROM gatepost_rotation WHERE key_hash = (SELECT key_hash FROM gatepost_rotation ORDER BY issued_at LIMIT 1 OFFSET 1);
        DELETE FROM token_blacklist_blacklistedtoken WHERE id = (SELECT id FROM token_blacklist_blacklistedtoken ORDER BY id LIMIT 1 OFFSET 1)",
    )
    .await;
    ann.refresh_with(&ann.refresh, None).await.expect(401);
    assert_eq!(ann.refresh_with(&fourth, None).await.wire(), BLACKLISTED);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_takes_500_rows_at_most(on: Backend) {
    let app = TestApp::with(on, "throttle.enabled = false").await;
    let ann = app.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, None).await;
    add_expired(&app.database, 3000).await;
    // of these the parent lives on; a thousand of them come first in the order of the clean-up
    app.sql("UPDATE gatepost_rotation SET parent_exp = '2040-01-01 00:00:00', child_exp = '2001-02-20 00:00:00' WHERE parent_jti LIKE 'expired-1%'")
        .await;
    let kept: u64 = app
        .query("SELECT COUNT(*) FROM gatepost_rotation WHERE parent_jti LIKE 'expired-1%'")
        .await
        .concat()
        .parse()
        .unwrap();
    let done = flush_expired_tokens(&app.app).await.unwrap();
    assert_eq!(done.rows, 9000 - kept);
    assert!((1..=500).contains(&done.largest), "{done:?}");
    println!("{on:?}: {done:?}");
    app.sql("DELETE FROM gatepost_rotation WHERE parent_jti LIKE 'expired-1%'")
        .await;
    assert_eq!(counts(&app.database).await, ["2", "1", "1"]);
    ann.refresh_with(&second, None).await.expect(200);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_may_clean_up_at_once(on: Backend) {
    let app = TestApp::on(on).await;
    let other = app.another().await;
    add_expired(&app.database, 2000).await;
    let (one, two) = tokio::join!(
        flush_expired_tokens(&app.app),
        flush_expired_tokens(&other.app)
    );
    assert_eq!(one.unwrap().rows + two.unwrap().rows, 6000);
    assert_eq!(counts(&app.database).await, ["0", "0", "0"]);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_post_is_forgotten_after_a_day(on: Backend) {
    let app = TestApp::on(on).await;
    let then = app.clock.now().rfc3339().replace('T', " ").replace('Z', "");
    let utc = match on {
        Backend::Sqlite => "",
        Backend::Postgres => "SET TIME ZONE 'UTC';",
    };
    app.sql(&format!(
        "{utc} INSERT INTO gatepost_idempotency (user_id, key_hash, body_hash, post_id, created_at) VALUES (1, 'k', 'b', 1, '{then}')"
    ))
    .await;
    app.clock.advance(DAY - 1);
    assert_eq!(flush_expired_tokens(&app.app).await.unwrap().rows, 0);
    app.clock.advance(1);
    assert_eq!(flush_expired_tokens(&app.app).await.unwrap().rows, 1);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_index_of_the_clean_up_is_made_again_at_a_start(on: Backend) {
    let indices = match on {
        Backend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE tbl_name = 'token_blacklist_outstandingtoken' AND name LIKE 'gatepost%'"
        }
        Backend::Postgres => {
            "SELECT indexname FROM pg_indexes WHERE tablename = 'token_blacklist_outstandingtoken' AND indexname LIKE 'gatepost%'"
        }
    };
    let app = TestApp::on(on).await;
    assert_eq!(
        app.query(indices).await,
        ["gatepost_outstanding_expires_at"]
    );
    // as Django does where it makes the table anew on SQLite
    app.sql("DROP INDEX gatepost_outstanding_expires_at").await;
    let again = app.another().await;
    assert_eq!(
        again.query(indices).await,
        ["gatepost_outstanding_expires_at"]
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_cleans_up_by_itself(on: Backend) {
    let app = TestApp::on(on).await;
    add_expired(&app.database, 1000).await;
    let folder = tempfile::tempdir().unwrap();
    let program = app.program(folder.path(), &[]);
    let deadline = Instant::now() + Duration::from_mins(1);
    while counts(&app.database).await != ["0", "0", "0"] {
        assert!(Instant::now() < deadline, "expired rows are left");
    }
    assert_eq!(program.terminate(), Some(0));
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_command_of_django_s_name_is_silent(on: Backend) {
    let app = TestApp::on(on).await;
    add_expired(&app.database, 1000).await;
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["flushexpiredtokens", "--database", &app.database];
    let output = Program::run(folder.path(), &arguments);
    assert_eq!(
        (output.status.code(), output.stdout, output.stderr),
        (Some(0), Vec::new(), Vec::new())
    );
    assert_eq!(counts(&app.database).await, ["0", "0", "0"]);
    let empty = Program::run(folder.path(), &["flushexpiredtokens"]);
    assert_eq!(
        String::from_utf8_lossy(&empty.stderr),
        "gatepost-server: there is no database at gatepost-data/gatepost.sqlite3; run `gatepost-server migrate` to make one, or name another with --database\n"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
