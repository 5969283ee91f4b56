//! The counts of a service that has grown: 100,000 users, 1,000,000 posts and 400,000 tokens, there and back, and killed
//! on the way.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use gatepost_tests::postgres::Postgres;
use gatepost_tests::{Program, is_full, sql};

use super::filled::{Filled, NEXT_POST};
use super::{go_on, said};

const USERS: u32 = 100_000;
const POSTS: u32 = 1_000_000;
const TOKENS: u32 = 400_000;

/// A sum over every column of the large tables, which both databases compute by themselves, and how many rows they have.
const SUMS: [&str; 3] = [
    "SELECT COUNT(*) || ' ' || SUM(id) || ' ' || SUM(LENGTH(username)) || ' ' || SUM(LENGTH(password)) || ' ' || COUNT(last_login) FROM auth_user",
    "SELECT COUNT(*) || ' ' || SUM(id) || ' ' || SUM(LENGTH(title)) || ' ' || SUM(LENGTH(content)) || ' ' || SUM(author_id) FROM posts_post",
    "SELECT COUNT(*) || ' ' || SUM(id) || ' ' || SUM(LENGTH(token)) || ' ' || SUM(user_id) || ' ' || COUNT(created_at) FROM token_blacklist_outstandingtoken",
];

async fn sums(url: &str) -> Vec<String> {
    let mut sums = Vec::new();
    for query in SUMS {
        sums.extend(sql::query(url, query).await);
    }
    sums
}

async fn fill(url: &str) {
    let numbers = |count: u32| {
        format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})")
    };
    let statements = [
        format!("{} INSERT INTO auth_user (password, last_login, is_superuser, username, last_name, email, is_staff, is_active, date_joined, first_name)
            SELECT 'pbkdf2_sha256$1$salt$' || hex(randomblob(16)), CASE WHEN i % 2 THEN '2026-01-01 00:00:00' END, 0, 'many' || i, 'Last', 'a@example.com', 0, 1, '2026-01-01 00:00:00.000001', 'First' FROM n", numbers(USERS)),
        format!("{} INSERT INTO posts_post (title, content, created_at, updated_at, author_id)
            SELECT 'Title ' || i, 'Content ' || hex(randomblob(60)) || char(10) || i, '2026-01-01 00:00:00.000001', '2026-01-02 00:00:00', i % {USERS} + 1 FROM n", numbers(POSTS)),
        format!("{} INSERT INTO token_blacklist_outstandingtoken (jti, token, user_id, created_at, expires_at)
            SELECT hex(randomblob(16)) || i, 'header.' || hex(randomblob(100)) || '.', i % {USERS} + 1, '2026-01-01 00:00:00', '2099-01-01 00:00:00' FROM n", numbers(TOKENS)),
    ];
    sql::execute(url, &statements.join(";")).await;
}

/// Kills it once there are so many rows in a table.
async fn kill_at(mut child: Child, url: &str, query: &str, rows: u64) {
    let deadline = Instant::now() + Duration::from_mins(10);
    loop {
        let found: u64 = sql::query(url, query).await.concat().parse().unwrap();
        if found >= rows {
            break;
        }
        assert!(Instant::now() < deadline, "only {found} rows");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success(), "it had ended before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_million_posts_come_there_and_back() {
    if !is_full() {
        return;
    }
    let filled = Filled::new("UTC").await;
    let (folder, source) = (filled.folder.path(), filled.url());
    fill(&source).await;
    let wanted = sums(&source).await;
    let server = Postgres::unsynced();
    sql::execute(&server.url("postgres"), "CREATE DATABASE many").await;
    let middle = server.url("many");
    let back = format!("sqlite:{}", folder.join("back.sqlite3").display());
    let start = |from: &str, to: &str| {
        let mut command = Program::command(folder, &["copy", "--from", from, "--to", to]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    for (from, to) in [(&source, &middle), (&middle, &back)] {
        // the tables are made first, so that there is something to look at
        let made = Program::run(folder, &["migrate", "--database", to]);
        assert!(made.status.success(), "{made:?}");
        let begun = Instant::now();
        let posts = "SELECT COUNT(*) FROM posts_post";
        kill_at(start(from, to), to, posts, 100_000).await;
        let broken_off = begun.elapsed();
        let mut command = Program::command(folder, &["copy", "--from", from, "--to", to]);
        let output = command.output().unwrap();
        println!("{}", said(&output));
        println!(
            "{broken_off:?} until it was killed, {:?} in all",
            begun.elapsed()
        );
        assert_eq!(sums(to).await, wanted);
    }
    let next = NEXT_POST + i64::from(POSTS);
    go_on(folder, &back, &mut filled.kept(), next).await;
}
