//! PostgreSQL that takes no writes, lets nobody in or is gone for a while: 503 and not ready while it lasts, and the next
//! request succeeds when it is over.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gatepost_server::testing;
use gatepost_tests::{Actor, Answer, Backend, TestApp, anonymous, postgres, sql};
use rstest::rstest;
use serde_json::json;

/// A server as a role of its own, which the database's owner may lock out.
async fn as_a_role() -> (TestApp, TestApp, String) {
    let owner = TestApp::on(Backend::Postgres).await;
    let database = owner.database.clone();
    let (place, name) = database.rsplit_once('/').unwrap();
    let role = format!("role_{name}");
    owner
        .sql(&format!(
            "CREATE ROLE {role} LOGIN; GRANT CONNECT ON DATABASE {name} TO {role};
            GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}"
        ))
        .await;
    let url = format!("{}/{name}", place.replace("postgres@", &format!("{role}@")));
    let app = owner.another_with(&format!("database.url = '{url}'")).await;
    (owner, app.may_fail(), name.to_owned())
}

async fn administer(statements: &str) {
    sql::execute(&postgres::url("postgres"), statements).await;
}

async fn ready(app: &TestApp) -> u16 {
    let probe = axum::extract::Request::get("/-/ready").body(axum::body::Body::empty());
    app.send(probe.unwrap()).await.status.as_u16()
}

/// Every kind of request that writes.
async fn writes(app: &TestApp, ann: &Actor<'_>, post: i64, name: &str) -> Vec<Answer> {
    let account = json!({"username": name, "email": "a@example.com", "password": "ComplexPassword123!",
        "password2": "ComplexPassword123!", "first_name": "A", "last_name": "B"});
    let words = json!({"title": "title", "content": "words"});
    vec![
        ann.obtain().await,
        ann.refresh_with(&ann.refresh, Some("key")).await,
        ann.send("POST", "/api/posts/", &words).await,
        ann.send("PUT", &format!("/api/posts/{post}/"), &words)
            .await,
        anonymous(app, "POST", "/api/users/register/", &account).await,
    ]
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect()
}

/// What is done to the database `$DB` and its role `$ROLE`, and what undoes it; whether reads go on.
#[rstest]
#[case::read_only(
    "ALTER DATABASE $DB SET default_transaction_read_only = on",
    "ALTER DATABASE $DB RESET default_transaction_read_only",
    true
)]
#[case::no_login("ALTER ROLE $ROLE NOLOGIN", "ALTER ROLE $ROLE LOGIN", false)]
#[case::no_connections("SELECT 1", "ALTER DATABASE $DB ALLOW_CONNECTIONS true", false)]
#[case::too_many(
    "ALTER DATABASE $DB CONNECTION LIMIT 0",
    "ALTER DATABASE $DB CONNECTION LIMIT -1",
    false
)]
#[case::no_right(
    "REVOKE CONNECT ON DATABASE $DB FROM $ROLE, PUBLIC",
    "GRANT CONNECT ON DATABASE $DB TO PUBLIC",
    false
)]
#[case::renamed(
    "ALTER DATABASE $DB RENAME TO $DB_away",
    "ALTER DATABASE $DB_away RENAME TO $DB",
    false
)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_away_is_503_and_the_next_request_after_it_succeeds(
    #[case] taken: &str,
    #[case] given: &str,
    #[case] reads_go_on: bool,
) {
    let (owner, app, name) = as_a_role().await;
    let ann = app.user("ann").await.log_in().await;
    let post = ann.post("before").await;
    testing::close(&owner.app).await;
    let administer = async |statement: &str| {
        let statement = statement
            .replace("$DB", &name)
            .replace("$ROLE", &format!("role_{name}"));
        sql::execute(&postgres::url("postgres"), &statement).await;
    };
    // nobody is let in again before it is taken
    administer("ALTER DATABASE $DB ALLOW_CONNECTIONS false").await;
    administer(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '$DB'",
    )
    .await;
    administer(taken).await;
    if taken != "SELECT 1" && !taken.contains("RENAME") {
        administer("ALTER DATABASE $DB ALLOW_CONNECTIONS true").await;
    }
    for round in 0..3 {
        let answers = writes(&app, &ann, post, &format!("round{round}")).await;
        assert_eq!(statuses(&answers), [503; 5], "{taken}");
        assert!(
            answers
                .iter()
                .all(|answer| answer.header("retry-after") == "1")
        );
        let read = ann.get("/api/users/profile/").await.status;
        assert_eq!(read, if reads_go_on { 200 } else { 503 }, "{taken}");
        assert_eq!(ready(&app).await, 503, "{taken}");
    }
    administer(given).await;
    administer("ALTER DATABASE $DB ALLOW_CONNECTIONS true").await;
    assert_eq!(
        statuses(&writes(&app, &ann, post, "next").await),
        [200, 200, 201, 200, 201]
    );
    assert_eq!(ready(&app).await, 200);
}

