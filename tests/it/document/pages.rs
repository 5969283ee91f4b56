//! What a browser gets at the URLs of the API, and programs that ask for JSON do not.

use gatepost_tests::{Backend, TestApp};

use super::get;

/// What browsers accept.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_a_first_page_and_a_program_django_s_404() {
    let app = TestApp::on(Backend::Sqlite).await;
    for path in ["/", "/api/"] {
        let page = get(&app, path, BROWSER).await.expect(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(
            page.text().contains("href=\"/api/docs/#register\""),
            "{}",
            page.text()
        );
        for accept in ["*/*", "application/json"] {
            let answer = get(&app, path, accept).await.expect(404);
            assert!(answer.text().contains("<h1>Not Found</h1>"), "{path}");
        }
    }
    for settings in ["server.docs = false", "server.extensions = false"] {
        let app = TestApp::with(Backend::Sqlite, settings).await;
        get(&app, "/", BROWSER).await.expect(404);
        get(&app, "/api/", BROWSER).await.expect(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_shows_the_request_the_answer_and_what_can_be_done() {
    let app = TestApp::with(Backend::Sqlite, "server.root_path = '/service'").await;
    let ann = app.user("ann").await.log_in().await;
    ann.post("</pre><script>alert(1)</script>").await;
    let request = axum::extract::Request::get(
        "/api/posts/1/?a=<b>"
            .replace('<', "%3C")
            .replace('>', "%3E"),
    );
    let request = request
        .header("accept", BROWSER)
        .header("authorization", format!("Bearer {}", ann.access));
    let page = app
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await
        .expect(200);
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with(
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
        ),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    let text = page.text();
    for part in [
        "<b>GET</b> /service/api/posts/1/?a=%3Cb%3E</pre>",
        "<b>HTTP 200 OK</b>\n<span>Content-Type:</span> application/json\n<span>Vary:</span> Accept\n<span>Allow:</span> GET, PUT, PATCH, DELETE, HEAD, OPTIONS</pre>",
        "    \"id\": <a href=\"/service/api/posts/1/\">1</a>,\n    \"title\": \"&lt;/pre&gt;&lt;script&gt;alert(1)",
        "<li><a href=\"/service/api/docs/?id=1#replacePost\">",
        "<a href=\"/service/api/posts/\">Post List</a>",
        "data-root=\"/service\"",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    // nothing in the page itself runs or looks
    for inline in ["<script>", "<style", " style=", " onclick="] {
        assert!(!text.contains(inline), "{inline}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_the_pages_are_there_without_the_explorer_too() {
    let app = TestApp::with(Backend::Sqlite, "server.docs = false").await;
    let page = get(&app, "/api/posts/", BROWSER).await.expect(401).text();
    assert!(
        !page.contains("/api/docs/?") && !page.contains("Explorer"),
        "{page}"
    );
    let files = page
        .split('"')
        .filter(|part| part.starts_with("/api/docs/static/"));
    let files: Vec<_> = files.collect();
    assert_eq!(files.len(), 4, "{files:?}");
    for file in files {
        let answer = get(&app, file, "*/*").await.expect(200);
        assert!(answer.header("cache-control").contains("immutable"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_explorer_has_each_call_of_the_document() {
    let app = TestApp::with(Backend::Sqlite, "tokens.sliding = true").await;
    let page = get(&app, "/api/docs/", "*/*").await.expect(200).text();
    let document = super::document(&app).await;
    let paths = document["paths"].as_object().unwrap().values();
    let calls = paths.flat_map(|methods| methods.as_object().unwrap().values());
    let mut count = 0;
    for call in calls {
        let id = call["operationId"].as_str().unwrap();
        assert!(
            page.contains(&format!("<details class=\"call\" id=\"{id}\"")),
            "{id}"
        );
        count += 1;
    }
    assert_eq!(page.matches("<details").count(), count);
    let answer = app
        .send(
            axum::extract::Request::post("/api/docs/")
                .body(axum::body::Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(answer.expect(405).header("allow"), "GET, HEAD");
}
