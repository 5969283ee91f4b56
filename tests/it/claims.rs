//! `tokens.claims`: columns of the user in his tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepost_tests::{Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

const CLAIMS: &str = "[tokens.claims]\nmail = 'email'\nboss = 'is_superuser'\nsince = 'date_joined'\nlast = 'last_login'\n";

fn opened(token: &str) -> (String, Value) {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap());
    let text = String::from_utf8(payload.unwrap()).unwrap();
    let claims = serde_json::from_str(&text).unwrap();
    (text, claims)
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_holds_what_the_login_has_found(on: Backend) {
    let app = TestApp::with(on, CLAIMS).await;
    let ann = app.user("ann").await.log_in().await;
    for token in [&ann.access, &ann.refresh] {
        let (text, claims) = opened(token);
        let own =
            r#""user_id":"1","mail":"test@example.com","boss":false,"since":"2027-01-15T08:00:00"#;
        assert!(text.contains(own), "{text}");
        assert_eq!(claims["last"], Value::Null);
    }
    // as in Django, what is kept of the token is older than they are
    let kept = app
        .query("SELECT token FROM token_blacklist_outstandingtoken")
        .await;
    assert_eq!(opened(&kept[0]).1["mail"], Value::Null);

    app.sql("UPDATE auth_user SET email = 'new@example.com'")
        .await;
    let answer = ann.refresh_with(&ann.refresh, None).await.expect(200);
    for token in ["access", "refresh"] {
        let (_, claims) = opened(&answer.field(token));
        assert_eq!(claims["mail"], json!("test@example.com"), "{token}");
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_reads_them_anew_where_told(on: Backend) {
    let settings = format!("tokens.claims_at_refresh = true\n{CLAIMS}");
    let app = TestApp::with(on, &settings).await;
    let ann = app.user("ann").await.log_in().await;
    app.sql("UPDATE auth_user SET email = 'new@example.com', is_superuser = TRUE")
        .await;
    let answer = ann.refresh_with(&ann.refresh, None).await.expect(200);
    for token in ["access", "refresh"] {
        let (_, claims) = opened(&answer.field(token));
        let found = (&claims["mail"], &claims["boss"]);
        assert_eq!(found, (&json!("new@example.com"), &json!(true)), "{token}");
    }
}
