//! The tag of a post (`ETag`), what is not sent again (`If-None-Match`), and what is not overwritten (`If-Match`).

use std::collections::BTreeSet;

use gatepost_tests::{Answer, Backend, TestApp, is_full};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

const STALE: &str = r#"412 {"detail":"This post is not the version that If-Match names: get it again and make the change to what it is now."}"#;

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_tag_is_that_of_what_is_shown(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let body = json!({"title": "t", "content": "c"});
    let made = ann.send("POST", "/api/posts/", &body).await.expect(201);
    let tag = |answer: &Answer| {
        let tag = answer.header("etag").to_owned();
        assert!(
            tag.starts_with('"') && tag.ends_with('"') && tag.len() > 20,
            "{tag}"
        );
        tag
    };
    let path = format!("/api/posts/{}/", made.json()["id"]);
    assert_eq!(tag(&ann.get(&path).await), tag(&made));
    assert_eq!(
        tag(&ann.send("HEAD", &path, &Value::Null).await),
        tag(&made)
    );
    // the clock stands still: two changes at one moment are two versions
    let mut tags = BTreeSet::from([tag(&made)]);
    for title in ["u", "v"] {
        let change = json!({"title": title, "content": "c"});
        for method in ["PUT", "PATCH"] {
            let changed = ann.send(method, &path, &change).await.expect(200);
            assert_eq!(tag(&ann.get(&path).await), tag(&changed));
            tags.insert(tag(&changed));
        }
    }
    assert!(tags.len() >= 3, "{tags:?}");
    for path in [
        "/api/posts/",
        "/api/posts/?page_size=1",
        "/api/users/profile/",
    ] {
        assert_eq!(
            ann.get(path).await.header("etag"),
            "",
            "one post alone has a tag"
        );
    }
    let page = ann
        .send_with("GET", &path, &Value::Null, &[("accept", "text/html")])
        .await;
    assert_eq!(page.expect(200).header("etag"), "", "and so has its JSON");
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_has_is_not_sent_again(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let path = format!("/api/posts/{}/", ann.post("Title").await);
    let tag = ann.get(&path).await.header("etag").to_owned();
    let ask = async |method: &str, known: &str, accept: &str| {
        let headers = [("if-none-match", known), ("accept", accept)];
        ann.send_with(method, &path, &Value::Null, &headers).await
    };
    for known in [&*tag, "*", &format!("W/{tag}"), &format!("\"x\", {tag}")] {
        for method in ["GET", "HEAD"] {
            let answer = ask(method, known, "*/*").await.expect(304);
            assert!(answer.body.is_empty());
            assert_eq!(answer.header("etag"), tag);
            assert_eq!(answer.header("content-type"), "");
            assert_eq!(answer.header("vary"), "Accept");
        }
    }
    for other in ["\"x\"", "", "x", &tag[..10]] {
        ask("GET", other, "*/*").await.expect(200);
    }
    // an indented one is another representation, with a tag of its own
    let indented = ask("GET", &tag, "application/json; indent=4").await;
    let of_indented = indented.expect(200).header("etag").to_owned();
    assert_ne!(of_indented, tag);
    let again = ask("GET", &of_indented, "application/json; indent=4").await;
    again.expect(304);
    ask("GET", "*", "text/html").await.expect(200);
    // an unknown post is 404, and a list has no tag
    let any = [("if-none-match", "*")];
    for (path, status) in [("/api/posts/9/", 404), ("/api/posts/", 200)] {
        let answer = ann.send_with("GET", path, &Value::Null, &any).await;
        answer.expect(status);
    }
    ann.send("PATCH", &path, &json!({"title": "b"})).await;
    ask("GET", &tag, "*/*").await.expect(200);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_made_to_the_version_that_it_names_alone(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let bob = app.user("bob").await.log_in().await;
    let path = format!("/api/posts/{}/", ann.post("first").await);
    let first = ann.get(&path).await.header("etag").to_owned();
    let body = json!({"title": "second", "content": "c"});
    let with = async |method: &str, path: &str, condition: &str| {
        let headers = [("if-match", condition)];
        ann.send_with(method, path, &body, &headers).await
    };
    let second = with("PUT", &path, &first).await.expect(200);
    let second = second.header("etag").to_owned();
    for condition in [&*first, "\"x\"", &format!("W/{second}"), "", "x"] {
        for method in ["PUT", "PATCH", "DELETE"] {
            assert_eq!(
                with(method, &path, condition).await.wire(),
                STALE,
                "{condition}"
            );
        }
    }
    assert_eq!(ann.get(&path).await.header("etag"), second);
    // what comes before the condition: is it there, whose is it, is it right
    assert_eq!(with("PUT", "/api/posts/99/", &second).await.status, 404);
    let headers = [("if-match", "\"x\"")];
    let others = bob.send_with("PATCH", &path, &body, &headers).await;
    assert_eq!(others.status, 403);
    let wrong = json!({"title": ""});
    let wrong = ann.send_with("PATCH", &path, &wrong, &headers).await;
    assert_eq!(wrong.status, 400);
    // several, any, and that of an indented answer
    let third = with("PATCH", &path, &format!("\"x\", {second}")).await;
    let third = third.expect(200).header("etag").to_owned();
    with("PATCH", &path, "*").await.expect(200);
    let indent = [("accept", "application/json; indent=4")];
    let shown = ann.send_with("GET", &path, &Value::Null, &indent).await;
    with("PUT", &path, shown.header("etag")).await.expect(200);
    assert_eq!(with("DELETE", &path, &third).await.status, 412);
    let last = ann.get(&path).await.header("etag").to_owned();
    assert_eq!(with("DELETE", &path, &last).await.status, 204);
    assert_eq!(with("DELETE", &path, &last).await.status, 404);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn of_writers_with_one_tag_one_writes(on: Backend) {
    let app = TestApp::on(on).await;
    let other = app.another().await;
    let ann = app.user("ann").await.log_in().await;
    let there = ann.at(&other);
    for round in 0..if is_full() { 500 } else { 20 } {
        let path = format!("/api/posts/{}/", ann.post("first").await);
        let tag = ann.get(&path).await.header("etag").to_owned();
        let headers = [("if-match", &*tag)];
        let [mine, theirs] = ["mine", "theirs"].map(|title| json!({"title": title}));
        // a change against a change, or against a deletion, at two servers
        let method = if round % 4 == 3 { "DELETE" } else { "PATCH" };
        let (first, second) = tokio::join!(
            ann.send_with("PATCH", &path, &mine, &headers),
            there.send_with(method, &path, &theirs, &headers)
        );
        let now = ann.get(&path).await;
        match (first.status.as_u16(), second.status.as_u16()) {
            (200, 412) => assert_eq!(now.field("title"), "mine"),
            (412, 200) => assert_eq!(now.field("title"), "theirs"),
            (404, 204) => assert_eq!(now.status, 404),
            other => panic!("{other:?}, and both may not have worked"),
        }
    }
}
