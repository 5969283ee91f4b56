//! Pages of other origins: the answers beside those of a live Django with django-cors-headers, given the same lists.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::{Method, Request};
use gatepost_server::Clock;
use gatepost_tests::django::Django;
use gatepost_tests::{Backend, SECRET, TestApp};
use reqwest::header::{HOST, HeaderValue, LOCATION};
use serde_json::{Value, json};

/// Settings of both: their names, and values as JSON.
struct Settings {
    name: &'static str,
    cors: &'static [(&'static str, &'static str)],
}

const APP: &str = "https://app.example";

const SETTINGS: [Settings; 5] = [
    Settings {
        name: "a list",
        cors: &[(
            "allowed_origins",
            r#"["https://app.example", "http://localhost:5173"]"#,
        )],
    },
    Settings {
        name: "all",
        cors: &[
            ("allow_all_origins", "true"),
            ("allow_private_network", "true"),
            ("preflight_max_age", "0"),
        ],
    },
    Settings {
        name: "all with credentials",
        cors: &[
            ("allow_all_origins", "true"),
            ("allow_credentials", "true"),
            ("expose_headers", r#"["X-Total", "etag"]"#),
        ],
    },
    Settings {
        name: "patterns, for the API",
        cors: &[
            (
                "allowed_origin_regexes",
                r#"["^https://\\w+\\.example$", "http://local"]"#,
            ),
            ("urls_regex", r#""^/api/(posts|users)/""#),
            ("allow_credentials", "true"),
        ],
    },
    Settings {
        name: "null and lists of its own",
        cors: &[
            (
                "allowed_origins",
                r#"["null", "file://", "https://app.example"]"#,
            ),
            ("allow_methods", r#"["GET", "X-OWN"]"#),
            ("allow_headers", r#"["x-own", "If-Match"]"#),
            ("preflight_max_age", "600"),
        ],
    },
];

/// What Gatepost adds to two of the lists.
const OURS: [(&str, &[&str], &[&str]); 2] = [
    (
        "allow_headers",
        &[
            "accept",
            "authorization",
            "content-type",
            "user-agent",
            "x-csrftoken",
            "x-requested-with",
        ],
        &["idempotency-key", "if-match", "if-none-match"],
    ),
    (
        "expose_headers",
        &[],
        &[
            "Idempotency-Replayed",
            "Gatepost-Features",
            "ETag",
            "Retry-After",
            "X-Request-Id",
        ],
    ),
];

impl Settings {
    fn gatepost(&self) -> String {
        let mut toml =
            "server.allowed_hosts = ['127.0.0.1', 'service.example']\n[cors]\n".to_owned();
        for (name, value) in self.cors {
            writeln!(toml, "{name} = {value}").unwrap();
        }
        toml
    }

    /// With the lists as they become.
    fn django(&self) -> String {
        let mut all = serde_json::Map::new();
        for (name, value) in self.cors {
            all.insert(name.to_uppercase(), serde_json::from_str(value).unwrap());
        }
        for (name, default, ours) in OURS {
            let list = all.entry(name.to_uppercase()).or_insert(json!(default));
            let list = list.as_array_mut().unwrap();
            for our in ours {
                let is_there = |name: &Value| name.as_str().unwrap().eq_ignore_ascii_case(our);
                if !list.iter().any(is_there) {
                    list.push(json!(our));
                }
            }
        }
        Value::Object(all).to_string()
    }
}

/// A request, the answer's status, and its headers.
#[derive(Clone)]
struct Ask {
    method: Method,
    path: &'static str,
    headers: Vec<(&'static str, HeaderValue)>,
    body: Option<Vec<u8>>,
}

fn ask(method: Method, path: &'static str, headers: &[(&'static str, &'static str)]) -> Ask {
    Ask {
        method,
        path,
        headers: (headers.iter())
            .map(|(name, value)| (*name, HeaderValue::from_static(value)))
            .collect(),
        body: None,
    }
}

impl Ask {
    fn from(mut self, origin: &'static str) -> Self {
        self.headers
            .push(("origin", HeaderValue::from_static(origin)));
        self
    }

    fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        let json = HeaderValue::from_static("application/json");
        self.headers.push(("content-type", json));
        self.body = Some(body.into());
        self
    }

    fn signed_in(mut self, access: &str) -> Self {
        let value = HeaderValue::try_from(format!("Bearer {access}")).unwrap();
        self.headers.push(("authorization", value));
        self
    }
}

/// Every kind of answer, to every kind of origin.
fn table(access: &str) -> Vec<Ask> {
    let get = |path| ask(Method::GET, path, &[]);
    let options = |path| ask(Method::OPTIONS, path, &[]);
    let preflight = |path, method| {
        ask(
            Method::OPTIONS,
            path,
            &[("access-control-request-method", method)],
        )
    };
    let mut all = Vec::new();
    // the kinds of origins
    for origin in [
        APP,
        "HTTPS://app.example",
        "https://APP.example",
        "https://app.example/path?query",
        "https://app.example:443",
        "https://app.example.evil",
        "https://user@app.example",
        "http://localhost:5173",
        "http://localhost",
        "http://[::1]:80",
        "http://[",
        "http://[host]",
        "null",
        "file://",
        "word",
        "//app.example",
        "",
    ] {
        all.push(preflight("/api/posts/", "POST").from(origin));
        all.push(get("/api/posts/").signed_in(access).from(origin));
    }
    let latin = HeaderValue::from_bytes(b"https://\xe9.example").unwrap();
    let mut ask_latin = get("/api/posts/");
    ask_latin.headers.push(("origin", latin));
    all.push(ask_latin);
    all.push(get("/api/posts/").from(APP).from("http://other"));
    // without one
    all.push(get("/api/posts/").signed_in(access));
    all.push(get("/nowhere"));
    all.push(options("/api/posts/"));
    all.push(preflight("/api/posts/", "GET"));
    // what a preflight is, and is not
    all.push(preflight("/api/posts/", "").from(APP));
    all.push(options("/api/posts/").from(APP));
    all.push(options("/api/posts/").signed_in(access).from(APP));
    let mut no_preflight = get("/api/posts/").from(APP);
    let name = "access-control-request-method";
    no_preflight
        .headers
        .push((name, HeaderValue::from_static("GET")));
    all.push(no_preflight);
    for path in [
        "/api/token/",
        "/api/posts",
        "/api/posts/7/",
        "/nowhere",
        "/api/users/profile/",
    ] {
        all.push(preflight(path, "PUT").from(APP));
        all.push(preflight(path, "PUT").from("https://evil.test"));
    }
    let network = "access-control-request-private-network";
    for value in ["true", "TRUE", "false"] {
        let mut private = preflight("/api/posts/", "GET").from(APP);
        private
            .headers
            .push((network, HeaderValue::from_static(value)));
        all.push(private.clone());
        private.method = Method::GET;
        all.push(private);
    }
    let mut other_host = preflight("/api/posts/", "GET").from(APP);
    let evil = HeaderValue::from_static("evil.test");
    other_host.headers.push((HOST.as_str(), evil));
    all.push(other_host.clone());
    other_host.method = Method::GET;
    other_host.headers.remove(0);
    all.push(other_host);
    // the kinds of answers
    for path in [
        "/nowhere",
        "/api/posts",
        "/api/posts/999999/",
        "/api/users/profile/",
        "/api/users/register/",
        "/api/posts/%0A",
        "/api/posts/x%0Ay",
        "/api/posts/?format=xml",
        "/api/%70osts/",
    ] {
        all.push(get(path).from(APP));
        all.push(get(path).signed_in(access).from(APP));
    }
    all.push(get("/api/posts/").signed_in("broken").from(APP));
    all.push(
        ask(Method::HEAD, "/api/posts/", &[])
            .signed_in(access)
            .from(APP),
    );
    all.push(
        ask(Method::DELETE, "/api/posts/999999/", &[])
            .signed_in(access)
            .from(APP),
    );
    let html = [("accept", "text/html")];
    all.push(
        ask(Method::GET, "/api/posts/", &html)
            .signed_in(access)
            .from(APP),
    );
    let post = |path| ask(Method::POST, path, &[]).from(APP);
    all.push(
        post("/api/posts/")
            .signed_in(access)
            .body(r#"{"title": "a", "content": "b"}"#),
    );
    all.push(post("/api/posts/").signed_in(access).body("{}"));
    all.push(post("/api/posts/").signed_in(access).body("{"));
    all.push(post("/api/posts/").body("{}"));
    all.push(post("/api/posts").body("{}"));
    all.push(post("/api/token/").body(r#"{"username": "nobody", "password": "x"}"#));
    all.push(post("/api/token/").body(vec![b' '; 2_700_000]));
    all.push(ask(Method::POST, "/api/token/", &[("content-type", "text/x")]).from(APP));
    all
}

/// Headers that the list of deviations names, and what belongs to a connection.
const OTHERS: [&str; 14] = [
    "cache-control",
    "content-security-policy",
    "connection",
    "content-length",
    "content-type",
    "date",
    "etag",
    "gatepost-features",
    "retry-after",
    "server",
    "set-cookie",
    "transfer-encoding",
    "x-request-id",
    "allow",
];

/// The answer's status and headers, in their order, without what the kinds of an answer's body have.
async fn answer(client: &reqwest::Client, base: &str, ask: &Ask) -> String {
    let mut request = client.request(ask.method.clone(), format!("{base}{}", ask.path));
    for (name, value) in &ask.headers {
        request = request.header(*name, value);
    }
    if let Some(body) = &ask.body {
        request = request.body(body.clone());
    }
    let answer = request.send().await.unwrap();
    let mut text = format!("{}\n", answer.status().as_u16());
    let name = "access-control-request-method";
    let is_preflight = ask.headers.iter().any(|(header, _)| *header == name);
    let is_empty = answer.status() == 200 && is_preflight && ask.method == Method::OPTIONS;
    for (name, value) in answer.headers() {
        let is_shown = is_empty && name == "content-type";
        if is_shown || !OTHERS.contains(&name.as_str()) && name != LOCATION {
            let value: String = value
                .as_bytes()
                .iter()
                .map(|byte| char::from(*byte))
                .collect();
            writeln!(text, "{name}: {value}").unwrap();
        }
    }
    if is_empty {
        // hyper writes it last
        let length = answer.headers().get("content-length").cloned();
        writeln!(text, "{length:?} {:?}", answer.text().await.unwrap()).unwrap();
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_is_shared_as_django_shares_it() {
    let first = TestApp::with_clock(Backend::Sqlite, "", Clock::system()).await;
    let ann = first.user("ann").await.log_in().await;
    let access = ann.obtain().await.field("access");
    let table = table(&access);
    assert!(table.len() >= 60);
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let mut differences = Vec::new();
    let mut shared = 0;
    for settings in SETTINGS {
        let app = first.another_with(&settings.gatepost()).await;
        let cors = settings.django();
        let environment = [
            ("SECRET_KEY", SECRET),
            ("ALLOWED_HOSTS", r#"["127.0.0.1", "service.example"]"#),
            ("CORS", cors.as_str()),
        ];
        let django = Django::serve(&first.database, &environment);
        let gatepost = app.listen().await;
        for ask in &table {
            let expected = answer(&client, django.url(), ask).await;
            let given = answer(&client, &gatepost, ask).await;
            shared += usize::from(expected.contains("access-control-allow-origin: "));
            if given != expected {
                differences.push(format!(
                    "{}: {} {} {:?}\nDjango {expected}Gatepost {given}",
                    settings.name, ask.method, ask.path, ask.headers
                ));
            }
        }
    }
    println!("{} requests, {shared} shared", table.len() * SETTINGS.len());
    assert!(shared > 100, "{shared}");
    let count = differences.len();
    assert!(
        count == 0,
        "{count} differences:\n{}",
        differences.join("\n")
    );
}

/// A request in process, as a page of this origin sends it.
fn of_page(method: &str, path: &str) -> Request<Body> {
    let request = Request::builder().method(method).uri(path);
    request.header("origin", APP).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn nothing_is_added_where_no_origin_is_allowed() {
    let settings = "cors.allow_credentials = true\ncors.expose_headers = ['x-a']";
    let app = TestApp::with(Backend::Sqlite, settings).await;
    for path in ["/api/posts/", "/nowhere", "/-/live"] {
        let answer = app.send(of_page("GET", path)).await;
        let names: Vec<_> = answer
            .headers
            .keys()
            .map(axum::http::HeaderName::as_str)
            .collect();
        let is_cors = |name: &&&str| name.starts_with("access-control");
        assert_eq!(names.iter().find(is_cors), None, "{path}");
        assert!(!answer.header("vary").contains("origin"), "{path}");
    }
    let mut preflight = of_page("OPTIONS", "/api/posts/");
    let name = "access-control-request-method";
    preflight
        .headers_mut()
        .insert(name, HeaderValue::from_static("GET"));
    app.send(preflight).await.expect(401);
}

/// What Django has none of.
#[tokio::test]
async fn probes_and_answers_of_a_broken_server_are_shared_too() {
    let settings = format!("cors.allowed_origins = ['{APP}']");
    let app = TestApp::with(Backend::Sqlite, &settings).await.may_fail();
    let ann = app.user("ann").await.log_in().await;
    let access = ann.obtain().await.field("access");
    let ask = async |method, path, status| {
        let mut request = of_page(method, path);
        let bearer = HeaderValue::try_from(format!("Bearer {access}")).unwrap();
        request.headers_mut().insert("authorization", bearer);
        let answer = app.send(request).await.expect(status);
        let vary = answer.header("vary").to_owned();
        assert!(
            vary == "origin" || vary.ends_with(", origin"),
            "{path}: {vary}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), APP, "{path}");
        answer
    };
    ask("GET", "/-/live", 200).await;
    ask("GET", "/-/ready", 200).await;
    ask("OPTIONS", "/-/ready", 405).await;
    let mut preflight = of_page("OPTIONS", "/-/ready");
    let name = "access-control-request-method";
    preflight
        .headers_mut()
        .insert(name, HeaderValue::from_static("GET"));
    let answer = app.send(preflight).await.expect(200);
    assert_eq!(answer.header("content-length"), "0");
    assert_eq!(answer.header("access-control-allow-origin"), APP);
    app.sql("DROP TABLE posts_post; DROP TABLE gatepost_meta")
        .await;
    for path in ["/api/posts/", "/-/ready"] {
        let away = ask("GET", path, 503).await;
        let exposed = away.header("access-control-expose-headers");
        assert!(exposed.contains("Retry-After") && !away.header("retry-after").is_empty());
    }
}
