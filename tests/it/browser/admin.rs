//! The admin site in a real browser, from the first superuser on; with `--full` alone, which installs one.

use gatepost_server::Clock;
use gatepost_tests::django::Django;
use gatepost_tests::page::Page;
use gatepost_tests::{Backend, Program, TestApp, is_full};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::Value;

use crate::both_databases;

const ROOT: &str = "RootsPassword123!";
const ADA: &str = "AdasPassword456!";
const NEW: &str = "AdasOtherPassword789!";

/// A superuser as an operator makes one.
pub(super) async fn create_superuser(app: &TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "createsuperuser",
        "--noinput",
        "--username",
        "root",
        "--email",
        "root@example.com",
    ];
    let mut command = Program::command(folder.path(), &arguments);
    command
        .env("GATEPOST_DATABASE__URL", &app.database)
        .env("GATEPOST_SECRET_KEY", gatepost_tests::SECRET)
        .env("GATEPOST_PASSWORDS__ITERATIONS", "1")
        .env("DJANGO_SUPERUSER_PASSWORD", ROOT);
    let output = Program::ended(&mut command);
    assert!(output.status.success(), "{output:?}");
}

/// Signs in by the form, wherever the site is.
pub(super) fn sign_in(page: &mut Page, site: &str, name: &str, password: &str) {
    page.go(&format!("{site}/admin/"));
    assert_eq!(page.place(), "/admin/login/?next=/admin/");
    page.fill("username", name);
    page.fill("password", password);
    page.follow("#login-form [type=submit]");
}

pub(super) fn sign_in_as_root(page: &mut Page, site: &str) {
    sign_in(page, site, "root", ROOT);
    assert_eq!(page.place(), "/admin/");
}

/// The names in the first column of a list.
fn names(page: &mut Page) -> Vec<String> {
    let names = page
        .run("[...document.querySelectorAll('#result_list tbody th')].map(cell => cell.innerText)");
    let names = names.as_array().cloned().unwrap_or_default();
    names
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Moves choices of a field to the chosen ones, by its two lists.
fn choose(page: &mut Page, field: &str, wanted: &[&str]) {
    let wanted = serde_json::json!(wanted);
    page.run(&format!(
        "{{ const from = document.getElementById('id_{field}_from');
            for (const option of from.options) option.selected = {wanted}.includes(option.text) }}"
    ));
    page.click(&format!("[data-field={field}] .arrows button"));
}

/// Chooses of a list's filter.
fn filter(page: &mut Page, by: &str, choice: &str) {
    page.leave(&format!(
        "[...[...document.querySelectorAll('.filters details')].find(filter => filter.innerText.startsWith('By {by}'))
            .querySelectorAll('a')].find(link => link.innerText === '{choice}').click()"
    ));
}

#[track_caller]
fn shows(page: &mut Page, text: &str) {
    let shown = page.text();
    assert!(shown.contains(text), "{text} is not on the page: {shown}");
}

