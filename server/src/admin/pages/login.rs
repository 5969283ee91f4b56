//! The page on which a person signs in.

use askama::Template;

use super::base::Page;
use super::field::{Field, Widget};
use super::parts::Html;

#[derive(Template)]
#[template(path = "admin/login.html")]
pub(crate) struct LoginPage {
    pub(crate) page: Page,
    /// Where the form goes: this page with its query.
    pub(crate) action: String,
    pub(crate) next: String,
    /// Who is signed in, and is no staff.
    pub(crate) signed_in_as: Option<String>,
    /// What is wrong with the two together.
    pub(crate) errors: Vec<String>,
    pub(crate) fields: [Field; 2],
}

impl Html for LoginPage {}

impl LoginPage {
    /// The page as it is first shown. `page.title` should be "Log in".
    pub(crate) fn new(page: Page, action: String, next: String, username: String) -> Self {
        let username = Widget::Text {
            value: username,
            max_length: Some(150),
            autocomplete: "username",
        };
        let password = Widget::Password {
            autocomplete: "current-password",
        };
        Self {
            page,
            action,
            next,
            signed_in_as: None,
            errors: Vec::new(),
            fields: [
                Field::required("username", "Username", username).with_focus(),
                Field::required("password", "Password", password),
            ],
        }
    }

    /// Lets people sign in by their mail address.
    pub(crate) fn ask_for_address(&mut self) {
        "Email address".clone_into(&mut self.fields[0].label);
        if let Widget::Text { max_length, .. } = &mut self.fields[0].widget {
            *max_length = Some(254);
        }
    }

    pub(crate) fn wrong_fields(&self) -> usize {
        Field::wrong(&self.fields)
    }

    pub(crate) fn is_wrong(&self) -> bool {
        !self.errors.is_empty() || self.wrong_fields() > 0
    }
}
