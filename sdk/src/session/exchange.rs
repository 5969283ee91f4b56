//! The requests with a refresh token in them: exchanging it until the outcome is known, and ending it.

use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::decide::{self, Refusal, Reply};
use super::lock::jitter;
use crate::clock::{Millis, Skew};
use crate::endpoints::Resource;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Http;
use crate::transport::Transport;
use crate::types::Pair;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How often a request that could not be sent is tried.
const CONNECTS: u32 = 3;

/// A time that is over by so much was over while the process was stopped; for so long it reads what has come then.
const STOPPED: Duration = Duration::from_secs(1);

/// The longest wait that a server may ask for.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of exchanging a refresh token.
pub(crate) enum Outcome {
    /// The server gave new tokens.
    Fresh {
        pair: Pair,
        features: Vec<String>,
        clock: Reading,
    },
    /// The server refuses the token.
    Refused { refusal: Refusal, clock: Reading },
    /// Neither is known.
    Failed(Error),
}

/// What an answer says of the clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// This machine's clock when the answer came.
    pub(crate) received: Millis,
    /// What it says of the server's; `None` where it had no date.
    pub(crate) skew: Option<Skew>,
}

/// Exchanges a refresh token: asks again, with the same key, until the outcome is known or the time is over.
/// `doubt` becomes true when the server may have exchanged it without us knowing.
pub(crate) async fn refresh(
    transport: &Transport,
    token: &SecretString,
    key: &str,
    repeats: bool,
    doubt: &mut bool,
) -> Outcome {
    let Transport { http, limits, .. } = transport;
    let until = Instant::now() + limits.exchange;
    let mut connects = 0;
    let mut pause = Duration::from_millis(200);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        // where the exchange can't be repeated, the answer under way is the only one there will ever be
        let limit = if repeats {
            left.min(limits.attempt)
        } else {
            left
        };
        let (reply, clock) = once(http, token, key, limit).await;
        let (error, wait) = match reply {
            Reply::Fresh(pair, features) => {
                return Outcome::Fresh {
                    pair,
                    features,
                    clock,
                };
            }
            Reply::Refused(refusal) => return Outcome::Refused { refusal, clock },
            Reply::Foreign(error) => return Outcome::Failed(error),
            Reply::NotSent(error) => {
                connects += 1;
                if connects >= CONNECTS {
                    return Outcome::Failed(error);
                }
                (error, jitter(pause))
            }
            Reply::Unknown(error) => {
                *doubt = true;
                (error, jitter(pause))
            }
            Reply::Later(error) => match error.retry_after().unwrap_or(pause) {
                wait if wait <= PATIENCE => (error, wait.max(pause)),
                _ => return Outcome::Failed(error),
            },
        };
        if wait >= until.saturating_duration_since(Instant::now()) {
            return Outcome::Failed(error);
        }
        tracing::debug!(cause = %error, "the refresh is sent again");
        sleep(wait).await;
        pause *= 2;
    }
}

/// Ends a refresh token at the server; whether the server accepts it no longer.
pub(crate) async fn blacklist(
    transport: &Transport,
    token: &SecretString,
    key: Option<&str>,
) -> Result<()> {
    let Some(path) = transport.http.endpoints.logout_path() else {
        return Err(Error::config(
            "this server has no path that ends a refresh token",
        ));
    };
    let exchange = post(&transport.http, &path, token, key);
    let answer = tokio::select! {
        biased;
        answer = exchange => answer,
        () = sleep(transport.limits.attempt) => return Err(Error::new(ErrorKind::Timeout)),
    };
    let (status, headers, body) = answer.map_err(|error| transport.http.failed(error))?;
    decide::blacklisted(status, &headers, &body)
}

/// What an exchange gives within a time. An answer that is there counts even if the time was over before it could be
/// looked at: a process that was stopped finds both, and must be given a moment to read.
async fn within<T>(limit: Duration, exchange: impl Future<Output = T>) -> Option<T> {
    let mut exchange = std::pin::pin!(exchange);
    let begin = Instant::now();
    tokio::select! {
        biased;
        answer = &mut exchange => return Some(answer),
        () = sleep(limit) => {}
    }
    let was_stopped = begin.elapsed() > limit + STOPPED;
    if was_stopped {
        timeout(STOPPED, exchange).await.ok()
    } else {
        None
    }
}

/// One try.
async fn once(http: &Http, token: &SecretString, key: &str, limit: Duration) -> (Reply, Reading) {
    let path = http.endpoints.path(Resource::Refresh);
    let sent = http.clock.millis();
    let answer = within(limit, post(http, &path, token, Some(key))).await;
    let received = http.clock.millis();
    let mut skew = None;
    let reply = match answer {
        None => Reply::Unknown(Error::new(ErrorKind::Timeout)),
        Some(Err(error)) => match http.failed(error) {
            error if matches!(error.kind(), ErrorKind::Unreachable(_)) => Reply::NotSent(error),
            error => Reply::Unknown(error),
        },
        Some(Ok((status, headers, body))) => {
            skew = Skew::of(&headers, sent, received);
            match decide::reply(status, &headers, body) {
                Reply::Fresh(pair, features) => Reply::Fresh(
                    pair.with_cookie(&headers, http.endpoints.cookie()),
                    features,
                ),
                reply => reply,
            }
        }
    };
    (reply, Reading { received, skew })
}

async fn post(
    http: &Http,
    path: &str,
    token: &SecretString,
    key: Option<&str>,
) -> reqwest::Result<(StatusCode, HeaderMap, Bytes)> {
    let mut request = http
        .client
        .post(http.url(path))
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .body(json!({ "refresh": token.expose_secret() }).to_string());
    if let Some(mut key) = key.and_then(|key| HeaderValue::from_str(key).ok()) {
        key.set_sensitive(true);
        request = request.header(KEY, key);
    }
    if let Some(name) = http.endpoints.cookie()
        && let Ok(mut cookie) = HeaderValue::try_from(format!("{name}={}", token.expose_secret()))
    {
        cookie.set_sensitive(true);
        request = request.header(COOKIE, cookie);
    }
    let mut response = request.send().await?;
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    Ok((status, headers, response.bytes().await?))
}
