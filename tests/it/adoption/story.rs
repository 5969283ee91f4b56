//! What users do on the day after: the same requests to Django and to Gatepost.

use serde_json::{Value, json};

use super::databases::{Django, Held, PASSWORD, registration};

/// Who is asked.
pub(super) enum Side {
    Django(Django),
    /// A Gatepost with this base URL.
    Gatepost(String),
}

impl Side {
    pub(super) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: Value,
    ) -> (u16, Value) {
        let base = match self {
            Self::Django(django) => return django.ask(method, path, token, &body),
            Self::Gatepost(base) => base,
        };
        let mut request =
            reqwest::Client::new().request(method.parse().unwrap(), format!("{base}{path}"));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if body != Value::Null {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }
}

/// What came of a story: each request with its answer, tokens and fresh dates made alike.
pub(super) struct Told {
    pub(super) answers: Vec<(String, u16, Value)>,
    /// The minutes of the day at which posts were written, as their answers say.
    pub(super) minutes: Vec<i32>,
    /// A refresh token that nobody has used yet, and an access token.
    pub(super) refresh: String,
    pub(super) access: String,
}

/// Users sign in, refresh, log out, register, write and read.
pub(super) async fn tell(side: &mut Side, held: &Held) -> Told {
    let (mut answers, mut minutes) = (Vec::new(), Vec::new());
    let mut ask = async |method: &str, path: &str, token: &str, body: Value| {
        let (status, answer) = side.ask(method, path, token, body).await;
        let what = format!("{method} {path} ({})", answers.len());
        answers.push((what, status, alike(&answer)));
        answer
    };
    let (post, nothing) = ("POST", Value::Null);
    let refresh = |token: &str| json!({"refresh": token});
    let text = |answer: &Value, key: &str| answer[key].as_str().unwrap_or_default().to_owned();

    ask("GET", "/api/users/profile/", &held.access, nothing.clone()).await;
    ask("GET", "/api/posts/", &held.access, nothing.clone()).await;
    ask(
        post,
        "/api/token/verify/",
        "",
        json!({"token": held.access}),
    )
    .await;
    let next = ask(post, "/api/token/refresh/", "", refresh(&held.alice)).await;
    ask(post, "/api/token/refresh/", "", refresh(&held.alice)).await;
    ask(
        "GET",
        "/api/users/profile/",
        &text(&next, "access"),
        nothing.clone(),
    )
    .await;
    let last = ask(
        post,
        "/api/token/refresh/",
        "",
        refresh(&text(&next, "refresh")),
    )
    .await;
    for used in [&held.rotated, &held.logged_out] {
        ask(post, "/api/token/refresh/", "", refresh(used)).await;
        if held.verify_knows {
            ask(post, "/api/token/verify/", "", json!({"token": used})).await;
        }
    }
    ask(post, "/api/token/blacklist/", "", refresh(&held.dave)).await;
    ask(post, "/api/token/refresh/", "", refresh(&held.dave)).await;
    let wrong = json!({"username": "bob", "password": "wrong"});
    ask(post, "/api/token/", "", wrong).await;
    ask(post, "/api/users/register/", "", registration("erin")).await;
    ask(post, "/api/users/register/", "", registration("erin")).await;
    for name in ["bob", "erin"] {
        let credentials = json!({"username": name, "password": PASSWORD});
        let pair = ask(post, "/api/token/", "", credentials).await;
        let access = text(&pair, "access");
        let new = json!({"title": format!("{name}'s"), "content": "new"});
        let made = ask(post, "/api/posts/", &access, new).await;
        let at = text(&made, "created_at");
        let number = |digits: &str| digits.parse::<i32>().unwrap();
        minutes.push(number(&at[11..13]) * 60 + number(&at[14..16]));
        let path = format!("/api/posts/{}/", made["id"]);
        ask("PATCH", &path, &access, json!({"title": "changed"})).await;
        ask("GET", &path, &held.access, nothing.clone()).await;
    }
    Told {
        refresh: text(&last, "refresh"),
        access: text(&last, "access"),
        answers,
        minutes,
    }
}

/// Tokens and the dates of new posts are another in each telling: they count by their form.
pub(super) fn alike(answer: &Value) -> Value {
    match answer {
        Value::String(text) if text.starts_with("eyJ") => "a token".into(),
        Value::Array(items) => items.iter().map(alike).collect(),
        Value::Object(members) => {
            let is_new = members.get("content").is_some_and(|text| text == "new");
            let member = |(name, value): (&String, &Value)| {
                let value = match value.as_str() {
                    Some(date) if is_new && name.ends_with("_at") => form(date).into(),
                    _ => alike(value),
                };
                (name.clone(), value)
            };
            Value::Object(members.iter().map(member).collect())
        }
        other => other.clone(),
    }
}

/// A date without its digits but those of its offset.
fn form(date: &str) -> String {
    let time = date.find('T').unwrap_or_default();
    let offset = date[time..].find(['Z', '+', '-']);
    format!("a date {}", offset.map_or("", |at| &date[time + at..]))
}
