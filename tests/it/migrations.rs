//! The steps that make the tables: what is applied is remembered with its text.

use std::fs;

use gatepost_tests::{Backend, Program, SECRET, TestApp, postgres, sql};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;
use crate::remote::Remote;

const STEPS: &str = "SELECT name FROM gatepost_migrations ORDER BY number";

/// Starts another server on the database without letting it migrate; what it says when it refuses.
fn refusal(app: &TestApp) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Program::command(folder.path(), &["serve", "--bind", "127.0.0.1:0"]);
    command
        .args(["--no-migrate", "--database", &app.database])
        .env("GATEPOST_SECRET_KEY", SECRET);
    let output = Program::ended(&mut command);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_step_whose_text_has_changed_is_named(on: Backend) {
    let app = TestApp::on(on).await;
    app.sql("UPDATE gatepost_migrations SET checksum = 'another' WHERE name = 'cleanup'")
        .await;
    let why = refusal(&app);
    assert_eq!(
        why,
        "gatepost-server: the text of step cleanup has changed since it was applied to this database; start the Gatepost that applied it, or one with the text unchanged\n"
    );
}

/// A step is pending where its number is missing, however many others are there.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_step_is_pending_beside_a_strange_one(on: Backend) {
    let app = TestApp::on(on).await;
    app.sql("UPDATE gatepost_migrations SET number = 0, name = 'strange' WHERE name = 'cleanup'")
        .await;
    assert!(refusal(&app).contains("the database's tables are not up to date"));
    app.sql("DROP INDEX gatepost_rotation_child_exp; DROP INDEX gatepost_idempotency_created_at")
        .await;
    app.another().await;
    assert_eq!(
        app.query(STEPS).await,
        [
            "strange",
            "django",
            "django_rows",
            "gatepost",
            "cleanup",
            "generations",
            "throttle",
            "sessions",
            "event_user"
        ]
    );
}

/// An older program does not touch what a newer one has made, and says which one does.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_version_is_refused_by_its_name(on: Backend) {
    let app = TestApp::on(on).await;
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        app.query("SELECT value FROM gatepost_meta WHERE name = 'migrated_by'")
            .await,
        [version]
    );
    app.sql("INSERT INTO gatepost_migrations (number, name, applied_at) VALUES (99, 'moons', '2030-01-01T00:00:00Z');
        UPDATE gatepost_meta SET value = '7.8.9' WHERE name = 'migrated_by'")
        .await;
    let newer = format!(
        "has migrated this database as far as step 99 (moons), which this one, {version}, does not know; start"
    );
    let back = "again, or put back the backup from before the upgrade\n";
    assert_eq!(
        refusal(&app),
        format!("gatepost-server: Gatepost 7.8.9 {newer} 7.8.9 {back}")
    );
    app.sql("DELETE FROM gatepost_meta WHERE name = 'migrated_by'")
        .await;
    let nameless = format!("gatepost-server: a newer Gatepost {newer} that version {back}");
    assert_eq!(refusal(&app), nameless);
    // whatever is to be done with it
    let folder = tempfile::tempdir().unwrap();
    for command in ["serve", "migrate", "flushexpiredtokens", "clearsessions"] {
        let mut command = Program::command(folder.path(), &[command, "--database", &app.database]);
        let output = Program::ended(command.env("GATEPOST_SECRET_KEY", SECRET));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), nameless);
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_before_there_were_checksums_gets_them(on: Backend) {
    let app = TestApp::on(on).await;
    let checksums = "SELECT checksum FROM gatepost_migrations ORDER BY number";
    let fresh = app.query(checksums).await;
    assert!(
        fresh.iter().all(|checksum| checksum.len() == 64),
        "{fresh:?}"
    );
    app.sql("ALTER TABLE gatepost_migrations DROP COLUMN checksum")
        .await;
    app.another().await;
    assert_eq!(app.query(checksums).await, fresh);
}

