//! Input that nobody types: it is refused or means nothing, and never fails.

use gatepost_tests::{Answer, Backend, Program, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use super::headers::pages;
use super::odd::{PARAMETERS, odd};
use super::rows::{done, rows, state};
use super::superuser;
use super::tab::{PASSWORD, TOKEN, Tab, encoded, form};
use crate::both_databases;

/// What is never answered, whatever was asked.
#[track_caller]
pub(super) fn holds(answer: &Answer, what: &str) {
    let what: String = what.chars().take(300).collect();
    assert!(
        answer.status.as_u16() < 500,
        "{what}: {} {}",
        answer.status,
        answer.text()
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn odd_parameters_never_fail(on: Backend) {
    let app = TestApp::on(on).await;
    superuser(&app, "root").await;
    rows(&app).await;
    // more than a page
    app.sql(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 120)
         INSERT INTO auth_group (name) SELECT 'group' || n FROM numbers",
    )
    .await;
    let mut tab = Tab::signed_in(&app, "root").await;
    for path in [
        "/admin/auth/user/",
        "/admin/auth/group/",
        "/admin/posts/post/",
        "/admin/token_blacklist/outstandingtoken/",
        "/admin/token_blacklist/blacklistedtoken/",
        "/admin/auth/user/add/",
        "/admin/posts/post/add/",
    ] {
        let is_list = path == "/admin/auth/user/";
        let few = [
            "q", "o", "p", "id__in", "jti", "title", "author", "username",
        ];
        for name in if is_list { PARAMETERS } else { &few } {
            for value in odd() {
                let path = format!("{path}?{}", encoded(&form(&[(name, &value)])));
                let answer = tab.get(&path).await;
                holds(&answer, &path);
            }
        }
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn odd_paths_never_fail(on: Backend) {
    let app = TestApp::on(on).await;
    superuser(&app, "root").await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let mut stranger = Tab::of(&app);
    for value in odd() {
        let text = encoded(&form(&[("", &value)])).replace('+', "%20");
        let text = text.trim_start_matches('=');
        for model in [
            "auth/user",
            "posts/post",
            "token_blacklist/blacklistedtoken",
        ] {
            for page in [
                "",
                "/",
                "/change/",
                "/delete/",
                "/history/",
                "/password/",
                "/sessions/",
            ] {
                let path = format!("/admin/{model}/{text}{page}");
                holds(&tab.get(&path).await, &path);
                holds(
                    &tab.post(&path, &[("post", "yes"), ("_save", "1")]).await,
                    &path,
                );
                holds(&stranger.get(&path).await, &path);
            }
        }
        // what was said of it is shown
        holds(&tab.get("/admin/").await, text);
    }
    for path in [
        "/admin/%FF",
        "/admin/%FF/",
        "/admin/auth/%C0%AF/",
        "/admin/auth/user/%ED%A0%80/change/",
        "/admin/%",
        "/admin/%zz",
        "/admin/?%",
        "/admin/auth/user/?q=%FF%FE",
        "/admin/auth/user/?%FF=1",
        "/admin/auth/user/?=",
        "/admin/auth/user/?&&&&",
        "/admin/auth/user/?q",
        "/admin/?next=%00",
        "/admin/auth/user/?q=%ED%A0%80",
    ] {
        holds(&tab.get(path).await, path);
        holds(&stranger.get(path).await, path);
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn many_parameters_never_fail(on: Backend) {
    let app = TestApp::on(on).await;
    superuser(&app, "root").await;
    rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let words: Vec<_> = (0..1000).map(|n| format!("w{n}")).collect();
    let query = encoded(&form(&[("q", &words.join(" "))]));
    tab.get(&format!("/admin/auth/user/?{query}"))
        .await
        .expect(200);
    for (name, value) in [
        ("is_staff__exact", "1"),
        ("is_staff", "1"),
        ("id", "1"),
        ("id__gt", "0"),
        ("q", "a"),
        ("o", "1"),
        ("p", "1"),
        ("groups", "1"),
        ("id__in", "1"),
        ("groups__in", "1"),
        ("e", "1"),
        ("x", "y"),
        ("username", "a"),
    ] {
        for count in [100, 500, 999, 1000, 1001] {
            let one = format!("{name}={value}&");
            let query = one.repeat(count);
            if query.len() > 8000 {
                continue;
            }
            let path = format!("/admin/auth/user/?{}", query.trim_end_matches('&'));
            let answer = tab.get(&path).await;
            holds(&answer, &format!("{count} times {one}"));
            assert_eq!(
                answer.status == 400,
                count > 1000,
                "{count} times {one}: {}",
                answer.status
            );
        }
    }
    // as many different ones as have room
    let fields = ["id", "username", "first_name", "last_name", "email"];
    let tests = [
        "exact",
        "gt",
        "gte",
        "lt",
        "lte",
        "contains",
        "icontains",
        "in",
        "startswith",
        "isnull",
    ];
    let mut query = String::new();
    for field in fields {
        for test in tests {
            query.extend([field, "__", test, "=1&"]);
        }
    }
    holds(
        &tab.get(&format!("/admin/auth/user/?{query}q=a")).await,
        &query,
    );
    let long = "a".repeat(9000);
    tab.get(&format!("/admin/auth/user/?q={long}"))
        .await
        .expect(414);
    tab.get(&format!("/admin/{long}/")).await.expect(414);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_change_nothing_and_never_fail() {
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    let rows = rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    let token = tab.cookie("csrftoken");
    let before = state(&app).await;
    let mut paths: Vec<String> = pages(&rows).map(|(_, path)| path).collect();
    paths.extend(
        [
            "/admin/static/admin.css",
            "/admin/static/nothing",
            "/admin",
            "/admin/autocomplete/",
        ]
        .map(str::to_owned),
    );
    let body = encoded(&form(&[
        (TOKEN, &token),
        ("post", "yes"),
        ("name", "x"),
        ("_save", "1"),
    ]));
    for path in &paths {
        for method in [
            "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "X",
        ] {
            let form = [("content-type", "application/x-www-form-urlencoded")];
            let answer = tab.send(method, path, &form, body.clone()).await;
            holds(&answer, &format!("{method} {path}"));
            let with_token = [form[0], ("x-csrftoken", &token)];
            let answer = tab.send(method, path, &with_token, body.clone()).await;
            holds(&answer, &format!("{method} {path} with a token"));
            for name in ["x-http-method-override", "x-method-override"] {
                let answer = tab.send("GET", path, &[(name, method)], "").await;
                holds(&answer, &format!("{method} {path} by {name}"));
            }
        }
    }
    assert_eq!(done(&before, &state(&app).await), [""; 0]);
}

/// The binary's own log tells of no panic, no failure and nothing secret, after some of all of it.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_of_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    rows(&app).await;
    let program: Program = app.program(folder.path(), &[]);
    let mut tab = Tab::at(&program.base, &[]);
    tab.sign_in("root").await.expect(302);
    for value in odd() {
        let query = encoded(&form(&[
            ("q", &value),
            ("p", &value),
            ("o", &value),
            ("e", "1"),
        ]));
        if query.len() < 8000 {
            tab.get(&format!("/admin/auth/user/?{query}")).await;
        }
        let path = encoded(&form(&[("", &value)])).replace('+', "%20");
        let path = path.trim_start_matches('=');
        tab.get(&format!("/admin/auth/user/{path}")).await;
        tab.post(
            &format!("/admin/auth/user/{path}/change/"),
            &[("a", &value)],
        )
        .await;
    }
    let (session, token) = (tab.cookie("sessionid"), tab.cookie("csrftoken"));
    let log = program.log();
    assert!(log.contains("/admin/"), "{log}");
    for word in [
        "panicked", " ERROR ", " 500 ", "status=5", PASSWORD, &session, &token,
    ] {
        let line = log.lines().find(|line| line.contains(word));
        assert!(line.is_none(), "{word} is in the log: {line:?}");
    }
}
