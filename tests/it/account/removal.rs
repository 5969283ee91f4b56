//! The end of an account.

use futures_util::future::join_all;
use gatepost_tests::{Actor, Answer, Backend, TestApp, anonymous, is_full};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::{PASSWORD, log_in_as};
use crate::both_databases;
use crate::refresh::BLACKLISTED;
use crate::throttle::throttled;

const GONE: &str = r#"401 {"detail":"User not found","code":"user_not_found"}"#;
const LAST: &str = r#"409 {"detail":"This account can't be deleted: it is the last superuser. Make another account a superuser first."}"#;
const USERS: &str = "SELECT username FROM auth_user ORDER BY username";

async fn delete(user: &Actor<'_>, password: &str) -> Answer {
    let body = json!({"password": password});
    user.send("POST", "/api/account/delete/", &body).await
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn an_account_goes_with_all_that_is_its_own(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let bob = app.user("bob").await.log_in().await;
    let (_, other) = log_in_as(&app, "ann", "curl/8.5.0").await;
    let newest = ann.rotate(&ann.refresh, None).await;
    ann.post("hers").await;
    let kept = bob.post("his").await;
    app.sql("
        INSERT INTO auth_group (name) VALUES ('writers');
        INSERT INTO auth_user_groups (user_id, group_id) SELECT u.id, g.id FROM auth_user u, auth_group g;
        INSERT INTO auth_user_user_permissions (user_id, permission_id) SELECT u.id, MIN(p.id) FROM auth_user u, auth_permission p GROUP BY u.id;
        INSERT INTO django_admin_log (action_time, object_repr, action_flag, change_message, user_id)
            SELECT CURRENT_TIMESTAMP, 'x', 1, '', id FROM auth_user")
    .await;
    let wrong = delete(&ann, "guess").await;
    assert_eq!(
        wrong.wire(),
        r#"400 {"password":["Your password was entered incorrectly. Please enter it again."]}"#
    );
    assert_eq!(app.query(USERS).await, ["ann", "bob"]);

    assert_eq!(delete(&ann, PASSWORD).await.wire(), "204 ");
    assert_eq!(app.query(USERS).await, ["bob"]);
    for table in [
        "posts_post",
        "auth_user_groups",
        "auth_user_user_permissions",
        "django_admin_log",
        "gatepost_session",
    ] {
        let count = app
            .query(&format!("SELECT CAST(COUNT(*) AS text) FROM {table}"))
            .await;
        assert_eq!(count, ["1"], "{table}");
    }
    assert_eq!(ann.get("/api/users/profile/").await.wire(), GONE);
    assert_eq!(delete(&ann, PASSWORD).await.wire(), GONE);
    for token in [&newest, &other] {
        assert_eq!(ann.refresh_with(token, Some("k")).await.wire(), BLACKLISTED);
    }
    assert_eq!(ann.obtain().await.status, 401);
    bob.get(&format!("/api/posts/{kept}/")).await.expect(200);
    bob.rotate(&bob.refresh, None).await;
    // the name is free, and its new owner has nothing of the old one's
    let again = app.user("ann").await.log_in().await;
    assert_eq!(super::list(&again, None).await.len(), 1);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn one_superuser_stays(on: Backend) {
    let app = TestApp::on(on).await;
    let (ann, bob) = (
        app.user("ann").await.log_in().await,
        app.user("bob").await.log_in().await,
    );
    app.sql("UPDATE auth_user SET is_staff = TRUE, is_superuser = TRUE")
        .await;
    app.user("eve").await;
    app.sql("UPDATE auth_user SET is_superuser = TRUE, is_active = FALSE WHERE username = 'eve'")
        .await;
    let replica = app.another().await;
    let elsewhere = bob.at(&replica);
    let (first, second) = tokio::join!(delete(&ann, PASSWORD), delete(&elsewhere, PASSWORD));
    let mut answers = [first.wire(), second.wire()];
    answers.sort();
    assert_eq!(answers, ["204 ", LAST]);
    assert_eq!(app.query(USERS).await.len(), 2);
    // who stays is signed in as before
    let stays = if first.status == 204 { &bob } else { &ann };
    stays.rotate(&stays.refresh, None).await;
    app.sql("UPDATE auth_user SET is_active = TRUE").await;
    assert_eq!(delete(stays, PASSWORD).await.wire(), "204 ");
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn rows_of_the_project_keep_an_account(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let post = ann.post("hers").await;
    app.sql("
        CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES auth_user (id) DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO orders (id, user_id) SELECT 1, id FROM auth_user")
    .await;
    let told = r#"409 {"detail":"This account can't be deleted: other rows of the database refer to it."}"#;
    assert_eq!(delete(&ann, PASSWORD).await.wire(), told);
    ann.get(&format!("/api/posts/{post}/")).await.expect(200);
    ann.rotate(&ann.refresh, None).await;
    app.sql("DELETE FROM orders").await;
    delete(&ann, PASSWORD).await.expect(204);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_throttled(on: Backend) {
    let app = TestApp::with(on, "throttle.account = '2/h'").await;
    let ann = app.user("ann").await.log_in().await;
    for _ in 0..2 {
        delete(&ann, "guess").await.expect(400);
    }
    assert_eq!(delete(&ann, PASSWORD).await.wire(), throttled(1800));
    let body = json!({"username": "ann", "password": PASSWORD});
    let login = anonymous(&app, "POST", "/api/token/", &body).await;
    assert_eq!(login.wire(), throttled(1800));
    assert_eq!(app.query(USERS).await, ["ann"]);
}

/// Whoever logs in while the account is removed is out afterwards, also where tokens name a user by what another one may be
/// called next.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn no_login_outlives_its_account(on: Backend) {
    let settings =
        "passwords.iterations = 1\nthrottle.enabled = false\nsimple_jwt.user_id_field = 'username'";
    let app = TestApp::with(on, settings).await;
    let rounds = if is_full() { 40 } else { 6 };
    for round in 0..rounds {
        let name = format!("ann{round}");
        let ann = app.user(&name).await.log_in().await;
        let logins = async || join_all((0..12).map(|_| ann.obtain())).await;
        let (removed, begun) = tokio::join!(delete(&ann, PASSWORD), logins());
        assert_eq!(removed.wire(), "204 ");
        let next = app.user(&name).await.log_in().await;
        for answer in begun.iter().filter(|answer| answer.status == 200) {
            let refused = next.refresh_with(&answer.field("refresh"), None).await;
            assert_eq!(refused.status, 401, "{}", refused.wire());
        }
    }
    let kept = "SELECT CAST(COUNT(*) AS text) FROM gatepost_session";
    assert_eq!(app.query(kept).await, [rounds.to_string()]);
}
