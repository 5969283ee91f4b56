//! The tables of tests/schema are those of Django's `migrate`, and what differs from them is found.

use std::sync::atomic::{AtomicU32, Ordering};

use gatepost_tests::{
    Backend::{self, Postgres, Sqlite},
    django::Django,
    postgres,
    schema::{Schema, diff},
    sql,
};
use rstest::rstest;
use rstest_reuse::apply;
use tempfile::TempDir;

use crate::both_databases;

/// An empty database. The folder must be kept as long as it.
async fn empty(on: Backend) -> (TempDir, String) {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let name = format!("schema_{}", MADE.fetch_add(1, Ordering::Relaxed));
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let url = match on {
        Sqlite => format!("sqlite:{}", folder.path().join(name).display()),
        Postgres => {
            postgres::create(&name, None).await;
            postgres::url(&name)
        }
    };
    (folder, url)
}

/// A database loaded from the dump, in which `old` is `new`.
async fn loaded(on: Backend, old: &str, new: &str) -> (TempDir, String) {
    let (folder, url) = empty(on).await;
    let dump = match on {
        Sqlite => include_str!("../schema/sqlite.sql"),
        Postgres => include_str!("../schema/postgres.sql"),
    };
    assert!(dump.contains(old), "{old} is not in the dump");
    sql::execute(&url, &dump.replacen(old, new, 1)).await;
    (folder, url)
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_dump_is_what_django_makes(on: Backend) {
    let (_folder, dump) = loaded(on, "", "").await;
    let (_other, made) = empty(on).await;
    Django::migrate(&made);
    let (wanted, found) = (Schema::read(&made).await, Schema::read(&dump).await);
    assert_eq!(diff(&wanted, &found), [""; 0]);
    assert_eq!(wanted, found);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn django_has_nothing_to_change_in_the_dump(on: Backend) {
    let (_folder, url) = loaded(on, "", "").await;
    let code = "from django.core.management import call_command
call_command('migrate', check_unapplied=True, verbosity=0)
call_command('makemigrations', check_changes=True, dry_run=True)";
    assert_eq!(Django::python(&url, code), "No changes detected");
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn django_serves_and_writes(on: Backend) {
    let (_folder, url) = empty(on).await;
    let django = Django::start(&url, &[("FAST_HASH", "1")]);
    let body = r#"{"username":"ann","email":"ann@example.com","first_name":"Ann","last_name":"é","password":"ComplexPassword123!","password2":"ComplexPassword123!"}"#;
    let request = reqwest::Client::new().post(format!("{}/api/users/register/", django.url()));
    let answer = request
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    let code = "from django.contrib.auth.models import User
user = User.objects.get()
print(user.username, user.last_name, user.password.split('$')[:2])";
    assert_eq!(
        Django::python(&url, code),
        "ann é ['pbkdf2_sha256', '1000']"
    );
}

#[rstest]
#[case::extra_index(
    "CREATE INDEX extra ON auth_user (email)",
    "auth_user: index extra is extra: CREATE INDEX extra ON public.auth_user USING btree (email)"
)]
#[case::missing_index(
    "DROP INDEX posts_post_author_id_fe5487bf",
    "posts_post: index posts_post_author_id_fe5487bf is missing: CREATE INDEX posts_post_author_id_fe5487bf ON public.posts_post USING btree (author_id)"
)]
#[case::other_type(
    "ALTER TABLE posts_post ALTER title TYPE varchar(201)",
    "posts_post: column title differs: wanted #2 character varying(200) NOT NULL, found #2 character varying(201) NOT NULL"
)]
#[case::nullable(
    "ALTER TABLE posts_post ALTER title DROP NOT NULL",
    "posts_post: column title differs: wanted #2 character varying(200) NOT NULL, found #2 character varying(200) NULL"
)]
#[case::default(
    "ALTER TABLE posts_post ALTER title SET DEFAULT 'x'",
    "posts_post: column title differs: wanted #2 character varying(200) NOT NULL, found #2 character varying(200) NOT NULL DEFAULT 'x'::character varying"
)]
#[case::identity(
    "ALTER TABLE posts_post ALTER id SET GENERATED ALWAYS",
    "posts_post: column id differs: wanted #1 bigint NOT NULL IDENTITY BY DEFAULT, found #1 bigint NOT NULL IDENTITY ALWAYS"
)]
#[case::not_deferred(
    "ALTER TABLE posts_post ALTER CONSTRAINT posts_post_author_id_fe5487bf_fk_auth_user_id DEFERRABLE INITIALLY IMMEDIATE",
    "posts_post: constraint posts_post_author_id_fe5487bf_fk_auth_user_id differs: wanted FOREIGN KEY (author_id) REFERENCES auth_user(id) DEFERRABLE INITIALLY DEFERRED, found FOREIGN KEY (author_id) REFERENCES auth_user(id) DEFERRABLE"
)]
#[case::check(
    "ALTER TABLE django_admin_log DROP CONSTRAINT django_admin_log_action_flag_check",
    "django_admin_log: constraint django_admin_log_action_flag_check is missing: CHECK ((action_flag >= 0))"
)]
#[case::sequence(
    "ALTER SEQUENCE posts_post_id_seq INCREMENT 2",
    "posts_post: sequence posts_post_id_seq differs: wanted bigint START 1 INCREMENT 1 FROM 1 TO 9223372036854775807 CACHE 1 OF id, found bigint START 1 INCREMENT 2 FROM 1 TO 9223372036854775807 CACHE 1 OF id"
)]
#[case::burnt_id(
    "SELECT nextval('auth_permission_id_seq')",
    "auth_permission: row next differs: wanted 37, found 38"
)]
#[case::row(
    "UPDATE django_migrations SET name = 'x' WHERE id = 18",
    "django_migrations: row 018 differs: wanted posts 0001_initial, found posts x"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_difference_is_found_on_postgres(#[case] change: &str, #[case] sentence: &str) {
    let (_folder, url) = loaded(Postgres, "", "").await;
    let before = Schema::read(&url).await;
    sql::execute(&url, change).await;
    assert_eq!(diff(&before, &Schema::read(&url).await), [sentence]);
}

