//! From which pages the cookie is taken, and that a foreign one can do nothing with it.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use gatepost_tests::{Answer, Backend, TestApp};

use super::{BLACKLIST, EVIL, ON, OWN, REFRESH, log_in, post, set, sets_none, shown};

const FOREIGN: &str = r#"403 {"detail":"Pages of this origin may not use the session's cookie: list the origin in cors.allowed_origins and set cors.allow_credentials."}"#;
const UNTOLD: &str = r#"403 {"detail":"The request has the session's cookie and does not say from which page it comes: send the header Origin, or the refresh token in the body."}"#;
const NULL: (&str, &str) = ("origin", "null");

#[tokio::test]
async fn a_foreign_page_can_do_none_of_it() {
    let app = TestApp::with(Backend::Sqlite, ON).await;
    app.user("ann").await;
    let (token, _) = set(&log_in(&app, OWN).await);
    let cookie = format!("rt={token}");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let login = "username=ann&password=ComplexPassword123%21";
    let rows = "SELECT COUNT(*) FROM token_blacklist_outstandingtoken";
    let before = app.query(rows).await;
    for (headers, says) in [
        (&[EVIL][..], FOREIGN),
        (&[NULL], FOREIGN),
        (&[("origin", "http://api.example:8000")], FOREIGN),
        (&[("origin", "http://api.example.evil")], FOREIGN),
        (&[OWN, EVIL], FOREIGN),
        (&[("referer", "https://evil.example/api.example/")], FOREIGN),
        (&[("sec-fetch-site", "cross-site")], FOREIGN),
        (&[("sec-fetch-site", "same-site")], FOREIGN),
        (&[("sec-fetch-site", "same-site"), EVIL], FOREIGN),
        (&[], UNTOLD),
        (&[("sec-fetch-site", "none")], UNTOLD),
    ] {
        for path in [REFRESH, BLACKLIST] {
            let all = [headers, &[form, ("cookie", &cookie)]].concat();
            let answer = post(&app, path, &all, "").await;
            assert_eq!(answer.wire(), says, "{path} {headers:?}");
            sets_none(&answer);
        }
        // nor can it log its visitor in as somebody else; what is no browser can
        let answer = post(&app, "/api/token/", &[headers, &[form]].concat(), login).await;
        if says == FOREIGN {
            assert_eq!(answer.wire(), FOREIGN, "{headers:?}");
            sets_none(&answer);
        } else {
            app.sql("DELETE FROM token_blacklist_outstandingtoken WHERE id = (SELECT MAX(id) FROM token_blacklist_outstandingtoken)").await;
            set(&answer.expect(200));
        }
    }
    assert_eq!(app.query(rows).await, before, "nothing was exchanged");
    for headers in [
        [OWN, ("referer", "https://evil.example/")],
        [("referer", "http://api.example/app?x"), ("x-x", "x")],
        // the browser's own word, where a proxy has put another host in its place or a policy hides the origin
        [
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://public.example"),
        ],
        [("sec-fetch-site", "same-origin"), NULL],
    ] {
        let (token, _) = set(&log_in(&app, OWN).await);
        let cookie = format!("rt={token}");
        let all = [&headers[..], &[("cookie", &cookie)]].concat();
        post(&app, REFRESH, &all, "").await.expect(200);
    }
    shown(&app, REFRESH, &token).await.expect(200);
}

#[tokio::test]
async fn pages_that_cors_lists_with_credentials_are_taken() {
    let front = ("origin", "https://app.example");
    let other = ("origin", "https://x.pages.example");
    let with = |cors: &str| format!("{ON}\n[cors]\n{cors}");
    let lists = "allowed_origins = ['https://app.example', 'null', 'file://']\nallowed_origin_regexes = ['^https://x\\.pages\\.example$']";
    let app = TestApp::with(
        Backend::Sqlite,
        &with(&format!("{lists}\nallow_credentials = true")),
    )
    .await;
    app.user("ann").await;
    for origin in [front, other] {
        let login = log_in(&app, origin).await.expect(200);
        let (token, _) = set(&login);
        let cookie = format!("rt={token}");
        let headers = [
            origin,
            ("sec-fetch-site", "cross-site"),
            ("cookie", &cookie),
        ];
        let refreshed = post(&app, REFRESH, &headers, "").await.expect(200);
        for answer in [&login, &refreshed] {
            assert_eq!(answer.header("access-control-allow-origin"), origin.1);
            assert_eq!(answer.header("access-control-allow-credentials"), "true");
        }
    }
    // any page in a sandbox says "null", whatever is listed
    for origin in [NULL, EVIL, ("origin", "http://app.example")] {
        assert_eq!(log_in(&app, origin).await.wire(), FOREIGN);
    }
    for settings in [
        with(lists),
        with("allow_all_origins = true"),
        with(&format!(
            "{lists}\nallow_credentials = true\nurls_regex = '^/api/posts/'"
        )),
    ] {
        let app = TestApp::with(Backend::Sqlite, &settings).await;
        app.user("ann").await;
        assert_eq!(log_in(&app, front).await.wire(), FOREIGN, "{settings}");
        let (token, _) = set(&log_in(&app, OWN).await.expect(200));
        let cookie = format!("rt={token}");
        let answer = post(&app, REFRESH, &[front, ("cookie", &cookie)], "").await;
        assert_eq!(answer.wire(), FOREIGN, "{settings}");
    }
}

/// Sends the cookie from a page of this origin past a proxy, which adds these headers.
async fn past_proxy(app: &TestApp, origin: &str, added: &[(&str, &str)], cookie: &str) -> Answer {
    let mut request = Request::post(REFRESH)
        .header("host", "127.0.0.1:8000")
        .header("origin", origin)
        .header("cookie", format!("rt={cookie}"))
        .extension(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 1))));
    for (name, value) in added {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_trusted_proxy_says_by_which_host_and_scheme_the_service_was_asked() {
    let trusting = format!("{ON}\nserver.trusted_proxies = '10.0.0.0/8'");
    let host = ("x-forwarded-host", "api.example");
    let https = ("x-forwarded-proto", "https");
    for (settings, origin, added, status) in [
        (ON, "https://api.example", &[host, https][..], 403),
        (ON, "http://127.0.0.1:8000", &[host, https], 200),
        (&trusting, "https://api.example", &[host, https], 200),
        (&trusting, "https://api.example", &[host], 200),
        (&trusting, "http://api.example", &[host], 200),
        (&trusting, "http://api.example", &[host, https], 403),
        (&trusting, "https://127.0.0.1:8000", &[host, https], 403),
        (
            &trusting,
            "https://api.example",
            &[("forwarded", "for=1.2.3.4;host=api.example;proto=https")],
            200,
        ),
    ] {
        let app = TestApp::with(Backend::Sqlite, settings).await;
        app.user("ann").await;
        let (token, _) = set(&log_in(&app, OWN).await);
        let answer = past_proxy(&app, origin, added, &token).await;
        assert_eq!(answer.status, status, "{origin} {added:?}");
    }
}
