//! One line a request: method, route, status, time, user, and the cause where it failed or was refused for a reason that
//! its answer does not tell.
//!
//! The route stands for the path. Where there is none, the path is shown as far as no token can be in it; a query never.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use aws_lc_rs::digest;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use super::client::{Client, Scheme};
use super::error::{Cause, Error, Refusal};
use super::flood::Flood;
use super::page::Page;
use super::room::Intake;
use crate::db::Id;
use crate::entropy::Entropy;

/// The signed-in user of an answer.
#[derive(Clone, Copy)]
pub(crate) struct Seen(pub(crate) Id);

/// The number of a request, which its log line, its answer (`X-Request-Id`) and its events share.
#[derive(Clone)]
enum RequestId {
    Own(u64),
    /// A trusted proxy's.
    Given(HeaderValue),
}

/// What a handler may know of a request beside the request itself.
#[derive(Clone)]
pub(crate) struct Context {
    id: RequestId,
    pub(crate) client: Option<IpAddr>,
    /// What the client asked a trusted proxy for: the host, and the scheme, which the server may know itself.
    pub(crate) host: Option<String>,
    pub(crate) scheme: Option<Scheme>,
    /// From which page it comes, where that is asked: only where cookies are used.
    pub(crate) page: Page,
    /// What may be taken of the request.
    pub(crate) intake: Arc<Intake>,
}

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Numbers the requests of one process. Nobody sees by the numbers how many there are.
pub(crate) struct RequestIds {
    process: String,
    secret: [u8; 32],
    next: AtomicU64,
    flood: Flood,
}

impl RequestIds {
    pub(crate) fn new(entropy: &Entropy) -> Self {
        Self {
            process: entropy.alphanumeric(8),
            secret: entropy.bytes(),
            next: AtomicU64::new(1),
            flood: Flood::default(),
        }
    }

    fn next(&self) -> RequestId {
        RequestId::Own(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// The number as everybody gets to see it: no other process has the same.
    pub(crate) fn text(&self, request: &Context) -> String {
        let number = match &request.id {
            RequestId::Own(number) => number,
            RequestId::Given(id) => return id.to_str().unwrap_or_default().to_owned(),
        };
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(&self.secret);
        hash.update(&number.to_le_bytes());
        let hash = hash.finish();
        let mut text = String::with_capacity(32);
        text.push_str(&self.process);
        text.push('-');
        text.push_str(&hex::encode(&hash.as_ref()[..8]));
        text
    }
}

impl RequestIds {
    /// Writes the line of a request, or counts it where there are many of its kind.
    fn write(
        &self,
        (id, client): (&str, Option<IpAddr>),
        method: &Method,
        route: &str,
        response: &Response,
        begun: Instant,
    ) {
        let client = client.map(tracing::field::display);
        let status = response.status().as_u16();
        let cause = response.extensions().get::<Cause>();
        let now = Instant::now();
        for (status, lines) in self.flood.left_out(now) {
            tracing::warn!("{lines} more lines of {status} were left out within a second");
        }
        let is_trouble = status >= 500 || [408, 429].contains(&status);
        let at = cause.map_or(0, |cause| cause.at.line());
        if is_trouble && !self.flood.admits((status, at), now) {
            return;
        }
        let ms = now.duration_since(begun).as_secs_f64() * 1000.0;
        let user = response.extensions().get::<Seen>().map(|seen| seen.0.0);
        if let Some(cause) = cause {
            tracing::error!(request.id = id, client.address = client, user.id = user, cause = ?cause, "{method} {route} {status} {ms:.1}ms");
        } else if let Some(Refusal(cause)) = response.extensions().get() {
            tracing::warn!(
                request.id = id,
                client.address = client,
                user.id = user,
                cause,
                "{method} {route} {status} {ms:.1}ms"
            );
        } else {
            tracing::info!(
                request.id = id,
                client.address = client,
                user.id = user,
                "{method} {route} {status} {ms:.1}ms"
            );
        }
    }
}

/// Runs a request to its answer, turns a panic into 500, and writes the line.
pub(crate) async fn logged<F>(
    ids: &RequestIds,
    mut request: Request,
    (client, intake, page): (&Client, &Arc<Intake>, Page),
    route: &str,
    run: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    let given = client.request_id.clone().map(RequestId::Given);
    let context = Context {
        id: given.unwrap_or_else(|| ids.next()),
        client: client.address,
        host: client.host.clone(),
        scheme: client.scheme,
        page,
        intake: intake.clone(),
    };
    let method = request.method().clone();
    let begun = Instant::now();
    request.extensions_mut().insert(context.clone());
    let outcome = AssertUnwindSafe(run(request)).catch_unwind().await;
    let mut response =
        outcome.unwrap_or_else(|_| Error::internal("a panic, see the line before").into_response());
    let id = ids.text(&context);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    ids.write((&id, client.address), &method, route, &response, begun);
    response
}

/// How much of a path is shown.
const SHOWN: usize = 200;
/// From this length on a part of a path is cut, since it may be a token; from half of it on where it has a digit.
const LONG: usize = 40;

/// A path that no route has, as the log shows it: without what a token may be, and not too long.
pub(crate) fn shown(path: &str) -> String {
    let mut shown = String::with_capacity(path.len().min(SHOWN + 8));
    for (at, part) in path.split('/').enumerate() {
        if at > 0 {
            shown.push('/');
        }
        if shown.len() > SHOWN {
            shown.push('…');
            break;
        }
        let has_digit = part.bytes().any(|byte| byte.is_ascii_digit());
        let is_long = part.len() >= if has_digit { LONG / 2 } else { LONG };
        let part = part.chars().take(if is_long { 8 } else { LONG });
        shown.extend(part.map(|char| if char.is_control() { '?' } else { char }));
        if is_long {
            shown.push('…');
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_without_tokens() {
        assert_eq!(shown("/wp-login.php"), "/wp-login.php");
        assert_eq!(shown("/api/posts/12"), "/api/posts/12");
        let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJqdGkiOiJ4In0.c2lnbmF0dXJl";
        assert_eq!(shown(&format!("/verify/{token}/x")), "/verify/eyJhbGci…/x");
        let reset = "/reset/MQ/abc123-0123456789abcdef0123456789abcdef/";
        assert_eq!(shown(reset), "/reset/MQ/abc123-0…/");
        assert_eq!(
            shown("/there-is-nothing-of-this-name/"),
            "/there-is-nothing-of-this-name/"
        );
        assert_eq!(shown("/a\u{7f}\u{85}é"), "/a??é");
        let long = shown(&"/part".repeat(1000));
        assert!(long.len() < 220 && long.ends_with('…'), "{long}");
    }
}
