//! What was done to an object.

use askama::Template;

use super::base::Page;
use super::parts::{Html, Paging, Time};

#[derive(Template)]
#[template(path = "admin/history.html")]
pub(crate) struct HistoryPage {
    pub(crate) page: Page,
    pub(crate) entries: Vec<Entry>,
    pub(crate) paging: Paging,
}

impl Html for HistoryPage {}

pub(crate) struct Entry {
    pub(crate) time: Time,
    /// `alan (Alan Turing)`
    pub(crate) user: String,
    /// `Changed Email address and Staff status.`
    pub(crate) action: String,
}
