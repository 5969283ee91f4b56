//! One's own account at the API: another password, the sessions and their end, name and address, the end of the account.

mod odd;
mod password;
mod profile;
mod removal;
mod roles;
mod sessions;

use axum::body::Body;
use axum::extract::Request;
use gatepost_tests::{Actor, Answer, TestApp};
use serde_json::{Value, json};

pub(crate) const PASSWORD: &str = "ComplexPassword123!";
pub(crate) const OTHER: &str = "Another-Word-4711";
pub(crate) const NOT_OWN: &str = r#"400 {"refresh":["This is not a refresh token of yours that can still be used: show the newest one of this session."]}"#;
pub(crate) const UNAUTHORIZED: &str =
    r#"401 {"detail":"Authentication credentials were not provided."}"#;

/// Sends JSON with these headers and nothing else.
async fn send(
    app: &TestApp,
    method: &str,
    path: &str,
    body: &Value,
    headers: &[(&str, &str)],
) -> Answer {
    let mut builder = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder = builder.header("content-type", "application/json");
    app.send(builder.body(Body::from(body.to_string())).unwrap())
        .await
}

/// Another session of a user, begun by a program that calls itself so; its access token and its refresh token.
async fn log_in_as(app: &TestApp, name: &str, agent: &str) -> (String, String) {
    let body = json!({"username": name, "password": PASSWORD});
    let headers = [("user-agent", agent)];
    let answer = send(app, "POST", "/api/token/", &body, &headers).await;
    let answer = answer.expect(200);
    (answer.field("access"), answer.field("refresh"))
}

async fn change(user: &Actor<'_>, old: &str, new: &str, refresh: Option<&str>) -> Answer {
    let mut body = json!({"old_password": old, "new_password": new});
    if let Some(refresh) = refresh {
        body["refresh"] = refresh.into();
    }
    user.send("POST", "/api/account/password/", &body).await
}

/// The sessions as a user is shown them.
async fn list(user: &Actor<'_>, refresh: Option<&str>) -> Vec<Value> {
    let body = refresh.map_or_else(|| json!({}), |refresh| json!({"refresh": refresh}));
    let answer = user.send("POST", "/api/account/sessions/", &body).await;
    answer.expect(200).json().as_array().unwrap().clone()
}

/// What is shown of each session under a name.
fn column(sessions: &[Value], name: &str) -> Vec<String> {
    let text = |session: &Value| {
        let value = &session[name];
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    sessions.iter().map(text).collect()
}

async fn end(user: &Actor<'_>, id: &str) -> Answer {
    let path = format!("/api/account/sessions/{id}/");
    user.send("DELETE", &path, &Value::Null).await
}

async fn end_others(user: &Actor<'_>, refresh: &str) -> Answer {
    let body = json!({"refresh": refresh});
    user.send("POST", "/api/account/sessions/end-others/", &body)
        .await
}
