//! CHECK_REVOKE_TOKEN: found in stored tokens, and done.

use gatepost_tests::{Backend, Program, SECRET, TestApp, sql};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use super::databases::Origin;
use super::migrate;
use super::refused::refuses;
use super::story::{Side, tell};
use crate::both_databases;

const CHANGED: &str =
    r#"{"detail":"The user's password has been changed.","code":"password_changed"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_claim_in_stored_tokens_turns_the_check_on() {
    let origin = Origin {
        more: &[(
            "SIMPLE_JWT",
            r#"{"CHECK_REVOKE_TOKEN": true, "REVOKE_TOKEN_CLAIM": "pw"}"#,
        )],
        ..Origin::newest(Backend::Sqlite)
    };
    let database = origin.make().await;
    let other = [("GATEPOST_SIMPLE_JWT__REVOKE_TOKEN_CLAIM", "x")];
    let says = "set simple_jwt.revoke_token_claim = \"pw\"";
    refuses(&database, &other, says).await;
    let reference = database.copy().await;
    let (code, told) = migrate(database.folder(), &database.url, &["--adopt"], &[]);
    assert_eq!(code, 0, "{told}");
    let file = std::fs::read_to_string(database.folder().join("gatepost.toml")).unwrap();
    for line in ["check_revoke_token = true", "revoke_token_claim = \"pw\""] {
        assert!(file.contains(line), "{file}");
    }
    let mut command = Program::command(database.folder(), &["--database", &database.url]);
    command
        .env("GATEPOST_SECRET_KEY", SECRET)
        .env("GATEPOST_REFRESH__GRACE", "0")
        // of the same cost as Django's, so that no login changes the hash
        .env("GATEPOST_PASSWORDS__ITERATIONS", "1000");
    let program = Program::serve(&mut command);
    let mut gatepost = Side::Gatepost(program.base.clone());
    let mut django = Side::Django(reference.django());
    let (mut changed, mut refreshed) = (Vec::new(), Vec::new());
    for (side, url) in [
        (&mut gatepost, &database.url),
        (&mut django, &reference.url),
    ] {
        let told = tell(side, &database.held).await;
        let other = "UPDATE auth_user SET password = password || 'x' WHERE username = 'alice'";
        sql::execute(url, other).await;
        let mut after = Vec::new();
        for path in ["/api/users/profile/", "/api/posts/"] {
            after.push(side.ask("GET", path, &told.access, Value::Null).await);
        }
        let next = json!({"refresh": told.refresh});
        refreshed.push(side.ask("POST", "/api/token/refresh/", "", next).await);
        changed.push((told.answers, after));
    }
    assert_eq!(changed[0], changed[1]);
    assert_eq!(
        changed[0].1[0],
        (401, serde_json::from_str(CHANGED).unwrap())
    );
    // SimpleJWT forgets to look at a refresh: it hands out a token that is refused
    assert_eq!(refreshed[0], changed[0].1[0]);
    assert_eq!(refreshed[1].0, 200);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_access_tokens_of_the_old_one(on: Backend) {
    let app = TestApp::with(on, "simple_jwt.check_revoke_token = true").await;
    let ann = app.user("ann").await.log_in().await;
    ann.get("/api/users/profile/").await.expect(200);
    ann.get("/api/posts/").await.expect(200);
    app.sql("UPDATE auth_user SET password = password || 'x'")
        .await;
    for path in ["/api/users/profile/", "/api/posts/"] {
        assert_eq!(ann.get(path).await.expect(401).text(), CHANGED);
    }
    // a token without the claim is of no password
    let without = app.another_with("").await;
    let bob = without.user("bob").await.log_in().await;
    bob.get("/api/posts/").await.expect(200);
    assert_eq!(
        bob.at(&app).get("/api/posts/").await.expect(401).text(),
        CHANGED
    );
}
