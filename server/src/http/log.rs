//! One line a request: method, route, status, time, user, and the cause where it failed.
//!
//! Neither a path as it was sent nor a query is ever logged: tokens are found in both.

use std::fmt::Write;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use super::error::{Cause, Error};
use crate::db::Id;
use crate::entropy::Entropy;

/// The signed-in user of an answer.
#[derive(Clone, Copy)]
pub(crate) struct Seen(pub(crate) Id);

/// The number of a request, which its log line, its answer (`X-Request-Id`) and its events share.
#[derive(Clone, Copy)]
pub(crate) struct RequestId(u64);

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
        RequestId(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// The number as everybody gets to see it: no other process has the same.
    pub(crate) fn text(&self, RequestId(number): RequestId) -> String {
        let mut text = String::with_capacity(32);
        text.push_str(&self.process);
        // writing to a text never fails
        let _ = write!(text, "-{number}");
        text
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
    request.extensions_mut().insert(id);
    let outcome = AssertUnwindSafe(run(request)).catch_unwind().await;
    let mut response =
        outcome.unwrap_or_else(|_| Error::internal("a panic, see the line before").into_response());
    let id = ids.text(id);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    write(&id, &method, route, &response, begun);
    response
}

fn write(id: &str, method: &Method, route: &str, response: &Response, begun: Instant) {
    let status = response.status().as_u16();
    let ms = begun.elapsed().as_secs_f64() * 1000.0;
    let user = response.extensions().get::<Seen>().map(|seen| seen.0.0);
    match response.extensions().get::<Cause>() {
        None => tracing::info!(
            request.id = id,
            user.id = user,
            "{method} {route} {status} {ms:.1}ms"
        ),
        Some(cause) => {
            tracing::error!(request.id = id, user.id = user, cause = ?cause, "{method} {route} {status} {ms:.1}ms");
        }
    }
}
