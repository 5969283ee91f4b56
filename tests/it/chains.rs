//! Chains of tokens: what an old token costs, however long its chain is, and chains that began before links were numbered.

use std::time::{Duration, Instant};

use gatepost_tests::{Actor, Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;
use crate::refresh::{BLACKLISTED, claims};

const GENERATIONS: &str =
    "SELECT CAST(generation AS text) FROM gatepost_rotation ORDER BY generation";

/// Puts this many used links between the last two of a chain of three.
async fn lengthen(app: &TestApp, first: &str, links: u32) {
    let family = claims(first)["jti"].as_str().unwrap().to_owned();
    let numbers = format!(
        "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {links})"
    );
    // PostgreSQL plans anew, as after its own clean-up, which is off in tests
    let (utc, analyze) = if app.database.starts_with("sqlite:") {
        ("", "")
    } else {
        ("SET TIME ZONE 'UTC';", "ANALYZE")
    };
    app.sql(&format!(
        "{utc} UPDATE gatepost_rotation SET generation = generation + {links} WHERE family = '{family}' AND generation = 2;
        {numbers} INSERT INTO token_blacklist_outstandingtoken (jti, token, user_id, created_at, expires_at)
            SELECT 'link-' || CAST(i AS text), 'header.payload', NULL, '2027-01-01 00:00:00', '2040-02-20 00:00:00' FROM numbers;
        INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
            SELECT id, '2027-01-02 00:00:00' FROM token_blacklist_outstandingtoken WHERE jti LIKE 'link-%';
        {numbers} INSERT INTO gatepost_rotation (parent_jti, child_jti, family, generation, user_id, key_hash, issued_at, parent_exp, child_exp)
            SELECT 'link-' || CAST(i - 1 AS text), 'link-' || CAST(i AS text), '{family}', i + 1, NULL, NULL,
                '2027-01-02 00:00:00', '2040-02-20 00:00:00', '2040-02-21 00:00:00' FROM numbers;
        {analyze}"
    ))
    .await;
}

/// What two requests with the first token of a chain that is over cost.
async fn cost(ann: &Actor<'_>) -> Duration {
    let begun = Instant::now();
    let refused = ann.refresh_with(&ann.refresh, None).await;
    let logged_out = ann.log_out_with(&ann.refresh, Some("a")).await;
    let cost = begun.elapsed();
    assert_eq!(refused.wire(), BLACKLISTED);
    logged_out.expect(200);
    cost
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn an_old_token_costs_the_same_however_long_its_chain_is(on: Backend) {
    let app = TestApp::on(on).await;
    app.user("ann").await;
    let chain = async |links: u32| {
        let ann = app.known("ann").log_in().await;
        let second = ann.rotate(&ann.refresh, Some("a")).await;
        let third = ann.rotate(&second, Some("b")).await;
        if links > 0 {
            lengthen(&app, &ann.refresh, links).await;
        }
        ann.refresh_with(&ann.refresh, None).await.expect(401);
        assert_eq!(ann.refresh_with(&third, None).await.wire(), BLACKLISTED);
        ann
    };
    let chains = [chain(0).await, chain(12_000).await];
    // in turn, and the quickest of each: whatever else the machine does befalls both
    let mut costs = [Duration::MAX; 2];
    for _ in 0..40 {
        for (ann, quickest) in chains.iter().zip(&mut costs) {
            *quickest = cost(ann).await.min(*quickest);
        }
    }
    println!("{on:?}: {costs:?}");
    assert!(costs[1] < 2 * costs[0], "{costs:?}");
}

/// Makes the tables as they were before links were numbered.
async fn unnumber(app: &TestApp) {
    app.sql(
        "DROP INDEX gatepost_rotation_generation; ALTER TABLE gatepost_rotation DROP COLUMN generation;
        CREATE INDEX gatepost_rotation_family ON gatepost_rotation (family);
        DELETE FROM gatepost_migrations WHERE name = 'generations'",
    )
    .await;
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_before_goes_on_and_can_be_ended(
    on: Backend,
    #[values(false, true)] goes_on: bool,
) {
    let before = TestApp::on(on).await;
    let ann = before.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, Some("a")).await;
    let third = ann.rotate(&second, Some("b")).await;
    let mut newest = ann.rotate(&third, Some("c")).await;
    unnumber(&before).await;
    let app = before.another().await;
    let ann = ann.at(&app);
    assert_eq!(app.query(GENERATIONS).await, ["-1", "-1", "0"]);
    if goes_on {
        newest = ann.rotate(&newest, Some("d")).await;
        newest = ann.rotate(&newest, Some("e")).await;
        assert_eq!(app.query(GENERATIONS).await, ["-1", "-1", "0", "1", "2"]);
    }
    ann.refresh_with(&second, None).await.expect(401);
    assert_eq!(ann.refresh_with(&newest, None).await.wire(), BLACKLISTED);
}

/// Two servers of one database are not brought up to date at the same moment.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_a_server_that_does_not_number_is_found(
    on: Backend,
    #[values(false, true)] goes_on: bool,
) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, Some("a")).await;
    let third = ann.rotate(&second, Some("b")).await;
    let mut newest = ann.rotate(&third, Some("c")).await;
    app.sql("UPDATE gatepost_rotation SET generation = 0 WHERE generation = 3")
        .await;
    if goes_on {
        newest = ann.rotate(&newest, Some("d")).await;
        assert_eq!(app.query(GENERATIONS).await, ["0", "1", "2", "3"]);
    }
    ann.refresh_with(&ann.refresh, None).await.expect(401);
    assert_eq!(ann.refresh_with(&newest, None).await.wire(), BLACKLISTED);
}