/// A right of a table, taken from a role that goes on being connected: readiness falls until it is given back.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_taken_from_the_role_is_503(
    #[values(
        "INSERT, UPDATE ON ALL TABLES IN SCHEMA public",
        "INSERT ON posts_post"
    )]
    right: &str,
) {
    let (owner, app, name) = as_a_role().await;
    let ann = app.user("ann").await.log_in().await;
    owner.sql(&format!("REVOKE {right} FROM role_{name}")).await;
    let post = json!({"title": "title", "content": "words"});
    assert_eq!(ann.send("POST", "/api/posts/", &post).await.status, 503);
    assert_eq!(ready(&app).await, 503);
    owner
        .sql(&format!(
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO role_{name}"
        ))
        .await;
    ann.post("after").await;
    assert_eq!(ready(&app).await, 200);
}

/// A table is changed under the statements that connections have prepared.
#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_changes_its_type_is_not_500() {
    let app = TestApp::on(Backend::Postgres).await.may_fail();
    let ann = app.user("ann").await.log_in().await;
    ann.get("/api/users/profile/").await.expect(200);
    app.sql("ALTER TABLE auth_user ALTER COLUMN email TYPE varchar(300)")
        .await;
    app.sql("ALTER TABLE auth_user ALTER COLUMN first_name TYPE text")
        .await;
    let first = ann.get("/api/users/profile/").await.status;
    assert!(matches!(first.as_u16(), 200 | 503), "{first}");
    ann.get("/api/users/profile/").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_database_that_takes_no_writes_is_refused_in_a_sentence() {
    let app = TestApp::on(Backend::Postgres).await;
    let name = app.database.rsplit_once('/').unwrap().1.to_owned();
    administer(&format!(
        "ALTER DATABASE {name} SET default_transaction_read_only = on"
    ))
    .await;
    let folder = tempfile::tempdir().unwrap();
    let refused = gatepost_tests::Program::run(folder.path(), &["--database", &app.database]);
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(
        why.contains("takes no writes: transaction_read_only is on"),
        "{why}"
    );
    administer(&format!(
        "ALTER DATABASE {name} RESET default_transaction_read_only"
    ))
    .await;
}

/// Writes again and again until it has been told to end; what came of it, and of the probe.
async fn until<T>(
    app: &TestApp,
    ann: &Actor<'_>,
    event: impl Future<Output = T>,
) -> (T, Vec<(u16, u16)>) {
    let words = json!({"title": "title", "content": "words"});
    let mut seen = Vec::new();
    tokio::pin!(event);
    loop {
        let both = async {
            let written = ann
                .send("POST", "/api/posts/", &words)
                .await
                .status
                .as_u16();
            (written, ready(app).await)
        };
        tokio::select! {
            ended = &mut event => return (ended, seen),
            both = both => seen.push(both),
        }
    }
}

