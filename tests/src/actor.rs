//! Users of a Gatepost: in a test, a request begins with who sends it (`ann.get(…)`).

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::TestApp;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A text in the body's object.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        self.json()[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {}", self.text()))
            .to_owned()
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Status and body in one line, to compare.
    pub fn wire(&self) -> String {
        format!("{} {}", self.status.as_u16(), self.text())
    }
}

/// Sends JSON as nobody in particular.
pub async fn anonymous(app: &TestApp, method: &str, path: &str, body: &Value) -> Answer {
    app.send(json_request(method, path, None, body, &[])).await
}

fn json_request(
    method: &str,
    path: &str,
    access: Option<&str>,
    body: &Value,
    headers: &[(&str, &str)],
) -> Request {
    let mut builder = Request::builder().method(method).uri(path);
    if let Some(access) = access {
        builder = builder.header(header::AUTHORIZATION, format!("Bearer {access}"));
    }
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let body = if body.is_null() {
        Body::empty()
    } else {
        builder = builder.header(header::CONTENT_TYPE, "application/json");
        Body::from(body.to_string())
    };
    builder.body(body).expect("a request")
}

/// A registered user, with the tokens of the last login.
pub struct Actor<'a> {
    app: &'a TestApp,
    /// The name.
    pub name: String,
    /// The access token; empty before the login.
    pub access: String,
    /// The refresh token; empty before the login.
    pub refresh: String,
}

/// The password of every test's user.
pub(crate) const PASSWORD: &str = "ComplexPassword123!";

impl<'a> Actor<'a> {
    pub(crate) async fn register(app: &'a TestApp, name: &str) -> Self {
        let body = json!({
            "username": name, "email": "test@example.com", "password": PASSWORD, "password2": PASSWORD,
            "first_name": "Test", "last_name": "User",
        });
        anonymous(app, "POST", "/api/users/register/", &body)
            .await
            .expect(201);
        Self::known(app, name)
    }

    pub(crate) fn known(app: &'a TestApp, name: &str) -> Self {
        Self {
            app,
            name: name.to_owned(),
            access: String::new(),
            refresh: String::new(),
        }
    }

    /// The same user with this access token.
    #[must_use]
    pub fn bearing(&self, access: &str) -> Self {
        let mut other = self.at(self.app);
        access.clone_into(&mut other.access);
        other
    }

    /// The same user with the same tokens at another server.
    #[must_use]
    pub fn at<'b>(&self, app: &'b TestApp) -> Actor<'b> {
        Actor {
            app,
            name: self.name.clone(),
            access: self.access.clone(),
            refresh: self.refresh.clone(),
        }
    }

    /// Logs in and holds the tokens.
    pub async fn log_in(mut self) -> Self {
        let answer = self.obtain().await.expect(200);
        self.access = answer.field("access");
        self.refresh = answer.field("refresh");
        self
    }

    /// Asks for a pair of tokens.
    pub async fn obtain(&self) -> Answer {
        self.obtain_with(None).await
    }

    /// Asks for a pair of tokens, with a key or without.
    pub async fn obtain_with(&self, key: Option<&str>) -> Answer {
        let body = json!({"username": self.name, "password": PASSWORD});
        self.keyed("/api/token/", &body, key).await
    }

    /// Sends JSON (or, for null, no body) with the access token.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.app
            .send(json_request(method, path, Some(&self.access), body, &[]))
            .await
    }

    /// The same with these headers.
    pub async fn send_with(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let access = Some(&*self.access);
        self.app
            .send(json_request(method, path, access, body, headers))
            .await
    }

    /// GET with the access token.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &Value::Null).await
    }

    /// Creates a post and gives its id.
    pub async fn post(&self, title: &str) -> i64 {
        let answer = self
            .send(
                "POST",
                "/api/posts/",
                &json!({"title": title, "content": "words"}),
            )
            .await
            .expect(201);
        answer.json()["id"].as_i64().expect("an id")
    }

    /// Shows a refresh token, with a key or without.
    pub async fn refresh_with(&self, token: &str, key: Option<&str>) -> Answer {
        self.show("/api/token/refresh/", token, key).await
    }

    /// Exchanges a refresh token, which must work, for its successor.
    pub async fn rotate(&self, token: &str, key: Option<&str>) -> String {
        let answer = self.refresh_with(token, key).await.expect(200);
        answer.field("refresh")
    }

    /// Shows a refresh token to be blacklisted, with a key or without.
    pub async fn log_out_with(&self, token: &str, key: Option<&str>) -> Answer {
        self.show("/api/token/blacklist/", token, key).await
    }

    async fn show(&self, path: &str, token: &str, key: Option<&str>) -> Answer {
        self.keyed(path, &json!({"refresh": token}), key).await
    }

    async fn keyed(&self, path: &str, body: &Value, key: Option<&str>) -> Answer {
        let headers: Vec<_> = key
            .into_iter()
            .map(|key| ("Idempotency-Key", key))
            .collect();
        self.app
            .send(json_request("POST", path, None, body, &headers))
            .await
    }
}