/// What the history of an object tells, a line an entry, without its date.
fn history(page: &mut Page) -> Vec<String> {
    let lines = page.run(
        "[...document.querySelectorAll('main table tbody tr, #change-history tbody tr')].map(row => row.lastElementChild.innerText.trim())",
    );
    let lines = lines.as_array().cloned().unwrap_or_default();
    lines
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// 10,000 users, of whom every hundredth is staff.
async fn add_many(app: &TestApp) {
    app.sql(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000)
         INSERT INTO auth_user (username, password, email, first_name, last_name, is_active, is_staff, is_superuser, date_joined)
         SELECT 'user' || (100000 + n), '!', 'user' || n || '@example.com', '', '', TRUE, n % 100 = 0, FALSE, '2026-01-01 09:00:00' FROM numbers",
    )
    .await;
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_makes_staff_who_do_what_their_rights_allow(on: Backend) {
    if !is_full() {
        return;
    }
    let app = TestApp::with_clock(on, "", Clock::system()).await;
    create_superuser(&app).await;
    let bob = app.user("bob").await.log_in().await;
    for title in ["One", "Two", "Three"] {
        bob.post(title).await;
    }
    let site = app.listen().await;
    let mut root = Page::open();
    sign_in_as_root(&mut root, &site);

    // a group with rights, and somebody in it
    root.go(&format!("{site}/admin/auth/group/add/"));
    root.fill("name", "writers");
    let rights = [
        "Authentication and Authorization | user | Can view user",
        "Posts | post | Can view post",
        "Posts | post | Can change post",
    ];
    choose(&mut root, "permissions", &rights);
    root.follow("[name=_save]");
    shows(&mut root, "The group “writers” was added successfully.");
    root.go(&format!("{site}/admin/auth/user/add/"));
    root.fill("username", "ada");
    root.fill("password1", ADA);
    root.fill("password2", ADA);
    root.follow("[name=_save]");
    shows(
        &mut root,
        "The user “ada” was added successfully. You may edit it again below.",
    );
    let of_ada = root.place();
    root.click("[name=is_staff]");
    choose(&mut root, "groups", &["writers"]);
    root.follow("[name=_save]");
    assert_eq!(root.place(), "/admin/auth/user/");

    // she sees what her rights allow, and nothing else
    let mut ada = Page::open();
    sign_in(&mut ada, &site, "ada", ADA);
    let index = ada.text();
    assert!(
        index.contains("Users") && index.contains("Posts"),
        "{index}"
    );
    assert!(
        !index.contains("Groups") && !index.contains("Tokens"),
        "{index}"
    );
    ada.go(&format!("{site}/admin/auth/group/"));
    shows(&mut ada, "403 Forbidden");
    ada.go(&format!("{site}{of_ada}"));
    shows(&mut ada, "View user");
    assert_eq!(
        ada.run("document.querySelectorAll('main form [name=username], [name=_save]').length"),
        0
    );
    ada.go(&format!("{site}/admin/posts/post/"));
    assert_eq!(names(&mut ada), ["Three", "Two", "One"]);
    ada.follow_text("Two");

    // an error, then rightly
    ada.fill("title", "");
    ada.follow("[name=_continue]");
    shows(&mut ada, "Please correct the error below.");
    shows(&mut ada, "This field is required.");
    ada.fill("title", "Two and a half");
    ada.follow("[name=_save]");
    shows(
        &mut ada,
        "The post “Two and a half” was changed successfully.",
    );

    find_among_many(&app, &mut root, &site).await;

    // a session of his at the API ends, and with it his token
    root.go(&format!("{site}/admin/auth/user/?q=bob"));
    root.follow_text("bob");
    root.follow_text("Sessions");
    root.follow("[name=end]");
    shows(&mut root, "A session of “bob” was ended.");
    bob.refresh_with(&bob.refresh, None).await.expect(401);
    let of_bob = root.place().replace("/sessions/", "/history/");
    root.go(&format!("{site}{of_bob}"));
    assert_eq!(history(&mut root), ["Ended a session."]);

    // a user goes with his posts, once that was confirmed
    root.go(&format!("{site}/admin/auth/user/?q=bob"));
    root.follow_text("bob");
    root.follow("main a.danger");
    shows(&mut root, "Are you sure you want to delete the user “bob”?");
    shows(&mut root, "Post: Two and a half");
    assert_eq!(app.query("SELECT title FROM posts_post").await.len(), 3);
    root.follow(".confirm [type=submit]");
    shows(&mut root, "The user “bob” was deleted successfully.");
    assert!(app.query("SELECT title FROM posts_post").await.is_empty());

    // another password ends her sessions, and not his who sets it
    root.go(&format!("{site}{of_ada}"));
    root.follow_text("Reset password");
    root.fill("password1", NEW);
    root.fill("password2", NEW);
    root.follow("[name=set-password]");
    shows(&mut root, "Password changed successfully.");
    sign_in(&mut ada, &site, "ada", ADA);
    shows(
        &mut ada,
        "Please enter the correct username and password for a staff account.",
    );
    sign_in(&mut ada, &site, "ada", NEW);
    assert_eq!(ada.place(), "/admin/");

    // the history tells of it here and at Django's own admin, which takes the same cookie
    let path = of_ada.replace("/change/", "/history/");
    root.go(&format!("{site}{path}"));
    let told = history(&mut root);
    assert_eq!(
        told,
        [
            "Added.",
            "Changed Staff status and Groups.",
            "Changed password."
        ]
    );
    let django = Django::serve(&app.database, &[]);
    root.go(&format!("{}{path}", django.url()));
    assert_eq!(root.place(), path);
    assert_eq!(history(&mut root), told);
    root.go(&format!("{}/admin/", django.url()));
    for text in ["Deleted", "bob", "ada", "writers"] {
        let html = root.run("document.documentElement.outerHTML");
        assert!(
            text == "Deleted" || html.as_str().unwrap().contains(text),
            "{text}"
        );
    }
    // and the other way round
    let mut other = Page::open();
    sign_in(&mut other, django.url(), "ada", NEW);
    other.go(&format!("{site}/admin/posts/"));
    assert_eq!(other.place(), "/admin/posts/");
    drop(django);
    app.abandon();
}

/// Searches, filters, orders and turns the pages of a list of 10,000.
async fn find_among_many(app: &TestApp, root: &mut Page, site: &str) {
    add_many(app).await;
    let list = format!("{site}/admin/auth/user/");
    root.go(&list);
    root.fill("q", "user10012");
    root.follow("[role=search] [type=submit]");
    let found: Vec<_> = (0..10).map(|n| format!("user10012{n}")).collect();
    assert_eq!(names(root), found);
    // of these, the staff: none but one
    filter(root, "staff status", "Yes");
    assert_eq!(names(root), [""; 0]);
    root.go(&format!("{list}?q=user1001"));
    filter(root, "staff status", "Yes");
    assert_eq!(names(root), ["user100100"]);
    // the last of all comes first
    root.go(&list);
    let sorted = "[...document.querySelectorAll('thead a')].find(link => link.title === 'Toggle sorting').click()";
    root.leave(sorted);
    assert_eq!(names(root).first().map(String::as_str), Some("user110000"));

    root.go(&list);
    let mut seen = Vec::new();
    loop {
        let page = names(root);
        assert!((1..=100).contains(&page.len()), "{}", root.place());
        seen.extend(page);
        if root.run("!document.querySelector('[rel=next]')") == true {
            break;
        }
        root.follow("[rel=next]");
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), 10_003, "root, bob, ada and 10,000 others");
    assert_eq!(seen.len(), 10_003);
}

