//! How often a request waits for PostgreSQL, and what becomes of connections that PostgreSQL has closed.

use std::time::Duration;

use gatepost_tests::{Actor, Answer, Backend, TestApp, Trips};
use serde_json::json;

use crate::throttle::{self, PASSWORD};

/// The fewest round trips that one of some requests took: where the machine is slow a connection may have idled, and is
/// asked for a sign of life.
async fn fewest(trips: &Trips, mut request: impl AsyncFnMut() -> Answer) -> usize {
    let mut fewest = usize::MAX;
    for _ in 0..10 {
        trips.take();
        let answer = request().await;
        fewest = fewest.min(trips.take());
        assert!(answer.status.as_u16() < 500, "{}", answer.wire());
    }
    fewest
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_waits_for_postgresql_a_few_times() {
    let direct = TestApp::on(Backend::Postgres).await;
    let trips = Trips::before(&direct.database).await;
    let app = direct
        .another_with(&format!("database.url = '{}'", trips.url))
        .await;
    let ann = app.user("ann").await.log_in().await;

    assert_eq!(
        fewest(&trips, async || ann.get("/api/users/profile/").await).await,
        1
    );

    // the account, a token of its bucket before the hash, and all that a login writes in one statement
    let log_in = async || ann.obtain().await.expect(200);
    assert_eq!(fewest(&trips, log_in).await, 3);

    // the look, and the rotation in one statement
    let mut newest = ann.obtain().await.expect(200).field("refresh");
    let refresh = async || {
        let answer = ann.refresh_with(&newest, Some("key")).await.expect(200);
        newest = answer.field("refresh");
        answer
    };
    assert_eq!(fewest(&trips, refresh).await, 2);

    let again = async || {
        ann.refresh_with(&ann.refresh, Some("key"))
            .await
            .expect(200)
    };
    assert_eq!(fewest(&trips, again).await, 1, "a replay looks once");

    // the user, and the post
    let body = json!({"title": "t", "content": "c"});
    let create = async || ann.send("POST", "/api/posts/", &body).await.expect(201);
    assert_eq!(fewest(&trips, create).await, 2);

    // the user, the post as it is, and the change
    let path = format!("/api/posts/{}/", ann.post("t").await);
    let change = async || ann.send("PUT", &path, &body).await.expect(200);
    assert!(fewest(&trips, change).await <= 3);

    let mut tokens = Vec::new();
    for _ in 0..10 {
        tokens.push(ann.obtain().await.expect(200).field("refresh"));
    }
    let log_out = async || {
        let token = tokens.pop().unwrap();
        ann.log_out_with(&token, None).await.expect(200)
    };
    assert_eq!(fewest(&trips, log_out).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_with_two_buckets_waits_no_longer_and_without_any_not_for_them() {
    let direct = TestApp::on(Backend::Postgres).await;
    direct.user("ann").await;
    let trips = Trips::before(&direct.database).await;
    for (is_enabled, waits) in [(true, 3), (false, 2)] {
        let settings = format!(
            "database.url = '{}'\nthrottle.enabled = {is_enabled}",
            trips.url
        );
        let app = direct.another_with(&settings).await;
        let log_in = async || {
            let body = json!({"username": "ann", "password": PASSWORD});
            throttle::send(&app, "/api/token/", &body, Some("192.0.2.1"), &[])
                .await
                .expect(200)
        };
        assert_eq!(fewest(&trips, log_in).await, waits, "{is_enabled}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_its_token_alone_signs_in_waits_for_no_user() {
    let direct = TestApp::with(Backend::Postgres, "tokens.stateless = true").await;
    let trips = Trips::before(&direct.database).await;
    let url = format!("database.url = '{}'\ntokens.stateless = true", trips.url);
    let app = direct.another_with(&url).await;
    let ann = app.user("ann").await.log_in().await;
    for (path, trips_of_it) in [("/api/users/profile/", 0), ("/api/posts/", 1)] {
        let get = async || ann.get(path).await.expect(200);
        assert_eq!(fewest(&trips, get).await, trips_of_it, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_postgresql_has_closed_are_not_used_again() {
    let app = TestApp::on(Backend::Postgres).await;
    let ann: Actor<'_> = app.user("ann").await.log_in().await;
    app.query("SELECT CAST(COUNT(pg_terminate_backend(pid)) AS text) FROM pg_stat_activity WHERE application_name = 'gatepost' AND datname = current_database()")
        .await;
    // some were used a moment ago, and are taken without a question
    for _ in 0..3 {
        ann.get("/api/users/profile/").await.expect(200);
    }
    let second = ann.rotate(&ann.refresh, None).await;
    ann.rotate(&second, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_given_up_does_no_harm_to_its_connection() {
    let app = TestApp::with(Backend::Postgres, "database.connections = 1").await;
    let ann = app.user("ann").await.log_in().await;
    let locked = gatepost_tests::sql::Open::begin(&app.database, "LOCK auth_user").await;
    {
        let profile = ann.get("/api/users/profile/");
        tokio::pin!(profile);
        while app.waiting().await == ["0"] {
            tokio::select! {
                biased;
                answer = &mut profile => panic!("the table is locked: {answer:?}"),
                () = tokio::time::sleep(Duration::from_millis(1)) => {}
            }
        }
    }
    locked.rollback().await;
    ann.get("/api/users/profile/").await.expect(200);
    ann.rotate(&ann.refresh, None).await;
}
