//! Where a user is logged in: his live sessions, and refresh tokens that were used twice.

use askama::Template;

use super::base::Page;
use super::parts::{Html, Time};

#[derive(Template)]
#[template(path = "admin/sessions.html")]
pub(crate) struct SessionsPage {
    pub(crate) page: Page,
    pub(crate) username: String,
    pub(crate) sessions: Vec<Session>,
    /// Whether the person may end them: the button `end` with a session's id, and the button `end_all`.
    pub(crate) may_end: bool,
    /// The newest first.
    pub(crate) reuse: Vec<ReuseEvent>,
}

impl Html for SessionsPage {}

/// A chain of refresh tokens of which one can still be used.
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) begun: Time,
    /// `None` where it was never refreshed.
    pub(crate) refreshed: Option<Time>,
    pub(crate) expires: Time,
}

/// A refresh token was used a second time by somebody else.
pub(crate) struct ReuseEvent {
    pub(crate) time: Time,
    /// When the session had begun, where that is known.
    pub(crate) begun: Option<Time>,
    /// What happened, and what was done.
    pub(crate) text: String,
}
