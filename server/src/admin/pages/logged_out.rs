//! The page after signing out.

use askama::Template;

use super::base::Page;
use super::parts::Html;

#[derive(Template)]
#[template(path = "admin/logged_out.html")]
pub(crate) struct LoggedOutPage {
    pub(crate) page: Page,
}

impl Html for LoggedOutPage {}
