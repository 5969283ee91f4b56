//! Whether a request is sent again by itself: only where that was asked for, and does no harm.

use std::time::Duration;

use reqwest::{Method, StatusCode};

use super::response::Response;
use crate::api_error::retry_after;
use crate::body::Body;
use crate::error::Result;

/// The longest wait that a server may ask for.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is left of the tries.
pub(super) struct Again {
    left: u32,
    pause: Duration,
    /// Whether it may be done twice: deleting twice would answer that there was nothing to delete.
    twice: bool,
}

impl Again {
    /// A request with a key that the server knows again may be sent again, and is, once at least.
    pub(super) fn of(method: &Method, body: &Body, retries: u32, has_key: bool) -> Self {
        let retries = if has_key { retries.max(1) } else { retries };
        let is_idempotent = (method.is_idempotent() || has_key) && !body.is_once();
        Self {
            left: if is_idempotent { retries } else { 0 },
            pause: Duration::from_millis(200),
            twice: *method != Method::DELETE,
        }
    }

    /// How long to wait before it is sent again; `None` where this is the outcome.
    pub(super) fn after(&mut self, outcome: &Result<Response>) -> Option<Duration> {
        if self.left == 0 {
            return None;
        }
        let (asked, is_for_later) = match outcome {
            Ok(answer) => {
                let is_for_later = match answer.status() {
                    StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => true,
                    StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => self.twice,
                    _ => false,
                };
                (retry_after(answer.headers()), is_for_later)
            }
            Err(error) => {
                let is_safe = self.twice || !error.may_have_been_done();
                (error.retry_after(), error.is_transient() && is_safe)
            }
        };
        let pause = asked.unwrap_or_default().max(self.pause);
        if !is_for_later || pause > PATIENCE {
            return None;
        }
        self.left -= 1;
        self.pause *= 2;
        Some(pause)
    }
}
