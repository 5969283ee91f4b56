//! What the database itself refuses or drops: it is said, what was typed stays, and nothing is said to be done that is not.

use gatepost_tests::sql::Open;
use gatepost_tests::{Answer, Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use crate::admin_guards::superuser;
use crate::admin_guards::tab::Tab;
use crate::both_databases;

const REFUSED: &str = "A rule of the database refuses these values.";

/// A form that is shown again, with the reason and with what was typed.
#[track_caller]
fn is_shown_again(answer: Answer, typed: &str) {
    let text = answer.expect(200).text();
    assert!(text.contains(REFUSED), "it does not say why: {text}");
    assert!(text.contains(typed), "what was typed is gone: {text}");
}

/// Adds a trigger on a table: what it does before an event, in the words of each database.
async fn trigger(app: &TestApp, on: Backend, table: &str, event: &str, raises: bool) {
    let statements = match on {
        Backend::Sqlite => {
            let what = if raises { "ABORT, 'no'" } else { "IGNORE" };
            format!("CREATE TRIGGER rule BEFORE {event} ON {table} BEGIN SELECT RAISE({what}); END")
        }
        Backend::Postgres => {
            let what = if raises {
                "RAISE EXCEPTION 'no'"
            } else {
                "RETURN NULL"
            };
            format!(
                "CREATE OR REPLACE FUNCTION rule() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {what}; END$$;
                 CREATE TRIGGER rule BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION rule()"
            )
        }
    };
    app.sql(&statements).await;
}

async fn no_trigger(app: &TestApp, on: Backend, table: &str) {
    app.sql(&match on {
        Backend::Sqlite => "DROP TRIGGER rule".to_owned(),
        Backend::Postgres => format!("DROP TRIGGER rule ON {table}"),
    })
    .await;
}

async fn key(app: &TestApp, table: &str, is: &str) -> String {
    let query = format!("SELECT CAST(id AS text) FROM {table} WHERE {is}");
    app.query(&query).await.remove(0)
}

/// Posts with these titles, of root, who is a superuser: the keys of root and of the posts.
async fn posts(app: &TestApp, titles: &[&str]) -> (String, Vec<String>) {
    superuser(app, "root").await;
    let root = key(app, "auth_user", "username = 'root'").await;
    let mut keys = Vec::new();
    for title in titles {
        app.sql(&format!(
            "INSERT INTO posts_post (title, content, author_id, created_at, updated_at)
             VALUES ('{title}', 'words', {root}, '2026-01-01 09:00:00', '2026-01-01 09:00:00')"
        ))
        .await;
        keys.push(key(app, "posts_post", &format!("title = '{title}'")).await);
    }
    (root, keys)
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_the_database_is_said(on: Backend) {
    let app = TestApp::on(on).await;
    let (root, keys) = posts(&app, &["Hello", "Other"]).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    app.sql("CREATE UNIQUE INDEX once ON posts_post (author_id, lower(title))")
        .await;
    let typed = [
        ("title", "hello"),
        ("content", "typed words"),
        ("author", &root),
    ];
    let change = format!("/admin/posts/post/{}/change/", keys[1]);
    for path in ["/admin/posts/post/add/", &change] {
        is_shown_again(tab.post(path, &typed).await, "typed words");
    }
    let typed = [
        ("title", "New"),
        ("content", "typed words"),
        ("author", &root),
    ];
    trigger(&app, on, "django_admin_log", "INSERT", true).await;
    for path in ["/admin/posts/post/add/", &change] {
        is_shown_again(tab.post(path, &typed).await, "typed words");
    }
    no_trigger(&app, on, "django_admin_log").await;
    for (event, path) in [("INSERT", "/admin/posts/post/add/"), ("UPDATE", &change)] {
        trigger(&app, on, "posts_post", event, false).await;
        is_shown_again(tab.post(path, &typed).await, "typed words");
        no_trigger(&app, on, "posts_post").await;
    }
    // neither more nor other rows, nor lines of history
    assert_eq!(
        app.query("SELECT title FROM posts_post ORDER BY id").await,
        ["Hello", "Other"]
    );
    assert!(
        app.query("SELECT object_repr FROM django_admin_log")
            .await
            .is_empty()
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_the_database_refuses_or_drops_is_said(on: Backend) {
    let app = TestApp::on(on).await;
    let (_, keys) = posts(&app, &["Hello"]).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    for raises in [true, false] {
        trigger(&app, on, "posts_post", "DELETE", raises).await;
        let one = format!("/admin/posts/post/{}/delete/", keys[0]);
        let several = [
            ("action", "delete_selected"),
            ("_selected_action", keys[0].as_str()),
            ("post", "yes"),
        ];
        let several = several.as_slice();
        for (path, fields) in [
            (one.as_str(), [("post", "yes")].as_slice()),
            ("/admin/posts/post/", several),
        ] {
            tab.post(path, fields).await.expect(302);
            let list = tab.get("/admin/posts/post/").await.expect(200).text();
            assert!(
                list.contains("Nothing was deleted: a rule of the database"),
                "{list}"
            );
        }
        no_trigger(&app, on, "posts_post").await;
    }
    assert!(
        app.query("SELECT object_repr FROM django_admin_log")
            .await
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_tied_is_stored_where_numbers_lag_behind() {
    let app = TestApp::on(Backend::Postgres).await;
    superuser(&app, "root").await;
    let root = key(&app, "auth_user", "username = 'root'").await;
    app.sql(
        "INSERT INTO auth_group (id, name) OVERRIDING SYSTEM VALUE VALUES (1, 'first'), (2, 'second');
         INSERT INTO auth_group_permissions (id, group_id, permission_id) OVERRIDING SYSTEM VALUE
             SELECT row_number() OVER (ORDER BY id), 2, id FROM auth_permission ORDER BY id LIMIT 1",
    )
    .await;
    app.sql(&format!(
        "INSERT INTO auth_user_groups (id, user_id, group_id) OVERRIDING SYSTEM VALUE VALUES (1, {root}, 2)"
    ))
    .await;
    let rights = app
        .query("SELECT CAST(id AS text) FROM auth_permission ORDER BY id LIMIT 2")
        .await;
    let mut tab = Tab::signed_in(&app, "root").await;
    tab.post("/admin/auth/group/add/", &[("name", "third")])
        .await
        .expect(302);
    let group = [
        ("name", "first"),
        ("permissions", &rights[0]),
        ("permissions", &rights[1]),
    ];
    let user = [
        ("username", "root"),
        ("is_active", "on"),
        ("is_staff", "on"),
        ("is_superuser", "on"),
        ("date_joined_0", "2026-01-01"),
        ("date_joined_1", "09:00:00"),
        ("groups", "1"),
        ("groups", "2"),
    ];
    let of_root = format!("/admin/auth/user/{root}/change/");
    for (path, fields, table, all) in [
        (
            "/admin/auth/group/1/change/",
            group.as_slice(),
            "auth_group_permissions",
            "3",
        ),
        (&of_root, user.as_slice(), "auth_user_groups", "2"),
    ] {
        let count = format!("SELECT CAST(COUNT(*) AS text) FROM {table}");
        tab.post(path, fields).await.expect(302);
        assert_eq!(app.query(&count).await, [all], "it is not stored");
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn content_types_may_get_other_keys_while_it_serves(on: Backend) {
    let app = TestApp::on(on).await;
    let (root, keys) = posts(&app, &["Hello"]).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let typed = [
        ("title", "Changed"),
        ("content", "words"),
        ("author", &root),
    ];
    let change = format!("/admin/posts/post/{}/change/", keys[0]);
    tab.post(&change, &typed).await.expect(302);
    let renumbered = "BEGIN;
         UPDATE django_content_type SET id = id + 1000;
         UPDATE auth_permission SET content_type_id = content_type_id + 1000;
         UPDATE django_admin_log SET content_type_id = content_type_id + 1000;
         COMMIT";
    let deferred = "BEGIN; PRAGMA defer_foreign_keys = ON;";
    app.sql(&match on {
        Backend::Sqlite => renumbered.replacen("BEGIN;", deferred, 1),
        Backend::Postgres => renumbered.to_owned(),
    })
    .await;
    let typed = [("title", "Again"), ("content", "words"), ("author", &root)];
    tab.post(&change, &typed).await.expect(302);
    let types = "SELECT CAST(COUNT(*) AS text) FROM django_admin_log AS entry
        JOIN django_content_type AS type ON type.id = entry.content_type_id WHERE type.model = 'post'";
    assert_eq!(app.query(types).await, ["2"]);
    let history = format!("/admin/posts/post/{}/history/", keys[0]);
    let history = tab.get(&history).await.expect(200).text();
    assert_eq!(history.matches("Changed Title").count(), 2, "{history}");
    let index = tab.get("/admin/").await.expect(200).text();
    assert!(index.contains(&change), "{index}");
    let delete = format!("/admin/posts/post/{}/delete/", keys[0]);
    tab.post(&delete, &[("post", "yes")]).await.expect(302);
    assert!(app.query("SELECT title FROM posts_post").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_deleted_while_saving_is_asked_to_sign_in() {
    let app = TestApp::on(Backend::Postgres).await;
    app.user("bob").await;
    superuser(&app, "root").await;
    let bob = key(&app, "auth_user", "username = 'bob'").await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let gone = Open::begin(
        &app.database,
        "DELETE FROM auth_user WHERE username = 'root'",
    )
    .await;
    let typed = [
        ("title", "New"),
        ("content", "words"),
        ("author", bob.as_str()),
    ];
    let commit = async {
        app.somebody_waits().await;
        gone.commit().await;
    };
    let (answer, ()) = tokio::join!(tab.post("/admin/posts/post/add/", &typed), commit);
    let answer = answer.expect(302);
    assert!(
        answer.header("location").starts_with("/admin/login/"),
        "{answer:?}"
    );
    assert!(app.query("SELECT title FROM posts_post").await.is_empty());
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_selected_key_beyond_all_numbers_is_no_row(on: Backend) {
    let app = TestApp::on(on).await;
    let (_, keys) = posts(&app, &["Hello"]).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let beyond = "9".repeat(30);
    for (selected, is_named) in [(vec![&beyond], false), (vec![&beyond, &keys[0]], true)] {
        let mut fields = vec![("action", "delete_selected")];
        fields.extend(
            selected
                .iter()
                .map(|key| ("_selected_action", key.as_str())),
        );
        let page = tab
            .post("/admin/posts/post/", &fields)
            .await
            .expect(200)
            .text();
        assert_eq!(page.contains("Hello"), is_named, "{page}");
    }
}
