//! The end of a request: its page or its refusal becomes an answer.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::errors;
use super::response::{never_cache, page_of, redirect};
use super::staff::Staff;
use super::visit::{Outcome, Refusal, Visit};
use crate::http::log::Seen;
use crate::http::path;

/// Gives an answer its cookies and headers.
pub(super) fn finish(mut visit: Visit<'_>, outcome: Outcome) -> Response {
    let seen = visit.person.as_ref().map(Staff::id);
    let mut response = match outcome {
        Ok(page) => page_of(StatusCode::OK, page),
        Err(refusal) => refuse(&mut visit, refusal),
    };
    visit.set_cookies(response.headers_mut());
    never_cache(response.headers_mut(), visit.now);
    if let Some(seen) = seen {
        response.extensions_mut().insert(Seen(seen));
    }
    response
}

fn refuse(visit: &mut Visit<'_>, refusal: Refusal) -> Response {
    match refusal {
        Refusal::SignIn => {
            let next = path::quoted_parameter(&visit.here());
            redirect(&format!("{}login/?next={next}", visit.root()))
        }
        Refusal::Redirect(to) => redirect(&to),
        Refusal::Moved(to) => {
            let mut response = redirect(&to);
            *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
            response
        }
        Refusal::NotAllowed(allowed) => {
            let page = errors::not_allowed(visit);
            let mut response = page_of(StatusCode::METHOD_NOT_ALLOWED, page);
            let allowed = HeaderValue::from_static(allowed);
            response.headers_mut().insert(header::ALLOW, allowed);
            response
        }
        other => errors::response(visit, other),
    }
}
