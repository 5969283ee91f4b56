//! The database fails at each step of an operation in turn: at taking a connection, at BEGIN, at each statement,
//! before and after COMMIT. Whatever is left behind is whole.

use futures_util::future::join_all;
use gatepost_server::testing;
use gatepost_tests::{Actor, Answer, Backend, TestApp, anonymous};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;
use crate::refresh::BLACKLISTED;

/// Runs `operation` with a failure at its first step, its second, …, until it has no more; after each, `check` is
/// told the answer. Each round has a number, and begins with whatever `prepare` gives.
async fn at_each_step<T>(
    app: &TestApp,
    least: u32,
    prepare: impl AsyncFn(u32) -> T,
    operation: impl AsyncFn(&T) -> Answer,
    check: impl AsyncFn(T, Answer),
) {
    for step in 1.. {
        let prepared = prepare(step).await;
        testing::fail_at(&app.app, step);
        let answer = operation(&prepared).await;
        let is_over = testing::steps_to_failure(&app.app) > 0;
        testing::fail_at(&app.app, 0);
        if is_over {
            assert!(answer.status.as_u16() < 500, "{}", answer.wire());
            assert!(step > least, "it has only {step} steps");
            return;
        }
        assert_eq!(
            (answer.status.as_u16(), answer.header("retry-after")),
            (503, "1"),
            "step {step}: {}",
            answer.text()
        );
        check(prepared, answer).await;
    }
}

