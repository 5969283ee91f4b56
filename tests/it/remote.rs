//! A client of any server, Gatepost or Django, over HTTP.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::refresh::claims;

const PASSWORD: &str = "ComplexPassword123!";

/// A server and the connections to it; cheap to clone.
#[derive(Clone)]
pub(crate) struct Remote {
    base: String,
    http: reqwest::Client,
}

/// An answer: its status, the header `Idempotency-Replayed`, and its body.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) replayed: String,
    pub(crate) body: Value,
}

impl Reply {
    /// A token in the body.
    pub(crate) fn token(&self, name: &str) -> String {
        let token = self.body[name].as_str();
        token
            .unwrap_or_else(|| panic!("no {name} in {self:?}"))
            .to_owned()
    }
}

/// The id of a token.
pub(crate) fn jti(token: &str) -> String {
    claims(token)["jti"].as_str().expect("a jti").to_owned()
}

impl Remote {
    pub(crate) fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            // tests that hang say nothing
            http: reqwest::Client::builder()
                .timeout(Duration::from_mins(1))
                .build()
                .unwrap(),
        }
    }

    /// A client that opens a connection for each request, as one after a crash does.
    pub(crate) fn forgetful(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            http: reqwest::Client::builder()
                .timeout(Duration::from_mins(1))
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
        }
    }

    /// Sends JSON; an error where no whole answer came back.
    pub(crate) async fn send(
        &self,
        path: &str,
        body: &Value,
        key: Option<&str>,
    ) -> reqwest::Result<Reply> {
        let mut request = self.http.post(format!("{}{path}", self.base));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        Self::answer(request, body).await
    }

    /// Sends JSON with an access token.
    pub(crate) async fn signed_in(
        &self,
        method: Method,
        path: &str,
        access: &str,
        body: &Value,
    ) -> reqwest::Result<Reply> {
        let request = self.http.request(method, format!("{}{path}", self.base));
        Self::answer(request.bearer_auth(access), body).await
    }

    async fn answer(request: RequestBuilder, body: &Value) -> reqwest::Result<Reply> {
        let request = request.header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await?;
        let status = answer.status().as_u16();
        let replayed = answer.headers().get("idempotency-replayed");
        let replayed = replayed
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let text = answer.text().await?;
        Ok(Reply {
            status,
            replayed,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        })
    }

    pub(crate) async fn register(&self, name: &str) {
        let body = json!({"username": name, "email": "", "password": PASSWORD, "password2": PASSWORD, "first_name": "", "last_name": ""});
        let reply = self.send("/api/users/register/", &body, None).await;
        assert_eq!(reply.unwrap().status, 201);
    }

    /// A new refresh token.
    pub(crate) async fn log_in(&self, name: &str) -> String {
        self.tokens(name).await.token("refresh")
    }

    /// A new pair of tokens.
    pub(crate) async fn tokens(&self, name: &str) -> Reply {
        self.login(name).await.unwrap()
    }

    /// The same; an error where no whole answer came back.
    pub(crate) async fn login(&self, name: &str) -> reqwest::Result<Reply> {
        let body = json!({"username": name, "password": PASSWORD});
        self.send("/api/token/", &body, None).await
    }

    /// Waits until the server's database answers.
    pub(crate) async fn until_it_is_ready(&self) {
        let deadline = Instant::now() + Duration::from_mins(1);
        let ready = format!("{}/-/ready", self.base);
        while self.http.get(&ready).send().await.unwrap().status() != 200 {
            assert!(Instant::now() < deadline, "the database does not come back");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn refresh(&self, token: &str, key: Option<&str>) -> reqwest::Result<Reply> {
        self.send("/api/token/refresh/", &json!({"refresh": token}), key)
            .await
    }

    pub(crate) async fn log_out(&self, token: &str, key: Option<&str>) -> reqwest::Result<Reply> {
        self.send("/api/token/blacklist/", &json!({"refresh": token}), key)
            .await
    }
}
