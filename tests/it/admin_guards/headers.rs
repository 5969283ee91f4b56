//! What browsers are told with each page: that nobody frames it, keeps it or runs anything in it, and how cookies are kept.

use gatepost_tests::{Answer, Backend, TestApp};

use super::rows::{Rows, rows};
use super::superuser;
use super::tab::{PASSWORD, Tab, form, set, set_cookie};

/// Every page that shows something, by what it is answered to a superuser.
const PAGES: &[(u16, &str)] = &[
    (200, "/admin/"),
    (200, "/admin/auth/"),
    (200, "/admin/posts/"),
    (200, "/admin/token_blacklist/"),
    (200, "/admin/auth/user/"),
    (
        200,
        "/admin/auth/user/?q=b&is_staff__exact=1&o=-1&_facets=True",
    ),
    (200, "/admin/auth/user/?q=nobody-at-all"),
    (200, "/admin/auth/user/add/"),
    (200, "/admin/auth/user/{user}/change/"),
    (200, "/admin/auth/user/{user}/delete/"),
    (200, "/admin/auth/user/{user}/history/"),
    (200, "/admin/auth/user/{user}/password/"),
    (200, "/admin/auth/user/{user}/sessions/"),
    (200, "/admin/auth/group/"),
    (200, "/admin/auth/group/add/"),
    (200, "/admin/auth/group/{group}/change/"),
    (200, "/admin/auth/group/{group}/delete/"),
    (200, "/admin/auth/group/{group}/history/"),
    (200, "/admin/posts/post/"),
    (200, "/admin/posts/post/add/"),
    (200, "/admin/posts/post/{post}/change/"),
    (200, "/admin/posts/post/{post}/delete/"),
    (200, "/admin/posts/post/{post}/history/"),
    (200, "/admin/token_blacklist/outstandingtoken/"),
    (
        200,
        "/admin/token_blacklist/outstandingtoken/{outstanding}/change/",
    ),
    (
        200,
        "/admin/token_blacklist/outstandingtoken/{outstanding}/history/",
    ),
    (200, "/admin/token_blacklist/blacklistedtoken/"),
    (200, "/admin/token_blacklist/blacklistedtoken/add/"),
    (
        200,
        "/admin/token_blacklist/blacklistedtoken/{blacklisted}/change/",
    ),
    (
        200,
        "/admin/token_blacklist/blacklistedtoken/{blacklisted}/delete/",
    ),
    (
        200,
        "/admin/token_blacklist/blacklistedtoken/{blacklisted}/history/",
    ),
    (200, "/admin/password_change/"),
    (200, "/admin/password_change/done/"),
    (302, "/admin/login/"),
    (302, "/admin/auth/user/{user}/"),
    (302, "/admin/auth/user/999/change/"),
    (302, "/admin/auth/user/?nothing=1"),
    (301, "/admin/auth/user"),
    (400, "/admin/auth/user/?password__startswith=p"),
    (403, "/admin/token_blacklist/outstandingtoken/add/"),
    (404, "/admin/nothing/"),
    (405, "/admin/logout/"),
];

/// The same with the keys of rows, for whoever looks at all of them.
pub(super) fn pages(rows: &Rows) -> impl Iterator<Item = (u16, String)> {
    PAGES
        .iter()
        .map(|(status, path)| (*status, rows.named(path)))
}

