//! The page of a request that was refused or failed: what happened, and what to do.

use askama::Template;

use super::base::Page;
use super::parts::{Html, Link, Text};

#[derive(Template)]
#[template(path = "admin/error.html")]
pub(crate) struct ErrorPage {
    pub(crate) page: Page,
    /// What happened.
    pub(crate) reason: String,
    /// What to do.
    pub(crate) advice: Vec<Text>,
}

impl Html for ErrorPage {}

impl ErrorPage {
    fn new(mut page: Page, title: &str, reason: impl Into<String>, advice: Vec<Text>) -> Self {
        title.clone_into(&mut page.title);
        Self {
            page,
            reason: reason.into(),
            advice,
        }
    }

    /// 400
    pub(crate) fn bad_request(page: Page, reason: &str) -> Self {
        let home = home(&page, "Begin again at the ");
        Self::new(page, "Bad Request (400)", reason, vec![home])
    }

    /// 403 for want of a right, which `reason` names.
    pub(crate) fn forbidden(page: Page, reason: &str) -> Self {
        let advice = vec![
            "Ask a superuser for the right, if you need it.".into(),
            home(&page, "What you may do is on the "),
        ];
        Self::new(page, "403 Forbidden", reason, advice)
    }

    /// 403 for a form that does not come from a page of ours.
    pub(crate) fn csrf(page: Page) -> Self {
        let advice = vec![
            "Go back, load the page again and send the form once more: you may have signed in or out in another tab since it was shown.".into(),
            "If it happens again, let your browser keep cookies for this site.".into(),
        ];
        Self::new(
            page,
            "Forbidden (403)",
            "CSRF verification failed. Request aborted.",
            advice,
        )
    }

    /// 404
    pub(crate) fn not_found(page: Page) -> Self {
        let home = home(&page, "Look for it from the ");
        Self::new(
            page,
            "Page not found",
            "We’re sorry, but the requested page could not be found.",
            vec![home],
        )
    }

    /// 405
    pub(crate) fn not_allowed(page: Page) -> Self {
        let reason = "This page can’t be opened so: it takes a form that is sent to it.";
        let home = home(&page, "Begin again at the ");
        Self::new(page, "Method not allowed (405)", reason, vec![home])
    }

    /// 500
    pub(crate) fn defect(page: Page) -> Self {
        let advice = "The server’s log has a line with the number that this answer’s X-Request-Id names; tell it to whoever runs this service.";
        Self::new(
            page,
            "Server Error (500)",
            "Something went wrong that should not.",
            vec![advice.into()],
        )
    }

    /// 429
    pub(crate) fn too_many(page: Page, seconds: u64) -> Self {
        let unit = if seconds == 1 { "second" } else { "seconds" };
        Self::new(
            page,
            "Too many requests (429)",
            "There were too many failed attempts to log in.",
            vec![format!("Wait {seconds} {unit}, then try again.").into()],
        )
    }

    /// 503
    pub(crate) fn unavailable(page: Page) -> Self {
        Self::new(
            page,
            "Service unavailable (503)",
            "The database can’t be used just now. Nothing was changed.",
            vec!["Try again in a moment. If it stays so, the server’s log says why.".into()],
        )
    }
}

fn home(page: &Page, before: &str) -> Text {
    Text::with_link(before, Link::new("first page", page.root.clone()), ".")
}
