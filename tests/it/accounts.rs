//! Accounts: one of all that register a name, passwords and what they cost, superusers.

use std::fs::{self, File};
use std::path::Path;

use futures_util::future::join_all;
use gatepost_server::Clock;
use gatepost_tests::sql::Open;
use gatepost_tests::{Backend, Program, SECRET, TestApp, anonymous};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use crate::both_databases;
use crate::refresh::BLACKLISTED;

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn of_all_that_register_a_name_at_once_one_gets_it(on: Backend) {
    let app = TestApp::on(on).await;
    let body = json!({"username": "ann", "email": "", "password": "ComplexPassword123!", "password2": "ComplexPassword123!", "first_name": "", "last_name": ""});
    let answers =
        join_all((0..16).map(|_| anonymous(&app, "POST", "/api/users/register/", &body))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(made.len(), 1);
    for answer in refused {
        assert_eq!(
            answer.wire(),
            r#"400 {"username":["A user with that username already exists."]}"#
        );
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn every_failed_login_costs_one_hash_and_says_the_same(on: Backend) {
    let app = TestApp::with(on, "passwords.iterations = 50").await;
    for name in ["ann", "off", "unusable"] {
        app.user(name).await;
    }
    app.sql("UPDATE auth_user SET is_active = FALSE WHERE username = 'off'; UPDATE auth_user SET password = '!x' WHERE username = 'unusable'").await;
    for name in ["ann", "off", "unusable", "nobody"] {
        let before = gatepost_server::testing::computed(&app.app);
        let answer = anonymous(
            &app,
            "POST",
            "/api/token/",
            &json!({"username": name, "password": "wrong"}),
        )
        .await;
        assert_eq!(
            answer.wire(),
            r#"401 {"detail":"No active account found with the given credentials"}"#
        );
        let after = gatepost_server::testing::computed(&app.app);
        assert_eq!(
            (
                after.hashes - before.hashes,
                after.iterations - before.iterations
            ),
            (1, 50),
            "{name}"
        );
    }
    // the right password of an inactive user, too
    let before = gatepost_server::testing::computed(&app.app);
    anonymous(
        &app,
        "POST",
        "/api/token/",
        &json!({"username": "off", "password": "ComplexPassword123!"}),
    )
    .await
    .expect(401);
    assert_eq!(
        gatepost_server::testing::computed(&app.app).hashes - before.hashes,
        1
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_login_brings_an_old_hash_up_to_date(on: Backend) {
    let app = TestApp::with(on, "passwords.iterations = 50").await;
    let ann = app.user("ann").await;
    // Django's vectors for this very password
    let old = [
        "pbkdf2_sha256$1000000$abcdefghijklmnopqrstuv$DUUQGWknOVYSuW+Q2P7cUWzw2kTs02ImDM+YPaU1CsM=",
        "argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$DlCjxmUsStaDBAIC6q1aHn/CsZFjdH9TJ4O/19PqMZs",
    ];
    for hash in old {
        app.sql(&format!("UPDATE auth_user SET password = '{hash}'"))
            .await;
        // of several at once one rewrites it, and the others are not taken for wrong
        for answer in join_all((0..4).map(|_| ann.obtain())).await {
            answer.expect(200);
        }
        let stored = app.query("SELECT password FROM auth_user").await;
        assert!(stored[0].starts_with("pbkdf2_sha256$50$"), "{stored:?}");
        ann.obtain().await.expect(200);
        assert_eq!(
            app.query("SELECT password FROM auth_user").await,
            stored,
            "and then left alone"
        );
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_hash_that_cannot_be_read_is_a_wrong_password(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await;
    for hash in [
        "",
        "plain",
        "pbkdf2_sha256$1000",
        "argon2$x",
        "md5$a$b",
        "scrypt$a$b",
    ] {
        app.sql(&format!("UPDATE auth_user SET password = '{hash}'"))
            .await;
        ann.obtain().await.expect(401);
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_hashing_queue_is_503_and_passes(on: Backend) {
    let app = TestApp::with(
        on,
        "passwords = { iterations = 100000, queue = 1 }\nthrottle.enabled = false",
    )
    .await
    .may_fail();
    let ann = app.user("ann").await;
    let logins = 20 + 4 * std::thread::available_parallelism().unwrap().get();
    let answers = join_all((0..logins).map(|_| ann.obtain())).await;
    let busy: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 503)
        .collect();
    assert!(
        !busy.is_empty() && busy.len() < logins,
        "{} of {logins} were refused",
        busy.len()
    );
    // how long depends on how fast this machine hashes at the moment
    let wait = |header: &str| header.parse::<u64>().is_ok_and(|seconds| seconds > 0);
    assert!(busy.iter().all(|answer| wait(answer.header("retry-after"))));
    ann.obtain().await.expect(200);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn update_last_login_is_a_setting(on: Backend) {
    for (setting, is_set) in [("false", false), ("true", true)] {
        let app = TestApp::with(on, &format!("simple_jwt.update_last_login = {setting}")).await;
        app.user("ann").await.log_in().await;
        let last_login = app.query("SELECT last_login FROM auth_user").await;
        assert_eq!(!last_login[0].is_empty(), is_set, "{last_login:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_never_overwrites_a_password_that_was_changed_meanwhile() {
    let app = TestApp::with(Backend::Postgres, "passwords.iterations = 50").await;
    let ann = app.user("ann").await;
    // an old hash, which the login is to bring up to date
    app.sql("UPDATE auth_user SET password = 'pbkdf2_sha256$1000000$abcdefghijklmnopqrstuv$DUUQGWknOVYSuW+Q2P7cUWzw2kTs02ImDM+YPaU1CsM='").await;
    let change = Open::begin(&app.database, "UPDATE auth_user SET password = '!changed'").await;
    let (answer, ()) = tokio::join!(ann.obtain(), async {
        app.somebody_waits().await;
        change.commit().await;
    });
    assert_eq!(answer.status, 401);
    assert_eq!(
        app.query("SELECT password FROM auth_user").await,
        ["!changed"]
    );
    assert!(
        app.query("SELECT jti FROM token_blacklist_outstandingtoken")
            .await
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sqlite_s_numbers_1_alone_is_true_as_in_django() {
    let app = TestApp::on(Backend::Sqlite).await;
    let ann = app.user("ann").await.log_in().await;
    app.sql("UPDATE auth_user SET is_active = 2").await;
    ann.obtain().await.expect(401);
    ann.get("/api/users/profile/").await.expect(401);
    ann.refresh_with(&ann.refresh, None).await.expect(401);
}

/// What only the server itself can be blamed for is a failure with an id, at a login as at a refresh: no token lasts
/// beyond Python's years.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_can_not_be_made_is_a_failure_of_the_server(on: Backend) {
    let settings = "simple_jwt.refresh_token_lifetime = '3000d'";
    let app = TestApp::with_clock(on, settings, Clock::at(253_000_000_000)).await;
    let app = app.may_fail();
    let ann = app.user("ann").await.log_in().await;
    app.clock.advance(2500 * 24 * 60 * 60); // from 9987
    let (login, refresh) = (
        ann.obtain().await,
        ann.refresh_with(&ann.refresh, None).await,
    );
    for answer in [login, refresh] {
        assert_eq!(answer.status, 500, "{}", answer.wire());
        assert_ne!(answer.header("x-request-id"), "");
    }
}

/// Runs `changepassword` for ann with this line on its standard input.
fn change_password(app: &TestApp, folder: &Path, end: &str, line: &str) -> (Option<i32>, String) {
    change_password_with(app, folder, &[("PASSWORDS__END_SESSIONS", end)], line)
}

fn change_password_with(
    app: &TestApp,
    folder: &Path,
    settings: &[(&str, &str)],
    line: &str,
) -> (Option<i32>, String) {
    let arguments = [
        "changepassword",
        "ann",
        "--stdin",
        "--database",
        &app.database,
    ];
    let mut command = Program::command(folder, &arguments);
    command.env("GATEPOST_SECRET_KEY", SECRET);
    command.env("GATEPOST_PASSWORDS__ITERATIONS", "50");
    for (name, value) in settings {
        command.env(format!("GATEPOST_{name}"), value);
    }
    let input = folder.join("password");
    fs::write(&input, format!("{line}\n")).unwrap();
    command.stdin(File::open(&input).unwrap());
    let output = Program::ended(&mut command);
    let said = [&output.stdout[..], &output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_an_administrator_sets_ends_the_sessions(on: Backend) {
    let app = TestApp::on(on).await;
    let folder = tempfile::tempdir().unwrap();
    let ann = app.user("ann").await.log_in().await;
    let bob = app.user("bob").await.log_in().await;
    let weak = change_password(&app, folder.path(), "true", "12345678");
    assert_eq!(
        weak,
        (Some(1), "gatepost-server: the password is not strong enough: This password is too common. This password is entirely numeric.\n".to_owned())
    );
    let newest = ann.rotate(&ann.refresh, Some("key")).await;
    let kept = change_password(&app, folder.path(), "false", "Another-Word-4711");
    assert_eq!(
        kept,
        (
            Some(0),
            "Password changed successfully for user 'ann'\n".to_owned()
        )
    );
    let newest = ann.rotate(&newest, Some("next")).await;
    assert_eq!(ann.obtain().await.status, 401, "the old password");

    let (code, said) = change_password(&app, folder.path(), "true", "Yet-Another-4712");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("The user's sessions have ended"), "{said}");
    assert_eq!(
        ann.refresh_with(&newest, Some("last")).await.wire(),
        BLACKLISTED
    );
    bob.refresh_with(&bob.refresh, None).await.expect(200);
    let body = json!({"username": "ann", "password": "Yet-Another-4712"});
    let session = anonymous(&app, "POST", "/api/token/", &body).await;
    let refresh = session.expect(200).field("refresh");
    ann.refresh_with(&refresh, None).await.expect(200);
}

/// A script that is told to ends one user's sessions, whatever the settings say.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_script_ends_the_sessions_of_one_user(on: Backend) {
    let app = TestApp::on(on).await;
    let folder = tempfile::tempdir().unwrap();
    let ann = app.user("ann").await.log_in().await;
    let input = folder.path().join("password");
    fs::write(&input, "Another-Word-4711\n").unwrap();
    let arguments = [
        "changepassword",
        "ann",
        "--password-stdin",
        "--end-sessions",
    ];
    let mut command = Program::command(folder.path(), &arguments);
    command
        .args(["--database", &app.database])
        .env("GATEPOST_SECRET_KEY", SECRET)
        .env("GATEPOST_PASSWORDS__END_SESSIONS", "false")
        .env("GATEPOST_PASSWORDS__ITERATIONS", "50")
        .stdin(File::open(&input).unwrap());
    let output = Program::ended(&mut command);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("The user's sessions have ended"), "{said}");
    let refused = ann.refresh_with(&ann.refresh, None).await;
    assert_eq!(refused.wire(), BLACKLISTED);
}

/// Without USE_TZ the two databases keep a token's times in different clocks.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_where_dates_are_wall_clocks(on: Backend) {
    let settings = "server = { use_tz = false, time_zone = 'Asia/Tokyo' }
        simple_jwt.refresh_token_lifetime = '5h'";
    let app = TestApp::with_clock(on, settings, Clock::system()).await;
    let folder = tempfile::tempdir().unwrap();
    let ann = app.user("ann").await.log_in().await;
    let zone = [
        ("SERVER__USE_TZ", "false"),
        ("SERVER__TIME_ZONE", "Asia/Tokyo"),
    ];
    let (code, said) = change_password_with(&app, folder.path(), &zone, "Another-Word-4711");
    assert_eq!(code, Some(0), "{said}");
    let refused = ann.refresh_with(&ann.refresh, None).await;
    assert_eq!(refused.wire(), BLACKLISTED);
    let bob = app.user("bob").await.log_in().await;
    bob.log_out_with(&bob.refresh, None).await.expect(200);
    // both are the same clock's
    let apart = match on {
        Backend::Sqlite => {
            "SELECT abs(julianday(max(blacklisted_at)) - julianday(min(blacklisted_at))) < 0.1 FROM token_blacklist_blacklistedtoken"
        }
        Backend::Postgres => {
            "SELECT (max(blacklisted_at) - min(blacklisted_at) < interval '1 hour')::int FROM token_blacklist_blacklistedtoken"
        }
    };
    assert_eq!(app.query(apart).await, ["1"]);
}
