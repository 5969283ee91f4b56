//! A change of name and mail address.

use gatepost_tests::{Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

const PATH: &str = "/api/users/profile/";

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_is_changed_and_nothing_else(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let first = ann.get(PATH).await.expect(200).json();
    let id = &first["id"];
    for (body, first_name, last_name, email) in [
        (json!({}), "Test", "User", "test@example.com"),
        (
            json!({"first_name": " Änne "}),
            "Änne",
            "User",
            "test@example.com",
        ),
        (
            json!({"last_name": "", "email": "ann@example.org"}),
            "Änne",
            "",
            "ann@example.org",
        ),
        (
            json!({"email": "", "username": "eve", "id": 99, "is_staff": true, "password": "x"}),
            "Änne",
            "",
            "",
        ),
        (json!({"first_name": 7}), "7", "", ""),
    ] {
        let answer = ann.send("PATCH", PATH, &body).await;
        let wanted = json!({"id": id, "username": "ann", "email": email, "first_name": first_name, "last_name": last_name});
        assert_eq!(answer.expect(200).json(), wanted, "{body}");
        assert_eq!(ann.get(PATH).await.json(), wanted);
    }
    let kept =
        "SELECT CAST(COUNT(*) AS text) FROM auth_user WHERE is_staff = TRUE OR username = 'eve'";
    assert_eq!(app.query(kept).await, ["0"]);
    ann.obtain().await.expect(200);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_value_is_refused_in_drf_s_words(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let before = ann.get(PATH).await.wire();
    let long = "x".repeat(151);
    for (body, told) in [
        (
            json!({"email": "no address"}),
            r#"{"email":["Enter a valid email address."]}"#,
        ),
        (
            json!({"email": null}),
            r#"{"email":["This field may not be null."]}"#,
        ),
        (
            json!({"first_name": []}),
            r#"{"first_name":["Not a valid string."]}"#,
        ),
        (
            json!({"first_name": "a\0b"}),
            r#"{"first_name":["Null characters are not allowed."]}"#,
        ),
        (
            json!({"last_name": long}),
            r#"{"last_name":["Ensure this field has no more than 150 characters."]}"#,
        ),
        (
            json!([]),
            r#"{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}"#,
        ),
    ] {
        let answer = ann.send("PATCH", PATH, &body).await;
        assert_eq!(answer.wire(), format!("400 {told}"));
    }
    assert_eq!(ann.get(PATH).await.wire(), before);
    for method in ["PUT", "DELETE", "POST"] {
        let answer = ann.send(method, PATH, &json!({"first_name": "x"})).await;
        assert_eq!(
            answer.wire(),
            format!(r#"405 {{"detail":"Method \"{method}\" not allowed."}}"#)
        );
    }
}

/// Whoever got the address next would be signed in by the tokens of the one who had it before.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_tokens_name_stays(on: Backend) {
    let app = TestApp::with(on, "simple_jwt.user_id_field = 'email'").await;
    let ann = app.user("ann").await.log_in().await;
    let answer = ann
        .send("PATCH", PATH, &json!({"email": "other@example.com"}))
        .await;
    assert_eq!(
        answer.wire(),
        r#"400 {"email":["Tokens name this account by its address, which can't be changed here. Ask whoever runs this service."]}"#
    );
    let same = json!({"email": "test@example.com", "first_name": "Ann"});
    let answer = ann.send("PATCH", PATH, &same).await;
    assert_eq!(answer.expect(200).field("first_name"), "Ann");
}

/// A user who is deleted meanwhile is nobody.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_gone_has_no_profile() {
    let app = TestApp::on(Backend::Sqlite).await;
    let ann = app.user("ann").await.log_in().await;
    app.sql("DELETE FROM token_blacklist_outstandingtoken; DELETE FROM auth_user")
        .await;
    let answer = ann.send("PATCH", PATH, &Value::Null).await;
    assert_eq!(
        answer.wire(),
        r#"401 {"detail":"User not found","code":"user_not_found"}"#
    );
}
