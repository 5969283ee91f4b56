//! Redirects: they lead to pages of the site alone, whatever a request asks for.

use axum::http::HeaderValue;
use gatepost_tests::{Answer, Backend, TestApp};

use super::superuser;
use super::tab::{PASSWORD, Tab};

/// Where whoever signs in is sent, who asked for nothing here.
const ELSEWHERE: &str = "/accounts/profile/";

/// What `next` asks for, and where it leads; as at Django's `url_has_allowed_host_and_scheme`.
const NEXT: &[(&str, &str)] = &[
    ("/admin/", "/admin/"),
    (
        "/admin/posts/post/?q=a//b&o=-1",
        "/admin/posts/post/?q=a//b&o=-1",
    ),
    ("/a//evil.example", "/a//evil.example"),
    ("/é", "/%C3%A9"),
    ("/a b", "/a%20b"),
    ("/%2F%2Fevil.example", "/%2F%2Fevil.example"),
    ("/%0d%0aSet-Cookie: a=b", "/%0d%0aSet-Cookie:%20a=b"),
    ("http://site.example/admin/", "http://site.example/admin/"),
    ("https://site.example/admin/", "https://site.example/admin/"),
    ("HTTP://site.example/x", "HTTP://site.example/x"),
    ("//site.example/admin/", "//site.example/admin/"),
    ("admin/", "admin/"),
    ("?q=1", "?q=1"),
    ("", ELSEWHERE),
    (" ", ELSEWHERE),
    ("https://evil.example", ELSEWHERE),
    ("https://evil.example/admin/", ELSEWHERE),
    ("HTTPS://EVIL.example", ELSEWHERE),
    ("http:evil.example", ELSEWHERE),
    ("http:/evil.example", ELSEWHERE),
    ("http:///evil.example", ELSEWHERE),
    ("https:evil.example", ELSEWHERE),
    ("//evil.example", ELSEWHERE),
    ("///evil.example", ELSEWHERE),
    ("////evil.example", ELSEWHERE),
    ("/\\evil.example", ELSEWHERE),
    ("\\\\evil.example", ELSEWHERE),
    ("\\/evil.example", ELSEWHERE),
    ("http:\\\\evil.example", ELSEWHERE),
    ("http://\\evil.example", ELSEWHERE),
    ("/\t/evil.example", ELSEWHERE),
    ("/\n/evil.example", ELSEWHERE),
    ("/\r/evil.example", ELSEWHERE),
    ("\t//evil.example", ELSEWHERE),
    (" //evil.example", ELSEWHERE),
    ("\u{8}//evil.example", ELSEWHERE),
    ("\u{0}/admin/", ELSEWHERE),
    ("\u{200b}//evil.example", ELSEWHERE),
    ("\u{85}//evil.example", ELSEWHERE),
    ("javascript:alert(1)", ELSEWHERE),
    ("JavaScript:alert(1)", ELSEWHERE),
    ("java\tscript:alert(1)", ELSEWHERE),
    ("data:text/html,<script>alert(1)</script>", ELSEWHERE),
    ("vbscript:x", ELSEWHERE),
    ("ftp://site.example/", ELSEWHERE),
    ("http://site.example@evil.example/", ELSEWHERE),
    ("http://evil.example@site.example/", ELSEWHERE),
    ("http://site.example:x@evil.example/", ELSEWHERE),
    ("http://site.example:8000/", ELSEWHERE),
    ("http://site.example.evil.example/", ELSEWHERE),
    ("http://SITE.example/", ELSEWHERE),
    ("http://evil.example#site.example", ELSEWHERE),
    ("http://evil.example?site.example", ELSEWHERE),
    ("http://evil.example\\@site.example/", ELSEWHERE),
    ("http://evil.example\\.site.example/", ELSEWHERE),
    ("//evil.example\\@site.example/", ELSEWHERE),
    ("http://[::1", ELSEWHERE),
    ("http://[site.example]/", ELSEWHERE),
    ("http://site.example\u{ff0f}evil.example/", ELSEWHERE),
    ("//site。example/", ELSEWHERE),
];

