//! A large table of posts: the whole list takes little memory, the last page costs what the first does, and a search is
//! answered soon, by the index that a server makes beside its work and without it.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::StreamExt;
use gatepost_server::Clock;
use gatepost_tests::{Backend, TestApp, is_full};
use reqwest::Client;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::Value;

use super::paging::{ids, link};
use crate::both_databases;

/// Posts of about 200 bytes, two of which have a needle in them.
async fn fill(app: &TestApp, count: i64) {
    let numbers = if app.database.starts_with("sqlite:") {
        format!(
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n)"
        )
    } else {
        app.sql("DROP INDEX gatepost_posts_trgm").await;
        format!("generate_series(1, {count}) AS n(i)")
    };
    app.sql(&format!(
        "INSERT INTO posts_post (title, content, author_id, created_at, updated_at)
         SELECT 'Post ' || i, 'Number ' || (i % 100003 * 7919 % 100003) || ' about topic' || (i % 977) || '. ' ||
            CASE WHEN i IN (17, 4711) THEN 'Here is the needle.' ELSE 'There is nothing in it.' END ||
            ' These are the words that everybody writes again and again in such a post, to fill a line or two of it.',
            1, '2026-01-02 03:04:05', '2026-01-02 03:04:05' FROM {numbers}"
    ))
    .await;
    if !app.database.starts_with("sqlite:") {
        app.sql("VACUUM ANALYZE posts_post").await;
    }
}

struct Asking {
    http: Client,
    base: String,
    token: String,
}

impl Asking {
    async fn get(&self, query: &str) -> reqwest::Response {
        let url = format!("{}/api/posts/{query}", self.base);
        let answer = self.http.get(url).bearer_auth(&self.token).send().await;
        answer.unwrap().error_for_status().unwrap()
    }

    async fn page(&self, query: &str) -> (Vec<i64>, Option<String>, Duration) {
        let begun = Instant::now();
        let body = self.get(query).await.bytes().await.unwrap();
        let took = begun.elapsed();
        let page: Value = serde_json::from_slice(&body).unwrap();
        let next = link(&page, "next").map(|next| next.replace("/api/posts/", ""));
        (ids(&page), next, took)
    }

    /// How long the first hundred of a search take, and which they are. Where that is longer than a search may go on, it
    /// is continued.
    async fn search(&self, text: &str) -> (Vec<i64>, Duration) {
        let (mut times, mut found) = (Vec::new(), Vec::new());
        for _ in 0..if is_full() { 5 } else { 1 } {
            let begun = Instant::now();
            let mut next = Some(format!("?page_size=100&search={text}"));
            found.clear();
            while let Some(query) = next.filter(|_| found.len() < 100) {
                let (page, rest, _) = self.page(&query).await;
                found.extend(page);
                next = rest;
            }
            times.push(begun.elapsed());
        }
        (found, median(times))
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Waits until the server has made the index.
async fn indexed(app: &TestApp) {
    let index = "SELECT CAST(indisvalid AS text) FROM pg_index WHERE indexrelid = to_regclass('gatepost_posts_trgm')";
    let deadline = Instant::now() + Duration::from_mins(10);
    while app.query(index).await != ["true"] {
        assert!(Instant::now() < deadline, "the index is not made");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_large_table_is_listed_paged_and_searched(on: Backend) {
    let count = if is_full() { 1_000_000 } else { 12_000 };
    let app = TestApp::with_clock(on, "", Clock::system()).await;
    let ann = app.user("ann").await.log_in().await;
    fill(&app, count).await;
    let folder = tempfile::tempdir().unwrap();
    let program = app.program(folder.path(), &[]);
    let asking = Asking {
        http: Client::new(),
        base: program.base.clone(),
        token: ann.access.clone(),
    };

    let begun = Instant::now();
    let mut list = asking.get("").await.bytes_stream();
    let (mut length, mut posts) = (0, 0);
    while let Some(piece) = list.next().await {
        let piece = piece.unwrap();
        length += piece.len();
        // no text has a brace in it
        posts += piece.split(|byte| *byte == b'{').count() - 1;
    }
    let whole = begun.elapsed();
    assert_eq!(posts, usize::try_from(count).unwrap());
    let peak = program.peak_memory() / 1024;
    println!(
        "{on:?}, {count} posts: {} MB in {whole:?}, at most {peak} MB of memory",
        length / 1_000_000
    );
    // the code of a build for tests takes more of it than that of a release
    let most = if cfg!(debug_assertions) { 80 } else { 64 };
    assert!(peak < most, "{peak} MB");

    let last = format!("?page_size=100&cursor={}", BASE64_STANDARD.encode("p=101"));
    let newest: Vec<i64> = (count - 99..=count).rev().collect();
    let oldest: Vec<i64> = (1..=100).rev().collect();
    let (mut firsts, mut lasts) = (Vec::new(), Vec::new());
    for _ in 0..if is_full() { 500 } else { 5 } {
        let (page, _, took) = asking.page("?page_size=100").await;
        assert_eq!(page, newest);
        firsts.push(took);
        let (page, _, took) = asking.page(&last).await;
        assert_eq!(page, oldest);
        lasts.push(took);
    }
    let (first, last) = (median(firsts), median(lasts));
    println!("the first page {first:?}, the last one {last:?}");
    let most = (first.mul_f64(1.2)).max(first + Duration::from_micros(300));
    assert!(!is_full() || last <= most, "{last:?} for {first:?}");

    let mut ways = vec![(false, Duration::from_millis(1500))];
    if on == Backend::Postgres {
        indexed(&app).await;
        ways.insert(0, (true, Duration::from_millis(100)));
    }
    for (with_index, mut limit) in ways {
        // the texts of SQLite's are compared by code of the server's own, which a build for tests does not make fast
        if cfg!(debug_assertions) && on == Backend::Sqlite {
            limit *= 6;
        }
        if !with_index && on == Backend::Postgres {
            app.sql("DROP INDEX gatepost_posts_trgm").await;
        }
        for (text, wanted) in [
            ("needle", vec![4711, 17]),
            ("everybody writes", newest.clone()),
            ("NOTHING in it", newest.clone()),
            ("nowhere", vec![]),
        ] {
            let (found, took) = asking.search(text).await;
            println!("{text:?}, index: {with_index}: {took:?}");
            assert_eq!(found, wanted, "{text}");
            assert!(!is_full() || took < limit, "{text}: {took:?}");
        }
    }
    println!("at most {} MB of memory", program.peak_memory() / 1024);
}
