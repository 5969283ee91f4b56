//! What requests cost as posts and tokens grow: the same server on three databases.

use std::time::{Duration, Instant};

use gatepost_live::sql;

use crate::connection::Connection;
use crate::requests::{Kind, get};
use crate::rounds::{self, Case, Table};
use crate::servers::{Program, Server, folder};
use crate::template::Template;
use crate::{data, usage};

/// How many posts and tokens each database has more than the bench's own.
pub(crate) const SIZES: [(usize, usize); 3] = [(0, 0), (100_000, 400_000), (1_000_000, 4_000_000)];
/// What is asked.
pub(crate) const KINDS: [Kind; 5] = [
    Kind::Profile,
    Kind::Post,
    Kind::Create,
    Kind::Refresh,
    Kind::Verify,
];
/// Over how many connections.
pub(crate) const CONNECTIONS: usize = 64;

/// What came of it.
pub(crate) struct Growth {
    /// The figures, a server for each size.
    pub(crate) table: Table,
    /// How long the list of all posts takes on the largest.
    pub(crate) list: Duration,
    /// How many bytes it has.
    pub(crate) bytes: u64,
    /// The most memory that the server held until then, in KiB.
    pub(crate) peak: u64,
}

/// Fills the databases and asks each.
pub(crate) async fn measure(
    program: Program<'_>,
    template: &Template,
    rounds: usize,
    seconds: f64,
) -> anyhow::Result<Growth> {
    let mut servers = Vec::new();
    for (posts, tokens) in SIZES {
        let folder = folder()?;
        let database = template.copy_to(&folder)?;
        if posts > 0 {
            add(&database, posts, tokens).await;
        }
        let name = format!("Gatepost with {posts} posts");
        servers.push(Server::start(&name, program, &folder, database));
    }
    let cases: Vec<Case> = KINDS.into_iter().map(|kind| (kind, CONNECTIONS)).collect();
    let table = rounds::run(&servers, &cases, rounds, seconds).await?;
    let largest = &servers[SIZES.len() - 1];
    let request = get("/api/posts/", Some(&data::access_token(1)));
    let (mut body, begun) = (Vec::new(), Instant::now());
    Connection::new(largest.address)
        .send(&request, &mut body)
        .await?;
    Ok(Growth {
        table,
        list: begun.elapsed(),
        bytes: body.len() as u64,
        peak: usage::peak(largest.pid),
    })
}

/// Adds posts of all users, and tokens in chains of a hundred, of which the last one alone is unused.
async fn add(database: &str, posts: usize, tokens: usize) {
    let (title, content) = data::post_texts();
    let text = "h".repeat(180); // of the length of a real one
    let numbers = |count: usize| {
        format!(
            "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {count})"
        )
    };
    let (some_posts, some_tokens, users) = (numbers(posts), numbers(tokens), data::USERS);
    // nobody needs this file after a crash
    let statements = format!(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;
        {some_posts} INSERT INTO posts_post (title, content, created_at, updated_at, author_id)
            SELECT '{title}', '{content}', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1 + i % {users} FROM numbers;
        {some_tokens} INSERT INTO token_blacklist_outstandingtoken (id, jti, token, user_id, created_at, expires_at)
            SELECT 1000 + i, printf('%032x', i), '{text}', 1 + i / 100 % {users}, '2026-01-01 00:00:00', '2099-01-01 00:00:00' FROM numbers;
        {some_tokens} INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
            SELECT 1000 + i, '2026-01-01 00:00:00' FROM numbers WHERE i % 100 != 99;
        {some_tokens} INSERT INTO gatepost_rotation (parent_jti, child_jti, family, user_id, issued_at, parent_exp, child_exp)
            SELECT printf('%032x', i), printf('%032x', i + 1), printf('%032x', i - i % 100), 1 + i / 100 % {users},
                '2026-01-01 00:00:00', '2099-01-01 00:00:00', '2099-01-01 00:00:00' FROM numbers WHERE i % 100 != 99;
        COMMIT;"
    );
    sql::execute(database, &statements).await;
}
