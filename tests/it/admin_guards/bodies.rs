//! Forms and bodies that nobody types: they are refused or mean nothing, and never fail.

use gatepost_tests::{Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use super::hostile::holds;
use super::odd::odd;
use super::rows::{done, rows, state};
use super::superuser;
use super::tab::{TOKEN, Tab};
use crate::both_databases;

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn odd_forms_never_fail(on: Backend) {
    let app = TestApp::on(on).await;
    superuser(&app, "root").await;
    let rows = rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    for (path, fields) in [
        (
            "/admin/auth/user/{user}/change/",
            &[
                "username",
                "first_name",
                "email",
                "groups",
                "user_permissions",
                "last_login_0",
                "last_login_1",
                "date_joined_0",
                "date_joined_1",
                "is_active",
            ][..],
        ),
        (
            "/admin/auth/user/add/",
            &["username", "password1", "password2", "usable_password"],
        ),
        (
            "/admin/auth/user/{user}/password/",
            &[
                "password1",
                "password2",
                "usable_password",
                "unset-password",
            ],
        ),
        ("/admin/auth/group/add/", &["name", "permissions"]),
        (
            "/admin/auth/group/{group}/change/",
            &["name", "permissions"],
        ),
        (
            "/admin/posts/post/{post}/change/",
            &["title", "content", "author"],
        ),
        ("/admin/token_blacklist/blacklistedtoken/add/", &["token"]),
        (
            "/admin/password_change/",
            &["old_password", "new_password1", "new_password2"],
        ),
        (
            "/admin/auth/user/",
            &["action", "index", "_selected_action", "select_across"],
        ),
    ] {
        let path = rows.named(path);
        for name in fields {
            for value in odd() {
                let mut all = vec![
                    ("username", "bob"),
                    ("title", "T"),
                    ("content", "c"),
                    ("author", &rows.user),
                ];
                all.extend([
                    ("date_joined_0", "2026-01-01"),
                    ("date_joined_1", "09:00:00"),
                    ("action", "delete_selected"),
                ]);
                all.retain(|(known, _)| known != name);
                all.push((name, &value));
                let answer = tab.post(&path, &all).await;
                holds(&answer, &format!("{path} {name}={value}"));
            }
        }
        for count in [999, 1000, 1001, 5000] {
            let many = vec![("permissions", "1"); count - 1];
            let answer = tab.post(&path, &many).await;
            holds(&answer, &format!("{count} fields to {path}"));
            assert_eq!(
                answer.status == 400,
                count > 1000,
                "{count} fields to {path}: {}",
                answer.status
            );
        }
    }
    let mut stranger = Tab::of(&app);
    for name in ["username", "password", "next"] {
        for value in odd() {
            stranger.get("/admin/login/").await.expect(200);
            let mut all = vec![
                ("username", "bob"),
                ("password", "guess"),
                ("next", "/admin/"),
            ];
            all.retain(|(known, _)| *known != name);
            all.push((name, &value));
            let answer = stranger.post("/admin/login/", &all).await;
            // many guesses at bob's password
            assert!(
                [200, 429].contains(&answer.status.as_u16()),
                "{name}={value}: {}",
                answer.status
            );
            holds(&answer, &value);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_bodies_never_fail() {
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    let rows = rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let token = tab.cookie("csrftoken");
    let before = state(&app).await;
    let path = "/admin/auth/group/add/";
    let urlencoded = "application/x-www-form-urlencoded";
    let json = format!("{{\"{TOKEN}\": \"{token}\", \"name\": \"x\"}}");
    let plain = format!("{TOKEN}={token}&name=");
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        (
            urlencoded,
            [plain.as_bytes(), b"&x=\xff\xfe&"].concat().repeat(200),
        ),
        (urlencoded, vec![0; 1000]),
        (urlencoded, vec![b'%'; 1000]),
        (urlencoded, vec![b'&'; 5000]),
        (urlencoded, vec![b'a'; 3_000_000]),
        (
            "application/x-www-form-urlencoded; charset=utf-16",
            plain.clone().into_bytes(),
        ),
        (
            "application/x-www-form-urlencoded; charset=nothing",
            plain.clone().into_bytes(),
        ),
        ("application/json", json.into_bytes()),
        ("application/json", b"{".to_vec()),
        ("text/plain", plain.clone().into_bytes()),
        ("a/b; x*=bogus''y", plain.clone().into_bytes()),
        ("", plain.into_bytes()),
        ("multipart/form-data", b"--x\r\n".to_vec()),
        ("multipart/form-data; boundary=x", b"--x\r\n".to_vec()),
        ("multipart/form-data; boundary=x", b"\r\n--x--".repeat(1000)),
        ("multipart/form-data; boundary=é", b"--x\r\n".to_vec()),
    ];
    for (kind, body) in &bodies {
        for headers in [
            &[("content-type", *kind)][..],
            &[("content-type", kind), ("x-csrftoken", &token)],
        ] {
            let what = format!(
                "{headers:?} {:?}",
                String::from_utf8_lossy(&body[..body.len().min(80)])
            );
            let answer = tab.send("POST", path, headers, body.clone()).await;
            holds(&answer, &what);
            assert!(answer.status != 302, "{what} was taken");
        }
    }
    assert_eq!(done(&before, &state(&app).await), [""; 0]);
    // a form with files is a form; its files are nothing
    let part = |name: &str, more: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{value}\r\n")
    };
    let body = [
        part(TOKEN, "", &token),
        part("name", "; filename=\"a.txt\"", "a file"),
        part("name", "", "by parts"),
        part("permissions", "; filename=\"\0\"", "1"),
        "--x--\r\n".to_owned(),
    ]
    .concat();
    let kind = [("content-type", "multipart/form-data; boundary=x")];
    tab.send("POST", path, &kind, body).await.expect(302);
    assert_eq!(
        app.query("SELECT name FROM auth_group WHERE name <> 'writers'")
            .await,
        ["by parts"]
    );
    drop(rows);
}