async fn count(app: &TestApp, table: &str) -> String {
    app.query(&format!("SELECT COUNT(*) FROM {table}"))
        .await
        .concat()
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_leaves_the_old_token_or_its_successor(
    on: Backend,
    #[values(Some("key"), None)] key: Option<&str>,
) {
    let app = TestApp::on(on).await.may_fail();
    app.user("ann").await;
    let prepare = async |_| app.known("ann").log_in().await;
    let refresh = async |ann: &Actor<'_>| ann.refresh_with(&ann.refresh, key).await;
    // look: a connection and a statement; then BEGIN, three statements, and both sides of COMMIT; or, on PostgreSQL, a
    // connection, one statement, and after it
    let least = if on == Backend::Sqlite { 8 } else { 5 };
    at_each_step(&app, least, prepare, refresh, async |ann, _| {
        let next = ann.rotate(&ann.refresh, key).await;
        ann.refresh_with(&next, key).await.expect(200);
    })
    .await;
    assert!(
        app.query("SELECT kind FROM gatepost_event")
            .await
            .is_empty()
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn reuse_is_noted_and_ends_the_chain_or_neither(on: Backend) {
    let app = TestApp::on(on).await.may_fail();
    app.user("ann").await;
    let prepare = async |_| {
        let ann = app.known("ann").log_in().await;
        let next = ann
            .refresh_with(&ann.refresh, Some("key"))
            .await
            .expect(200);
        (next.field("refresh"), ann)
    };
    let reuse = async |(_, ann): &(String, Actor<'_>)| ann.refresh_with(&ann.refresh, None).await;
    at_each_step(&app, 10, prepare, reuse, async |(next, ann), _| {
        let events = count(&app, "gatepost_event").await;
        let live = "token_blacklist_outstandingtoken t LEFT JOIN token_blacklist_blacklistedtoken b ON b.token_id = t.id WHERE b.id IS NULL";
        let is_noted = events != "0";
        assert_eq!(count(&app, live).await == "0", is_noted);
        assert_eq!(ann.refresh_with(&ann.refresh, None).await.wire(), BLACKLISTED);
        assert_eq!(ann.refresh_with(&next, None).await.wire(), BLACKLISTED);
        app.sql("DELETE FROM gatepost_event").await;
    })
    .await;
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_logout_that_failed_can_be_repeated(
    on: Backend,
    #[values(false, true)] is_rotated: bool,
) {
    let app = TestApp::on(on).await.may_fail();
    app.user("ann").await;
    let prepare = async |_| {
        let ann = app.known("ann").log_in().await;
        let newest = if is_rotated {
            ann.rotate(&ann.refresh, Some("key")).await
        } else {
            ann.refresh.clone()
        };
        (newest, ann)
    };
    let log_out =
        async |(_, ann): &(String, Actor<'_>)| ann.log_out_with(&ann.refresh, Some("key")).await;
    // look, and again where the chain is to end; then BEGIN, a statement or more, and both sides of COMMIT
    let least = if is_rotated { 7 } else { 5 };
    at_each_step(&app, least, prepare, log_out, async |(newest, ann), _| {
        let again = ann.log_out_with(&ann.refresh, Some("key")).await;
        // where only the answer was lost, a token that was never rotated is blacklisted: Django's answer
        assert!(
            again.status == 200 || !is_rotated && again.wire() == BLACKLISTED,
            "{}",
            again.wire()
        );
        assert_eq!(ann.refresh_with(&newest, None).await.wire(), BLACKLISTED);
    })
    .await;
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_whole_or_nothing(on: Backend) {
    let settings = "simple_jwt.update_last_login = true";
    let app = TestApp::with(on, settings).await.may_fail();
    // a hash of before, which a login brings up to date
    let before = app.another_with("passwords.iterations = 2").await;
    before.user("ann").await;
    let old_hash = app.query("SELECT password FROM auth_user").await.concat();
    let prepare = async |_| {
        app.sql(&format!("UPDATE auth_user SET password = '{old_hash}', last_login = NULL; DELETE FROM token_blacklist_outstandingtoken"))
            .await;
        app.known("ann")
    };
    let log_in = async |ann: &Actor<'_>| ann.obtain().await;
    at_each_step(&app, 8, prepare, log_in, async |ann, _| {
        let is_rewritten = app.query("SELECT password FROM auth_user").await != [old_hash.as_str()];
        let is_noted = app.query("SELECT last_login FROM auth_user").await != [""];
        let has_token = count(&app, "token_blacklist_outstandingtoken").await != "0";
        assert_eq!((is_rewritten, is_noted), (has_token, has_token));
        ann.obtain().await.expect(200);
    })
    .await;
}

fn registration(name: &str) -> Value {
    json!({"username": name, "email": "a@example.com", "password": "ComplexPassword123!",
        "password2": "ComplexPassword123!", "first_name": "A", "last_name": "B"})
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_whole_or_nothing(on: Backend) {
    let app = TestApp::on(on).await.may_fail();
    let register = async |name: &String| {
        anonymous(&app, "POST", "/api/users/register/", &registration(name)).await
    };
    let prepare = async |step| format!("user{step}");
    at_each_step(&app, 5, prepare, register, async |name: String, _| {
        let is_there = count(
            &app,
            &format!(
                "auth_user WHERE username = '{name}' AND email = 'a@example.com' AND is_active"
            ),
        )
        .await;
        let again = register(&name).await;
        assert_eq!(again.status, if is_there == "1" { 400 } else { 201 });
        app.known(&name).obtain().await.expect(200);
    })
    .await;
}

#[apply(both_databases)]
#[case::create("POST", 6)]
#[case::replace("PUT", 8)]
#[case::delete("DELETE", 8)]
#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_whole_or_nothing(on: Backend, #[case] method: &str, #[case] least: u32) {
    let app = TestApp::on(on).await.may_fail();
    let ann = app.user("ann").await.log_in().await;
    let prepare = async |_| ann.post("before").await;
    let operation = async |id: &i64| {
        let path = if method == "POST" {
            "/api/posts/".to_owned()
        } else {
            format!("/api/posts/{id}/")
        };
        ann.send(
            method,
            &path,
            &json!({"title": "after", "content": "after"}),
        )
        .await
    };
    // PostgreSQL writes a post in one statement, without BEGIN
    let least = least - u32::from(on == Backend::Postgres);
    at_each_step(&app, least, prepare, operation, async |id, _| {
        let rows = app
            .query("SELECT title || ' ' || content || ' ' || author_id FROM posts_post ORDER BY id")
            .await;
        let (before, after) = ("before words 1", "after after 1");
        let whole: &[&[&str]] = match method {
            "POST" => &[&[before], &[before, after]],
            "PUT" => &[&[before], &[after]],
            _ => &[&[before], &[]],
        };
        assert!(
            whole.iter().any(|whole| *whole == rows),
            "post {id}: {rows:?}"
        );
        app.sql("DELETE FROM posts_post").await;
    })
    .await;
}

/// On SQLite transactions that wait share a commit: where it fails, nobody is told that it wrote, and the next one does.
#[tokio::test(flavor = "multi_thread")]
async fn a_shared_commit_that_fails_is_acknowledged_to_nobody() {
    const WRITERS: usize = 8;
    let app = TestApp::on(Backend::Sqlite).await.may_fail();
    let ann = app.user("ann").await.log_in().await;
    let mut most = 0;
    for step in 1.. {
        // they wait for another process, and so for each other
        let lock = app.lock().await;
        let titles: Vec<_> = (0..WRITERS).map(|n| format!("{step}-{n}")).collect();
        let posts = titles.iter().map(async |title| {
            let post = json!({"title": title, "content": "words"});
            ann.send("POST", "/api/posts/", &post).await.status.as_u16()
        });
        let released = async {
            app.somebody_waits().await;
            testing::fail_at(&app.app, step);
            lock.commit().await;
        };
        let (answers, ()) = tokio::join!(join_all(posts), released);
        let is_over = testing::steps_to_failure(&app.app) > 0;
        testing::fail_at(&app.app, 0);
        let rows = app.query("SELECT title FROM posts_post").await;
        for (title, answer) in titles.iter().zip(&answers) {
            assert!(matches!(answer, 201 | 503), "{answer}");
            assert!(*answer == 503 || rows.contains(title), "{title} is lost");
        }
        most = most.max(answers.iter().filter(|answer| **answer == 503).count());
        ann.post("next").await;
        if is_over {
            break;
        }
    }
    assert!(most > 1, "no commit was shared");
}
