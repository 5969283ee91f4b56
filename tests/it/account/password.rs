//! Another password: who may have it, and what ends with the old one.

use futures_util::future::join_all;
use gatepost_tests::sql::Open;
use gatepost_tests::{Backend, TestApp, anonymous};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::{NOT_OWN, OTHER, PASSWORD, change, list, log_in_as};
use crate::both_databases;
use crate::refresh::BLACKLISTED;
use crate::throttle::throttled;

const WRONG: &str =
    r#"400 {"old_password":["Your old password was entered incorrectly. Please enter it again."]}"#;
const HASH: &str = "SELECT password FROM auth_user WHERE username = 'ann'";

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_every_session_but_the_one_shown(on: Backend) {
    let app = TestApp::on(on).await;
    let replica = app.another().await;
    let ann = app.user("ann").await.log_in().await;
    let bob = app.user("bob").await.log_in().await;
    let newest = ann.rotate(&ann.refresh, Some("key")).await;
    let (_, other) = log_in_as(&replica, "ann", "curl/8.5.0").await;
    let third = ann.rotate(&log_in_as(&app, "ann", "").await.1, None).await;

    let changed = change(&ann, PASSWORD, OTHER, Some(&newest)).await;
    assert_eq!(changed.wire(), "200 {}");

    let elsewhere = ann.at(&replica);
    for token in [&other, &third] {
        let refused = elsewhere.refresh_with(token, Some("k")).await;
        assert_eq!(refused.wire(), BLACKLISTED);
    }
    let newest = elsewhere.rotate(&newest, Some("next")).await;
    assert_eq!(list(&elsewhere, Some(&newest)).await.len(), 1);
    bob.rotate(&bob.refresh, None).await;
    assert_eq!(ann.obtain().await.status, 401, "the old password");
    let body = json!({"username": "ann", "password": OTHER});
    let answer = anonymous(&replica, "POST", "/api/token/", &body).await;
    let again = answer.expect(200).field("refresh");

    // without a session that is shown all end, this one too
    let changed = change(&ann, OTHER, PASSWORD, None).await;
    assert_eq!(changed.wire(), "200 {}");
    for token in [&newest, &again] {
        let refused = ann.refresh_with(token, None).await;
        assert_eq!(refused.wire(), BLACKLISTED);
    }
    assert!(list(&ann, None).await.is_empty());
    ann.obtain().await.expect(200);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_and_changes_nothing(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("anneliese").await.log_in().await;
    let bob = app.user("bob").await.log_in().await;
    let hash = "SELECT password FROM auth_user WHERE username = 'anneliese'";
    let before = app.query(hash).await;
    let required = "This field is required.";
    let path = "/api/account/password/";
    let answer = ann.send("POST", path, &json!({})).await;
    assert_eq!(
        answer.wire(),
        format!(r#"400 {{"old_password":["{required}"],"new_password":["{required}"]}}"#)
    );
    let answer = ann.send("POST", path, &json!([])).await;
    assert_eq!(
        answer.wire(),
        r#"400 {"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}"#
    );
    assert_eq!(change(&ann, "guess", OTHER, None).await.wire(), WRONG);
    for (new, told) in [
        (
            "12345678",
            r#"["This password is too common.","This password is entirely numeric."]"#,
        ),
        (
            "anneliese1",
            r#"["The password is too similar to the username."]"#,
        ),
        (
            "testexample.com",
            r#"["The password is too similar to the email address."]"#,
        ),
        (
            "Ab1!",
            r#"["This password is too short. It must contain at least 8 characters."]"#,
        ),
        ("nul\0nul-4711", r#"["Null characters are not allowed."]"#),
        (" ", r#"["This field may not be blank."]"#),
    ] {
        let answer = change(&ann, PASSWORD, new, None).await;
        assert_eq!(answer.wire(), format!(r#"400 {{"new_password":{told}}}"#));
    }
    let used = ann.refresh.clone();
    let newest = ann.rotate(&used, Some("key")).await;
    let (_, ended) = log_in_as(&app, "anneliese", "").await;
    ann.log_out_with(&ended, None).await.expect(200);
    for token in [&used, &ended, &ann.access, &bob.refresh, "nonsense"] {
        let answer = change(&ann, PASSWORD, OTHER, Some(token)).await;
        assert_eq!(answer.wire(), NOT_OWN, "{token}");
    }
    let null = json!({"old_password": PASSWORD, "new_password": OTHER, "refresh": null});
    let answer = ann.send("POST", path, &null).await;
    assert_eq!(
        answer.wire(),
        r#"400 {"refresh":["This field may not be null."]}"#
    );
    assert_eq!(app.query(hash).await, before);
    ann.rotate(&newest, Some("next")).await;
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_counted_with_those_of_logins(on: Backend) {
    let app = TestApp::with(on, "throttle.account = '3/h'").await;
    let ann = app.user("ann").await.log_in().await;
    for _ in 0..5 {
        // a right one costs nothing
        let answer = change(&ann, PASSWORD, PASSWORD, Some(&ann.refresh)).await;
        assert_eq!(answer.wire(), "200 {}");
    }
    assert_eq!(change(&ann, "guess", OTHER, None).await.wire(), WRONG);
    let body = json!({"password": "guess"});
    ann.send("POST", "/api/account/delete/", &body)
        .await
        .expect(400);
    let body = json!({"username": "ann", "password": "guess"});
    anonymous(&app, "POST", "/api/token/", &body)
        .await
        .expect(401);
    assert_eq!(
        change(&ann, PASSWORD, OTHER, None).await.wire(),
        throttled(1200)
    );
    assert_eq!(ann.obtain().await.wire(), throttled(1200));
    app.clock.advance(1200);
    change(&ann, PASSWORD, OTHER, None).await.expect(200);
}

/// CHECK_REVOKE_TOKEN lets no token outlive the password that it names: the session that is shown gets new ones.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_name_their_password_are_made_anew(on: Backend) {
    let app = TestApp::with(on, "simple_jwt.check_revoke_token = true").await;
    let ann = app.user("ann").await.log_in().await;
    let (_, other) = log_in_as(&app, "ann", "").await;
    let changed = change(&ann, PASSWORD, OTHER, Some(&ann.refresh)).await;
    let changed = changed.expect(200);
    assert_eq!(changed.header("cache-control"), "no-store");
    for token in [&ann.refresh, &other] {
        assert_eq!(ann.refresh_with(token, None).await.wire(), BLACKLISTED);
    }
    let told =
        r#"401 {"detail":"The user's password has been changed.","code":"password_changed"}"#;
    assert_eq!(ann.get("/api/users/profile/").await.wire(), told);
    let anew = ann.bearing(&changed.field("access"));
    anew.get("/api/users/profile/").await.expect(200);
    let newest = anew.rotate(&changed.field("refresh"), None).await;
    assert_eq!(list(&anew, Some(&newest)).await.len(), 1);
    let changed = change(&anew, OTHER, PASSWORD, None).await;
    assert_eq!(changed.wire(), "200 {}", "nobody has asked for more");
    assert_eq!(anew.refresh_with(&newest, None).await.wire(), BLACKLISTED);
}

/// What somebody else sets meanwhile stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_changed_meanwhile_is_not_overwritten() {
    let app = TestApp::on(Backend::Postgres).await;
    let ann = app.user("ann").await.log_in().await;
    let set = Open::begin(&app.database, "UPDATE auth_user SET password = '!changed'").await;
    let (answer, ()) = tokio::join!(change(&ann, PASSWORD, OTHER, None), async {
        app.somebody_waits().await;
        set.commit().await;
    });
    assert_eq!(answer.wire(), WRONG);
    assert_eq!(app.query(HASH).await, ["!changed"]);
    ann.rotate(&ann.refresh, None).await;
}

/// A login that has compared the old password begins no session once there is another.
#[rstest]
#[case::in_one_statement("")]
#[case::in_several("simple_jwt.update_last_login = true")]
#[tokio::test(flavor = "multi_thread")]
async fn a_login_under_way_does_not_outlive_its_password(#[case] settings: &str) {
    let app = TestApp::with(Backend::Postgres, settings).await;
    let ann = app.user("ann").await;
    let set = Open::begin(&app.database, "UPDATE auth_user SET password = '!changed'").await;
    let (answer, ()) = tokio::join!(ann.obtain(), async {
        app.somebody_waits().await;
        set.commit().await;
    });
    assert_eq!(answer.status, 401);
    let tokens = "SELECT jti FROM token_blacklist_outstandingtoken";
    assert!(app.query(tokens).await.is_empty());
}

/// Whoever refreshes or logs in by the old password while it is changed is out afterwards.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_faster_than_a_change_of_the_password(on: Backend) {
    let app = TestApp::with(on, "passwords.iterations = 1").await;
    let replica = app.another().await;
    let rounds = if gatepost_tests::is_full() { 40 } else { 4 };
    for round in 0..rounds {
        let name = format!("ann{round}");
        let ann = app.user(&name).await.log_in().await;
        let elsewhere = ann.at(&replica);
        let refreshing = async |user: &gatepost_tests::Actor<'_>, token: String| {
            let mut newest = token;
            for step in 0..12 {
                let answer = user.refresh_with(&newest, Some(&step.to_string())).await;
                if answer.status != 200 {
                    break;
                }
                newest = answer.field("refresh");
            }
            newest
        };
        let thief = ann.obtain().await.expect(200).field("refresh");
        let logins = async || join_all((0..4).map(|_| elsewhere.obtain())).await;
        let (changed, newest, begun) = tokio::join!(
            change(&ann, PASSWORD, OTHER, Some(&ann.refresh)),
            refreshing(&elsewhere, thief),
            logins()
        );
        assert_eq!(changed.wire(), "200 {}");
        let begun = begun.iter().filter(|answer| answer.status == 200);
        for token in begun.map(|answer| answer.field("refresh")).chain([newest]) {
            let refused = ann.refresh_with(&token, Some("last")).await;
            assert_eq!(refused.status, 401, "{}", refused.wire());
        }
        assert_eq!(list(&ann, Some(&ann.refresh)).await.len(), 1);
        ann.rotate(&ann.refresh, None).await;
    }
}
