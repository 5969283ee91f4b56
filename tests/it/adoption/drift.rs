//! A database that somebody changes after it was adopted: the server says so, and does not fail requests one by one.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use gatepost_tests::{Backend, TestApp, anonymous};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::migrate;
use crate::both_databases;

const POSTS: &str = "/api/posts/";

async fn readiness(app: &TestApp) -> u16 {
    let request = Request::get("/-/ready").body(Body::empty()).unwrap();
    app.send(request).await.status.as_u16()
}

/// A column that the project added, which has only Python's default.
fn add_published(on: Backend) -> &'static str {
    match on {
        Backend::Sqlite => {
            "CREATE TABLE new_post (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, title varchar(200) NOT NULL, content text NOT NULL,
                created_at datetime NOT NULL, updated_at datetime NOT NULL, author_id integer NOT NULL, published bool NOT NULL);
            INSERT INTO new_post SELECT id, title, content, created_at, updated_at, author_id, 1 FROM posts_post;
            DROP TABLE posts_post; ALTER TABLE new_post RENAME TO posts_post"
        }
        Backend::Postgres => {
            "ALTER TABLE posts_post ADD COLUMN published boolean NOT NULL DEFAULT true;
            ALTER TABLE posts_post ALTER COLUMN published DROP DEFAULT"
        }
    }
}

fn mend(on: Backend) -> &'static str {
    match on {
        Backend::Sqlite => "ALTER TABLE posts_post DROP COLUMN published",
        Backend::Postgres => "ALTER TABLE posts_post ALTER COLUMN published SET DEFAULT true",
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_nobody_knows_lets_readiness_fall_until_it_is_mended(on: Backend) {
    let app = TestApp::on(on).await.may_fail();
    let ann = app.user("ann").await.log_in().await;
    ann.post("before").await;
    assert_eq!(readiness(&app).await, 200);
    app.sql(add_published(on)).await;
    let new = json!({"title": "t", "content": "c"});
    let refused = ann.send("POST", POSTS, &new).await.expect(503);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(readiness(&app).await, 503);
    ann.get(POSTS).await.expect(200);

    // a server that starts now serves what it can, and is not ready
    let other = app.another().await.may_fail();
    assert_eq!(readiness(&other).await, 503);
    ann.at(&other).get(POSTS).await.expect(200);
    let folder = tempfile::tempdir().unwrap();
    let (code, told) = migrate(folder.path(), &app.database, &[], &[]);
    assert!(
        code == 1
            && !told.contains("Nothing to do")
            && told.contains("posts_post.published takes no NULL"),
        "{code} {told}"
    );

    app.sql(mend(on)).await;
    for server in [&app, &other] {
        let begun = Instant::now();
        while readiness(server).await != 200 {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "it does not heal"
            );
            tokio::task::yield_now().await;
        }
        ann.at(server).send("POST", POSTS, &new).await.expect(201);
    }
    let (code, told) = migrate(folder.path(), &app.database, &[], &[]);
    assert!(code == 0 && told.contains("Nothing to do"), "{code} {told}");
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_gone_is_503_and_no_longer_ready(on: Backend) {
    let app = TestApp::on(on).await.may_fail();
    let ann = app.user("ann").await.log_in().await;
    // Django's `migrate posts zero`
    app.sql("DROP TABLE posts_post").await;
    ann.get(POSTS).await.expect(503);
    assert_eq!(readiness(&app).await, 503);
    ann.get("/api/users/profile/").await.expect(200);
    let other = app.another().await.may_fail();
    assert_eq!(readiness(&other).await, 503);
    app.abandon();
    other.abandon();
}

/// A constraint that refuses some rows alone keeps a server from nothing.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_ready_where_only_some_rows_are_refused(on: Backend) {
    let app = TestApp::on(on).await;
    app.sql("CREATE UNIQUE INDEX one_title ON posts_post (title)")
        .await;
    let other = app.another().await;
    let ann = other.user("ann").await.log_in().await;
    ann.post("one").await;
    let two = format!("{POSTS}{}/", ann.post("two").await);
    let one = json!({"title": "one", "content": "text"});
    for (method, path) in [("POST", POSTS), ("PUT", two.as_str())] {
        let refused = ann.send(method, path, &one).await.expect(400).json();
        let why = "A rule of the database refuses these values.";
        assert_eq!(refused, json!({"non_field_errors": [why]}), "{method}");
    }
    assert_eq!(readiness(&other).await, 200);
    let folder = tempfile::tempdir().unwrap();
    let (code, told) = migrate(folder.path(), &app.database, &[], &[]);
    assert!(
        code == 0 && told.contains("remark: posts_post has a unique constraint on (title)"),
        "{code} {told}"
    );
}

/// Django's `migrate auth 0011` cuts the column, which PostgreSQL alone enforces.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_longer_than_a_column_that_was_cut_is_503() {
    let app = TestApp::on(Backend::Postgres).await.may_fail();
    app.sql("ALTER TABLE auth_user ALTER COLUMN first_name TYPE varchar(30)")
        .await;
    let user = json!({"username": "ann", "email": "", "password": "ComplexPassword123!", "password2": "ComplexPassword123!",
        "first_name": "x".repeat(40), "last_name": ""});
    anonymous(&app, "POST", "/api/users/register/", &user)
        .await
        .expect(503);
    assert_eq!(readiness(&app).await, 503);
}
