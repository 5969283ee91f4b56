//! Tables of the admin that are not as Django made them: nobody's typing is answered 5xx, and the API stays ready.

use gatepost_tests::{Backend, Program, SECRET, TestApp};
use rstest::rstest;

use super::{Tab, root};

async fn is_ready(base: &str) {
    Tab::at(base).get("/-/ready").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_missing_to_a_table_of_the_admin_is_told_and_is_nothing_to_the_api() {
    let owner = TestApp::on(Backend::Postgres).await;
    let (place, name) = owner.database.rsplit_once('/').unwrap();
    let role = format!("admin_of_{name}");
    let of_all = format!(
        "CREATE ROLE {role} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role};
        GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}"
    );
    owner.sql(&of_all).await;
    let url = format!("{}/{name}", place.replace("postgres@", &format!("{role}@")));
    let settings = format!("database.url = '{url}'");
    let app = owner.another_with(&settings).await.may_fail();
    let base = app.listen().await;
    owner
        .sql(&format!("REVOKE ALL ON django_session FROM {role}"))
        .await;
    let mut tab = Tab::at(&base);
    tab.cookies.insert("sessionid".to_owned(), "a".repeat(32));
    tab.get("/admin/").await.expect(503);
    is_ready(&base).await;

    let later = owner.another_with(&settings).await;
    let base = later.listen().await;
    Tab::at(&base).get("/admin/").await.expect(404);
    let folder = tempfile::tempdir().unwrap();
    let mut check = Program::command(folder.path(), &["check", "--database", &url]);
    let output = Program::ended(check.env("GATEPOST_SECRET_KEY", SECRET));
    let said = String::from_utf8(output.stdout).unwrap();
    let grant = format!("`GRANT SELECT, INSERT, DELETE ON django_session TO {role}`");
    assert!(
        said.contains("There is no admin site") && said.contains(&grant),
        "{said}"
    );
}

/// What may be done to tables of the admin, and pages are seen and a group is made all the same.
#[rstest]
#[case("ALTER TABLE auth_group ADD COLUMN place varchar(9) NOT NULL", 200)]
#[case("ALTER TABLE auth_group ALTER COLUMN name TYPE varchar(80)", 200)]
#[case(
    "ALTER TABLE django_admin_log ALTER COLUMN object_repr TYPE varchar(50)",
    200
)]
#[case(
    "ALTER TABLE auth_group ALTER COLUMN name DROP NOT NULL; INSERT INTO auth_group (name) VALUES (NULL)",
    302
)]
#[case(
    "ALTER TABLE auth_permission ALTER COLUMN name DROP NOT NULL; UPDATE auth_permission SET name = NULL WHERE codename = 'add_post'",
    302
)]
#[case(
    "ALTER TABLE django_admin_log ALTER COLUMN change_message DROP NOT NULL; ALTER TABLE django_admin_log ALTER COLUMN object_repr DROP NOT NULL;
    INSERT INTO auth_group (name) VALUES ('g');
    INSERT INTO django_admin_log (action_time, object_id, object_repr, action_flag, change_message, content_type_id, user_id)
    SELECT now(), (SELECT max(id) FROM auth_group), NULL, 2, NULL, t.id, u.id FROM django_content_type t, auth_user u WHERE t.model = 'group'",
    302
)]
#[case(
    "CREATE EXTENSION citext; ALTER TABLE auth_group ALTER COLUMN name TYPE citext",
    302
)]
#[case(
    "CREATE EXTENSION citext; ALTER TABLE auth_permission ALTER COLUMN codename TYPE citext",
    302
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_the_admin_that_was_changed_is_no_5xx(#[case] change: &str, #[case] added: u16) {
    let app = TestApp::on(Backend::Postgres).await;
    let base = app.listen().await;
    let mut tab = root(&app, &base).await;
    app.sql(change).await;
    drop(base);
    let app = app.another().await;
    tab.base = app.listen().await;
    let name = "a".repeat(120);
    let fields = [("name", name.as_str()), ("_save", "Save")];
    tab.post("/admin/auth/group/add/", &fields)
        .await
        .expect(added);
    let key = app
        .query(
            "SELECT CAST(max(id) AS text) FROM auth_group WHERE EXISTS (SELECT 1 FROM auth_group)",
        )
        .await;
    for page in [
        "",
        "auth/group/",
        "auth/group/?q=a",
        "auth/group/add/",
        "auth/user/1/change/",
    ] {
        tab.get(&format!("/admin/{page}")).await.expect(200);
    }
    for key in key.iter().filter(|key| !key.is_empty()) {
        for page in ["change", "history", "delete"] {
            let path = format!("/admin/auth/group/{key}/{page}/");
            tab.get(&path).await.expect(200);
        }
    }
    is_ready(&tab.base).await;
}

/// Django's tables let a token have no moment of its own.
#[rstest_reuse::apply(crate::both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_a_moment_is_listed_and_ended(on: Backend) {
    let app = TestApp::on(on).await;
    let base = app.listen().await;
    let ann = app.user("ann").await.log_in().await;
    let mut tab = root(&app, &base).await;
    app.sql("UPDATE token_blacklist_outstandingtoken SET created_at = NULL")
        .await;
    let own = serde_json::json!({"password": super::PASSWORD, "refresh": ann.refresh});
    let listed = ann.send("POST", "/api/account/sessions/", &own).await;
    assert!(listed.status.as_u16() < 300, "{}", listed.text());
    let path = format!(
        "/admin/auth/user/{}/sessions/",
        super::key(&app, "ann").await
    );
    tab.get(&path).await.expect(200);
    tab.post(&path, &[("end_all", "yes")]).await.expect(302);
}
