//! Pages of the list of posts: each post once, in their order, forwards and back, and links that lead there.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, Uri};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::future::join_all;
use gatepost_tests::{Actor, Answer, Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

/// Adds posts of this user's.
pub(crate) async fn write(app: &TestApp, author: i64, count: i64) {
    app.sql(&format!(
        "INSERT INTO posts_post (title, content, author_id, created_at, updated_at)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         SELECT 'T' || i, 'C' || i, {author}, '2026-01-02 03:04:05', '2026-01-02 03:04:05' FROM n WHERE {count} > 0"
    ))
    .await;
}

/// The path and query of a link, where there is one.
pub(crate) fn link(page: &Value, name: &str) -> Option<String> {
    let link: Uri = page[name].as_str()?.parse().unwrap();
    Some(link.path_and_query().unwrap().to_string())
}

pub(crate) fn ids(page: &Value) -> Vec<i64> {
    let posts = page["results"].as_array().unwrap();
    posts
        .iter()
        .map(|post| post["id"].as_i64().unwrap())
        .collect()
}

/// The keys of all pages from one on, by these links.
pub(crate) async fn follow(ann: &Actor<'_>, first: &str, name: &str) -> Vec<Vec<i64>> {
    let (mut pages, mut next) = (Vec::new(), Some(first.to_owned()));
    while let Some(path) = next {
        let page = ann.get(&path).await.expect(200).json();
        pages.push(ids(&page));
        next = link(&page, name);
        assert!(pages.len() < 1000, "the pages have an end");
    }
    pages
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_each_post_once_forwards_and_back(
    on: Backend,
    #[values(0, 1, 6, 7, 20)] count: i64,
) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    write(&app, 1, count).await;
    let pages = follow(&ann, "/api/posts/?page_size=3", "next").await;
    let all: Vec<i64> = (1..=count).rev().collect();
    assert_eq!(pages.concat(), all);
    let full = usize::try_from((count + 2) / 3).unwrap().max(1);
    assert_eq!(pages.len(), full, "no empty page follows a full one");
    // from the last one back
    let last = format!(
        "/api/posts/?page_size=3&cursor={}",
        BASE64_STANDARD.encode("r=1&p=0")
    );
    let mut back = follow(&ann, &last, "previous").await;
    back.reverse();
    assert_eq!(back.concat(), all);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_what_drf_s_cursor_pagination_answers(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    write(&app, 1, 3).await;
    let request = |path: &str| {
        Request::get(path)
            .header("host", "api.example:8443")
            .header("authorization", format!("Bearer {}", ann.access))
            .body(Body::empty())
            .unwrap()
    };
    let first = app
        .send(request("/api/posts/?page_size=2&b=2&b=1&a=x+y"))
        .await;
    let first = first.expect(200).json();
    let cursor = BASE64_STANDARD.encode("p=2").replace('=', "%3D");
    assert_eq!(
        first["next"],
        format!("http://api.example:8443/api/posts/?a=x+y&b=2&b=1&cursor={cursor}&page_size=2")
    );
    assert_eq!(first["previous"], Value::Null);
    let fields: Vec<_> = first.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["next", "previous", "results"]);
    let bare = ann.get("/api/posts/").await.json();
    assert_eq!(first["results"], json!([bare[0], bare[1]]));
    let second = ann.get(&link(&first, "next").unwrap()).await.json();
    assert_eq!(
        (second["next"].clone(), ids(&second)),
        (Value::Null, vec![1])
    );
    let back = ann.get(&link(&second, "previous").unwrap()).await.json();
    assert_eq!(ids(&back), [3, 2]);
    assert_eq!(link(&back, "previous"), None);
    assert_eq!(link(&back, "next"), link(&first, "next"));
    // below the last one there is nothing
    let end = format!("/api/posts/?cursor={}", BASE64_STANDARD.encode("p=1"));
    let end = ann.get(&end).await.expect(200).json();
    assert_eq!((&end["next"], &end["results"]), (&Value::Null, &json!([])));
    assert_eq!(
        ids(&ann.get(&link(&end, "previous").unwrap()).await.json()),
        [3, 2, 1]
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_whole_while_posts_come_and_go(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    write(&app, 1, 20).await;
    let mut next = Some("/api/posts/?page_size=4".to_owned());
    let mut seen = Vec::new();
    while let Some(path) = next {
        let page = ann.get(&path).await.expect(200).json();
        seen.extend(ids(&page));
        // a new one, and the last one of the page is deleted
        ann.post("new").await;
        let gone = format!("/api/posts/{}/", seen.last().unwrap());
        ann.send("DELETE", &gone, &Value::Null).await.expect(204);
        next = link(&page, "next");
    }
    assert_eq!(seen, (1..=20).rev().collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_size_is_taken_as_drf_takes_it_and_a_wrong_cursor_is_404() {
    let app = TestApp::on(Backend::Sqlite).await;
    let ann = app.user("ann").await.log_in().await;
    write(&app, 1, 1100).await;
    let length = async |query: &str| {
        let page = ann.get(&format!("/api/posts/?{query}")).await.expect(200);
        ids(&page.json()).len()
    };
    for (query, wanted) in [
        ("page_size=7", 7),
        ("page_size=1000", 1000),
        ("page_size=1001", 1000),
        ("page_size=99999999999999999999", 1000),
        ("page_size=0", 100),
        ("page_size=-3", 100),
        ("page_size=-99999999999999999999", 100),
        ("page_size=many", 100),
        ("page_size=", 100),
        ("page_size=5&page_size=6", 6),
        ("cursor=", 100),
        ("cursor=&page_size=2", 2),
    ] {
        assert_eq!(length(query).await, wanted, "{query}");
    }
    for cursor in ["x", "cD0", "%00", "cD0xx", "bz0xMDA%3D", "%FF", "é"] {
        let answer = ann.get(&format!("/api/posts/?cursor={cursor}")).await;
        assert_eq!(
            answer.wire(),
            r#"404 {"detail":"Invalid cursor"}"#,
            "{cursor}"
        );
        let nobody = app.known("nobody");
        let answer = nobody.get(&format!("/api/posts/?cursor={cursor}")).await;
        assert_eq!(answer.status, 401, "who may not ask is not told");
    }
    // the whole list is a bare array whatever else stands in the query
    let bare = ann.get("/api/posts/?search=x&author=nobody&limit=1").await;
    assert_eq!(bare.expect(200).json().as_array().unwrap().len(), 1100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_long_posts_ends_early_and_goes_on() {
    for on in [Backend::Sqlite, Backend::Postgres] {
        let app = TestApp::on(on).await;
        let ann = app.user("ann").await.log_in().await;
        for length in [1_200_000, 400_000, 400_000, 400_000, 10, 1_200_000] {
            let post = json!({"title": "t", "content": "x".repeat(length)});
            ann.send("POST", "/api/posts/", &post).await.expect(201);
        }
        let pages = follow(&ann, "/api/posts/?page_size=5", "next").await;
        assert_eq!(pages, [&[6][..], &[5, 4, 3], &[2], &[1]]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_to_where_the_client_came_from() {
    let toml = "server.root_path = '/service'\nserver.trusted_proxies = ['unix']";
    let app = TestApp::with(Backend::Sqlite, toml).await;
    let ann = app.user("ann").await.log_in().await;
    write(&app, 1, 2).await;
    let ask = async |path: &str, headers: &[(&str, &str)]| {
        let page = ann
            .send_with("GET", path, &Value::Null, headers)
            .await
            .expect(200);
        page.field("next")
    };
    let query = "?page_size=1";
    let cursor = BASE64_STANDARD.encode("p=2").replace('=', "%3D");
    for path in ["/api/posts/", "/service/api/%70osts/"] {
        let next = ask(&format!("{path}{query}"), &[("host", "a.example")]).await;
        assert_eq!(
            next,
            format!("http://a.example/service/api/posts/?cursor={cursor}&page_size=1")
        );
    }
    // a program that asks itself names no host
    assert!(
        ask("/api/posts/?page_size=1", &[])
            .await
            .starts_with("http://127.0.0.1:8000/service/api/posts/?")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn head_options_html_and_indented_pages_are_as_of_any_list() {
    let app = TestApp::on(Backend::Sqlite).await;
    let ann = app.user("ann").await.log_in().await;
    write(&app, 1, 3).await;
    let path = "/api/posts/?page_size=2";
    let page = ann.get(path).await.expect(200);
    let head = ann.send("HEAD", path, &Value::Null).await.expect(200);
    assert!(head.body.is_empty());
    assert_eq!(head.header("content-length"), page.body.len().to_string());
    let options = ann.send("OPTIONS", path, &Value::Null).await.expect(200);
    assert_eq!(options.field("name"), "Post List");
    let accept = async |accept: &str| -> Answer {
        ann.send_with("GET", path, &Value::Null, &[("accept", accept)])
            .await
            .expect(200)
    };
    assert_eq!(
        accept("application/json; indent=2").await.json(),
        page.json()
    );
    let html = accept("text/html").await.text();
    // the page leads to the next one
    assert!(
        html.contains("\"next\": \"<a rel=\"nofollow noreferrer\" href=\"http://")
            && html.contains("&amp;page_size=2\">")
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_page_may_be_one_author_s(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    app.user("bob").await;
    for author in [1, 2, 1, 2, 2, 1] {
        write(&app, author, 1).await;
    }
    let of = async |author: &str| {
        let first = format!("/api/posts/?page_size=2&author={author}");
        follow(&ann, &first, "next").await
    };
    assert_eq!(of("ann").await, [&[6, 3][..], &[1]]);
    assert_eq!(of("bob").await, [&[5, 4][..], &[2]]);
    assert_eq!(of("").await.concat().len(), 6);
    for nobody in ["Ann", "an", "ann%20", "ann%00", "%27", "%00"] {
        assert_eq!(of(nobody).await.concat(), [0; 0], "{nobody}");
    }
    let back = BASE64_STANDARD.encode("r=1&p=1");
    let back = format!("/api/posts/?page_size=1&author=ann&cursor={back}");
    let back = follow(&ann, &back, "previous").await;
    assert_eq!(back, [[3], [6]]);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn without_extensions_there_is_nothing_of_it(on: Backend) {
    let app = TestApp::with(on, "server.extensions = false").await;
    let ann = app.user("ann").await;
    let login = ann.obtain_with(Some("key")).await;
    assert_eq!(login.header("gatepost-features"), "refresh-idempotency");
    assert_eq!(ann.obtain().await.header("gatepost-features"), "");
    let ann = ann.log_in().await;
    let body = json!({"title": "t", "content": "c"});
    let (stale, key) = ([("if-match", "\"x\"")], [("idempotency-key", "k")]);
    let mut known = BTreeSet::new();
    for _ in 0..2 {
        let made = ann.send_with("POST", "/api/posts/", &body, &key).await;
        let made = made.expect(201);
        assert_eq!(made.header("etag"), "");
        known.insert(made.json()["id"].as_i64().unwrap());
    }
    assert_eq!(known.len(), 2, "the key is not heeded");
    let path = "/api/posts/1/";
    for method in ["PUT", "PATCH"] {
        let changed = ann.send_with(method, path, &body, &stale).await;
        assert_eq!(changed.expect(200).header("etag"), "");
    }
    let any = [("if-none-match", "*")];
    let read = ann.send_with("GET", path, &Value::Null, &any).await;
    assert_eq!(read.expect(200).header("etag"), "");
    let list = ann.get("/api/posts/?page_size=1&cursor=wrong").await;
    assert!(list.expect(200).json().is_array());
    let gone = ann.send_with("DELETE", path, &Value::Null, &stale).await;
    gone.expect(204);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn many_may_read_at_once(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    write(&app, 1, 50).await;
    for path in ["/api/posts/", "/api/posts/?page_size=50"] {
        // more than there is room for together: each waits for its turn, and is answered
        let answers = join_all((0..600).map(|_| ann.get(path))).await;
        let statuses: BTreeSet<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, BTreeSet::from([StatusCode::OK]), "{path}");
    }
}