#[rstest]
#[case::named("?target_session_attrs=read-write")]
#[case::any("")]
#[tokio::test(flavor = "multi_thread")]
async fn the_server_that_takes_writes_is_found(#[case] attributes: &str) {
    let old = postgres::Postgres::unsynced();
    sql::execute(&old.url("postgres"), "CREATE DATABASE notes").await;
    let new = old.standby();
    let both = format!(
        "postgres://postgres@127.0.0.1:{},127.0.0.1:{}/notes{attributes}",
        new.port(),
        old.port()
    );
    let origin = TestApp::on(Backend::Sqlite).await;
    let app = origin
        .another_with(&format!("database.url = '{both}'"))
        .await
        .may_fail();
    let ann = app.user("ann").await.log_in().await;
    ann.post("before").await;
    let counted = "SELECT COUNT(*)::text FROM posts_post";
    let caught_up = async { while sql::query(&new.url("notes"), counted).await != ["1"] {} };
    tokio::time::timeout(Duration::from_secs(30), caught_up)
        .await
        .unwrap();
    drop(old);
    for _ in 0..3 {
        let post = json!({"title": "t", "content": "c"});
        assert_eq!(ann.send("POST", "/api/posts/", &post).await.status, 503);
        assert_eq!(ready(&app).await, 503);
    }
    let url = new.url("notes");
    let promoted = sql::query(&url, "SELECT pg_promote()::text");
    let (promoted, seen) = until(&app, &ann, promoted).await;
    assert_eq!(promoted, ["true"]);
    assert!(
        seen.iter()
            .all(|(write, ready)| matches!(write, 201 | 503) && matches!(ready, 200 | 503)),
        "{seen:?}"
    );
    let begun = Instant::now();
    while ready(&app).await != 200 {
        assert!(
            begun.elapsed() < Duration::from_secs(1),
            "it takes writes, and nobody writes"
        );
    }
    ann.post("after").await;
    app.abandon();
}

/// As a managed service does before a failover: all sessions are made read-only, and back.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_are_made_read_only_and_back_write_again() {
    let server = postgres::Postgres::unsynced();
    sql::execute(&server.url("postgres"), "CREATE DATABASE notes").await;
    let origin = TestApp::on(Backend::Sqlite).await;
    let app = origin
        .another_with(&format!("database.url = '{}'", server.url("notes")))
        .await
        .may_fail();
    let ann = app.user("ann").await.log_in().await;
    let words = json!({"title": "title", "content": "words"});
    for _ in 0..2 {
        sql::execute(
            &server.url("postgres"),
            "ALTER SYSTEM SET default_transaction_read_only = on",
        )
        .await;
        sql::query(&server.url("postgres"), "SELECT pg_reload_conf()::text").await;
        let (ended, seen) = until(&app, &ann, tokio::time::sleep(Duration::from_millis(500))).await;
        let () = ended;
        assert_eq!(seen.last(), Some(&(503, 503)), "{seen:?}");
        assert!(
            seen.iter().all(|(write, _)| matches!(write, 201 | 503)),
            "{seen:?}"
        );
        ann.get("/api/users/profile/").await.expect(200);
        let url = format!(
            "{}?options[default_transaction_read_only]=off",
            server.url("postgres")
        );
        sql::execute(&url, "ALTER SYSTEM RESET default_transaction_read_only").await;
        sql::query(&server.url("postgres"), "SELECT pg_reload_conf()::text").await;
        let begun = Instant::now();
        while ann.send("POST", "/api/posts/", &words).await.status != 201 {
            assert!(
                begun.elapsed() < Duration::from_secs(1),
                "it takes writes, and nobody writes"
            );
        }
        assert_eq!(ready(&app).await, 200);
    }
    app.abandon();
}

