//! Who may do what: strangers, members without staff status, staff with no right or one, superusers, at every page.

use gatepost_tests::{Backend, TestApp};

use super::permitted::{DELETE, DELETE_POSTS, DELETE_USERS, NEW, RIGHTS, ROWS, Row};
use super::rows::{Rows, done, fresh, rows, state};
use super::tab::{Tab, form};
use super::{staff, superuser};

/// Whoever asks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    Stranger,
    Member,
    Staff,
    With(&'static str),
    Superuser,
}

impl Role {
    fn all() -> Vec<Self> {
        let mut all = vec![Self::Stranger, Self::Member, Self::Staff, Self::Superuser];
        all.extend(RIGHTS.iter().map(|right| Self::With(right)));
        all
    }

    fn status(self, row: &Row) -> u16 {
        match self {
            Self::Stranger | Self::Member => row.outside,
            Self::Staff => row.staff,
            Self::Superuser => row.superuser,
            Self::With(right) => {
                let opened = row.opened.iter().find(|(known, _)| *known == right);
                opened.map_or(row.staff, |(_, status)| *status)
            }
        }
    }

    /// Whether it may do what the request asks for.
    fn may_do(self, row: &Row) -> bool {
        let status = self.status(row);
        let is_done = status == 302 || row.path == "/admin/logout/" && status == 200;
        row.method == "POST" && is_done && !matches!(self, Self::Stranger | Self::Member)
    }

    async fn tab(self, app: &TestApp) -> Tab<'_> {
        match self {
            Self::Stranger => {
                let mut tab = Tab::of(app);
                tab.get("/admin/login/").await;
                return tab;
            }
            Self::Superuser => superuser(app, "ann").await,
            Self::With(right) => staff(app, "ann", &[right]).await,
            Self::Member | Self::Staff => staff(app, "ann", &[]).await,
        }
        let tab = Tab::signed_in(app, "ann").await;
        if self == Self::Member {
            app.sql("UPDATE auth_user SET is_staff = FALSE").await;
        }
        tab
    }
}

