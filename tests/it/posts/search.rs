//! A search through the posts: what is found, whatever is looked for, with the index of PostgreSQL's and without.

use std::fmt::Write as _;

use gatepost_tests::{Actor, Backend, Program, SECRET, TestApp};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::paging::{follow, ids, write};
use crate::both_databases;

/// The titles of what is found, over all pages.
async fn found(ann: &Actor<'_>, search: &str) -> Vec<i64> {
    let mut quoted = String::new();
    for byte in search.bytes() {
        write!(quoted, "%{byte:02X}").unwrap();
    }
    let first = format!("/api/posts/?page_size=2&search={quoted}");
    follow(ann, &first, "next").await.concat()
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_found_in_title_and_content_in_either_case(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    for (title, content) in [
        ("Apples", "and pears"),
        ("50% of it", "a_b c\\d"),
        ("ÉTÉ à Paris", "Привет, мир"),
        ("nothing", "an APPLE a day"),
        ("'; DROP TABLE posts_post; --", "a%b"),
    ] {
        let post = json!({"title": title, "content": content});
        ann.send("POST", "/api/posts/", &post).await.expect(201);
    }
    for (search, wanted) in [
        ("apple", &[4, 1][..]),
        ("  APPLES ", &[1]),
        ("and pears", &[1]),
        ("pears and", &[]),
        ("%", &[5, 2]),
        ("_", &[5, 2]),
        ("\\", &[2]),
        ("a%b", &[5]),
        ("a_b", &[2]),
        ("été", &[3]),
        ("ПРИВЕТ", &[3]),
        ("'; drop", &[5]),
        ("a", &[5, 4, 3, 2, 1]),
        ("app\0le", &[4, 1]),
        ("", &[5, 4, 3, 2, 1]),
        ("\0", &[5, 4, 3, 2, 1]),
        ("nowhere", &[]),
    ] {
        let wanted: Vec<i64> = wanted.to_vec();
        // PostgreSQL knows the case of what its locale does; that of the tests is C, and so of ASCII alone
        if on == Backend::Sqlite || search.is_ascii() {
            assert_eq!(found(&ann, search).await, wanted, "{search:?}");
        }
    }
    let long = "x".repeat(201);
    let answer = ann
        .get(&format!("/api/posts/?page_size=2&search={long}"))
        .await;
    assert_eq!(
        answer.wire(),
        r#"400 {"search":["Ensure this field has no more than 200 characters."]}"#
    );
    let of_author = ann
        .get("/api/posts/?page_size=9&search=apple&author=bob")
        .await;
    assert_eq!(ids(&of_author.expect(200).json()), [0; 0]);
    let of_author = ann
        .get("/api/posts/?page_size=9&search=apple&author=ann")
        .await;
    assert_eq!(ids(&of_author.expect(200).json()), [4, 1]);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_rare_text_is_found_far_down_with_an_index_and_without(
    on: Backend,
    #[values(true, false)] with_index: bool,
) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    write(&app, 1, 7000).await;
    app.sql("UPDATE posts_post SET content = 'a needle in it' WHERE id IN (3, 4, 2500, 6999)")
        .await;
    if !with_index {
        app.sql("DROP INDEX IF EXISTS gatepost_posts_trgm").await;
    }
    assert_eq!(found(&ann, "NEEDLE").await, [6999, 2500, 4, 3]);
    assert_eq!(found(&ann, "ne").await, [6999, 2500, 4, 3]);
    let back = "/api/posts/?page_size=3&search=needle&cursor=cj0xJnA9MA%3D%3D";
    let back = follow(&ann, back, "previous").await;
    assert_eq!(back, [&[2500, 4, 3][..], &[6999]]);
    assert_eq!(found(&ann, "nowhere to be seen").await, [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_table_of_postgresql_s_has_the_index_at_once() {
    let app = TestApp::on(Backend::Postgres).await;
    let index = "SELECT indexdef FROM pg_indexes WHERE indexname = 'gatepost_posts_trgm'";
    assert_eq!(app.query(index).await.len(), 1);
    app.sql("DROP INDEX gatepost_posts_trgm; DROP EXTENSION pg_trgm")
        .await;
    let again = app.another().await;
    assert_eq!(again.query(index).await.len(), 1);
    // who has too many posts for that is served without it
    app.sql("DROP INDEX gatepost_posts_trgm").await;
    let ann = again.user("ann").await.log_in().await;
    write(&again, 1, 10_000).await;
    let third = app.another().await;
    assert_eq!(third.query(index).await.len(), 0);
    assert_eq!(found(&ann.at(&third), "T9999").await, [9999]);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_how_posts_are_searched() {
    let folder = tempfile::tempdir().unwrap();
    let check = |database: &str, extensions: &str| {
        let mut command = Program::command(folder.path(), &["check", "--database", database]);
        command.env("GATEPOST_SECRET_KEY", SECRET);
        command.env("GATEPOST_SERVER__EXTENSIONS", extensions);
        let output = Program::ended(&mut command);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let searched = |database: &str| {
        let said = check(database, "true");
        let (_, searched) = said.split_once("shows them.").unwrap();
        searched.trim().to_owned()
    };
    assert_eq!(searched("sqlite:nothing"), "", "there is none yet");
    let app = TestApp::on(Backend::Sqlite).await;
    assert_eq!(
        searched(&app.database),
        "Posts are searched one by one: on SQLite there is no index for that."
    );
    let app = TestApp::on(Backend::Postgres).await;
    assert_eq!(
        searched(&app.database),
        "Posts are searched by the index gatepost_posts_trgm."
    );
    app.sql("DROP INDEX gatepost_posts_trgm").await;
    assert!(searched(&app.database).contains("until the index gatepost_posts_trgm is made"));
    assert!(!check(&app.database, "false").contains("searched"));
    // nobody is there to be asked, and the settings are valid all the same
    let away = searched("postgres://somebody@127.0.0.1:1/nothing");
    assert!(
        away.starts_with("What the database allows can't be said: "),
        "{away}"
    );
}