/// PostgreSQL stands still, as behind a cable that was pulled: nobody waits for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_is_503() {
    let mut server = postgres::Postgres::unsynced();
    sql::execute(&server.url("postgres"), "CREATE DATABASE notes").await;
    let origin = TestApp::on(Backend::Sqlite).await;
    let app = origin
        .another_with(&format!("database.url = '{}'", server.url("notes")))
        .await
        .may_fail();
    let ann = app.user("ann").await.log_in().await;
    server.stop();
    let begun = Instant::now();
    assert_eq!(ready(&app).await, 503);
    assert_eq!(ann.get("/api/users/profile/").await.status, 503);
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    server.go_on();
    ann.get("/api/users/profile/").await.expect(200);
    ann.post("after").await;
    assert_eq!(ready(&app).await, 200);
    app.abandon();
}

/// A session holds a table for itself: whoever writes to it is told so, and all others are served.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_table_starves_nobody_else() {
    let app = TestApp::on(Backend::Postgres).await.may_fail();
    let ann = app.user("ann").await.log_in().await;
    let words = json!({"title": "title", "content": "words"});
    let lock = sql::Open::begin(&app.database, "LOCK posts_post IN EXCLUSIVE MODE").await;
    let is_over = AtomicBool::new(false);
    // they come again and again, as clients do
    let writers = futures_util::future::join_all((0..24).map(async |_| {
        while !is_over.load(Ordering::Relaxed) {
            let written = ann.send("POST", "/api/posts/", &words).await.status;
            assert_eq!(written.as_u16(), 503);
        }
    }));
    let others = async {
        while app.waiting().await.concat().parse::<usize>().unwrap() < 2 {}
        for _ in 0..10 {
            let begun = Instant::now();
            ann.get("/api/users/profile/").await.expect(200);
            ann.get("/api/posts/").await.expect(200);
            assert!(
                begun.elapsed() < Duration::from_secs(1),
                "{:?}",
                begun.elapsed()
            );
        }
        // writers of other tables, and the probe, which writes too
        for _ in 0..5 {
            ann.obtain().await.expect(200);
            assert_eq!(ready(&app).await, 200);
        }
        is_over.store(true, Ordering::Relaxed);
    };
    tokio::join!(writers, others);
    lock.rollback().await;
    ann.post("after").await;
    assert_eq!(ready(&app).await, 200);
}

/// A host that takes connections and keeps silent, as behind a firewall that drops what it gets, costs its time once.
#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_keeps_silent_is_passed() {
    let server = postgres::Postgres::unsynced();
    sql::execute(&server.url("postgres"), "CREATE DATABASE notes").await;
    let silent: Vec<_> = (0..2)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let silent: Vec<_> = silent
        .iter()
        .map(|host| host.local_addr().unwrap().to_string())
        .collect();
    let url = format!(
        "postgres://postgres@{},127.0.0.1:{}/notes?connect_timeout=3",
        silent.join(","),
        server.port()
    );
    let origin = TestApp::on(Backend::Sqlite).await;
    let settings = format!("database.url = '{url}'");
    let app = origin.another_with(&settings).await;
    let ann = app.user("ann").await.log_in().await;
    // each needs a connection of its own
    let begun = Instant::now();
    futures_util::future::join_all((0..6).map(|_| ann.post("post"))).await;
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
}

/// A session keeps the search_path that its role had when it began.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_find_no_tables_are_given_up() {
    let (owner, app, name) = as_a_role().await;
    let role = format!("role_{name}");
    let ann = app.user("ann").await.log_in().await;
    owner
        .sql(&format!("ALTER ROLE {role} SET search_path = nowhere"))
        .await;
    let end = format!(
        "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE usename = '{role}'"
    );
    owner.query(&end).await;
    let words = json!({"title": "title", "content": "words"});
    assert_eq!(ann.send("POST", "/api/posts/", &words).await.status, 503);
    assert_eq!(ann.get("/api/users/profile/").await.status, 503);
    owner
        .sql(&format!("ALTER ROLE {role} RESET search_path"))
        .await;
    let begun = Instant::now();
    while ann.send("POST", "/api/posts/", &words).await.status != 201 {
        assert!(begun.elapsed() < Duration::from_secs(3), "it never heals");
    }
    ann.get("/api/users/profile/").await.expect(200);
}
