//! Markup that somebody typed: every page shows it as text, wherever it comes from.

use gatepost_tests::{Answer, Backend, TestApp};

use super::headers::pages;
use super::rows::{self, Rows};
use super::superuser;
use super::tab::{PASSWORD, Tab, encoded, form};
use super::tags::foreign;

/// What would run, or leave the place where it stands, were it shown as it is.
const PAYLOADS: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg onload=alert(1)>",
    "</textarea></title><script>alert(1)</script>",
    "javascript:alert(1)//",
    "\" autofocus onfocus=alert(1) x=\"",
    "{{ 7*7 }}{% debug %}",
    "&lt;script&gt;&#60;&amp;",
];

#[test]
fn what_is_foreign_is_seen() {
    for payload in &PAYLOADS[..4] {
        let page = format!("<p>{payload}</p><script src=\"/admin/static/admin.js?v=1\"></script>");
        assert!(foreign(&page).is_some(), "{payload}");
        let quote = if payload.starts_with('\'') { '\'' } else { '"' };
        let broken = format!("<input value={quote}{payload}{quote}>");
        assert_eq!(
            foreign(&broken).is_some(),
            payload.starts_with(quote),
            "{broken}"
        );
    }
    for html in [
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\"https://evil.example\">x</a>",
        "<input value=\"\" autofocus onfocus=alert(1) x=\"\">",
        "<form action=//evil.example>",
        "<p style=\"x\">",
        "<iframe>",
        "<a href='/admin/' oNclick=x>",
    ] {
        assert!(foreign(html).is_some(), "{html}");
    }
    assert_eq!(
        foreign("<p>&lt;script></p><a href=\"/admin/?a=1\" class=\"b\">x</a>"),
        None
    );
}

#[track_caller]
fn is_clean(answer: &Answer, what: &str) {
    if let Some(found) = foreign(&answer.text()) {
        panic!("{what} has {found}:\n{}", answer.text());
    }
}

/// A text as SQL has it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Puts a text wherever the database has one that pages show.
async fn plant(app: &TestApp, rows: &Rows, payload: &str) {
    let text = quoted(payload);
    let (user, group, post) = (&rows.user, &rows.group, &rows.post);
    app.sql(&format!(
        "UPDATE auth_user SET username = {text}, first_name = {text}, last_name = {text}, email = {text} WHERE id = {user};
         UPDATE auth_user SET first_name = {text}, last_name = {text} WHERE username = 'root';
         UPDATE auth_group SET name = {text} WHERE id = {group};
         UPDATE posts_post SET title = {text}, content = {text} WHERE id = {post};
         UPDATE token_blacklist_outstandingtoken SET jti = {text} WHERE id = {0};
         UPDATE auth_permission SET name = {text} WHERE codename = 'view_session';
         DELETE FROM django_admin_log;
         INSERT INTO django_admin_log (action_time, object_id, object_repr, action_flag, change_message, content_type_id, user_id)
         SELECT '2026-11-01 09:00:00', o.id, {text}, o.flag, {text}, t.id, u.id FROM auth_user u, django_content_type t,
             (SELECT '{user}' AS id, 2 AS flag UNION SELECT '{group}', 3 UNION SELECT '{post}', 1) AS o
         WHERE u.username = 'root' AND t.app_label IN ('auth', 'posts') AND t.model IN ('user', 'group', 'post');
         INSERT INTO auth_user_groups (user_id, group_id) SELECT {user}, {group} WHERE NOT EXISTS (SELECT 1 FROM auth_user_groups)",
        rows.outstanding
    ))
    .await;
}

/// Where a stored text is shown.
const SHOWN: &[&str] = &[
    "/admin/",
    "/admin/auth/user/",
    "/admin/auth/user/{user}/change/",
    "/admin/auth/user/{user}/delete/",
    "/admin/auth/user/{user}/history/",
    "/admin/auth/user/{user}/password/",
    "/admin/auth/user/{user}/sessions/",
    "/admin/auth/group/",
    "/admin/auth/group/{group}/change/",
    "/admin/auth/group/{group}/delete/",
    "/admin/auth/group/{group}/history/",
    "/admin/posts/post/",
    "/admin/posts/post/add/",
    "/admin/posts/post/{post}/change/",
    "/admin/posts/post/{post}/delete/",
    "/admin/posts/post/{post}/history/",
    "/admin/token_blacklist/outstandingtoken/",
    "/admin/token_blacklist/outstandingtoken/{outstanding}/change/",
    "/admin/token_blacklist/blacklistedtoken/",
    "/admin/token_blacklist/blacklistedtoken/add/",
    "/admin/token_blacklist/blacklistedtoken/{blacklisted}/change/",
];

/// What reads its address.
const ASKED: &[&str] = &[
    "/admin/",
    "/admin/login/",
    "/admin/auth/user/",
    "/admin/auth/user/add/",
    "/admin/auth/user/{user}/change/",
    "/admin/auth/user/{user}/delete/",
    "/admin/auth/user/{user}/history/",
    "/admin/auth/group/",
    "/admin/posts/post/",
    "/admin/posts/post/add/",
    "/admin/token_blacklist/outstandingtoken/",
    "/admin/token_blacklist/blacklistedtoken/",
    "/admin/nothing/",
];