async fn ask(tab: &mut Tab<'_>, row: &Row, rows: &Rows, role: Role) {
    let path = rows.named(row.path);
    let fields = form(row.fields)
        .into_iter()
        .map(|(name, value)| (name, rows.named(&value)));
    let answer = match row.method {
        "POST" => tab.post_form(&path, fields.collect()).await,
        _ => tab.get(&path).await,
    };
    let what = format!("{role:?}: {} {path}", row.method);
    assert_eq!(
        answer.status.as_u16(),
        role.status(row),
        "{what}: {}",
        answer.text()
    );
    let to_login = answer.header("location").starts_with("/admin/login/?next=");
    let is_outside = matches!(role, Role::Stranger | Role::Member);
    let is_open = ["/admin/login/", "/admin/logout/"].contains(&row.path);
    assert_eq!(
        to_login,
        is_outside && !is_open,
        "{what}: {}",
        answer.header("location")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_do_what_the_rights_allow_and_nothing_else() {
    let mut checked = 0;
    for role in Role::all() {
        let app = TestApp::on(Backend::Sqlite).await;
        let rows = rows(&app).await;
        let mut tab = role.tab(&app).await;
        let before = state(&app).await;
        let (allowed, others): (Vec<_>, Vec<_>) = ROWS.iter().partition(|row| role.may_do(row));
        for row in others {
            ask(&mut tab, row, &rows, role).await;
            checked += 1;
        }
        assert_eq!(
            done(&before, &state(&app).await),
            [""; 0],
            "{role:?} changed something"
        );
        for (number, row) in allowed.into_iter().enumerate() {
            let rows = fresh(&app, number).await;
            let before = state(&app).await;
            ask(&mut tab, row, &rows, role).await;
            assert_ne!(
                before,
                state(&app).await,
                "{role:?}: {} does nothing",
                row.path
            );
            app.sql(
                "UPDATE auth_user SET username = 'was ' || id WHERE username IN ('changed', 'eve');
                     UPDATE auth_group SET name = 'was ' || id WHERE name IN ('changed', 'new')",
            )
            .await;
            checked += 1;
        }
    }
    assert_eq!(checked, ROWS.len() * 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_come_from_groups_too_and_add_up() {
    let app = TestApp::on(Backend::Sqlite).await;
    let rows = rows(&app).await;
    staff(&app, "ann", &["delete_post"]).await;
    app.sql(&format!(
        "INSERT INTO auth_user_groups (user_id, group_id) SELECT id, {} FROM auth_user WHERE username = 'ann'",
        rows.group
    ))
    .await;
    let mut tab = Tab::signed_in(&app, "ann").await;
    let fields = form(DELETE_POSTS)
        .into_iter()
        .map(|(name, value)| (name, rows.named(&value)));
    let fields: Vec<_> = fields.collect();
    tab.post_form("/admin/posts/post/", fields.clone())
        .await
        .expect(403);
    app.sql(&format!(
        "INSERT INTO auth_group_permissions (group_id, permission_id) SELECT {}, id FROM auth_permission WHERE codename = 'view_post'",
        rows.group
    ))
    .await;
    tab.get("/admin/posts/post/").await.expect(200);
    tab.post_form("/admin/posts/post/", fields)
        .await
        .expect(302);
    assert!(app.query("SELECT title FROM posts_post").await.is_empty());
    // adding users takes two rights
    for rights in [
        &["add_user", "change_user"][..],
        &["add_user", "view_user"],
        &["change_user"],
    ] {
        app.sql("DELETE FROM auth_user_user_permissions").await;
        for right in rights {
            app.sql(&format!(
                "INSERT INTO auth_user_user_permissions (user_id, permission_id)
                 SELECT u.id, p.id FROM auth_user u, auth_permission p WHERE u.username = 'ann' AND p.codename = '{right}'"
            ))
            .await;
        }
        let may = rights == ["add_user", "change_user"];
        let page = tab.get("/admin/auth/user/add/").await;
        assert_eq!(page.status, if may { 200 } else { 403 }, "{rights:?}");
        let name = format!("eve{}", rights.len());
        let fields = [
            ("username", name.as_str()),
            ("password1", NEW),
            ("password2", NEW),
        ];
        let added = tab.post("/admin/auth/user/add/", &fields).await;
        assert_eq!(added.status, if may { 302 } else { 403 }, "{rights:?}");
    }
}

/// Whoever may delete users alone deletes none with posts, and is told why.
#[tokio::test(flavor = "multi_thread")]
async fn what_goes_along_needs_its_own_right() {
    let app = TestApp::on(Backend::Sqlite).await;
    let rows = rows(&app).await;
    staff(&app, "ann", &["delete_user", "view_user"]).await;
    let mut tab = Tab::signed_in(&app, "ann").await;
    let before = state(&app).await;
    let path = format!("/admin/auth/user/{}/delete/", rows.user);
    let page = tab.get(&path).await.expect(200).text();
    assert!(
        page.contains(
            "your account doesn’t have permission to delete the following types of objects"
        )
    );
    assert!(
        page.contains("<li>post</li>") && !page.contains("Yes, I’m sure"),
        "{page}"
    );
    tab.post(&path, DELETE).await.expect(403);
    let fields = form(DELETE_USERS)
        .into_iter()
        .map(|(name, value)| (name, rows.named(&value)));
    let fields: Vec<_> = fields.collect();
    let asked = fields.iter().filter(|(name, _)| name != "post").cloned();
    let page = tab
        .post_form("/admin/auth/user/", asked.collect())
        .await
        .expect(200)
        .text();
    assert!(
        page.contains("Cannot delete user") && page.contains("<li>post</li>"),
        "{page}"
    );
    tab.post_form("/admin/auth/user/", fields).await.expect(403);
    assert_eq!(done(&before, &state(&app).await), [""; 0]);
}

/// What somebody may not do is not offered, and whoever only looks sees no form.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_offered_that_is_refused() {
    let app = TestApp::on(Backend::Sqlite).await;
    let rows = rows(&app).await;
    for (name, rights, offered, missing) in [
        (
            "viewer",
            &["view_post"][..],
            &["Close", "History"][..],
            &[
                "name=\"_save\"",
                "name=\"title\"",
                ">Delete<",
                "name=\"_addanother\"",
            ][..],
        ),
        (
            "changer",
            &["change_post"],
            &["name=\"_save\"", "name=\"title\"", "History"],
            &[">Delete<", "name=\"_addanother\"", "Close"],
        ),
        (
            "deleter",
            &["view_post", "delete_post"],
            &[">Delete<", "Close"],
            &["name=\"_save\"", "name=\"title\""],
        ),
    ] {
        staff(&app, name, rights).await;
        let mut tab = Tab::signed_in(&app, name).await;
        let path = format!("/admin/posts/post/{}/change/", rows.post);
        let page = tab.get(&path).await.expect(200).text();
        for part in offered {
            assert!(page.contains(part), "{name} has no {part}");
        }
        for part in missing {
            assert!(!page.contains(part), "{name} has {part}");
        }
        let list = tab.get("/admin/posts/post/").await.expect(200).text();
        let deletes = rights.contains(&"delete_post");
        assert_eq!(list.contains("delete_selected"), deletes, "{name}");
        assert!(
            !list.contains("/admin/posts/post/add/") && !list.contains("/admin/auth/"),
            "{name}"
        );
    }
}