async fn signed_in_with(app: &TestApp, next: &str, host: &str) -> Answer {
    let mut tab = Tab::of(app);
    tab.headers = vec![("host".to_owned(), host.to_owned())];
    tab.get("/admin/login/").await.expect(200);
    let fields = [("username", "root"), ("password", PASSWORD), ("next", next)];
    tab.post("/admin/login/", &fields).await.expect(302)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_stays_on_the_site() {
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    for (next, wanted) in NEXT {
        let answer = signed_in_with(&app, next, "site.example").await;
        assert_eq!(answer.header("location"), *wanted, "{next:?}");
        // the address may ask for it, too
        let mut tab = Tab::of(&app);
        let query = super::tab::encoded(&super::tab::form(&[("next", next)]));
        let path = format!("/admin/login/?{query}");
        tab.get(&path).await.expect(200);
        let fields = [("username", "root"), ("password", PASSWORD)];
        let answer = tab.post(&path, &fields).await.expect(302);
        assert_eq!(
            answer.header("location"),
            *wanted,
            "{next:?} in the address"
        );
    }
    let long = format!("/{}", "a".repeat(2047));
    assert_eq!(
        signed_in_with(&app, &long, "site.example")
            .await
            .header("location"),
        long
    );
    let longer = format!("{long}a");
    let answer = signed_in_with(&app, &longer, "site.example").await;
    assert_eq!(answer.header("location"), ELSEWHERE);
    // a port is part of the host
    for (next, host, wanted) in [
        (
            "http://site.example:8000/a",
            "site.example:8000",
            "http://site.example:8000/a",
        ),
        ("http://site.example/a", "site.example:8000", ELSEWHERE),
        ("http://[::1]:8000/a", "[::1]:8000", "http://[::1]:8000/a"),
    ] {
        let answer = signed_in_with(&app, next, host).await;
        assert_eq!(answer.header("location"), wanted, "{next} at {host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_by_https_stays_there() {
    let settings = "server.trusted_proxies = ['127.0.0.1']";
    let app = TestApp::with(Backend::Sqlite, settings).await;
    superuser(&app, "root").await;
    let base = app.listen().await;
    for (next, wanted) in [
        ("https://site.example/a", "https://site.example/a"),
        ("http://site.example/a", ELSEWHERE),
        ("//site.example/a", ELSEWHERE),
        ("https://inner.example/a", ELSEWHERE),
        ("/a", "/a"),
    ] {
        let headers = [
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "site.example"),
            ("origin", "https://site.example"),
        ];
        let mut tab = Tab::at(&base, &headers);
        tab.headers[0].1 = "inner.example".to_owned();
        tab.get("/admin/login/").await.expect(200);
        let fields = [("username", "root"), ("password", PASSWORD), ("next", next)];
        let answer = tab.post("/admin/login/", &fields).await.expect(302);
        assert_eq!(answer.header("location"), wanted, "{next}");
    }
}

/// A redirect of the site leads to a path of the admin, whatever is in it.
#[track_caller]
fn stays(answer: &Answer, what: &str) {
    if !answer.status.is_redirection() {
        assert!(!answer.headers.contains_key("location"), "{what}");
        return;
    }
    let to = answer.headers.get("location").map(HeaderValue::as_bytes);
    let to = to.unwrap_or_default();
    assert!(to.starts_with(b"/admin/"), "{what}: {answer:?}");
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(byte);
    assert!(to.iter().all(is_plain), "{what}: {answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_and_parameters_lead_to_pages_of_the_admin() {
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    app.sql("INSERT INTO auth_group (name) VALUES ('writers')")
        .await;
    let group = app
        .query("SELECT CAST(id AS text) FROM auth_group")
        .await
        .remove(0);
    let mut tab = Tab::signed_in(&app, "root").await;
    let mut stranger = Tab::of(&app);
    for path in [
        "/admin",
        "/admin//evil.example",
        "/admin//evil.example/",
        "/admin///evil.example",
        "/admin/%2f%2fevil.example",
        "/admin/%5c%5cevil.example",
        "/admin/..%2f..%2f%2fevil.example",
        "/admin/auth/user//evil.example",
        "/admin/auth/user//evil.example/",
        "/admin/auth/user/%2f%2fevil.example/",
        "/admin/auth/user/a%0d%0aset-cookie:%20a=b",
        "/admin/auth/user/a%0d%0aset-cookie:%20a=b/",
        "/admin/auth/user/a%00",
        "/admin/auth/user/a%00/",
        "/admin/auth/user/%C3%A9",
        "/admin/auth/user/%C3%A9/",
        "/admin/auth/user/%FF",
        "/admin/auth/user/%FF/",
        "/admin/auth/user/%22%3E%3Cscript%3E/",
        "/admin/auth/user/a%3Fb",
        "/admin/auth/user/a%3Fb/",
        "/admin/auth/user/a%23b/",
        "/admin/auth/user/1%252f",
        "/admin/auth/user?next=//evil.example",
        "/admin/auth/user?a=%0d%0ab",
        "/admin/auth/user/?e&nothing=1",
        "/admin/auth/user/?nothing=//evil.example",
        "/admin/auth/user/?p=99999999999&next=//evil.example",
        "/admin/login/?next=//evil.example",
    ] {
        stays(&tab.get(path).await, path);
        stays(&tab.post(path, &[("next", "//evil.example")]).await, path);
        stays(&stranger.get(path).await, path);
    }
    // where a form leads back to
    for kept in [
        "//evil.example",
        "https://evil.example",
        "\r\nSet-Cookie: a=b",
        "\"><script>alert(1)</script>",
        "é\u{0}\\",
        "q=a&q=b#c",
        "?next=//evil.example",
    ] {
        let query = super::tab::encoded(&super::tab::form(&[("_changelist_filters", kept)]));
        for button in ["_save", "_continue", "_addanother"] {
            let path = format!("/admin/auth/group/{group}/change/?{query}");
            let answer = tab.post(&path, &[("name", "writers"), (button, "1")]).await;
            stays(&answer.clone().expect(302), kept);
            let own = "/admin/auth/group/";
            assert!(
                answer.header("location").starts_with(own),
                "{kept}: {answer:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_host_is_part_of_a_redirect_or_a_page() {
    let app = TestApp::on(Backend::Sqlite).await;
    superuser(&app, "root").await;
    for host in ["evil.example", "evil.example:81", "site.example"] {
        for forwarded in [
            "x-forwarded-host",
            "x-host",
            "x-original-url",
            "x-rewrite-url",
        ] {
            let mut tab = Tab::of(&app);
            tab.headers = vec![("host".to_owned(), host.to_owned())];
            tab.headers
                .push((forwarded.to_owned(), "evil.example".to_owned()));
            let login = tab.get("/admin/login/?next=/admin/").await.expect(200);
            assert!(!login.text().contains("evil.example"), "{host} {forwarded}");
            stays(&tab.get("/admin/auth/user/").await.expect(302), host);
            stays(&tab.sign_in("root").await.expect(302), host);
            stays(&tab.get("/admin/auth/user").await.expect(301), host);
            let page = tab.get("/admin/auth/user/").await.expect(200);
            assert!(!page.text().contains("evil.example"), "{host} {forwarded}");
        }
    }
    let app = TestApp::with(Backend::Sqlite, "server.allowed_hosts = ['site.example']").await;
    let mut tab = Tab::of(&app);
    tab.headers = vec![("host".to_owned(), "evil.example".to_owned())];
    tab.get("/admin/login/").await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn below_a_root_path_redirects_stay_below_it() {
    let app = TestApp::with(Backend::Sqlite, "server.root_path = '/service'").await;
    superuser(&app, "root").await;
    let mut tab = Tab::of(&app);
    tab.get("/service/admin/login/").await.expect(200);
    let fields = [("username", "root"), ("password", PASSWORD)];
    let answer = tab.post("/service/admin/login/", &fields).await.expect(302);
    assert_eq!(answer.header("location"), "/service/accounts/profile/");
    for (path, to) in [
        ("/service/admin/auth/user", "/service/admin/auth/user/"),
        (
            "/service/admin/auth/user/1/",
            "/service/admin/auth/user/1/change/",
        ),
        (
            "/service/admin/auth/user/?x=1",
            "/service/admin/auth/user/?e=1",
        ),
        ("/service/admin/auth/user/999/change/", "/service/admin/"),
        ("/service/admin/login/", "/service/admin/"),
    ] {
        assert_eq!(tab.get(path).await.header("location"), to, "{path}");
    }
    let mut stranger = Tab::of(&app);
    let answer = stranger
        .get("/service/admin/auth/user/?q=a%20b")
        .await
        .expect(302);
    let to = "/service/admin/login/?next=/service/admin/auth/user/%3Fq%3Da%2520b";
    assert_eq!(answer.header("location"), to);
}