/// A text as the templates write it.
fn escaped(text: &str) -> String {
    let written = |char: char| match char {
        '&' | '<' | '>' | '"' | '\'' => format!("&#{};", char as u32),
        char => char.to_string(),
    };
    text.chars().map(written).collect::<Vec<_>>().concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_markup_is_shown_as_text_on_every_page() {
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    let rows = rows::rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    for payload in PAYLOADS {
        plant(&app, &rows, payload).await;
        for (_, path) in pages(&rows) {
            let answer = tab.get(&path).await;
            is_clean(&answer, &format!("{path} with {payload}"));
        }
        for path in SHOWN {
            let text = tab.get(&rows.named(path)).await.expect(200).text();
            assert!(
                text.contains(&escaped(payload)),
                "{path} does not show {payload}"
            );
        }
        // the confirmation of an action, and the messages that name rows
        let selected = [
            ("action", "delete_selected"),
            ("_selected_action", rows.post.as_str()),
        ];
        let asked = tab.post("/admin/posts/post/", &selected).await.expect(200);
        is_clean(&asked, payload);
        assert!(asked.text().contains(&escaped(payload)));
        let path = format!("/admin/auth/group/{}/change/", rows.group);
        tab.post(&path, &[("name", payload)]).await.expect(302);
        let said = tab.get("/admin/auth/group/").await.expect(200);
        is_clean(&said, payload);
        assert!(
            said.text().contains("was changed successfully."),
            "{}",
            said.text()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_that_is_typed_into_a_form_comes_back_as_text() {
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    let rows = rows::rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    for payload in PAYLOADS {
        for (path, fields, shows) in [
            ("/admin/auth/user/add/", &["username"][..], true),
            ("/admin/auth/user/add/", &["usable_password"], true),
            (
                "/admin/auth/user/{user}/change/",
                &["username", "first_name", "last_name", "email"],
                true,
            ),
            (
                "/admin/auth/user/{user}/change/",
                &["date_joined_0", "date_joined_1"],
                true,
            ),
            ("/admin/auth/user/{user}/change/", &["groups"], true),
            (
                "/admin/auth/user/{user}/change/",
                &["user_permissions"],
                true,
            ),
            ("/admin/auth/group/add/", &["permissions"], true),
            (
                "/admin/posts/post/add/",
                &["title", "content", "author"],
                true,
            ),
            (
                "/admin/auth/user/{user}/password/",
                &["usable_password"],
                true,
            ),
            (
                "/admin/token_blacklist/blacklistedtoken/add/",
                &["token"],
                false,
            ),
            (
                "/admin/password_change/",
                &["old_password", "new_password1"],
                false,
            ),
        ] {
            let fields = form(
                &fields
                    .iter()
                    .map(|name| (*name, *payload))
                    .collect::<Vec<_>>(),
            );
            let answer = tab
                .post_form(&rows.named(path), fields.clone())
                .await
                .expect(200);
            is_clean(&answer, &format!("{path} {fields:?}"));
            assert_eq!(
                answer.text().contains(&escaped(payload)),
                shows,
                "{path} {fields:?}"
            );
        }
        let fields = [
            ("title", *payload),
            ("content", payload),
            ("author", &rows.user),
        ];
        tab.post("/admin/posts/post/add/", &fields)
            .await
            .expect(302);
        let said = tab.get("/admin/posts/post/").await;
        is_clean(&said, payload);
        assert!(
            said.text()
                .contains(&format!(">{}</a>” was added", escaped(payload)))
        );
        let odd = [
            ("action", *payload),
            ("index", payload),
            ("_selected_action", payload),
        ];
        tab.post("/admin/posts/post/", &odd).await.expect(302);
        is_clean(&tab.get("/admin/posts/post/").await, payload);
        let odd = [("action", "delete_selected"), ("_selected_action", payload)];
        is_clean(
            &tab.post("/admin/posts/post/", &odd).await.expect(400),
            payload,
        );
    }
    let mut stranger = Tab::of(&app);
    for payload in PAYLOADS {
        stranger.get("/admin/login/").await;
        let fields = [
            ("username", *payload),
            ("password", PASSWORD),
            ("next", payload),
        ];
        let answer = stranger.post("/admin/login/", &fields).await.expect(200);
        is_clean(&answer, payload);
        // of `next` only what is of this site comes back
        assert!(answer.text().contains(&escaped(payload)), "{payload}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_in_an_address_comes_back_as_text() {
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    let rows = rows::rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    for payload in PAYLOADS {
        let path = encoded(&form(&[("", payload)])).replace('+', "%20");
        let path = path.trim_start_matches('=');
        for start in [
            "/admin/",
            "/admin/auth/",
            "/admin/auth/user/",
            "/admin/auth/user/x",
            "/admin/posts/post/1/",
        ] {
            for end in ["", "/", "/change/", "/delete/", "/history/", "/password/"] {
                let path = format!("{start}{path}{end}");
                is_clean(&tab.get(&path).await, &path);
                // what it says of a row that is not there
                is_clean(&tab.get("/admin/").await, &path);
                is_clean(&tab.post(&path, &[("a", "b")]).await, &path);
            }
        }
        for name in [
            "q",
            "o",
            "p",
            "e",
            "all",
            "_facets",
            "next",
            "_changelist_filters",
            "_popup",
            "title",
            "content",
            "author",
            "username",
            "name",
            "permissions",
            "is_staff__exact",
            "groups__id__exact",
            "first_name",
            "first_name__icontains",
            "username__in",
            "date_joined__gte",
            "password",
            "nothing",
            payload,
        ] {
            let query = encoded(&form(&[(name, payload), ("q", payload)]));
            for path in ASKED {
                let path = format!("{}?{query}", rows.named(path));
                is_clean(&tab.get(&path).await, &path);
            }
        }
        let query = encoded(&form(&[("q", payload)]));
        let text = tab
            .get(&format!("/admin/auth/user/?{query}"))
            .await
            .expect(200)
            .text();
        assert!(
            text.contains(&format!("value=\"{}\"", escaped(payload))),
            "{payload}"
        );
    }
}
