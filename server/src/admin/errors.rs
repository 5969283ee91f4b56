//! The pages of what was refused or failed: what happened, and what to do.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::layout;
use super::pages::{ErrorPage, Html, Page};
use super::response::page_of;
use super::visit::{Refusal, Visit};
use crate::http::error::{self, Error};
use crate::http::html;

/// Django's page of a 404, where there is no admin.
pub(super) fn nothing() -> Response {
    html::django(StatusCode::NOT_FOUND)
}

/// What a request comes to whose form or session could not be read.
pub(super) fn unread(error: Error) -> Response {
    let plain = error.into_response();
    let status = plain.status();
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<title>{status}</title>\n</head>\n<body>\n<h1>{status}</h1>\n<p>The request could not be answered just now. Nothing was changed. Try again in a moment.</p>\n</body>\n</html>\n"
    );
    with_cause_of(plain, page_of(status, text))
}

/// The page of a request without the method that it was made with.
pub(super) fn not_allowed(visit: &mut Visit<'_>) -> String {
    let page = frame(visit, "Method not allowed (405)");
    ErrorPage::not_allowed(page).html()
}

/// A refusal as a page.
pub(super) fn response(visit: &mut Visit<'_>, refusal: Refusal) -> Response {
    let page = frame(visit, "");
    match refusal {
        Refusal::Forbidden => {
            let reason = "You do not have the right that this page needs.";
            page_of(
                StatusCode::FORBIDDEN,
                ErrorPage::forbidden(page, reason).html(),
            )
        }
        Refusal::Csrf(why) => {
            let mut response = page_of(StatusCode::FORBIDDEN, ErrorPage::csrf(page).html());
            let why = error::Refusal(why.to_owned());
            response.extensions_mut().insert(why);
            response
        }
        Refusal::BadRequest(why) => {
            let reason = "This address asks for something that the site does not give.";
            let html = ErrorPage::bad_request(page, reason).html();
            let mut response = page_of(StatusCode::BAD_REQUEST, html);
            response.extensions_mut().insert(error::Refusal(why));
            response
        }
        Refusal::Failed(error) => {
            let wait = match &error {
                Error::Throttled(seconds) => Some(*seconds),
                _ => None,
            };
            let reason = if error.is_of_rule() {
                error::RULE
            } else {
                "The request could not be read."
            };
            let plain = error.into_response();
            let status = plain.status();
            let html = match (status, wait) {
                (_, Some(seconds)) => ErrorPage::too_many(page, seconds).html(),
                (StatusCode::SERVICE_UNAVAILABLE, _) => ErrorPage::unavailable(page).html(),
                (StatusCode::INTERNAL_SERVER_ERROR, _) => ErrorPage::defect(page).html(),
                _ => ErrorPage::bad_request(page, reason).html(),
            };
            with_cause_of(plain, page_of(status, html))
        }
        _ => page_of(StatusCode::NOT_FOUND, ErrorPage::not_found(page).html()),
    }
}

/// What is around an error: messages wait for a page of their own, and who is not signed in has no form to send.
fn frame(visit: &mut Visit<'_>, title: &str) -> Page {
    let (waiting, is_used) = (visit.take_messages(), visit.csrf.is_used);
    let page = layout::page(visit, title);
    visit.keep_messages(waiting);
    visit.csrf.is_used = is_used || visit.staff().is_ok();
    page
}

/// Hands on why it failed, for the log, and when to try again.
fn with_cause_of(mut plain: Response, mut page: Response) -> Response {
    std::mem::swap(page.extensions_mut(), plain.extensions_mut());
    if let Some(wait) = plain.headers_mut().remove(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    page
}