/// One of several that start at once makes the tables, and the others wait for it.
#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_on_an_empty_database_all_serve() {
    postgres::create("all_at_once", None).await;
    postgres::create("all_migrate", None).await;
    let folder = tempfile::tempdir().unwrap();
    let command = |arguments: &[&str], database: &str| {
        let mut command = Program::command(folder.path(), arguments);
        command
            .env("GATEPOST_DATABASE_URL", postgres::url(database))
            .env("GATEPOST_SECRET_KEY", SECRET)
            .env("GATEPOST_PASSWORDS__ITERATIONS", "1");
        command
    };
    let servers: Vec<Program> = std::thread::scope(|scope| {
        let serve = || Program::serve(&mut command(&[], "all_at_once"));
        let starting = [(); 4].map(|()| scope.spawn(serve));
        starting.map(|started| started.join().unwrap()).into()
    });
    for (number, server) in servers.iter().enumerate() {
        let remote = Remote::new(&server.base);
        remote.register(&format!("user{number}")).await;
        remote.log_in("user0").await;
    }
    let steps = sql::query(&postgres::url("all_at_once"), STEPS).await;
    let once: std::collections::BTreeSet<_> = steps.iter().collect();
    assert!(once.len() == steps.len() && once.len() > 4, "{steps:?}");
    let told: Vec<String> = std::thread::scope(|scope| {
        let migrate = || Program::ended(&mut command(&["migrate"], "all_migrate"));
        let ended = [(); 4].map(|()| scope.spawn(migrate));
        let ended = ended.map(|ended| ended.join().unwrap());
        let told = ended.map(|ended| String::from_utf8([ended.stdout, ended.stderr].concat()));
        told.map(Result::unwrap).into()
    });
    let made = told.iter().filter(|told| *told == "Created the tables.\n");
    assert_eq!(made.count(), 1, "{told:?}");
    drop(servers);
    for database in ["all_at_once", "all_migrate"] {
        postgres::drop(database).await;
    }
}

/// A fresh database has Django's own table of users: what its settings say of another one is refused before it is made.
#[test]
fn a_user_model_that_a_fresh_database_does_not_have_is_refused() {
    for (settings, says) in [
        (
            "[users.defaults]\nphone = 'x'",
            "users.defaults names the column phone, which the table auth_user does not have; leave it out",
        ),
        (
            "users.table = 'people'",
            "there is no table people; auth_user has its columns: set users.table = \"auth_user\"",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("gatepost.toml"), settings).unwrap();
        for arguments in [&["migrate"][..], &["--bind", "127.0.0.1:0"]] {
            let output = Program::run(folder.path(), arguments);
            let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert_eq!(output.status.code(), Some(1), "{told}");
            assert!(told.contains(says) && told.lines().count() == 1, "{told}");
        }
        fs::write(folder.path().join("gatepost.toml"), "").unwrap();
        let output = Program::run(folder.path(), &["migrate"]);
        let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(told, "Created the tables.\n");
    }
}

/// As Django finds its tables: wherever the search_path leads to.
#[rstest]
#[case("app, public")]
#[case("\"$user\", public")]
#[tokio::test(flavor = "multi_thread")]
async fn tables_behind_another_schema_are_used(#[case] path: &str) {
    let app = TestApp::on(Backend::Postgres).await;
    app.user("ann").await;
    app.sql("CREATE SCHEMA app; CREATE SCHEMA postgres").await;
    let name = app.database.rsplit_once('/').unwrap().1.to_owned();
    app.sql(&format!("ALTER DATABASE {name} SET search_path = {path}"))
        .await;
    let other = app.another().await;
    app.known("ann").at(&other).log_in().await;
    let made = "SELECT relname::text FROM pg_class WHERE relnamespace IN ('app'::regnamespace, 'postgres'::regnamespace)";
    assert_eq!(app.query(made).await, Vec::<String>::new());
}

/// Django asks for UTF-8, too: another encoding would refuse what people write.
#[tokio::test(flavor = "multi_thread")]
async fn an_encoding_that_is_not_utf8_is_refused_in_a_sentence() {
    let name = format!("latin_{}", std::process::id());
    let make = format!(
        "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
    );
    sql::execute(&postgres::url("postgres"), &make).await;
    let url = postgres::url(&name);
    for arguments in [
        &["serve", "--bind", "127.0.0.1:0"][..],
        &["check"],
        &["migrate", "--adopt"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Program::command(folder.path(), arguments);
        command
            .args(["--database", &url])
            .env("GATEPOST_SECRET_KEY", SECRET);
        let output = Program::ended(&mut command);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(
            said.contains("the database's encoding is LATIN1, and UTF8 is needed"),
            "{arguments:?} {said}"
        );
    }
    postgres::drop(&name).await;
}
