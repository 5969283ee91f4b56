//! A copy that is killed between two transactions goes on where it was, and no server starts on half a copy.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gatepost_tests::{Program, postgres, sql};

use super::filled::{Filled, NEXT_POST};
use super::{copy, go_on, rows, said, same};
use crate::process::refusal;

const STATES: &str = "SELECT name || ' ' || state FROM gatepost_copy ORDER BY name";

fn begin(folder: &Path, from: &str, to: &str) -> Child {
    let arguments = ["copy", "--batch", "10", "--from", from, "--to", to];
    let mut command = Program::command(folder, &arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_so().await {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success(), "it had ended before");
}

/// No server starts on it.
fn is_half(folder: &Path, target: &str) {
    for arguments in [&["migrate"][..], &["--bind", "127.0.0.1:0"]] {
        let mut command = Program::command(folder, arguments);
        let output = Program::ended(command.args(["--database", target]));
        let why = refusal(&output);
        assert!(
            why.starts_with("this database is half a copy of another one; end it"),
            "{why}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_to_postgresql_that_was_killed_goes_on() {
    let filled = Filled::new("UTC").await;
    let (folder, source) = (filled.folder.path(), filled.url());
    postgres::create("resumed", None).await;
    let target = postgres::url("resumed");
    // the tables are made first, so that one of them can be locked
    let made = Program::run(folder, &["migrate", "--database", &target]);
    assert!(made.status.success(), "{made:?}");
    let lock = "LOCK posts_post IN SHARE ROW EXCLUSIVE MODE";
    sql::execute(&target, "DROP INDEX IF EXISTS gatepost_posts_trgm").await;
    let open = sql::Open::begin(&target, lock).await;
    let child = begin(folder, &source, &target);
    let waits = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("nobody waits for the lock", || async {
        sql::query(&target, waits).await == ["1"]
    })
    .await;
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(sent.success());
    let why = refusal(&child.wait_with_output().unwrap());
    assert_eq!(
        why,
        format!(
            "stopped by a signal; {target} is half a copy, and the same command goes on with it when it is run again"
        )
    );
    open.rollback().await;
    let open = sql::Open::begin(&target, lock).await;
    let child = begin(folder, &source, &target);
    until("nobody waits for the lock", || async {
        sql::query(&target, waits).await == ["1"]
    })
    .await;
    kill(child);
    open.rollback().await;
    let states = sql::query(&target, STATES).await;
    let users = "SELECT COUNT(*) FROM auth_user";
    assert_eq!(sql::query(&target, users).await, ["3"]);
    assert_eq!(states.len(), 20, "{states:?}");
    is_half(folder, &target);
    // and no other source is mixed into it
    let other = Filled::new("UTC").await;
    let why = refusal(&copy(folder, &other.url(), &target, &[]));
    assert!(
        why.starts_with("the target is a half copy of another database, or "),
        "{why}"
    );
    let told = said(&copy(folder, &source, &target, &[]));
    assert!(
        told.starts_with("Went on with a copy that was broken off"),
        "{told}"
    );
    let back = format!("sqlite:{}", folder.join("back.sqlite3").display());
    said(&copy(folder, &target, &back, &[]));
    same(&rows(&source).await, &rows(&back).await);
    go_on(folder, &target, &mut filled.kept(), NEXT_POST).await;
    postgres::drop("resumed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_to_sqlite_that_was_killed_goes_on() {
    let filled = Filled::new("UTC").await;
    let (folder, source) = (filled.folder.path(), filled.url());
    postgres::create("resumed_back", None).await;
    let middle = postgres::url("resumed_back");
    said(&copy(folder, &source, &middle, &[]));
    let target = format!("sqlite:{}", folder.join("back.sqlite3").display());
    // the tables are made first, so that there is something to look at
    let made = Program::run(folder, &["migrate", "--database", &target]);
    assert!(made.status.success(), "{made:?}");
    let child = begin(folder, &middle, &target);
    let posts = "SELECT COUNT(*) FROM posts_post";
    until("no post comes", || async {
        sql::query(&target, posts).await != ["0"]
    })
    .await;
    // it waits for this one now
    let open = sql::Open::begin(&target, "").await;
    kill(child);
    open.rollback().await;
    let count: usize = sql::query(&target, posts).await.concat().parse().unwrap();
    assert!(
        count > 0 && (count == 599 || count.is_multiple_of(10)),
        "{count}"
    );
    is_half(folder, &target);
    said(&copy(folder, &middle, &target, &[]));
    same(&rows(&source).await, &rows(&target).await);
    go_on(folder, &target, &mut filled.kept(), NEXT_POST).await;
    postgres::drop("resumed_back").await;
}

/// What was copied before and has changed since is noticed.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_has_changed_since_is_not_gone_on_with() {
    let filled = Filled::new("UTC").await;
    let (folder, source) = (filled.folder.path(), filled.url());
    postgres::create("changed", None).await;
    let target = postgres::url("changed");
    said(&copy(folder, &source, &target, &[]));
    // as if the last step were still to come
    let half =
        "CREATE TABLE gatepost_copy (name varchar(255) NOT NULL PRIMARY KEY, state text NOT NULL)";
    sql::execute(&target, half).await;
    let why = refusal(&copy(folder, &source, &target, &[]));
    assert!(
        why.contains("is a half copy of another database, or "),
        "{why}"
    );
    postgres::drop("changed").await;
}
