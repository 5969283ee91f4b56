//! What is in the way of a copy is said before anything is written, with what to do.

use gatepost_tests::{Program, SECRET, postgres, sql};

use super::filled::Filled;
use super::{copy, said};
use crate::process::refusal;

#[tokio::test(flavor = "multi_thread")]
async fn values_that_postgresql_does_not_take_are_told_all_at_once() {
    let filled = Filled::new("UTC").await;
    let (folder, source) = (filled.folder.path(), filled.url());
    let user = |name: &str| {
        format!(
            "INSERT INTO auth_user (password, is_superuser, username, last_name, email, is_staff, is_active, date_joined, first_name) VALUES ('', 0, {name}, '', '', 0, 1, '2026-01-01 00:00:00', '');"
        )
    };
    let latin = "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0";
    sql::execute(&postgres::url("postgres"), latin).await;
    let why = refusal(&copy(folder, &source, &postgres::url("latin"), &[]));
    assert!(
        why.contains("the database's encoding is LATIN1, ") && why.contains("ENCODING 'UTF8'"),
        "{why}"
    );
    let made = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(sql::query(&postgres::url("latin"), made).await, ["0"]);
    postgres::drop("latin").await;
    let odd = [
        "UPDATE posts_post SET content = 'a' || char(0) || 'b' WHERE id = 5;".to_owned(),
        "UPDATE posts_post SET title = replace(hex(zeroblob(101)), '00', 'ää') WHERE id = 6;"
            .to_owned(),
        "UPDATE posts_post SET created_at = 'yesterday' WHERE id = 7;".to_owned(),
        user("replace(hex(zeroblob(76)), '00', 'xx')"),
        "PRAGMA foreign_keys = OFF; INSERT INTO auth_group (id, name) VALUES (3000000000, 'far');"
            .to_owned(),
        "UPDATE posts_post SET author_id = 99 WHERE id = 8;".to_owned(),
        "UPDATE sqlite_sequence SET seq = 3000000000 WHERE name = 'django_content_type';"
            .to_owned(),
    ];
    sql::execute(&source, &odd.concat()).await;
    postgres::create("odd", None).await;
    let target = postgres::url("odd");
    let output = copy(folder, &source, &target, &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    for line in [
        "posts_post.content of the row with id 5: the text has a NUL, which PostgreSQL does not take",
        "posts_post.title of the row with id 6: the text has 202 characters, and the column takes 200",
        "posts_post.created_at of the row with id 7: it is \"yesterday\"; a time such as 2026-01-02 03:04:05.678901 is wanted",
        "posts_post.author_id of the row with rowid 8: it refers to a row of auth_user that is not there",
        "django_content_type.id: the last number that was given, of a row that is gone: 3000000000 is too large for the column; lower it",
        "auth_user.username of the row with id 4: the text has 152 characters, and the column takes 150",
        "auth_group.id: 3000000000 is too large for the column",
    ] {
        assert!(
            told.lines().any(|told| told.contains(line)),
            "{line}: {told}"
        );
    }
    assert_eq!(told.lines().count(), 8, "{told}");
    let users = "SELECT COUNT(*) FROM auth_user";
    assert_eq!(
        sql::query(&target, users).await,
        ["0"],
        "nothing was copied"
    );
    postgres::drop("odd").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_with_rows_or_a_source_at_work_is_refused() {
    let filled = Filled::new("UTC").await;
    let (folder, source) = (filled.folder.path(), filled.url());
    postgres::create("full", None).await;
    let target = postgres::url("full");
    let serve = |url: &str| {
        let mut command = Program::command(folder, &["--database", url]);
        Program::serve(command.env("GATEPOST_SECRET_KEY", SECRET))
    };
    let server = serve(&source);
    let working = "SELECT COUNT(*) FROM gatepost_meta WHERE name LIKE 'replica.%'";
    while sql::query(&source, working).await == ["0"] {
        tokio::task::yield_now().await;
    }
    let why = refusal(&copy(folder, &source, &target, &[]));
    assert!(
        why.starts_with(&format!("a server works on {source}, heard "))
            && why.contains("; stop it, then run this again"),
        "{why}"
    );
    server.terminate();
    said(&copy(folder, &source, &target, &[]));
    // as after a kill before its last word
    let told = said(&copy(folder, &source, &target, &[]));
    assert!(told.starts_with("A copy had ended before, of "), "{told}");
    sql::execute(
        &target,
        "UPDATE posts_post SET title = 'other' WHERE id = 9",
    )
    .await;
    let why = refusal(&copy(folder, &source, &target, &[]));
    assert!(
        why.starts_with("the target has rows in ")
            && why.ends_with("already, and not those of the source; name an empty database"),
        "{why}"
    );
    postgres::drop("full").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_a_project_s_own_is_named_and_may_be_left() {
    let filled = Filled::new("UTC").await;
    let (folder, source) = (filled.folder.path(), filled.url());
    sql::execute(&source, "CREATE TABLE notes_note (id integer NOT NULL PRIMARY KEY, post_id bigint NOT NULL REFERENCES posts_post (id), at date NULL); INSERT INTO notes_note VALUES (1, 1, '2026-02-03'), (2, 2, NULL)").await;
    postgres::create("project", None).await;
    let target = postgres::url("project");
    let why = refusal(&copy(folder, &source, &target, &[]));
    assert_eq!(
        why,
        "the target has no table notes_note; let Django's `manage.py migrate` make it there, or leave it behind with --leave notes_note"
    );
    let made = "CREATE TABLE notes_note (id integer PRIMARY KEY, post_id bigint NOT NULL REFERENCES posts_post (id) DEFERRABLE INITIALLY DEFERRED, at date)";
    sql::execute(&target, made).await;
    let output = copy(folder, &source, &target, &["--leave", "posts_post"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("notes_note.post_id of the row with id 1: it refers to a row of a table that is left behind"),
        "{told}"
    );
    said(&copy(folder, &source, &target, &[]));
    let rows = "SELECT id || ' ' || COALESCE(CAST(at AS text), 'none') FROM notes_note ORDER BY id";
    assert_eq!(sql::query(&target, rows).await, ["1 2026-02-03", "2 none"]);
    let back = format!("sqlite:{}", folder.join("back.sqlite3").display());
    let told = said(&copy(folder, &target, &back, &["--leave", "notes_note"]));
    assert!(told.contains(" of 20 tables "), "{told}");
    assert!(told.contains(" Left behind: notes_note."), "{told}");
    let endless = "UPDATE posts_post SET created_at = 'infinity' WHERE id = 7";
    sql::execute(&target, endless).await;
    let other = format!("sqlite:{}", folder.join("other.sqlite3").display());
    let output = copy(folder, &target, &other, &["--leave", "notes_note"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("posts_post.created_at of the row with id 7: ") && told.contains("infinity"),
        "{told}"
    );
    postgres::drop("project").await;
}

/// The clock on the wall left this time out, and PostgreSQL would keep another one.
#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_no_clock_has_shown_is_told() {
    let filled = Filled::new("America/New_York").await;
    let (folder, source) = (filled.folder.path(), filled.url());
    let gap = "UPDATE posts_post SET created_at = '2026-03-08 02:30:00' WHERE id = 7";
    sql::execute(&source, gap).await;
    postgres::create("gap", None).await;
    let output = copy(folder, &source, &postgres::url("gap"), &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(
        told.contains("posts_post.created_at of the row with id 7: no clock of server.time_zone has shown this time"),
        "{told}"
    );
    postgres::drop("gap").await;
}

/// A user model of a project's own has its table, which Django makes in the target, too.
#[tokio::test(flavor = "multi_thread")]
async fn users_of_a_project_s_own_model_come_along() {
    let filled = Filled::new("UTC").await;
    let (folder, source) = (filled.folder.path(), filled.url());
    let renamed =
        "ALTER TABLE auth_user RENAME TO people_user; ALTER TABLE people_user ADD COLUMN ";
    sql::execute(&source, &format!("{renamed} code char(32) NULL; UPDATE people_user SET code = '6ba7b8109dad11d180b400c04fd430c8' WHERE id = 1")).await;
    postgres::create("people", None).await;
    let target = postgres::url("people");
    let why = refusal(&copy(folder, &source, &target, &[]));
    assert!(
        why.starts_with("the source has a table of users of its own, "),
        "{why}"
    );
    let made = Program::run(folder, &["migrate", "--database", &target]);
    assert!(made.status.success(), "{made:?}");
    sql::execute(&target, &format!("{renamed} code uuid NULL")).await;
    said(&copy(folder, &source, &target, &[]));
    let codes = "SELECT username || ' ' || COALESCE(CAST(code AS text), 'none') FROM people_user ORDER BY id LIMIT 2";
    assert_eq!(
        sql::query(&target, codes).await,
        ["ann 6ba7b810-9dad-11d1-80b4-00c04fd430c8", "bob none"]
    );
    postgres::drop("people").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_databases_of_a_kind_have_better_ways() {
    let folder = tempfile::tempdir().unwrap();
    let url = postgres::url("nobody_s");
    for (from, to, says) in [
        (
            "sqlite:a",
            "sqlite:b",
            "`gatepost-server backup FILE --database sqlite:a`",
        ),
        (&*url, &*url, "pg_dump and pg_restore"),
        ("sqlite:a", &*url, "there is no database at a; "),
        ("mysql://x", &*url, "write sqlite:PATH or postgres://"),
    ] {
        let why = refusal(&copy(folder.path(), from, to, &[]));
        assert!(why.contains(says), "{why}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
