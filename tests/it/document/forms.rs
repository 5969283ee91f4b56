//! In which forms the document is given, what the settings make of it, and that docs/ has it.

use std::fs;
use std::path::Path;
use std::process::Command;

use gatepost_tests::{Backend, TestApp};
use serde_json::{Value, json};

use super::{document, get};

#[tokio::test(flavor = "multi_thread")]
async fn docs_has_the_document_of_the_default_settings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let app = TestApp::on(Backend::Sqlite).await;
    let given = get(&app, "/api/schema/", "*/*").await.expect(200).text();
    let kept = fs::read_to_string(root.join("docs/openapi.json")).unwrap_or_default();
    if given != kept {
        fs::write(root.join("target/openapi.json"), given).unwrap();
        panic!(
            "the document has changed: look at it, then  cp target/openapi.json docs/openapi.json"
        );
    }
}

/// Where a value is null that is no part of an example: no field of OpenAPI or of JSON Schema is.
fn nulls(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Null => found.push(at.to_owned()),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .filter(|(name, _)| !name.starts_with("example"));
            for (name, value) in fields {
                nulls(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| nulls(value, at, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_the_document_is_null() {
    for settings in ["", "tokens.sliding = true", "throttle.enabled = false"] {
        let app = TestApp::with(Backend::Sqlite, settings).await;
        let mut found = Vec::new();
        nulls(&document(&app).await, "", &mut found);
        assert_eq!(found, [""; 0], "{settings}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_the_form_that_it_asks_for() {
    let app = TestApp::on(Backend::Sqlite).await;
    for (query, accept, kind) in [
        ("", "*/*", "application/json"),
        (
            "",
            "application/vnd.oai.openapi+json",
            "application/vnd.oai.openapi+json",
        ),
        ("", "application/yaml", "application/yaml"),
        ("?format=yaml", "application/json", "application/yaml"),
        ("?format=json", "application/yaml", "application/json"),
    ] {
        let answer = get(&app, &format!("/api/schema/{query}"), accept)
            .await
            .expect(200);
        assert_eq!(answer.header("content-type"), kind, "{query} {accept}");
        assert_eq!(answer.header("vary"), "Accept");
    }
    get(&app, "/api/schema/", "image/png").await.expect(406);
    get(&app, "/api/schema/?format=toml", "*/*")
        .await
        .expect(404);
    let answer = get(&app, "/api/schema", "*/*").await.expect(301);
    assert_eq!(answer.header("location"), "/api/schema/");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_document_is_not_sent_it_again() {
    let app = TestApp::on(Backend::Sqlite).await;
    let first = get(&app, "/api/schema/", "*/*").await.expect(200);
    let request =
        axum::extract::Request::get("/api/schema/").header("if-none-match", first.header("etag"));
    let again = app
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    assert_eq!(
        (again.expect(304).body.len(), first.header("cache-control")),
        (0, "no-cache")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_yaml_says_the_same() {
    let app = TestApp::on(Backend::Sqlite).await;
    let yaml = get(&app, "/api/schema/", "application/yaml")
        .await
        .expect(200)
        .text();
    assert!(
        yaml.starts_with("openapi: \"3.1.0\"\ninfo:\n  title: \"Gatepost\"\n"),
        "{yaml}"
    );
    // by a parser that others wrote, where there is one
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/openapi-venv/bin/python");
    if !gatepost_tests::is_full() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.yaml");
    fs::write(&file, yaml).unwrap();
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let read = Command::new(python)
        .args(["-c", script])
        .arg(&file)
        .output()
        .unwrap();
    let read: Value = serde_json::from_slice(&read.stdout).unwrap();
    assert_eq!(read, document(&app).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_that_of_the_settings() {
    let toml = "server.root_path = '/service'\ntokens.sliding = true\ncookies.refresh = 'rt'\nthrottle.enabled = false\nsimple_jwt.auth_header_types = ['JWT']";
    let app = TestApp::with(Backend::Sqlite, toml).await;
    let document = document(&app).await;
    assert_eq!(document["servers"], json!([{"url": "/service"}]));
    assert!(document["paths"]["/api/token/sliding/refresh/"]["post"].is_object());
    // the refresh token is in the cookie
    let pair = &document["components"]["schemas"]["TokenPair"];
    assert_eq!(pair["required"], json!(["access"]));
    let login = &document["paths"]["/api/token/"]["post"]["responses"];
    assert!(login["403"].is_object() && login["429"].is_null());
    let scheme = &document["components"]["securitySchemes"]["bearer"];
    assert_eq!(scheme["type"], "apiKey");
    let app = TestApp::with(Backend::Sqlite, "simple_jwt.rotate_refresh_tokens = false").await;
    let document = super::document(&app).await;
    let answer = &document["components"]["schemas"]["RefreshedTokens"];
    assert_eq!(answer["required"], json!(["access"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_documentation_there_is_django_s_404() {
    let app = TestApp::with(Backend::Sqlite, "server.docs = false").await;
    for path in ["/api/schema/", "/api/schema", "/api/docs/", "/api/docs"] {
        let answer = get(&app, path, "*/*").await.expect(404);
        assert!(answer.text().contains("<h1>Not Found</h1>"), "{path}");
    }
}
