//! What a refresh makes: one successor however many ask at once, and what is kept of it.

use std::collections::BTreeSet;
use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use gatepost_tests::{Backend, SECRET, TestApp, anonymous, is_full};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;
use crate::refresh::{BLACKLISTED, jti};

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn of_40_parallel_refreshes_one_makes_a_successor(
    on: Backend,
    #[values("refresh.grace = 0\nrefresh.reuse = 'reject'", "")] settings: &str,
) {
    let rounds = if is_full() { 20 } else { 3 };
    let app = TestApp::with(on, settings).await;
    let ann = app.user("ann").await.log_in().await;
    for round in 0..rounds {
        let token = ann.obtain().await.expect(200).field("refresh");
        let answers = join_all((0..40).map(|_| ann.refresh_with(&token, None))).await;
        let mut successors = BTreeSet::new();
        for answer in &answers {
            match answer.status.as_u16() {
                200 => drop(successors.insert(jti(answer))),
                _ => assert_eq!(answer.wire(), BLACKLISTED),
            }
        }
        assert_eq!(successors.len(), 1, "round {round}");
        let given = answers.iter().filter(|answer| answer.status == 200).count();
        // inside the grace every caller gets it, without one the first alone
        assert_eq!(given, if settings.is_empty() { 40 } else { 1 });
    }
    let children = app.query("SELECT COUNT(*) FROM gatepost_rotation").await;
    assert_eq!(children, [rounds.to_string()]);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_database_keeps_nothing_that_signs_in(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, Some("key")).await;
    let stored = app
        .query("SELECT token FROM token_blacklist_outstandingtoken ORDER BY id")
        .await;
    let unsigned = |token: &str| format!("{}.", token.rsplit_once('.').unwrap().0);
    assert_eq!(stored, [unsigned(&ann.refresh), unsigned(&second)]);

    let app = TestApp::with(on, "tokens.stored = 'signed'").await;
    let bob = app.user("bob").await.log_in().await;
    assert_eq!(
        app.query("SELECT token FROM token_blacklist_outstandingtoken")
            .await,
        std::slice::from_ref(&bob.refresh)
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn without_rotation_a_refresh_writes_nothing(on: Backend) {
    let app = TestApp::with(on, "simple_jwt.rotate_refresh_tokens = false").await;
    let ann = app.user("ann").await.log_in().await;
    for _ in 0..2 {
        let answer = ann.refresh_with(&ann.refresh, None).await.expect(200);
        assert!(answer.json().get("refresh").is_none());
    }
    assert_eq!(
        app.query("SELECT COUNT(*) FROM token_blacklist_outstandingtoken")
            .await,
        ["1"]
    );
    ann.log_out_with(&ann.refresh, None).await.expect(200);
    assert_eq!(
        ann.refresh_with(&ann.refresh, None).await.wire(),
        BLACKLISTED
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn without_blacklisting_the_old_token_stays_valid(on: Backend) {
    let app = TestApp::with(on, "simple_jwt.blacklist_after_rotation = false").await;
    let ann = app.user("ann").await.log_in().await;
    let first = jti(&ann.refresh_with(&ann.refresh, None).await.expect(200));
    assert_ne!(
        jti(&ann.refresh_with(&ann.refresh, None).await.expect(200)),
        first
    );
    assert_eq!(
        app.query("SELECT COUNT(*) FROM token_blacklist_outstandingtoken")
            .await,
        ["3"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_kept_as_a_hash_with_the_token_s_id_and_only_if_it_is_one() {
    let app = TestApp::on(Backend::Sqlite).await;
    let ann = app.user("ann").await.log_in().await;
    let (longest, too_long) = ("k".repeat(255), "k".repeat(256));
    for (key, is_key) in [
        (longest.as_str(), true),
        (&too_long, false),
        ("!~", true),
        ("two words", false),
        ("é", false),
        ("", false),
    ] {
        let login = ann.obtain_with(Some(key)).await.expect(200);
        let answer = ann.refresh_with(&login.field("refresh"), Some(key)).await;
        let features = if is_key {
            "refresh-idempotency, post-idempotency, paging, if-match"
        } else {
            "paging, if-match"
        };
        assert_eq!(login.header("gatepost-features"), features, "{key}");
        assert_eq!(answer.header("gatepost-features"), features, "{key}");
        let kept = format!(
            "SELECT key_hash FROM gatepost_rotation WHERE parent_jti = '{}'",
            jti(&login)
        );
        let text = format!("{}{key}", jti(&login));
        let mut hash = String::new();
        for byte in digest(&SHA256, text.as_bytes()).as_ref() {
            write!(hash, "{byte:02x}").unwrap();
        }
        let wanted = if is_key { hash } else { String::new() };
        assert_eq!(app.query(&kept).await, [wanted], "{key}");
    }
}

/// SimpleJWT looks at the user only where the claim is true for Python, and finds him all the same for the row.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_a_mail_address_refreshes_though_tokens_name_users_by_it(on: Backend) {
    let app = TestApp::with(on, "simple_jwt.user_id_field = 'email'").await;
    let ann = app.user("ann").await;
    app.sql("UPDATE auth_user SET email = ''").await;
    let ann = ann.log_in().await;
    ann.rotate(&ann.refresh, None).await;
    let users = "SELECT DISTINCT COALESCE(user_id, 0) FROM token_blacklist_outstandingtoken";
    assert_eq!(app.query(users).await, ["1"]);
}

/// Django comes to the user first, and to the row that can't hold the id last.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_made_up_id_is_judged_where_django_judges_it(on: Backend) {
    let app = TestApp::on(on).await;
    app.user("ann").await;
    app.user("bob").await;
    app.sql("UPDATE auth_user SET is_active = FALSE WHERE username = 'bob'")
        .await;
    let invalid = r#"401 {"detail":"Token is invalid","code":"token_not_valid"}"#;
    let inactive = r#"401 {"detail":"No active account found for the given token."}"#;
    let wrong = r#"401 {"detail":"Token has wrong type","code":"token_not_valid"}"#;
    let ask = async |path: &str, field: &str, token: &str| {
        let path = format!("/api/token/{path}/");
        anonymous(&app, "POST", &path, &json!({field: token}))
            .await
            .wire()
    };
    for jti in ["x".repeat(256), "x\0".to_owned()] {
        let [ann, bob, access] = [("refresh", "1"), ("refresh", "2"), ("access", "1")]
            .map(|(kind, user)| made_up(kind, &jti, user));
        assert_eq!(ask("refresh", "refresh", &ann).await, invalid);
        assert_eq!(ask("refresh", "refresh", &bob).await, inactive);
        assert_eq!(ask("refresh", "refresh", &access).await, wrong);
        assert_eq!(ask("blacklist", "refresh", &access).await, wrong);
        assert_eq!(ask("blacklist", "refresh", &bob).await, invalid);
        assert_eq!(ask("verify", "token", &ann).await, "200 {}");
    }
}

/// A token that somebody with the secret key wrote.
fn made_up(kind: &str, jti: &str, user: &str) -> String {
    let claims = json!({"token_type": kind, "exp": 4_000_000_000_u32, "iat": 1, "jti": jti, "user_id": user});
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!(
        "{}.{}",
        encode(&json!({"alg": "HS256", "typ": "JWT"})),
        encode(&claims)
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}
