//! What a project added to tables and Gatepost can't see in a column: it is said, and what it refuses is no 500.

use gatepost_tests::{Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use super::migrate;
use crate::both_databases;

const COMMENTS: &str = "CREATE TABLE posts_comment (id integer PRIMARY KEY, post_id bigint NOT NULL
    REFERENCES posts_post (id) DEFERRABLE INITIALLY DEFERRED)";

/// What `migrate` says of a database that is up to date.
fn told(app: &TestApp) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (code, told) = migrate(folder.path(), &app.database, &[], &[]);
    assert_eq!(code, 0, "{told}");
    told
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_rows_of_the_project_refer_to_stays(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let (one, other) = (ann.post("one").await, ann.post("other").await);
    app.sql(&format!(
        "{COMMENTS}; INSERT INTO posts_comment VALUES (1, {one})"
    ))
    .await;
    let says = "remark: posts_comment.post_id refers to posts_post without ON DELETE";
    let told = told(&app);
    assert!(told.contains(says), "{told}");
    let kept = ann.get(&format!("/api/posts/{one}/")).await;
    let delete = async |id: i64| {
        let path = format!("/api/posts/{id}/");
        ann.send("DELETE", &path, &serde_json::Value::Null).await
    };
    let refused = delete(one).await.expect(409);
    assert_eq!(
        refused.text(),
        r#"{"detail":"This post can't be deleted: other rows of the database refer to it."}"#
    );
    delete(other).await.expect(204);
    let still = ann.get(&format!("/api/posts/{one}/")).await;
    assert_eq!(still.text(), kept.text());
    app.sql("DELETE FROM posts_comment").await;
    delete(one).await.expect(204);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_that_refuses_is_remarked(on: Backend) {
    let app = TestApp::on(on).await;
    app.sql(match on {
        Backend::Sqlite => {
            "CREATE TRIGGER no_shouting BEFORE INSERT ON posts_post WHEN new.title = upper(new.title)
                BEGIN SELECT raise (ABORT, 'no'); END;
            CREATE TRIGGER counts AFTER INSERT ON posts_post BEGIN UPDATE auth_user SET is_staff = is_staff; END"
        }
        Backend::Postgres => {
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no'; END$$;
            CREATE FUNCTION yes() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE 'yes'; RETURN new; END$$;
            CREATE TRIGGER no_shouting BEFORE INSERT ON posts_post FOR EACH ROW WHEN (new.title = upper(new.title)) EXECUTE FUNCTION no();
            CREATE TRIGGER counts BEFORE INSERT ON posts_post FOR EACH ROW EXECUTE FUNCTION yes()"
        }
    })
    .await;
    let told = told(&app);
    assert!(
        told.contains("remark: posts_post has a trigger (no_shouting) that may refuse rows"),
        "{told}"
    );
    assert!(!told.contains("(counts)"), "{told}");
}

/// SQLite keeps a constraint as somebody wrote it.
#[tokio::test(flavor = "multi_thread")]
async fn a_check_in_any_letters_is_seen() {
    let app = TestApp::on(Backend::Sqlite).await;
    app.sql(
        "CREATE TABLE new_post (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, title varchar(200) NOT NULL check(length(title)>3),
            content text NOT NULL, created_at datetime NOT NULL, updated_at datetime NOT NULL, author_id integer NOT NULL);
        DROP TABLE posts_post; ALTER TABLE new_post RENAME TO posts_post",
    )
    .await;
    let told = told(&app);
    assert!(
        told.contains("remark: posts_post has a CHECK constraint (length(title)>3)"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn exclusion_constraints_and_rules_are_seen() {
    let app = TestApp::on(Backend::Postgres).await;
    app.sql("ALTER TABLE posts_post ADD CONSTRAINT one_title EXCLUDE USING btree (title WITH =)")
        .await;
    let told = told(&app);
    assert!(
        told.contains("remark: posts_post has an exclusion constraint (one_title)"),
        "{told}"
    );
    app.sql("CREATE RULE nothing AS ON INSERT TO posts_post DO INSTEAD NOTHING")
        .await;
    let folder = tempfile::tempdir().unwrap();
    let (code, told) = migrate(folder.path(), &app.database, &[], &[]);
    assert!(
        code == 1 && told.contains("run `DROP RULE nothing ON posts_post`"),
        "{code} {told}"
    );
}
