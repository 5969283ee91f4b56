//! The `Idempotency-Key` of a new post: one post, however often it is asked for.

use futures_util::future::join_all;
use gatepost_tests::{Backend, TestApp, is_full};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

const COUNT: &str = "SELECT COUNT(*) FROM posts_post";

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_post_with_the_same_key_is_there_once(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let body = json!({"title": "t", "content": "c"});
    let key = [("idempotency-key", "key-1")];
    let first = ann.send_with("POST", "/api/posts/", &body, &key).await;
    let first = first.expect(201);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = ann.send_with("POST", "/api/posts/", &body, &key).await;
    let again = again.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json(), first.json());
    assert_eq!(again.header("etag"), first.header("etag"));
    // as it is now, whatever the form in which it is asked for
    let path = format!("/api/posts/{}/", first.json()["id"]);
    ann.send("PATCH", &path, &json!({"title": "u"})).await;
    let form = [key[0], ("content-type", "application/json; charset=utf-8")];
    let again = ann
        .send_with("POST", "/api/posts/", &body, &form[..1])
        .await;
    assert_eq!(again.expect(201).field("title"), "u");
    // another post
    for (other, status) in [
        (json!({"title": "t", "content": "d"}), 422),
        (json!({"title": "tc", "content": ""}), 400),
        // blanks at the ends are no content
        (json!({"title": "u", "content": "c "}), 422),
        (json!({"title": "t ", "content": " c"}), 201),
    ] {
        let answer = ann.send_with("POST", "/api/posts/", &other, &key).await;
        answer.expect(status);
    }
    let other = json!({"title": "other", "content": "c"});
    let answer = ann.send_with("POST", "/api/posts/", &other, &key).await;
    assert_eq!(
        answer.wire(),
        r#"422 {"detail":"This Idempotency-Key came with another post within the last 24 hours: take a new key for each post."}"#
    );
    assert_eq!(app.query(COUNT).await, ["1"]);
    // whoever sends a key relies on it
    for key in ["", "a key", &"k".repeat(256), "schlüssel"] {
        let key = [("idempotency-key", key)];
        let answer = ann.send_with("POST", "/api/posts/", &other, &key).await;
        assert_eq!(
            answer.wire(),
            r#"400 {"detail":"An Idempotency-Key has 1 to 255 visible ASCII characters, and no blanks."}"#
        );
    }
    assert_eq!(app.query(COUNT).await, ["1"]);
    ann.send("DELETE", &path, &Value::Null).await.expect(204);
    let gone = ann.send_with("POST", "/api/posts/", &body, &key).await;
    assert_eq!(
        gone.wire(),
        r#"404 {"detail":"No Post matches the given query."}"#
    );
    assert_eq!(app.query(COUNT).await, ["0"]);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_its_user_s_for_a_day(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let bob = app.user("bob").await.log_in().await;
    let body = json!({"title": "t", "content": "c"});
    let key = [("idempotency-key", "k")];
    let wrong = json!({"title": ""});
    let refused = ann.send_with("POST", "/api/posts/", &wrong, &key).await;
    refused.expect(400);
    let made = async |key: &[(&str, &str)]| {
        let made = ann.send_with("POST", "/api/posts/", &body, key).await;
        made.expect(201).json()["id"].as_i64().unwrap()
    };
    let first = made(&key).await;
    let bobs = bob.send_with("POST", "/api/posts/", &body, &key).await;
    assert_eq!(bobs.expect(201).field("author"), "bob");
    // what the database keeps is a hash
    let kept = app.query("SELECT key_hash FROM gatepost_idempotency").await;
    assert!(kept.iter().all(|hash| hash.len() == 64), "{kept:?}");
    app.clock.advance(24 * 3600 - 60);
    let ann = ann.at(&app).log_in().await;
    let again = ann.send_with("POST", "/api/posts/", &body, &key).await;
    assert_eq!(again.json()["id"], first);
    app.clock.advance(120);
    let again = ann.send_with("POST", "/api/posts/", &body, &key).await;
    assert_ne!(again.expect(201).json()["id"], first, "it was forgotten");
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_make_one_post(on: Backend) {
    let app = TestApp::on(on).await;
    let other = app.another().await;
    let ann = app.user("ann").await.log_in().await;
    let there = ann.at(&other);
    let body = json!({"title": "t", "content": "c"});
    let rounds = if is_full() { 20 } else { 2 };
    for round in 0..rounds {
        let key = format!("key-{round}");
        let key = [("idempotency-key", &*key)];
        let asked = (0..50).map(|number| {
            let actor = if number % 2 == 0 { &ann } else { &there };
            actor.send_with("POST", "/api/posts/", &body, &key)
        });
        let answers = join_all(asked).await;
        let firsts = answers
            .iter()
            .filter(|answer| answer.header("idempotency-replayed").is_empty());
        assert_eq!(firsts.count(), 1);
        for answer in answers {
            assert_eq!(
                answer.expect(201).json()["id"],
                json!(round + 1),
                "no id is burnt"
            );
        }
    }
    assert_eq!(app.query(COUNT).await, [rounds.to_string()]);
}

/// Two keys are not taken for the first of them, neither in a line nor in two.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn two_keys_are_none(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let body = json!({"title": "t", "content": "c"});
    let name = "idempotency-key";
    for keys in [
        &[(name, "k1, k2")][..],
        &[(name, "k1"), (name, "k2")],
        &[(name, "k1"), (name, "k1")],
    ] {
        ann.send_with("POST", "/api/posts/", &body, keys)
            .await
            .expect(400);
    }
}
