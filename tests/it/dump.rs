//! A thief of the whole database: no value in it signs in, refreshes, or is anybody's key.

use std::collections::BTreeSet;

use aws_lc_rs::hmac;
use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepost_tests::{Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;

const TABLES: [&str; 2] = [
    "SELECT name FROM sqlite_master WHERE type = 'table'",
    "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()",
];

/// Every value of every column of every table, as text, and how many columns there are.
async fn dump(app: &TestApp, on: Backend) -> (BTreeSet<String>, usize) {
    let (mut values, mut columns) = (BTreeSet::new(), 0);
    for table in app
        .query(TABLES[usize::from(on == Backend::Postgres)])
        .await
    {
        let names = match on {
            Backend::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
            Backend::Postgres => format!(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{table}'"
            ),
        };
        for column in app.query(&names).await {
            columns += 1;
            let query = format!("SELECT CAST(\"{column}\" AS text) FROM \"{table}\"");
            values.extend(app.query(&query).await);
        }
    }
    values.remove("");
    (values, columns)
}

/// What a thief makes of the values: themselves, and one unsigned token with signatures that need no key, with each
/// value as its signature, and signed with each value as the key.
fn forged(values: &BTreeSet<String>) -> BTreeSet<String> {
    let mut tokens = values.clone();
    let unsigned = |value: &&String| value.starts_with("eyJ") && value.ends_with('.');
    if let Some(value) = values.iter().find(unsigned) {
        let value = value.trim_end_matches('.');
        tokens.insert(value.to_owned());
        let payload = value.split('.').nth(1).unwrap();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        tokens.insert(format!("{none}.{payload}."));
        for other in values {
            tokens.insert(format!("{value}.{other}"));
            let key = hmac::Key::new(hmac::HMAC_SHA256, other.as_bytes());
            let tag = hmac::sign(&key, value.as_bytes());
            tokens.insert(format!("{value}.{}", URL_SAFE_NO_PAD.encode(tag)));
        }
    }
    tokens
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_the_database_is_of_use(
    on: Backend,
    // with "revoke" the first wrong key would end the chain, and every later one be refused for that
    #[values("revoke", "reject")] reuse: &str,
) {
    let app = TestApp::with(on, &format!("refresh.reuse = '{reuse}'")).await;
    let ann = app.user("ann").await.log_in().await;
    ann.post("Title").await;
    let key = "the-owner's-key";
    let second = ann.refresh_with(&ann.refresh, Some(key)).await.expect(200);
    let other = app.user("bob").await.log_in().await;
    let (values, columns) = dump(&app, on).await;
    let tokens = forged(&values);
    assert!(
        tokens.len() > 2 * values.len(),
        "an unsigned token is among the values"
    );
    for token in &tokens {
        if HeaderValue::from_str(token).is_ok() {
            let answer = ann.bearing(token).get("/api/users/profile/").await;
            assert_eq!(answer.status, 401, "{token} is an access token");
        }
        let answer = ann.refresh_with(token, None).await;
        assert!(
            matches!(answer.status.as_u16(), 400 | 401),
            "{token} is a refresh token"
        );
    }
    for value in &values {
        if HeaderValue::from_str(value).is_ok() {
            let answer = ann.refresh_with(&ann.refresh, Some(value)).await;
            assert_eq!(answer.status, 401, "{value} is the key");
            let answer = ann.log_out_with(&ann.refresh, Some(value)).await;
            assert_eq!(answer.status, 401, "{value} is the key of a logout");
        }
    }
    println!(
        "{on:?} {reuse}: {} values of {columns} columns, {} tokens made of them",
        values.len(),
        tokens.len()
    );
    // the owner's own are of use, so that the attempts were real ones
    other.get("/api/users/profile/").await.expect(200);
    other.refresh_with(&other.refresh, None).await.expect(200);
    if reuse == "reject" {
        let again = ann.refresh_with(&ann.refresh, Some(key)).await.expect(200);
        assert_eq!(again.field("refresh"), second.field("refresh"));
    }
}
