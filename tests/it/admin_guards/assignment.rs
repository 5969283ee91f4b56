//! Fields that a form does not offer: whoever posts them changes nothing by them.

use gatepost_tests::{Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use super::rows::{self, done, state};
use super::tab::{Form, PASSWORD, Tab, form};
use super::{staff, superuser};
use crate::both_databases;

const NEW: &str = "AnotherPassword456!";

/// What somebody might try to slip in, whatever the form.
const SLIPPED: &[(&str, &str)] = &[
    ("id", "4711"),
    ("pk", "4711"),
    ("user_id", "4711"),
    ("password", "pbkdf2_sha256$1$a$b"),
    ("is_superuser", "on"),
    ("is_staff", "on"),
    ("is_active", "on"),
    ("first_name", "Slipped"),
    ("last_name", "Slipped"),
    ("email", "slipped@example.com"),
    ("last_login_0", "2001-01-01"),
    ("last_login_1", "01:01:01"),
    ("last_login", "2001-01-01 01:01:01"),
    ("date_joined", "2001-01-01 01:01:01"),
    ("date_joined_0", "2001-01-01"),
    ("date_joined_1", "01:01:01"),
    ("created_at", "2001-01-01 01:01:01"),
    ("created_at_0", "2001-01-01"),
    ("created_at_1", "01:01:01"),
    ("updated_at", "2001-01-01 01:01:01"),
    ("updated_at_0", "2001-01-01"),
    ("updated_at_1", "01:01:01"),
    ("blacklisted_at", "2001-01-01 01:01:01"),
    ("blacklisted_at_0", "2001-01-01"),
    ("blacklisted_at_1", "01:01:01"),
    ("expires_at", "2001-01-01 01:01:01"),
    ("jti", "slipped"),
    ("user", "4711"),
    ("author_id", "4711"),
    ("token_id", "4711"),
    ("groups", "{group}"),
    ("user_permissions", "1"),
    ("author__username", "slipped"),
    ("author__is_superuser", "on"),
    ("user_set", "4711"),
    ("_state", "x"),
    ("__class__", "x"),
];

/// A form with everything else that might be slipped in before and after what it has.
fn with_slipped(rows: &rows::Rows, fields: &[(&str, &str)]) -> Form {
    let own = |name: &str| fields.iter().any(|(known, _)| *known == name);
    let mut all = Form::new();
    for (name, value) in SLIPPED {
        if !own(name) {
            all.push(((*name).to_owned(), rows.named(value)));
        }
    }
    all.extend(
        form(fields)
            .into_iter()
            .map(|(name, value)| (name, rows.named(&value))),
    );
    all
}

/// Columns of a row, with bars between them.
async fn row(app: &TestApp, columns: &str, rest: &str) -> String {
    let columns: Vec<_> = columns
        .split(' ')
        .map(|column| format!("COALESCE(CAST({column} AS text), '-')"))
        .collect();
    let query = format!("SELECT {} FROM {rest}", columns.join(" || '|' || "));
    app.query(&query).await.join("\n")
}

/// A flag as the database writes it.
fn flag(on: Backend, is_set: bool) -> &'static str {
    match (on, is_set) {
        (Backend::Sqlite, true) => "1",
        (Backend::Sqlite, false) => "0",
        (Backend::Postgres, true) => "true",
        (Backend::Postgres, false) => "false",
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_is_what_the_form_asks_for(on: Backend) {
    let app = TestApp::on(on).await;
    superuser(&app, "root").await;
    let rows = rows::rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let fields = [("username", "eve"), ("password1", NEW), ("password2", NEW)];
    let fields = with_slipped(&rows, &fields);
    tab.post_form("/admin/auth/user/add/", fields)
        .await
        .expect(302);
    let eve = "auth_user WHERE username = 'eve'";
    let (yes, no) = (flag(on, true), flag(on, false));
    let columns = "is_superuser is_staff is_active first_name last_name email last_login";
    assert_eq!(
        row(&app, columns, eve).await,
        format!("{no}|{no}|{yes}||||-")
    );
    let joined = row(&app, "date_joined", eve).await;
    assert!(joined.starts_with("2027-01-15 08:00:00"), "{joined}");
    let encoded = row(&app, "password", eve).await;
    assert!(encoded.len() > 40, "{encoded}");
    let id = row(&app, "id", eve).await;
    assert_ne!(id, "4711");
    for table in ["auth_user_groups", "auth_user_user_permissions"] {
        assert_eq!(row(&app, "COUNT(*)", table).await, "0", "{table}");
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_post_has_the_dates_of_the_server(on: Backend) {
    let app = TestApp::on(on).await;
    superuser(&app, "root").await;
    let rows = rows::rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let fields = [("title", "T"), ("content", "words"), ("author", "{user}")];
    let fields = with_slipped(&rows, &fields);
    app.clock.advance(60);
    tab.post_form("/admin/posts/post/add/", fields.clone())
        .await
        .expect(302);
    let new = "posts_post WHERE title = 'T'";
    let made = row(&app, "created_at updated_at", new).await;
    let parts: Vec<_> = made.split('|').collect();
    assert!(
        parts.iter().all(|at| at.starts_with("2027-01-15 08:01:00")),
        "{made}"
    );
    assert_eq!(row(&app, "author_id", new).await, rows.user);
    let id = row(&app, "id", new).await;
    assert_ne!(id, "4711");

    let users = row(
        &app,
        "username email is_staff is_superuser",
        "auth_user ORDER BY id",
    )
    .await;
    app.clock.advance(60);
    let path = format!("/admin/posts/post/{id}/change/");
    tab.post_form(&path, fields).await.expect(302);
    let changed = row(&app, "created_at updated_at", new).await;
    let (created, updated) = changed.split_once('|').unwrap();
    assert_eq!(created, parts[0]);
    assert!(updated.starts_with("2027-01-15 08:02:00"), "{updated}");
    let after = row(
        &app,
        "username email is_staff is_superuser",
        "auth_user ORDER BY id",
    )
    .await;
    assert_eq!(after, users);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_user_sets_neither_key_nor_hash(on: Backend) {
    let app = TestApp::on(on).await;
    superuser(&app, "root").await;
    let rows = rows::rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let bob = format!("auth_user WHERE id = {}", rows.user);
    let before = row(&app, "id password", &bob).await;
    let fields = [
        ("username", "bob"),
        ("first_name", "Bob"),
        ("last_name", ""),
        ("email", ""),
        ("date_joined_0", "2026-01-01"),
        ("date_joined_1", "09:00:00"),
        ("password1", NEW),
        ("password2", NEW),
        ("usable_password", "false"),
    ];
    let path = format!("/admin/auth/user/{}/change/", rows.user);
    tab.post_form(&path, with_slipped(&rows, &fields))
        .await
        .expect(302);
    assert_eq!(row(&app, "id password", &bob).await, before);
    // the form has these, and so they are set
    let yes = flag(on, true);
    let set = row(&app, "first_name is_superuser is_staff", &bob).await;
    assert_eq!(set, format!("Bob|{yes}|{yes}"));
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn forms_of_passwords_set_passwords_alone(on: Backend) {
    let app = TestApp::on(on).await;
    superuser(&app, "root").await;
    staff(&app, "ann", &[]).await;
    let rows = rows::rows(&app).await;
    let mut ann = Tab::signed_in(&app, "ann").await;
    let columns = "id username first_name last_name email is_active is_staff is_superuser date_joined last_login";
    let users = "auth_user WHERE username <> 'root' ORDER BY id";
    let before = row(&app, columns, users).await;
    let fields = [
        ("old_password", PASSWORD),
        ("new_password1", NEW),
        ("new_password2", NEW),
        ("username", "root"),
    ];
    let fields = with_slipped(&rows, &fields);
    ann.post_form("/admin/password_change/", fields)
        .await
        .expect(302);
    assert_eq!(row(&app, columns, users).await, before);
    assert!(ann.is_in().await);
    // it was ann's password that was changed
    Tab::of(&app).sign_in_with("ann", NEW).await.expect(302);
    let mut root = Tab::signed_in(&app, "root").await;
    let before = row(&app, columns, users).await;
    let fields = [
        ("password1", NEW),
        ("password2", NEW),
        ("set-password", "1"),
        ("username", "root"),
    ];
    let path = format!("/admin/auth/user/{}/password/", rows.user);
    root.post_form(&path, with_slipped(&rows, &fields))
        .await
        .expect(302);
    assert_eq!(row(&app, columns, users).await, before);
    Tab::of(&app).sign_in("root").await.expect(302);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_changed_by_nothing_that_is_posted(on: Backend) {
    let app = TestApp::on(on).await;
    superuser(&app, "root").await;
    let rows = rows::rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let before = state(&app).await;
    for path in [
        "/admin/token_blacklist/outstandingtoken/add/",
        "/admin/token_blacklist/outstandingtoken/{outstanding}/change/",
        "/admin/token_blacklist/outstandingtoken/{outstanding}/delete/",
    ] {
        let fields = [
            ("user", "{user}"),
            ("token", "slipped"),
            ("post", "yes"),
            ("_save", "1"),
        ];
        let fields = with_slipped(&rows, &fields);
        tab.post_form(&rows.named(path), fields).await.expect(403);
    }
    // the list has no actions
    let fields = [
        ("action", "delete_selected"),
        ("_selected_action", "{outstanding}"),
        ("post", "yes"),
        ("index", "0"),
    ];
    let fields = with_slipped(&rows, &fields);
    tab.post_form("/admin/token_blacklist/outstandingtoken/", fields)
        .await
        .expect(200);
    assert_eq!(done(&before, &state(&app).await), [""; 0]);

    let fields = with_slipped(&rows, &[("token", "{live}")]);
    tab.post_form("/admin/token_blacklist/blacklistedtoken/add/", fields)
        .await
        .expect(302);
    let at = format!(
        "token_blacklist_blacklistedtoken WHERE token_id = {}",
        rows.live
    );
    let at = row(&app, "blacklisted_at", &at).await;
    assert!(at.starts_with("2027-01-15 08:00:00"), "{at}");
    let tokens =
        "SELECT CAST(jti AS text) FROM token_blacklist_outstandingtoken WHERE jti = 'slipped'";
    assert!(app.query(tokens).await.is_empty());
}

/// Nothing of a refused form is written, not even what was right in it.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_an_error_writes_nothing(on: Backend) {
    let app = TestApp::on(on).await;
    superuser(&app, "root").await;
    let rows = rows::rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let before = state(&app).await;
    for (path, fields) in [
        (
            "/admin/auth/group/add/",
            &[("name", "x"), ("permissions", "99999")][..],
        ),
        (
            "/admin/auth/group/{group}/change/",
            &[
                ("name", "x"),
                ("permissions", "1"),
                ("permissions", "99999"),
            ],
        ),
        (
            "/admin/posts/post/add/",
            &[("title", "x"), ("content", "y"), ("author", "99999")],
        ),
        (
            "/admin/posts/post/{post}/change/",
            &[("title", ""), ("content", "y"), ("author", "{user}")],
        ),
        (
            "/admin/auth/user/{user}/change/",
            &[("username", "root"), ("is_superuser", "on")],
        ),
        (
            "/admin/auth/user/{user}/change/",
            &[
                ("username", "bob"),
                ("is_superuser", "on"),
                ("groups", "99999"),
            ],
        ),
        (
            "/admin/auth/user/add/",
            &[("username", "ROOT"), ("password1", NEW), ("password2", NEW)],
        ),
        (
            "/admin/auth/user/add/",
            &[("username", "eve"), ("password1", NEW), ("password2", "x")],
        ),
        (
            "/admin/token_blacklist/blacklistedtoken/add/",
            &[("token", "{outstanding}")],
        ),
        (
            "/admin/token_blacklist/blacklistedtoken/add/",
            &[("token", "99999")],
        ),
        (
            "/admin/password_change/",
            &[
                ("old_password", "x"),
                ("new_password1", NEW),
                ("new_password2", NEW),
            ],
        ),
    ] {
        let fields = form(fields)
            .into_iter()
            .map(|(name, value)| (name, rows.named(&value)));
        let answer = tab.post_form(&rows.named(path), fields.collect()).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            answer.text().contains("Please correct the error"),
            "{path}: {}",
            answer.text()
        );
        assert_eq!(done(&before, &state(&app).await), [""; 0], "{path}");
    }
}
