//! One line a request: method, route, status, time, user, and the cause where it failed.
//!
//! Neither a path as it was sent nor a query is ever logged: tokens are found in both.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use super::error::{Cause, Error};
use crate::db::Id;
use crate::entropy::Entropy;

/// The signed-in user of an answer.
#[derive(Clone, Copy)]
pub(crate) struct Seen(pub(crate) Id);

/// The id of a request, which its log line, its answer (`X-Request-Id`) and its events share.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// Numbers the requests of one process.
pub(crate) struct RequestIds {
    process: String,
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(entropy: &Entropy) -> Self {
        Self {
            process: entropy.alphanumeric(8),
            next: AtomicU64::new(1),
        }
    }

    fn next(&self) -> RequestId {
        RequestId(format!(
            "{}-{}",
            self.process,
            self.next.fetch_add(1, Ordering::Relaxed)
        ))
    }
}

/// Runs a request to its answer, turns a panic into 500, and writes the line.
pub(crate) async fn logged<F>(
    ids: &RequestIds,
    mut request: Request,
    route: &str,
    run: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    let id = ids.next();
    let method = request.method().clone();
    let begun = Instant::now();
    request.extensions_mut().insert(id.clone());
    let outcome = AssertUnwindSafe(run(request)).catch_unwind().await;
    let mut response =
        outcome.unwrap_or_else(|_| Error::internal("a panic, see the line before").into_response());
    if let Ok(value) = HeaderValue::try_from(&id.0) {
        response.headers_mut().insert("x-request-id", value);
    }
    write(&id, &method, route, &response, begun);
    response
}

fn write(id: &RequestId, method: &Method, route: &str, response: &Response, begun: Instant) {
    let status = response.status().as_u16();
    let ms = begun.elapsed().as_secs_f64() * 1000.0;
    let user = response.extensions().get::<Seen>().map(|seen| seen.0.0);
    match response.extensions().get::<Cause>() {
        None => tracing::info!(
            request.id = id.0,
            user.id = user,
            "{method} {route} {status} {ms:.1}ms"
        ),
        Some(cause) => {
            tracing::error!(request.id = id.0, user.id = user, cause = ?cause, "{method} {route} {status} {ms:.1}ms");
        }
    }
}