/// The main flows once more for whoever has switched scripts off.
#[tokio::test(flavor = "multi_thread")]
async fn every_flow_works_without_scripts() {
    if !is_full() {
        return;
    }
    let app = TestApp::with_clock(Backend::Sqlite, "", Clock::system()).await;
    create_superuser(&app).await;
    app.user("bob").await.log_in().await.post("Hello").await;
    let site = app.listen().await;
    let mut root = Page::open();
    root.allow_scripts(false);
    sign_in_as_root(&mut root, &site);
    assert_eq!(
        root.run("document.getElementById('theme').hidden"),
        true,
        "a script ran"
    );

    root.go(&format!("{site}/admin/auth/group/add/"));
    root.fill("name", "writers");
    root.run("for (const option of document.getElementById('id_permissions').options) option.selected = option.text.includes('post')");
    root.follow("[name=_save]");
    shows(&mut root, "was added successfully.");
    let rights = "SELECT CAST(COUNT(*) AS text) FROM auth_group_permissions";
    assert_eq!(app.query(rights).await, ["4"]);

    root.go(&format!("{site}/admin/auth/user/add/"));
    root.fill("username", "ada");
    root.fill("password1", ADA);
    root.fill("password2", "another");
    root.follow("[name=_save]");
    shows(&mut root, "The two password fields didn’t match.");
    root.fill("password1", ADA);
    root.fill("password2", ADA);
    root.follow("[name=_save]");
    root.click("[name=is_staff]");
    root.run("document.getElementById('id_groups').options[0].selected = true");
    root.fill("last_login_0", "2026-11-01");
    root.fill("last_login_1", "10:00:00");
    root.follow("[name=_continue]");
    shows(&mut root, "You may edit it again below.");
    root.follow_text("Reset password");
    root.run("document.querySelector('[name=usable_password][value=false]').checked = true");
    root.follow("[name=unset-password]");
    shows(&mut root, "Password-based authentication was disabled.");
    root.follow_text("History");
    let told = [
        "Added.",
        "Changed Staff status, Groups and Last login.",
        "No fields changed.",
    ];
    assert_eq!(history(&mut root), told);

    root.go(&format!("{site}/admin/auth/user/"));
    root.fill("q", "b");
    root.follow("[role=search] [type=submit]");
    assert_eq!(names(&mut root), ["bob"]);
    root.follow("thead a");
    filter(&mut root, "staff status", "No");
    root.click("[name=_selected_action]");
    root.run("document.getElementById('action').value = 'delete_selected'");
    root.follow("[name=index]");
    shows(
        &mut root,
        "Are you sure you want to delete the selected user",
    );
    root.follow(".confirm [type=submit]");
    shows(&mut root, "Successfully deleted 1 user.");
    root.follow("header form [type=submit]");
    shows(
        &mut root,
        "Thanks for spending some quality time with the web site today.",
    );
}
