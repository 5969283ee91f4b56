//! Who may do what, and what a server without the extensions answers.

use gatepost_tests::{Actor, Backend, TestApp, anonymous};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use super::{UNAUTHORIZED, end, list, log_in_as};
use crate::both_databases;

/// Each route, and what whoever is signed in gets without saying anything more.
const ROUTES: [(&str, &str, u16); 6] = [
    ("POST", "/api/account/password/", 400),
    ("POST", "/api/account/sessions/", 200),
    ("POST", "/api/account/sessions/end-others/", 400),
    ("DELETE", "/api/account/sessions/0123456789abcdef/", 404),
    ("POST", "/api/account/delete/", 400),
    ("PATCH", "/api/users/profile/", 200),
];

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_in_may_do_it_to_the_own_account_alone(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let staff = app.user("staff").await.log_in().await;
    app.sql("UPDATE auth_user SET is_staff = TRUE, is_superuser = TRUE WHERE username = 'staff'")
        .await;
    let off = app.user("off").await.log_in().await;
    app.sql("UPDATE auth_user SET is_active = FALSE WHERE username = 'off'")
        .await;
    let session = list(&ann, None).await[0]["id"].as_str().unwrap().to_owned();
    for (method, path, status) in ROUTES {
        let nobody = anonymous(&app, method, path, &json!({})).await;
        assert_eq!(nobody.wire(), UNAUTHORIZED, "{path}");
        assert_eq!(nobody.header("www-authenticate"), "Bearer realm=\"api\"");
        for user in [&ann, &staff] {
            let answer = user.send(method, path, &json!({})).await;
            assert_eq!(answer.status, status, "{} {path}", user.name);
        }
        let inactive = off.send(method, path, &json!({})).await;
        let told = r#"401 {"detail":"User is inactive","code":"user_inactive"}"#;
        assert_eq!(inactive.wire(), told, "{path}");
        for token in ["nonsense", &ann.refresh] {
            let answer = ann.bearing(token).send(method, path, &json!({})).await;
            assert_eq!(answer.status, 401, "{path}");
            assert!(answer.text().contains("token_not_valid"), "{path}");
        }
    }
    // nobody ends, keeps or sees another's session
    for other in [&staff, &app.user("bob").await.log_in().await] {
        assert_eq!(
            end(other, &session).await.wire(),
            r#"404 {"detail":"Not found."}"#
        );
        for path in [
            "/api/account/sessions/",
            "/api/account/sessions/end-others/",
        ] {
            let body = json!({"refresh": ann.refresh});
            let answer = other.send("POST", path, &body).await;
            assert_eq!(answer.wire(), super::NOT_OWN, "{path}");
        }
        assert_eq!(list(other, Some(&other.refresh)).await.len(), 1);
    }
    ann.rotate(&ann.refresh, None).await;
    app.clock.advance(3 * 60 * 60 + 60);
    for (method, path, _) in ROUTES {
        ann.send(method, path, &json!({})).await.expect(401);
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_extensions_is_django_s(on: Backend) {
    let app = TestApp::with(on, "server.extensions = false").await;
    let ann = app.user("ann").await.log_in().await;
    for (method, path, _) in ROUTES {
        let answer = ann.send(method, path, &json!({})).await;
        if method == "PATCH" {
            let told = r#"405 {"detail":"Method \"PATCH\" not allowed."}"#;
            assert_eq!(answer.wire(), told);
            assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
        } else {
            assert_eq!(answer.status, 404, "{path}");
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        }
    }
    let kept = "SELECT label FROM gatepost_session";
    assert!(app.query(kept).await.is_empty());
    // what began there has no label where sessions are listed again
    let listed = app.another_with("").await;
    let (access, _) = log_in_as(&listed, "ann", "curl/8.5.0").await;
    let sessions = list(&ann.at(&listed).bearing(&access), None).await;
    assert_eq!(super::column(&sessions, "label"), ["curl/8.5.0", ""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_describes_each_route() {
    let app = TestApp::on(Backend::Sqlite).await;
    let ann: Actor<'_> = app.user("ann").await.log_in().await;
    for (path, allow, fields) in [
        (
            "/api/account/password/",
            "POST, OPTIONS",
            &["old_password", "new_password", "refresh"][..],
        ),
        ("/api/account/sessions/", "POST, OPTIONS", &["refresh"]),
        (
            "/api/account/sessions/end-others/",
            "POST, OPTIONS",
            &["refresh"],
        ),
        ("/api/account/sessions/x/", "DELETE, OPTIONS", &[]),
        ("/api/account/delete/", "POST, OPTIONS", &["password"]),
        ("/api/users/profile/", "GET, PATCH, HEAD, OPTIONS", &[]),
    ] {
        let answer = ann.send("OPTIONS", path, &Value::Null).await.expect(200);
        assert_eq!(answer.header("allow"), allow, "{path}");
        let shown = answer.json()["actions"]["POST"].clone();
        let shown: Vec<_> = shown
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect();
        assert_eq!(shown.len(), fields.len(), "{path}: {shown:?}");
        assert!(
            fields
                .iter()
                .all(|field| shown.iter().any(|name| name == field)),
            "{path}: {shown:?}"
        );
    }
    // with a final slash, as every URL
    let answer = ann.send("POST", "/api/account/sessions", &json!({})).await;
    assert_eq!(answer.status, 301);
}
