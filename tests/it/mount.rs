//! The example `mount`: a resource of a program's own has what Gatepost's have, without code of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use gatepost_tests::example;
use serde_json::{Value, json};

/// The running example, which is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Sends JSON as whoever has this token, and gives status and body.
async fn ask(url: &str, method: &str, token: &str, body: Value) -> (u16, String) {
    let method = method.parse().unwrap();
    let mut request = reqwest::Client::new().request(method, url);
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    if !body.is_null() {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn token(site: &str, name: &str) -> String {
    let person = json!({
        "username": name, "email": "a@example.com", "first_name": "A", "last_name": "B",
        "password": "ComplexPassword123!", "password2": "ComplexPassword123!",
    });
    let made = ask(&format!("{site}/api/users/register/"), "POST", "", person).await;
    assert_eq!(made.0, 201, "{made:?}");
    let login = json!({"username": name, "password": "ComplexPassword123!"});
    let (_, pair) = ask(&format!("{site}/api/token/"), "POST", "", login).await;
    let pair: Value = serde_json::from_str(&pair).unwrap();
    pair["access"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_of_one_s_own_has_what_gatepost_s_have() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(example("mount"));
    let child = command
        .arg("127.0.0.1:0")
        .current_dir(&folder)
        .stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let told = BufReader::new(child.stderr.take().unwrap()).lines();
    let _running = Running(child);
    let mut told = told.map_while(Result::ok);
    let site = told
        .find_map(|line| Some(line.split_once("Listening on ")?.1.to_owned()))
        .unwrap();
    // or it could not write any more
    std::thread::spawn(move || told.count());

    let (ada, alan) = (token(&site, "ada").await, token(&site, "alan").await);
    let all = format!("{site}/api/bookmarks/");
    let bookmark = json!({"url": "https://example.com"});
    let (status, made) = ask(&all, "POST", &ada, bookmark.clone()).await;
    assert_eq!(
        (status, made.as_str()),
        (201, r#"{"id":1,"url":"https://example.com"}"#)
    );
    assert_eq!(
        ask(&all, "GET", &ada, Value::Null).await,
        (200, format!("[{made}]"))
    );
    assert_eq!(
        ask(&all, "GET", &alan, Value::Null).await,
        (200, "[]".to_owned())
    );

    let one = format!("{all}1/");
    let is =
        async |url: &str, method: &str, token: &str, body: Value, status: u16, detail: &str| {
            let wanted = (status, format!("{{\"detail\":\"{detail}\"}}"));
            assert_eq!(
                ask(url, method, token, body).await,
                wanted,
                "{method} {url}"
            );
        };
    is(
        &all,
        "GET",
        "",
        Value::Null,
        401,
        "Authentication credentials were not provided.",
    )
    .await;
    is(
        &one,
        "DELETE",
        &alan,
        Value::Null,
        403,
        "You do not have permission to perform this action.",
    )
    .await;
    is(
        &format!("{all}7/"),
        "DELETE",
        &ada,
        Value::Null,
        404,
        "No Bookmark matches the given query.",
    )
    .await;
    is(
        &format!("{all}x/"),
        "DELETE",
        &ada,
        Value::Null,
        404,
        "Not found.",
    )
    .await;
    is(
        &all,
        "PUT",
        &ada,
        Value::Null,
        405,
        "Method \\\"PUT\\\" not allowed.",
    )
    .await;
    let wrong = ask(&all, "POST", &ada, json!({"url": ""})).await;
    assert_eq!(
        wrong,
        (
            400,
            r#"{"url":["This field may not be blank."]}"#.to_owned()
        )
    );
    let request = reqwest::Client::new().post(&all).bearer_auth(&ada);
    let xml = request
        .header("content-type", "text/xml")
        .body("<a/>")
        .send()
        .await
        .unwrap();
    assert_eq!(xml.status(), 415);
    assert_eq!(
        xml.text().await.unwrap(),
        r#"{"detail":"Unsupported media type \"text/xml\" in request."}"#
    );
    assert_eq!(
        ask(&one, "DELETE", &ada, Value::Null).await,
        (204, String::new())
    );

    let options = ask(&all, "OPTIONS", &ada, Value::Null).await.1;
    assert!(options.contains(r#""actions":{"POST":{"id":"#), "{options}");
    let (_, document) = ask(&format!("{site}/api/schema/"), "GET", "", Value::Null).await;
    let document: Value = serde_json::from_str(&document).unwrap();
    let create = &document["paths"]["/api/bookmarks/"]["post"];
    assert_eq!(
        create["responses"]["201"]["links"]["deleteBookmark"]["operationId"],
        "deleteBookmark"
    );
    assert_eq!(
        document["components"]["schemas"]["BookmarkRequest"]["required"],
        json!(["url"])
    );
    let (_, explorer) = ask(&format!("{site}/api/docs/"), "GET", "", Value::Null).await;
    assert!(explorer.contains("id=\"createBookmark\""));
}