#[rstest]
#[case::extra_index(
    "COMMIT;",
    "CREATE INDEX extra ON auth_user (email); COMMIT;",
    "auth_user: index extra is extra: CREATE INDEX extra ON auth_user (email)"
)]
#[case::unique_index(
    r#"CREATE INDEX "posts_post_author_id_fe5487bf""#,
    r#"CREATE UNIQUE INDEX "posts_post_author_id_fe5487bf""#,
    "posts_post: index posts_post_author_id_fe5487bf differs: wanted CREATE INDEX posts_post_author_id_fe5487bf ON posts_post (author_id), found CREATE UNIQUE INDEX posts_post_author_id_fe5487bf ON posts_post (author_id)"
)]
#[case::other_type(
    r#""title" varchar(200)"#,
    r#""title" varchar(201)"#,
    "posts_post: column title differs: wanted #2 varchar(200) NOT NULL, found #2 varchar(201) NOT NULL"
)]
#[case::ids_used_again(
    r#"CREATE TABLE IF NOT EXISTS "posts_post" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT"#,
    r#"CREATE TABLE IF NOT EXISTS "posts_post" ("id" integer NOT NULL PRIMARY KEY"#,
    "posts_post: column id differs: wanted #1 integer NOT NULL PRIMARY KEY AUTOINCREMENT, found #1 integer NOT NULL PRIMARY KEY"
)]
#[case::not_deferred(
    r#""token_blacklist_outstandingtoken" ("id") DEFERRABLE INITIALLY DEFERRED"#,
    r#""token_blacklist_outstandingtoken" ("id")"#,
    "token_blacklist_blacklistedtoken: column token_id differs: wanted #2 bigint NOT NULL UNIQUE REFERENCES token_blacklist_outstandingtoken (id) DEFERRABLE INITIALLY DEFERRED, found #2 bigint NOT NULL UNIQUE REFERENCES token_blacklist_outstandingtoken (id)"
)]
#[case::burnt_id(
    "('auth_permission',36)",
    "('auth_permission',40)",
    "auth_permission: row next differs: wanted 37, found 41"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_difference_is_found_on_sqlite(
    #[case] old: &str,
    #[case] new: &str,
    #[case] sentence: &str,
) {
    let (_folder, dump) = loaded(Sqlite, "", "").await;
    let (_other, changed) = loaded(Sqlite, old, new).await;
    assert_eq!(
        diff(&Schema::read(&dump).await, &Schema::read(&changed).await),
        [sentence]
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_ours_can_be_left_out(on: Backend) {
    let (_folder, url) = loaded(on, "", "").await;
    let before = Schema::read(&url).await;
    let ours = "CREATE TABLE gatepost_meta (id integer PRIMARY KEY, name text UNIQUE);
        CREATE INDEX gatepost_expires_at ON token_blacklist_outstandingtoken (expires_at);";
    sql::execute(&url, ours).await;
    let after = Schema::read(&url).await;
    assert_ne!(before, after);
    assert_eq!(diff(&before, &after.without_prefix("gatepost_")), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_copied_and_dropped() {
    let (_folder, url) = loaded(Postgres, "", "").await;
    let (_, template) = url.rsplit_once('/').unwrap();
    postgres::create("schema_copy", Some(template)).await;
    assert_eq!(
        Schema::read(&postgres::url("schema_copy")).await,
        Schema::read(&url).await
    );
    postgres::drop("schema_copy").await;
    postgres::create("schema_copy", None).await;
    assert_eq!(
        Schema::read(&postgres::url("schema_copy")).await,
        Schema::default()
    );
}
