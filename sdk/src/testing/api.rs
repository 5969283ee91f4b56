//! What the mock server knows: users, tokens and posts, with Gatepost's rules.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::wire::{Answer, Asked};

/// The password of every user.
pub(super) const PASSWORD: &str = "ComplexPassword123!";

/// What a server knows.
pub(super) struct Api {
    pub(super) access_life: i64,
    pub(super) repeats: bool,
    tokens: u64,
    /// Refresh tokens that were exchanged: by whose key, for which pair.
    exchanged: BTreeMap<String, (Option<String>, Value)>,
    ended: BTreeSet<String>,
    posts: BTreeMap<i64, Value>,
    last_post: i64,
}

impl Api {
    pub(super) fn new() -> Self {
        Self {
            access_life: 300,
            repeats: true,
            tokens: 0,
            exchanged: BTreeMap::new(),
            ended: BTreeSet::new(),
            posts: BTreeMap::new(),
            last_post: 0,
        }
    }

    /// Ends every refresh token that was given so far.
    pub(super) fn end_all(&mut self) {
        self.ended
            .extend((1..=self.tokens).map(|number| number.to_string()));
    }

    pub(super) fn answer(&mut self, asked: &Asked, now: i64) -> Answer {
        let body = asked.json();
        match asked.line.as_str() {
            "POST /api/users/register/" => Answer::json(201, &user(&body["username"])),
            "POST /api/token/" => self.login(&body, asked, now),
            "POST /api/token/refresh/" => self.refresh(&body, asked, now),
            "POST /api/token/verify/" => match claims(&body["token"]) {
                Some(claims) if is_valid(&claims, now) => Answer::json(200, &json!({})),
                _ => not_valid(),
            },
            "POST /api/token/blacklist/" => match claims(&body["refresh"]) {
                Some(claims) => {
                    self.ended.insert(jti(&claims));
                    Answer::json(200, &json!({}))
                }
                None => not_valid(),
            },
            _ => match bearer(asked).filter(|claims| is_valid(claims, now)) {
                Some(claims) => self.signed_in(asked, &body, &claims["user"], now),
                None => not_valid().with("www-authenticate", "Bearer realm=\"api\""),
            },
        }
    }

    fn login(&mut self, body: &Value, asked: &Asked, now: i64) -> Answer {
        if body["password"] != PASSWORD {
            let detail = "No active account found with the given credentials";
            return Answer::json(
                401,
                &json!({ "detail": detail, "code": "no_active_account" }),
            );
        }
        let pair = self.pair(&body["username"], now);
        self.featured(Answer::json(200, &pair), asked)
    }

    fn refresh(&mut self, body: &Value, asked: &Asked, now: i64) -> Answer {
        let Some(claims) = claims(&body["refresh"]).filter(|claims| is_valid(claims, now)) else {
            return not_valid();
        };
        let (id, key) = (
            jti(&claims),
            asked.header("idempotency-key").map(str::to_owned),
        );
        if self.ended.contains(&id) {
            return not_valid();
        }
        if let Some((first, pair)) = self.exchanged.get(&id) {
            let is_repeat = self.repeats && key.is_some() && *first == key;
            let answer = if is_repeat {
                Answer::json(200, pair)
            } else {
                not_valid()
            };
            return self.featured(answer, asked);
        }
        let pair = self.pair(&claims["user"], now);
        self.exchanged.insert(id, (key, pair.clone()));
        self.featured(Answer::json(200, &pair), asked)
    }

    fn featured(&self, answer: Answer, asked: &Asked) -> Answer {
        if self.repeats && asked.header("idempotency-key").is_some() {
            return answer.with("gatepost-features", "refresh-idempotency");
        }
        answer
    }

    fn pair(&mut self, name: &Value, now: i64) -> Value {
        let mut token = |kind: &str, life: i64| {
            self.tokens += 1;
            let claims = json!({ "token_type": kind, "jti": self.tokens.to_string(), "user": name, "exp": now + life });
            format!("e30.{}.mock", URL_SAFE_NO_PAD.encode(claims.to_string()))
        };
        let life = self.access_life;
        json!({ "access": token("access", life), "refresh": token("refresh", 50 * 24 * 3600) })
    }

    fn signed_in(&mut self, asked: &Asked, body: &Value, name: &Value, now: i64) -> Answer {
        let at = DateTime::from_timestamp(now, 0).unwrap_or_default();
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let (method, path) = asked.line.split_once(' ').unwrap_or_default();
        let id = path
            .strip_prefix("/api/posts/")
            .map(|id| id.trim_end_matches('/'));
        match (method, path, id.map(str::parse::<i64>)) {
            ("GET", "/api/users/profile/", _) => Answer::json(200, &user(name)),
            ("GET", "/api/posts/", _) => {
                let posts: Vec<_> = self.posts.values().rev().collect();
                Answer::json(200, &json!(posts))
            }
            ("POST", "/api/posts/", _) => {
                self.last_post += 1;
                let post = json!({
                    "id": self.last_post, "title": body["title"], "content": body["content"],
                    "author": name, "created_at": at, "updated_at": at,
                });
                self.posts.insert(self.last_post, post.clone());
                Answer::json(201, &post)
            }
            (_, _, Some(Ok(id))) => match (method, self.posts.get_mut(&id)) {
                ("GET", Some(post)) => Answer::json(200, post),
                ("PUT" | "PATCH", Some(post)) => {
                    for field in ["title", "content"] {
                        if let Some(value) = body.get(field) {
                            post[field] = value.clone();
                        }
                    }
                    post["updated_at"] = json!(at);
                    Answer::json(200, post)
                }
                ("DELETE", Some(_)) => {
                    self.posts.remove(&id);
                    Answer::json(204, &Value::Null)
                }
                _ => not_found(),
            },
            _ => not_found(),
        }
    }
}

fn user(name: &Value) -> Value {
    json!({ "id": 1, "username": name, "email": "", "first_name": "", "last_name": "" })
}

fn not_found() -> Answer {
    Answer::json(404, &json!({ "detail": "Not found." }))
}

fn not_valid() -> Answer {
    let body = json!({ "detail": "Token is invalid or expired", "code": "token_not_valid" });
    Answer::json(401, &body)
}

fn claims(token: &Value) -> Option<Value> {
    let payload = token.as_str()?.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn bearer(asked: &Asked) -> Option<Value> {
    let token = asked.header("authorization")?.strip_prefix("Bearer ")?;
    claims(&json!(token)).filter(|claims| claims["token_type"] == "access")
}

fn is_valid(claims: &Value, now: i64) -> bool {
    claims["exp"].as_i64().is_some_and(|exp| exp > now)
}

fn jti(claims: &Value) -> String {
    claims["jti"].as_str().unwrap_or_default().to_owned()
}
