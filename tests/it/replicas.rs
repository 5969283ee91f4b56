//! What a database knows of its servers: which key each signs with, and for how long one that was killed counts.

use std::fs;
use std::path::Path;

use gatepost_server::Clock;
use gatepost_tests::{Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;
use crate::key_rotation::{hang_up, keys, until_listed};

/// The names of the keys that the file of `keys new` has.
fn kids(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("gatepost-data/keys.toml")).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("kid = \""));
    lines
        .map(|kid| kid.trim_matches('"')[..16].to_owned())
        .collect()
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_says_which_server_signs_with_which_key(on: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::with_clock(on, "", Clock::system()).await;
    app.user("ann").await;
    let servers = [
        app.program(folder.path(), &[]),
        app.program(folder.path(), &[]),
    ];
    tokio::task::block_in_place(|| {
        let folder = folder.path();
        until_listed(folder, &app, "known to 2 of 2");
        assert_eq!(keys(folder, &app, "new").0, Some(0));
        servers.iter().for_each(hang_up);
        until_listed(
            folder,
            &app,
            "waits  from gatepost-data/keys.toml; known to 2 of 2",
        );
        let (code, told) = keys(folder, &app, "rotate");
        assert_eq!(code, Some(0), "{told}");
        let new = kids(folder).last().unwrap().clone();
        let signing = |told: &str| {
            let signs = format!(" signs with {new}");
            let is_server = |line: &&str| line.starts_with("server ");
            let lines: Vec<&str> = told.lines().filter(is_server).collect();
            assert_eq!(lines.len(), 2, "{told}");
            lines.iter().filter(|line| line.contains(&signs)).count()
        };
        assert_eq!(signing(&keys(folder, &app, "list").1), 0);
        hang_up(&servers[0]);
        until_listed(folder, &app, &format!(" signs with {new}"));
        let (_, told) = keys(folder, &app, "list");
        assert_eq!(signing(&told), 1, "{told}");
        assert!(
            told.contains(", a key of before: give it gatepost-data/keys.toml and send it SIGHUP"),
            "{told}"
        );
    });
}

/// Several servers are what PostgreSQL is for. A line of one that was killed says nothing.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_a_file_is_told_once(on: Backend) {
    const SAYS: &str = "another server writes to the same file of SQLite";
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::with_clock(on, "", Clock::system()).await;
    app.user("ann").await;
    let lines = "SELECT value FROM gatepost_meta WHERE name LIKE 'replica.%'";
    let until = async |count: usize| {
        while app.query(lines).await.len() < count {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let killed = tokio::task::block_in_place(|| app.program(folder.path(), &[]));
    until(1).await;
    killed.kill();
    let first = tokio::task::block_in_place(|| app.program(folder.path(), &[]));
    until(2).await;
    // lines count seconds
    let begun = Clock::system().now().timestamp();
    while Clock::system().now().timestamp() <= begun {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let second = tokio::task::block_in_place(|| app.program(folder.path(), &[]));
    until(3).await;
    // it looks, and then renews its own line
    tokio::task::block_in_place(|| hang_up(&first));
    let new = format!(
        "SELECT COUNT(*) FROM gatepost_meta WHERE name LIKE 'replica.%' AND CAST(SUBSTR(value, 1, 10) AS bigint) > {begun}"
    );
    while app.query(&new).await != ["2"] {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let (first, second) = tokio::task::block_in_place(|| (first.log(), second.log()));
    let told = first.matches(SAYS).count();
    assert_eq!(told, usize::from(on == Backend::Sqlite), "{first}");
    assert_eq!(second.matches(SAYS).count(), 0, "{second}");
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_killed_is_forgotten(on: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::with_clock(on, "", Clock::system()).await;
    app.user("ann").await;
    let now = Clock::system().now().timestamp();
    let line = |id: &str, ago: i64| {
        format!(
            "INSERT INTO gatepost_meta (name, value) VALUES ('replica.{id}', '{} - x')",
            now - ago
        )
    };
    app.sql(&line("killed", 20)).await;
    let left = async || {
        app.query("SELECT name FROM gatepost_meta WHERE name LIKE 'replica.%'")
            .await
    };
    let why = tokio::task::block_in_place(|| {
        assert_eq!(keys(folder.path(), &app, "new").0, Some(0));
        let (code, why) = keys(folder.path(), &app, "rotate");
        assert_eq!(code, Some(1), "{why}");
        why
    });
    let seconds = why
        .split("is forgotten in ")
        .nth(1)
        .unwrap_or_else(|| panic!("{why}"));
    let seconds: i64 = seconds.split(' ').next().unwrap().parse().unwrap();
    assert!((1..=76).contains(&seconds), "{why}");

    // the next server removes what is older, and so does the rotation
    app.sql("DELETE FROM gatepost_meta WHERE name = 'replica.killed'")
        .await;
    app.sql(&line("old", 96)).await;
    tokio::task::block_in_place(|| {
        let server = app.program(folder.path(), &[]);
        until_listed(folder.path(), &app, "known to 1 of 1");
        assert_eq!(server.terminate(), Some(0));
    });
    assert!(left().await.is_empty(), "{:?}", left().await);
    app.sql(&line("old", 96)).await;
    tokio::task::block_in_place(|| {
        let (code, told) = keys(folder.path(), &app, "rotate");
        assert_eq!(code, Some(0), "{told}");
    });
    assert!(left().await.is_empty(), "{:?}", left().await);
}
