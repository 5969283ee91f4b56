//! Sessions: whose they are, when they end, and what passes for one.

use std::collections::BTreeMap;

use aws_lc_rs::{digest, hmac};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use gatepost_tests::django::Django;
use gatepost_tests::{Backend, SECRET, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use super::tab::{PASSWORD, Tab, set, set_cookie};
use super::{staff, superuser};
use crate::both_databases;

const KEYS: &str = "SELECT session_key FROM django_session ORDER BY session_key";
const NEW: &str = "AnotherPassword456!";
const TWO_WEEKS: i64 = 14 * 24 * 60 * 60;

/// Django's `signing.dumps` with this key: `text:time:signature`.
fn signed(secret: &str, text: &str, time: &str) -> String {
    let salt = "django.contrib.sessions.SessionStore";
    let key = digest::digest(&digest::SHA256, format!("{salt}signer{secret}").as_bytes());
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_ref());
    let value = format!("{}:{time}", BASE64_URL_SAFE_NO_PAD.encode(text));
    let signature = hmac::sign(&key, value.as_bytes());
    format!("{value}:{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// What a session of a user holds, whose password is this.
fn session_of(id: &str, encoded: &str) -> String {
    let salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash";
    let key = digest::digest(&digest::SHA256, format!("{salt}{SECRET}").as_bytes());
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_ref());
    let hash = hmac::sign(&key, encoded.as_bytes());
    let hash: Vec<_> = hash
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let hash = hash.concat();
    format!(
        r#"{{"_auth_user_id":"{id}","_auth_user_backend":"django.contrib.auth.backends.ModelBackend","_auth_user_hash":"{hash}"}}"#
    )
}

#[test]
fn what_is_signed_here_is_signed_as_in_django() {
    assert_eq!(
        signed(SECRET, r#"{"a":1}"#, "1xVmlW"),
        "eyJhIjoxfQ:1xVmlW:NmR4IQo44e9KRhC4Si5RR9EDPZxlld5SYfSJDGyLnOs"
    );
}

/// A session of root's own making, and what stands in it.
async fn add_session(app: &TestApp, key: &str, data: &str) {
    app.sql(&format!(
        "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('{key}', '{data}', '2099-01-01 00:00:00')"
    ))
    .await;
}

async fn account(app: &TestApp, name: &str) -> (String, String) {
    let of = |column: &str| {
        format!("SELECT CAST({column} AS text) FROM auth_user WHERE username = '{name}'")
    };
    let id = app.query(&of("id")).await.remove(0);
    (id, app.query(&of("password")).await.remove(0))
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_from_before_the_sign_in_is_nobody_s_after_it(on: Backend) {
    let app = TestApp::on(on).await;
    superuser(&app, "root").await;
    staff(&app, "ann", &[]).await;
    let (root, encoded) = account(&app, "root").await;
    let planted = "plantedplantedplantedplanted1234";
    let of_root = session_of(&root, &encoded).replace('{', r#"{"cart":[1],"#);
    let somebody_s = signed(SECRET, &of_root, "1xVmlW");
    let nobody_s = signed(SECRET, r#"{"cart":[1]}"#, "1xVmlW");
    let of_ann = account(&app, "ann").await;
    let own = signed(SECRET, &session_of(&of_ann.0, &of_ann.1), "1xVmlW");
    // none at all, an anonymous one, another's and one's own
    for (row, has_cart) in [
        (None, false),
        (Some(&nobody_s), true),
        (Some(&somebody_s), false),
        (Some(&own), false),
    ] {
        app.sql("DELETE FROM django_session").await;
        if let Some(data) = row {
            add_session(&app, planted, data).await;
        }
        let mut tab = Tab::of(&app);
        tab.cookies
            .insert("sessionid".to_owned(), planted.to_owned());
        tab.cookies.insert("csrftoken".to_owned(), "a".repeat(32));
        let fields = [
            ("username", "ann"),
            ("password", PASSWORD),
            ("next", "/admin/"),
        ];
        tab.post("/admin/login/", &fields).await.expect(302);
        let key = tab.cookie("sessionid");
        assert!(key.len() == 32 && key != planted, "{key}");
        assert_eq!(app.query(KEYS).await, [key]);
        // what a project keeps for a visitor stays his, and nobody takes over another's
        let read = "from django.contrib.sessions.models import Session; print(Session.objects.get().get_decoded())";
        let held = Django::python(&app.database, read);
        assert!(held.contains("_auth_user_id"), "{held}");
        assert_eq!(held.contains("cart"), has_cart, "{held}");
        assert!(
            tab.get("/admin/")
                .await
                .text()
                .contains("<strong>Test</strong>")
        );
        // another's rights are not taken over
        tab.get("/admin/auth/user/").await.expect(403);
        let mut attacker = Tab::of(&app);
        attacker
            .cookies
            .insert("sessionid".to_owned(), planted.to_owned());
        assert!(!attacker.is_in().await);
    }
}

#[tokio::test]
async fn whom_another_backend_signed_in_can_sign_in_here() {
    let app = TestApp::on(Backend::Sqlite).await;
    staff(&app, "ann", &[]).await;
    let (id, encoded) = account(&app, "ann").await;
    let data = session_of(&id, &encoded).replace("ModelBackend", "RemoteUserBackend");
    add_session(&app, &"a".repeat(32), &signed(SECRET, &data, "1xVmlW")).await;
    let mut tab = Tab::of(&app);
    tab.cookies.insert("sessionid".to_owned(), "a".repeat(32));
    assert!(!tab.is_in().await);
    tab.sign_in("ann").await.expect(302);
    assert!(tab.is_in().await);
}

#[tokio::test]
async fn every_sign_in_has_another_key() {
    let app = TestApp::on(Backend::Sqlite).await;
    staff(&app, "ann", &[]).await;
    let mut keys = BTreeMap::new();
    let mut tab = Tab::of(&app);
    for _ in 0..5 {
        let answer = tab.sign_in("ann").await;
        // whoever is signed in is led on, and signs in again by the form
        assert_eq!(answer.status, 302);
        let key = tab.cookie("sessionid");
        assert!(
            key.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        );
        *keys.entry(key).or_insert(0) += 1;
        tab.cookies.clear();
    }
    assert_eq!(keys.len(), 5);
    assert_eq!(app.query(KEYS).await.len(), 5);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_at_the_logout(on: Backend) {
    let app = TestApp::on(on).await;
    staff(&app, "ann", &[]).await;
    let mut tab = Tab::signed_in(&app, "ann").await;
    let key = tab.cookie("sessionid");
    let answer = tab.post("/admin/logout/", &[]).await.expect(200);
    assert_eq!(
        set_cookie(&answer, "sessionid"),
        "sessionid=\"\"; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax"
    );
    assert!(app.query(KEYS).await.is_empty());
    let mut kept = Tab::of(&app);
    kept.cookies.insert("sessionid".to_owned(), key);
    assert!(!kept.is_in().await);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn another_password_ends_the_other_sessions(on: Backend) {
    let app = TestApp::on(on).await;
    superuser(&app, "root").await;
    staff(&app, "ann", &[]).await;
    let mut here = Tab::signed_in(&app, "ann").await;
    let mut there = Tab::signed_in(&app, "ann").await;
    let mut root = Tab::signed_in(&app, "root").await;
    let before = here.cookie("sessionid");
    let fields = [
        ("old_password", PASSWORD),
        ("new_password1", NEW),
        ("new_password2", NEW),
    ];
    let answer = here
        .post("/admin/password_change/", &fields)
        .await
        .expect(302);
    assert_eq!(answer.header("location"), "/admin/password_change/done/");
    assert!(here.is_in().await);
    assert_ne!(here.cookie("sessionid"), before);
    let gone = there.cookie("sessionid");
    assert!(!there.is_in().await);
    assert!(root.is_in().await);
    let keys = app.query(KEYS).await;
    assert!(!keys.contains(&before) && !keys.contains(&gone), "{keys:?}");

    // a superuser sets another one: hers end, his stays
    let (ann, _) = account(&app, "ann").await;
    let before = root.cookie("sessionid");
    let path = format!("/admin/auth/user/{ann}/password/");
    let fields = [
        ("password1", PASSWORD),
        ("password2", PASSWORD),
        ("set-password", "1"),
    ];
    root.post(&path, &fields).await.expect(302);
    assert!(!here.is_in().await);
    assert!(root.is_in().await);
    assert_ne!(root.cookie("sessionid"), before);

    // and none at all
    let mut here = Tab::signed_in(&app, "ann").await;
    let fields = [("usable_password", "false"), ("unset-password", "1")];
    root.post(&path, &fields).await.expect(302);
    assert!(!here.is_in().await);
    let refused = here.sign_in("ann").await.expect(200);
    assert!(refused.text().contains("Please enter the correct username"));
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_lets_in_nobody_but_the_active_staff_of_the_moment(on: Backend) {
    let app = TestApp::on(on).await;
    staff(&app, "ann", &["view_user"]).await;
    for (change, back) in [
        ("is_active = FALSE", "is_active = TRUE"),
        ("is_staff = FALSE", "is_staff = TRUE"),
    ] {
        let mut tab = Tab::signed_in(&app, "ann").await;
        tab.get("/admin/auth/user/").await.expect(200);
        app.sql(&format!("UPDATE auth_user SET {change}")).await;
        assert!(!tab.is_in().await, "{change}");
        tab.get("/admin/auth/user/").await.expect(302);
        let mut other = Tab::of(&app);
        other.sign_in("ann").await.expect(200);
        assert!(!other.is_in().await, "{change}");
        app.sql(&format!("UPDATE auth_user SET {back}")).await;
    }
    let mut tab = Tab::signed_in(&app, "ann").await;
    app.sql("DELETE FROM auth_user_user_permissions").await;
    tab.get("/admin/auth/user/").await.expect(403);
    app.sql("DELETE FROM auth_user WHERE username = 'ann'")
        .await;
    assert!(!tab.is_in().await);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_two_weeks(on: Backend) {
    let app = TestApp::on(on).await;
    staff(&app, "ann", &[]).await;
    let mut tab = Tab::signed_in(&app, "ann").await;
    app.clock.advance(TWO_WEEKS - 1);
    // what it is asked does not prolong it
    let index = tab.get("/admin/").await.expect(200);
    assert!(
        set(&index)
            .iter()
            .all(|text| !text.starts_with("sessionid=")),
        "{index:?}"
    );
    app.clock.advance(2);
    assert!(!tab.is_in().await);
}

#[tokio::test]
async fn what_is_no_session_signs_in_nobody() {
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    let (id, encoded) = account(&app, "root").await;
    let right = session_of(&id, &encoded);
    let key = "k".repeat(32);
    let mut tab = Tab::of(&app);
    tab.cookies.insert("sessionid".to_owned(), key.clone());
    add_session(&app, &key, &signed(SECRET, &right, "1xVmlW")).await;
    assert!(tab.is_in().await, "the session that is right");
    let good = signed(SECRET, &right, "1xVmlW");
    let (value, signature) = good.rsplit_once(':').unwrap();
    let (text, time) = value.split_once(':').unwrap();
    let other_text = BASE64_URL_SAFE_NO_PAD.encode(right.replace(&format!("\"{id}\""), "\"2\""));
    for data in [
        String::new(),
        "x".to_owned(),
        ":".to_owned(),
        "::".to_owned(),
        value.to_owned(),
        text.to_owned(),
        format!("{value}:"),
        format!("{value}:{}", &signature[1..]),
        format!("{text}:1xVmlX:{signature}"),
        format!("{other_text}:{time}:{signature}"),
        format!(".{good}"),
        format!("{good}:{signature}"),
        signed(
            "another secret key, just as long as the right",
            &right,
            "1xVmlW",
        ),
        signed(SECRET, "no JSON", "1xVmlW"),
        signed(SECRET, "[]", "1xVmlW"),
        signed(SECRET, "{}", "1xVmlW"),
        signed(
            SECRET,
            &right.replace(&format!("\"{id}\""), "\"x\""),
            "1xVmlW",
        ),
        signed(
            SECRET,
            &right.replace(&format!("\"{id}\""), "\"99999999999999999999\""),
            "1xVmlW",
        ),
        signed(
            SECRET,
            &right.replace("ModelBackend", "OwnBackend"),
            "1xVmlW",
        ),
        signed(SECRET, &session_of(&id, "another hash"), "1xVmlW"),
        signed(SECRET, &right.replace("_auth_user_hash", "hash"), "1xVmlW"),
    ] {
        app.sql("DELETE FROM django_session").await;
        add_session(&app, &key, &data).await;
        tab.cookies.insert("sessionid".to_owned(), key.clone());
        assert!(!tab.is_in().await, "{data}");
    }
}

#[tokio::test]
async fn an_odd_cookie_is_no_session() {
    let app = TestApp::on(Backend::Sqlite).await;
    staff(&app, "ann", &[]).await;
    let long = "a".repeat(5000);
    for cookie in [
        "\"\"",
        "x",
        "' OR 1=1 --",
        "%00",
        "é",
        "../../etc/passwd",
        "null",
        "a=b=c",
        "\"a",
        &long,
        "{\"$ne\":1}",
    ] {
        let mut tab = Tab::of(&app);
        for name in ["sessionid", "csrftoken", "messages"] {
            tab.cookies.insert(name.to_owned(), cookie.to_owned());
        }
        assert!(!tab.is_in().await, "{cookie}");
        tab.cookies.remove("csrftoken");
        let answer = tab.sign_in("ann").await;
        assert_eq!(answer.status, 302, "{cookie}");
        assert!(tab.is_in().await, "{cookie}");
    }
    // two cookies of a name: the first that holds something
    let mut tab = Tab::signed_in(&app, "ann").await;
    let key = tab.cookie("sessionid");
    tab.cookies.insert(
        "sessionid".to_owned(),
        format!("nobodysnobodysnobodys; sessionid={key}"),
    );
    assert!(!tab.is_in().await);
}
