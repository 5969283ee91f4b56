//! Posts: whose they are, what moves, long lists, and races.

mod conditions;
#[cfg(target_os = "linux")]
mod million;
mod once;
mod paging;
mod search;

use axum::body::Body;
use axum::extract::Request;
use futures_util::StreamExt;
use futures_util::future::join_all;
use gatepost_tests::{Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_author_changes_a_post(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let bob = app.user("bob").await.log_in().await;
    let path = format!("/api/posts/{}/", ann.post("Ann's").await);
    let other = json!({"title": "Bob's", "content": "words"});
    assert_eq!(bob.get(&path).await.expect(200).field("author"), "ann");
    for method in ["PUT", "PATCH", "DELETE"] {
        let answer = bob.send(method, &path, &other).await;
        assert_eq!(
            answer.wire(),
            r#"403 {"detail":"You do not have permission to perform this action."}"#
        );
    }
    assert_eq!(ann.get(&path).await.field("title"), "Ann's");
    ann.send("DELETE", &path, &Value::Null).await.expect(204);
    ann.get(&path).await.expect(404);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn each_change_moves_updated_at_and_nothing_else_does(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let path = format!("/api/posts/{}/", ann.post("Title").await);
    let before = ann.get(&path).await.json();
    assert!(
        before["created_at"].as_str() < before["updated_at"].as_str(),
        "two looks at the clock: {before}"
    );
    app.clock.advance(60);
    let patched = ann
        .send("PATCH", &path, &json!({}))
        .await
        .expect(200)
        .json();
    assert!(patched["updated_at"].as_str() > before["updated_at"].as_str());
    assert_eq!(patched["created_at"], before["created_at"]);
    assert_eq!(
        ann.get(&path).await.json(),
        patched,
        "the answer is what was stored"
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_moment_without_microseconds_is_written_without_them(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let id = ann.post("Title").await;
    app.sql("UPDATE posts_post SET created_at = '2026-01-02 03:04:05', updated_at = '2026-01-02 03:04:05.000120'").await;
    let post = ann.get(&format!("/api/posts/{id}/")).await.json();
    // PostgreSQL reads a text without a zone in the session's, which Gatepost's own connections set to UTC
    assert!(
        post["created_at"].as_str().unwrap().ends_with(":04:05Z"),
        "{post}"
    );
    assert!(
        post["updated_at"]
            .as_str()
            .unwrap()
            .ends_with(":04:05.000120Z"),
        "{post}"
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_whole_and_newest_first(
    on: Backend,
    #[values(0, 1, 499, 500, 501, 1000, 1203)] count: i64,
) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    app.sql(&format!(
        "INSERT INTO posts_post (title, content, author_id, created_at, updated_at)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         SELECT 'T', 'C', 1, '2026-01-02 03:04:05', '2026-01-02 03:04:05' FROM n WHERE {count} > 0"
    ))
    .await;
    let list = ann.get("/api/posts/?page=2&limit=1").await.expect(200);
    let ids: Vec<i64> = list
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|post| post["id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids, (1..=count).rev().collect::<Vec<_>>());
    // indenting a stream gives what indenting a whole answer gives
    let page = app
        .send(
            axum::extract::Request::builder()
                .uri("/api/posts/")
                .header("accept", "application/json; indent=1")
                .header("authorization", format!("Bearer {}", ann.access))
                .body(axum::body::Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(page.json(), list.json());
    assert_eq!(page.text().contains("\n "), count > 0);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_put_that_races_a_delete_never_brings_the_post_back(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let body = json!({"title": "again", "content": "words"});
    for _ in 0..20 {
        let path = format!("/api/posts/{}/", ann.post("Title").await);
        let put = ann.send("PUT", &path, &body);
        let delete = ann.send("DELETE", &path, &Value::Null);
        let (put, delete) = tokio::join!(put, delete);
        assert!([200, 404].contains(&put.status.as_u16()), "{}", put.wire());
        assert_eq!(delete.status, 204);
        ann.get(&path).await.expect(404);
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn parallel_patches_of_different_fields_are_both_kept(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let path = format!("/api/posts/{}/", ann.post("Title").await);
    for round in 0..10 {
        let (title, content) = (
            json!({"title": format!("t{round}")}),
            json!({"content": format!("c{round}")}),
        );
        let (first, second) = tokio::join!(
            ann.send("PATCH", &path, &title),
            ann.send("PATCH", &path, &content)
        );
        let first = first.expect(200).json();
        let second = second.expect(200).json();
        let post = ann.get(&path).await.json();
        assert_eq!(
            (post["title"].as_str(), post["content"].as_str()),
            (title["title"].as_str(), content["content"].as_str())
        );
        // whoever came last saw what the other one wrote
        assert!(first == post || second == post, "{first} {second} {post}");
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn users_are_looked_up_together_and_never_mixed_up(on: Backend) {
    let app = TestApp::on(on).await;
    let mut actors = Vec::new();
    for number in 0..10 {
        actors.push(app.user(&format!("user{number}")).await.log_in().await);
    }
    app.sql("UPDATE auth_user SET is_active = FALSE WHERE username = 'user3'")
        .await;
    let asked: Vec<_> = actors.iter().cycle().take(200).collect();
    let answers = join_all(asked.iter().map(|actor| actor.get("/api/users/profile/"))).await;
    for (actor, answer) in asked.iter().zip(answers) {
        match actor.name.as_str() {
            "user3" => assert_eq!(
                answer.wire(),
                r#"401 {"detail":"User is inactive","code":"user_inactive"}"#
            ),
            name => assert_eq!(answer.field("username"), name),
        }
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_long_posts_is_read_256_kib_at_a_time(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let content = "x".repeat(100_000);
    for number in 0..8 {
        let post = json!({"title": number.to_string(), "content": content});
        ann.send("POST", "/api/posts/", &post).await.expect(201);
    }
    let request = Request::builder()
        .uri("/api/posts/")
        .header("authorization", format!("Bearer {}", ann.access));
    let chunks = app.chunks(request.body(Body::empty()).unwrap()).await;
    let largest = chunks.iter().map(bytes::Bytes::len).max().unwrap();
    // three posts reach 256 KiB: 8 posts are 3 + 3 + 2
    assert!((300_000..310_000).contains(&largest), "{largest}");
    let posts: Value = serde_json::from_slice(&chunks.concat()).unwrap();
    let titles: Vec<_> = posts
        .as_array()
        .unwrap()
        .iter()
        .map(|post| post["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["7", "6", "5", "4", "3", "2", "1", "0"]);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_breaks_off_never_looks_whole(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let content = "x".repeat(600_000);
    for _ in 0..4 {
        ann.send(
            "POST",
            "/api/posts/",
            &json!({"title": "t", "content": content}),
        )
        .await
        .expect(201);
    }
    let request = Request::builder()
        .uri("/api/posts/")
        .header("authorization", format!("Bearer {}", ann.access));
    let mut body = app.stream(request.body(Body::empty()).unwrap()).await;
    assert!(body.next().await.unwrap().is_ok());
    // the connection was given back between the batches, so this does not wait for the reader
    gatepost_server::testing::close(&app.app).await;
    assert!(
        body.next().await.unwrap().is_err(),
        "an error, which breaks the connection off"
    );
    assert!(body.next().await.is_none());
}