#[track_caller]
fn is_guarded(answer: &Answer, what: &str) {
    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(
        !policy.contains("unsafe") && !policy.contains('*'),
        "{what}: {policy}"
    );
    assert_eq!(answer.header("x-frame-options"), "DENY", "{what}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{what}");
    assert_eq!(
        answer.header("cross-origin-opener-policy"),
        "same-origin",
        "{what}"
    );
    let kept = "max-age=0, no-cache, no-store, must-revalidate, private";
    assert_eq!(answer.header("cache-control"), kept, "{what}");
    assert_eq!(
        answer.header("content-type"),
        "text/html; charset=utf-8",
        "{what}"
    );
    let text = answer.text();
    // nothing that the policy would not let run
    for inline in ["<style", " style=", " onclick=", " onload=", " onsubmit="] {
        assert!(!text.contains(inline), "{what} has {inline}");
    }
    let scripts = text.matches("<script").count();
    assert_eq!(
        scripts,
        text.matches("<script src=\"/admin/static/admin.js?v=")
            .count(),
        "{what}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_is_framed_or_kept_or_runs_anything() {
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    let rows = rows(&app).await;
    let mut tab = Tab::signed_in(&app, "root").await;
    for (status, path) in pages(&rows) {
        for method in ["GET", "HEAD"] {
            let answer = tab.send(method, &path, &[], "").await;
            let what = format!("{method} {path}");
            // Django, too, looks at the rows of GET alone where somebody is signed in
            if path != "/admin/login/" || method == "GET" {
                assert_eq!(answer.status, status, "{what}");
            }
            assert!(method == "GET" || answer.body.is_empty(), "{what}");
            is_guarded(&answer, &what);
        }
    }
    // forms that are wrong, of strangers, and that can't be read
    for (status, path, fields) in [
        (200, "/admin/auth/group/add/", &[("name", "")][..]),
        (200, "/admin/auth/user/add/", &[]),
        (200, "/admin/password_change/", &[]),
        (302, "/admin/posts/post/", &[("index", "0")]),
    ] {
        let answer = tab.post(path, fields).await;
        assert_eq!(answer.status, status, "{path}");
        is_guarded(&answer, path);
    }
    let answer = tab
        .submit("/admin/auth/group/add/", &[], &[])
        .await
        .expect(403);
    is_guarded(&answer, "without a token");
    let many = form(&vec![("a", "b"); 1001]);
    let answer = tab
        .submit("/admin/auth/group/add/", &many, &[])
        .await
        .expect(400);
    is_guarded(&answer, "1,001 fields");
    let many = "a&".repeat(1001);
    let answer = tab.get(&format!("/admin/?{many}")).await.expect(400);
    is_guarded(&answer, "1,001 parameters");
    let answer = tab.post("/admin/logout/", &[]).await.expect(200);
    is_guarded(&answer, "the logout");
    let answer = tab.get("/admin/login/").await.expect(200);
    is_guarded(&answer, "the login");
    let answer = tab
        .post("/admin/login/", &[("username", "root")])
        .await
        .expect(200);
    is_guarded(&answer, "a failed login");
    let answer = tab.get("/admin/auth/user/").await.expect(302);
    is_guarded(&answer, "a stranger");
}

#[tokio::test]
async fn only_style_and_script_are_kept() {
    let app = TestApp::on(Backend::Sqlite).await;
    let mut tab = Tab::of(&app);
    let login = tab.get("/admin/login/").await.expect(200).text();
    for (name, kind) in [("admin.css", "text/css"), ("admin.js", "text/javascript")] {
        let start = format!("\"/admin/static/{name}?v=");
        let (_, rest) = login.split_once(&start).unwrap();
        let (version, _) = rest.split_once('"').unwrap();
        let answer = tab
            .get(&format!("/admin/static/{name}?v={version}"))
            .await
            .expect(200);
        let kept = answer.header("cache-control");
        assert_eq!(kept, "public, max-age=31536000, immutable");
        assert_eq!(
            answer.header("content-type"),
            format!("{kind}; charset=utf-8")
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(set(&answer), [""; 0]);
    }
    for path in [
        "/admin/static/",
        "/admin/static/..%2fmod.rs",
        "/admin/static/base.html",
    ] {
        tab.get(path).await.expect(302);
    }
}

/// The attributes of the three cookies, in Django's order; `secure` is what stands at their ends.
async fn cookies(tab: &mut Tab<'_>, secure: &str) {
    let page = tab.get("/admin/login/").await.expect(200);
    let own = ("referer", "https://site.example/admin/login/");
    let kept = set_cookie(&page, "csrftoken");
    let year = format!("; Max-Age=31449600; Path=/; SameSite=Lax{secure}");
    assert!(
        kept.ends_with(&year) && kept.contains("; expires="),
        "{kept}"
    );
    let token = tab.cookie("csrftoken");
    let fields = form(&[
        (super::tab::TOKEN, &token),
        ("username", "root"),
        ("password", PASSWORD),
        ("next", "/admin/"),
    ]);
    let answer = tab
        .submit("/admin/login/", &fields, &[own])
        .await
        .expect(302);
    let session = set_cookie(&answer, "sessionid");
    let lasts = format!("; Max-Age=1209600; HttpOnly; Path=/; SameSite=Lax{secure}");
    assert!(
        session.ends_with(&lasts) && session.contains("; expires="),
        "{session}"
    );
    assert!(set_cookie(&answer, "csrftoken").ends_with(&year));
    let answer = tab.get("/admin/auth/user/999/change/").await.expect(302);
    let said = set_cookie(&answer, "messages");
    assert!(
        said.ends_with(&format!("; HttpOnly; Path=/; SameSite=Lax{secure}")),
        "{said}"
    );
    // said once
    let answer = tab.get("/admin/").await.expect(200);
    assert!(answer.text().contains("Perhaps it was deleted?"));
    let said = set_cookie(&answer, "messages");
    assert!(
        said.contains("Max-Age=0") && said.ends_with(&format!("SameSite=Lax{secure}")),
        "{said}"
    );
    let token = form(&[(super::tab::TOKEN, &tab.cookie("csrftoken"))]);
    let answer = tab
        .submit("/admin/logout/", &token, &[own])
        .await
        .expect(200);
    let gone = set_cookie(&answer, "sessionid");
    assert!(
        gone.contains("Max-Age=0") && gone.ends_with(&format!("SameSite=Lax{secure}")),
        "{gone}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_are_for_https_alone_where_it_is_https() {
    let proxied = &[("x-forwarded-proto", "https")][..];
    let trusting = "server.trusted_proxies = ['127.0.0.1']";
    for (settings, headers, secure) in [
        ("", &[][..], ""),
        // whoever is not trusted says nothing
        ("", proxied, ""),
        (trusting, &[], ""),
        (trusting, proxied, "; Secure"),
        (trusting, &[("forwarded", "proto=https")], "; Secure"),
    ] {
        let app = TestApp::with(Backend::Sqlite, settings).await;
        superuser(&app, "root").await;
        let mut tab = Tab::at(&app.listen().await, headers);
        if secure.is_empty() {
            // by http the page may be named by its own origin alone
            tab.headers
                .push(("origin".to_owned(), "http://site.example".to_owned()));
        }
        cookies(&mut tab, secure).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_are_for_https_alone_where_the_server_speaks_it() {
    let pair = crate::tls::Pair::new();
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    let (certificate, key) = (pair.path("cert.pem"), pair.path("key.pem"));
    let variables = [
        ("GATEPOST_SERVER__TLS_CERT", certificate.as_str()),
        ("GATEPOST_SERVER__TLS_KEY", key.as_str()),
    ];
    let folder = tempfile::tempdir().unwrap();
    let program = app.program(folder.path(), &variables);
    assert!(program.base.starts_with("https://"), "{}", program.base);
    let mut tab = Tab::at(&program.base, &[]);
    cookies(&mut tab, "; Secure").await;
}
