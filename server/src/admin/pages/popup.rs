//! What stands in a window that another page opened, when what it was opened for is done.

use askama::Template;

use super::base::Page;
use super::parts::Html;

#[derive(Template)]
#[template(path = "admin/popup.html")]
pub(crate) struct PopupPage {
    pub(crate) page: Page,
    pub(crate) said: String,
    /// The same in JSON, for the page that opened the window.
    pub(crate) response: String,
}

impl Html for PopupPage {}
