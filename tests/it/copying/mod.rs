//! `gatepost-server copy`: from SQLite to PostgreSQL and back, every table, equal to the letter, and clients go on.

mod filled;
mod large;
mod refused;
mod resumed;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

use gatepost_tests::{Program, SECRET, postgres, sql};
use reqwest::Method;
use serde_json::json;

use self::filled::{Filled, Kept, NEXT_POST};
use crate::remote::Remote;

/// Copies, with what more there is to say.
fn copy(folder: &Path, from: &str, to: &str, more: &[&str]) -> Output {
    let arguments = ["copy", "--from", from, "--to", to];
    Program::ended(Program::command(folder, &arguments).args(more))
}

#[track_caller]
fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(errors.is_empty(), "nobody reads a progress here: {errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Every row of every table of SQLite's, each value as SQL writes it, and the numbers of the next rows.
async fn rows(url: &str) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('gatepost_migrations')";
    for table in sql::query(url, tables).await {
        let columns = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY name");
        let columns = sql::query(url, &columns).await;
        let quoted: Vec<_> = (columns.iter())
            .map(|column| format!("'{column}=' || quote(\"{column}\")"))
            .collect();
        // which servers live is no matter of the other database's
        let which = if table == "gatepost_meta" {
            "WHERE name NOT LIKE 'replica.%'"
        } else {
            ""
        };
        let query = format!(
            "SELECT {} FROM \"{table}\" {which} ORDER BY 1",
            quoted.join(" || ' ' || ")
        );
        all.insert(table, sql::query(url, &query).await);
    }
    all
}

/// Compares two databases of SQLite's.
#[track_caller]
fn same(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>) {
    for (table, rows) in before {
        assert_eq!(Some(rows), after.get(table), "{table}");
    }
    assert_eq!(before.len(), after.len());
}

/// The clients of before go on at a server on this database, and the next post has the next number.
async fn go_on(folder: &Path, url: &str, kept: &mut Kept, next_post: i64) {
    let mut command = Program::command(folder, &["--database", url]);
    command
        .env("GATEPOST_SECRET_KEY", SECRET)
        .env("GATEPOST_PASSWORDS__ITERATIONS", "1");
    let server = Program::serve(&mut command);
    let remote = Remote::new(&server.base);
    let pair = remote.refresh(&kept.refresh, Some("next")).await.unwrap();
    assert_eq!(pair.status, 200, "{pair:?}");
    // a rotation of before is known: the same successor again
    let again = remote.refresh(&kept.refresh, Some("next")).await.unwrap();
    assert_eq!(again.replayed, "true");
    let spent = remote.refresh(&kept.logged_out, None).await.unwrap();
    assert_eq!(spent.status, 401, "{spent:?}");
    let post = json!({"title": "next", "content": "after the move"});
    let access = pair.token("access");
    let made = remote.signed_in(Method::POST, "/api/posts/", &access, &post);
    let made = made.await.unwrap();
    assert_eq!(made.body["id"], next_post, "{made:?}");
    // the next user, too
    remote.register(&format!("new{next_post}")).await;
    kept.refresh = pair.token("refresh");
    assert_eq!(server.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_rows_come_to_postgresql_and_back_and_clients_go_on() {
    let filled = Filled::new("UTC").await;
    let (folder, source) = (filled.folder.path(), filled.url());
    postgres::create("copied", None).await;
    let target = postgres::url("copied");
    let before = rows(&source).await;
    let told = said(&copy(folder, &source, &target, &[]));
    let count: usize = (before.iter())
        .filter(|(name, _)| !name.starts_with("sqlite_"))
        .map(|(_, rows)| rows.len())
        .sum();
    assert!(
        told.starts_with(&format!("Copied {count} rows of 20 tables from sqlite:")),
        "{told}"
    );
    assert!(told.contains("It needs the secret key of before"), "{told}");
    // looked at behind the program's back
    let title = "SELECT title || content FROM posts_post WHERE id = 3";
    assert_eq!(
        sql::query(&target, title).await,
        sql::query(&source, title).await
    );
    let odd = "SELECT CAST(created_at AT TIME ZONE 'UTC' AS text) FROM posts_post WHERE id IN (1, 2) ORDER BY id";
    assert_eq!(
        sql::query(&target, odd).await,
        ["2026-01-02 03:04:05", "2026-01-02 03:04:05.00006"]
    );
    let tables = "SELECT tablename FROM pg_tables WHERE tablename = 'gatepost_copy'";
    assert!(sql::query(&target, tables).await.is_empty());

    // back, into a file that is not there yet
    let back = format!("sqlite:{}", folder.join("back.sqlite3").display());
    said(&copy(folder, &target, &back, &[]));
    same(&before, &rows(&back).await);

    let mut kept = filled.kept();
    let next = NEXT_POST;
    go_on(folder, &target, &mut kept, next).await;
    // and once more there and back, with what a server has written on PostgreSQL
    let again = format!("sqlite:{}", folder.join("again.sqlite3").display());
    said(&copy(folder, &target, &again, &[]));
    go_on(folder, &again, &mut kept, next + 1).await;
    postgres::drop("copied").await;
}

/// Without USE_TZ SQLite has the clock on the wall, and PostgreSQL instants.
#[tokio::test(flavor = "multi_thread")]
async fn dates_without_use_tz_are_moved_by_the_zone() {
    let filled = Filled::new("America/New_York").await;
    let (folder, source) = (filled.folder.path(), filled.url());
    postgres::create("zoned", None).await;
    let target = postgres::url("zoned");
    let before = rows(&source).await;
    said(&copy(folder, &source, &target, &[]));
    let post = "SELECT CAST(created_at AT TIME ZONE 'UTC' AS text) FROM posts_post WHERE id = 1";
    assert_eq!(sql::query(&target, post).await, ["2026-01-02 08:04:05"]);
    let ours = "SELECT CAST(at AT TIME ZONE 'UTC' AS text) FROM gatepost_event WHERE kind = 'reuse' LIMIT 1";
    assert_eq!(sql::query(&target, ours).await, ["2026-01-02 03:04:05"]);
    let back = format!("sqlite:{}", folder.join("back.sqlite3").display());
    said(&copy(folder, &target, &back, &[]));
    same(&before, &rows(&back).await);
    postgres::drop("zoned").await;
}
