//! How long the pages take where there are many rows.

use std::time::Instant;

use gatepost_tests::{Backend, TestApp, is_full};
use rstest::rstest;
use rstest_reuse::apply;

use super::{Tab, key, root};
use crate::both_databases;

/// How often each page is asked for.
const TIMES: usize = 9;

struct Counts {
    users: u32,
    posts: u32,
    /// The longest that the median of a page may take, in milliseconds.
    most: f64,
}

/// The figures of the large counts are those that are promised; what other tests do at the same time is not to fail the
/// small ones.
fn wanted() -> Counts {
    if is_full() {
        Counts {
            users: 100_000,
            posts: 1_000_000,
            most: 50.0,
        }
    } else {
        Counts {
            users: 2_000,
            posts: 5_000,
            most: 500.0,
        }
    }
}

/// Numbers from 1 to `count`, as a table `number(n)`.
fn numbers(on: Backend, count: u32) -> String {
    match on {
        Backend::Sqlite => format!(
            "(WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {count}) SELECT n FROM number) AS number"
        ),
        Backend::Postgres => format!("generate_series(1, {count}) AS number(n)"),
    }
}

/// Users with posts, of whom the first has a hundredth of all, and every twentieth is in a group.
async fn fill(app: &TestApp, on: Backend, counts: &Counts) {
    let (users, posts) = (numbers(on, counts.users), numbers(on, counts.posts));
    let Counts { users: all, .. } = counts;
    app.sql(&format!(
        "INSERT INTO auth_group (id, name) VALUES (1, 'editors');
        INSERT INTO auth_user (id, username, password, email, first_name, last_name, is_superuser, is_staff, is_active, date_joined)
            SELECT 1000 + n, 'user' || n, 'pbkdf2_sha256$1000000$abcdefghijklmnopqrstuv$0123456789abcdef0123456789abcdef0123456789a=',
                'user' || n || '@example.com', 'First' || (n % 1000), 'Last' || (n % 777), FALSE, n % 100 = 0, n % 10 <> 0,
                '2026-01-02 03:04:05' FROM {users};
        INSERT INTO auth_user_groups (user_id, group_id) SELECT 1000 + n, 1 FROM {users} WHERE n % 20 = 0;
        INSERT INTO posts_post (title, content, created_at, updated_at, author_id)
            SELECT 'Title ' || n, 'Some words that a post has, and some more of them, number ' || n, '2026-01-02 03:04:05', '2026-01-02 03:04:05',
                CASE WHEN n % 100 = 0 THEN 1001 ELSE 1001 + n % {all} END FROM {posts};
        INSERT INTO token_blacklist_outstandingtoken (jti, token, user_id, created_at, expires_at)
            SELECT 'jti-' || n, 'a token', 1000 + n, '2026-01-02 03:04:05', '2199-01-02 03:04:05' FROM {users};
        INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
            SELECT id, '2026-01-02 03:04:05' FROM token_blacklist_outstandingtoken WHERE user_id % 2 = 0;
        ANALYZE"
    ))
    .await;
}

async fn median(tab: &mut Tab, path: &str) -> f64 {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        tab.get(path).await.expect(200);
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    times[TIMES / 2]
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn every_page_opens_at_once(on: Backend) {
    let counts = wanted();
    let app = TestApp::on(on).await;
    let base = app.listen().await;
    let mut tab = root(&app, &base).await;
    fill(&app, on, &counts).await;
    let user = key(&app, "user1").await;
    let other = key(&app, "user1500").await;
    let post = app
        .query("SELECT CAST(MAX(id) AS text) FROM posts_post")
        .await
        .concat();
    let deep = counts.posts / 200;
    let mut pages = vec![
        "/admin/".to_owned(),
        format!("/admin/posts/post/{post}/change/"),
        format!("/admin/posts/post/{post}/delete/"),
        format!("/admin/posts/post/{post}/history/"),
        format!("/admin/posts/post/?p={deep}"),
        format!("/admin/auth/user/{user}/sessions/"),
        format!("/admin/auth/user/{user}/password/"),
        format!("/admin/auth/user/{user}/delete/"),
        format!("/admin/auth/user/{other}/change/"),
        format!("/admin/auth/user/{other}/history/"),
        format!("/admin/auth/user/?p={}", counts.users / 200),
    ];
    for list in [
        "posts/post/",
        "posts/post/add/",
        "posts/post/?author=1001",
        "posts/post/?title__icontains=77",
        "auth/group/",
        "auth/group/add/",
        "auth/group/1/change/",
        "auth/group/1/delete/",
        "auth/user/",
        "auth/user/add/",
        "auth/user/?q=user",
        "auth/user/?q=user1999",
        "auth/user/?q=nobody",
        "auth/user/?is_staff__exact=1",
        "auth/user/?is_active__exact=0&is_staff__exact=1",
        "auth/user/?groups__id__exact=1",
        "auth/user/?groups__isnull=True",
        "auth/user/?o=2",
        "auth/user/?o=-3.4",
        "auth/user/?o=5",
        "auth/user/?_facets=True",
        "token_blacklist/outstandingtoken/",
        "token_blacklist/outstandingtoken/?o=1",
        "token_blacklist/outstandingtoken/?o=-4",
        "token_blacklist/outstandingtoken/?q=jti-1999",
        "token_blacklist/blacklistedtoken/",
        "token_blacklist/blacklistedtoken/?o=1",
        "token_blacklist/blacklistedtoken/?o=-5",
        "token_blacklist/blacklistedtoken/add/",
    ] {
        pages.push(format!("/admin/{list}"));
    }
    let mut slow = Vec::new();
    for path in &pages {
        let took = median(&mut tab, path).await;
        println!("{on:?} {took:7.1} ms {path}");
        // who asks for these asks for a look at every row
        let looks_at_all = path.contains("_facets=") || path.contains("__icontains=");
        let most = if looks_at_all {
            counts.most * 10.0
        } else {
            counts.most
        };
        if took > most {
            slow.push(format!("{took:.1} ms {path}"));
        }
    }
    assert!(slow.is_empty(), "above {} ms: {slow:#?}", counts.most);
}
