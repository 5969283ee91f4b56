//! PostgreSQL behind PgBouncer in transaction mode, where each transaction may find itself in another session.

use futures_util::future::join_all;
use gatepost_tests::pgbouncer::{self, PgBouncer};
use gatepost_tests::{Backend, Program, TestApp, anonymous, postgres, sql};
use serde_json::json;

/// The database of this URL as it is reached through the tests' PgBouncer.
fn pooled(database: &str) -> String {
    format!(
        "database.url = '{}'\ndatabase.pgbouncer = true",
        pgbouncer::before(database)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_answered() {
    let direct = TestApp::on(Backend::Postgres).await;
    let app = direct.another_with(&pooled(&direct.database)).await;
    let ann = app.user("ann").await.log_in().await;
    let second = ann.rotate(&ann.refresh, Some("key")).await;
    assert_eq!(ann.rotate(&ann.refresh, Some("key")).await, second);
    let third = ann.rotate(&second, None).await;
    // a reused token ends its chain
    ann.refresh_with(&ann.refresh, Some("another"))
        .await
        .expect(401);
    ann.refresh_with(&third, None).await.expect(401);

    let ids = join_all((0..20).map(async |number| ann.post(&format!("post {number}")).await)).await;
    let listed = ann.get("/api/posts/").await.expect(200).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(20));
    let words = json!({"title": "after", "content": "words"});
    let path = format!("/api/posts/{}/", ids[0]);
    ann.send("PUT", &path, &words).await.expect(200);
    ann.send("DELETE", &path, &json!(null)).await.expect(204);
    ann.get(&path).await.expect(404);
    ann.get("/api/users/profile/").await.expect(200);
    let account = json!({"username": "ann", "email": "a@example.com", "password": "ComplexPassword123!",
        "password2": "ComplexPassword123!", "first_name": "A", "last_name": "B"});
    anonymous(&app, "POST", "/api/users/register/", &account)
        .await
        .expect(400);

    // a list that is read in several turns
    direct
        .sql("INSERT INTO posts_post (title, content, created_at, updated_at, author_id)
            SELECT 'many', 'words', now(), now(), (SELECT id FROM auth_user WHERE username = 'ann') FROM generate_series(1, 1200)")
        .await;
    let listed = ann.get("/api/posts/").await.expect(200).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1219));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_make_one_successor() {
    let direct = TestApp::on(Backend::Postgres).await;
    let first = direct.another_with(&pooled(&direct.database)).await;
    let second = direct.another_with(&pooled(&direct.database)).await;
    let ann = first.user("ann").await.log_in().await;
    let servers = [&first, &second];
    let all = (0..40).map(async |caller| {
        let answer = ann.at(servers[caller % 2]);
        let answer = answer.refresh_with(&ann.refresh, Some("key")).await;
        answer.expect(200).field("refresh")
    });
    let mut successors = join_all(all).await;
    successors.dedup();
    assert_eq!(successors.len(), 1);
}

/// The tables are made by a start that reaches an empty database through it.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_is_migrated() {
    let server = postgres::Postgres::unsynced();
    sql::execute(&server.url("postgres"), "CREATE DATABASE notes").await;
    let bouncer = PgBouncer::before(server.port(), "");
    let origin = TestApp::on(Backend::Sqlite).await;
    let settings = format!(
        "database.url = '{}'\ndatabase.pgbouncer = true",
        bouncer.url("notes")
    );
    let app = origin.another_with(&settings).await;
    app.user("ann").await.log_in().await.post("first").await;
    let posts = sql::query(&server.url("notes"), "SELECT title FROM posts_post").await;
    assert_eq!(posts, ["first"]);
    app.abandon();
}

/// A client that goes away leaves no transaction open behind it, and no session is set to anything for the next one.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_in_a_session() {
    let direct = TestApp::on(Backend::Postgres).await;
    let lines = "ignore_startup_parameters = extra_float_digits";
    let bouncer = PgBouncer::before(port(), lines);
    let database = bouncer.url(direct.database.rsplit('/').next().unwrap());
    let settings = format!("database.url = '{database}'\ndatabase.pgbouncer = true");
    let app = direct.another_with(&settings).await;
    let ann = app.user("ann").await.log_in().await;
    let lock = direct.lock_users().await;
    {
        let profile = ann.get("/api/users/profile/");
        tokio::pin!(profile);
        while app.waiting().await == ["0"] {
            tokio::select! {
                biased;
                answer = &mut profile => panic!("the table is locked: {answer:?}"),
                () = tokio::time::sleep(std::time::Duration::from_millis(1)) => {}
            }
        }
    }
    lock.rollback().await;
    let open = "SELECT COUNT(*)::text FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'";
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while direct.query(open).await != ["0"] {
        assert!(
            std::time::Instant::now() < deadline,
            "a transaction is left open"
        );
    }
    let set = "SELECT current_setting('lock_timeout') || current_setting('statement_timeout') || (SELECT COUNT(*) FROM pg_prepared_statements)";
    assert_eq!(sql::query(&database, set).await, ["000"]);
}

/// Where the tests' server listens.
fn port() -> u16 {
    let url = postgres::url("x");
    url.rsplit([':', '/']).nth(1).unwrap().parse().unwrap()
}

/// Why there is no start.
fn refusal(database: &str, variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--bind", "127.0.0.1:0", "--database", database];
    let mut command = Program::command(folder.path(), &arguments);
    let output = Program::ended(command.envs(variables.iter().copied()));
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_nobody_told_of_is_named_at_the_start() {
    let direct = TestApp::on(Backend::Postgres).await;
    let name = direct.database.rsplit('/').next().unwrap();
    for lines in ["", "ignore_startup_parameters = extra_float_digits,options"] {
        let bouncer = PgBouncer::before(port(), lines);
        let why = refusal(&bouncer.url(name), &[]);
        assert!(why.contains("set database.pgbouncer = true"), "{why}");
        assert_eq!(why.lines().count(), 1, "{why}");
    }
    let url = format!("{}?search_path=public", pgbouncer::before(&direct.database));
    let why = refusal(&url, &[("GATEPOST_DATABASE__PGBOUNCER", "true")]);
    assert!(why.contains("take search_path and options out"), "{why}");
}
