//! The pages that set a password: another user's, or one's own.

use askama::Template;

use super::base::Page;
use super::field::{Choice, Field, Widget};
use super::parts::Html;

/// Sets the password of a user.
#[derive(Template)]
#[template(path = "admin/set_password.html")]
pub(crate) struct SetPasswordPage {
    pub(crate) page: Page,
    pub(crate) username: String,
    /// Whether he has a password that can be used.
    pub(crate) has_password: bool,
    pub(crate) errors: Vec<String>,
    /// `usable_password` where he has one, `password1`, `password2`.
    pub(crate) fields: Vec<Field>,
}

impl Html for SetPasswordPage {}

impl SetPasswordPage {
    pub(crate) fn wrong(&self) -> usize {
        usize::from(!self.errors.is_empty()) + Field::wrong(&self.fields)
    }
}

/// Changes one's own password.
#[derive(Template)]
#[template(path = "admin/own_password.html")]
pub(crate) struct OwnPasswordPage {
    pub(crate) page: Page,
    pub(crate) errors: Vec<String>,
    /// `old_password`, `new_password1`, `new_password2`
    pub(crate) fields: Vec<Field>,
}

impl Html for OwnPasswordPage {}

impl OwnPasswordPage {
    pub(crate) fn wrong(&self) -> usize {
        usize::from(!self.errors.is_empty()) + Field::wrong(&self.fields)
    }
}

/// One's own password was changed.
#[derive(Template)]
#[template(path = "admin/password_changed.html")]
pub(crate) struct PasswordChangedPage {
    pub(crate) page: Page,
}

impl Html for PasswordChangedPage {}

/// `usable_password`: whether a user may log in with a password.
pub(crate) fn usable_password(is_usable: bool, will_lose: bool) -> Field {
    let choice = |value: &str, label: &str, is_selected| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        is_selected,
    };
    let choices = vec![
        choice("true", "Enabled", is_usable),
        choice("false", "Disabled", !is_usable),
    ];
    let field = Field::new(
        "usable_password",
        "Password-based authentication",
        Widget::Radio(choices),
    )
    .with_help(
        "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able to authenticate using other backends, such as Single Sign-On or LDAP.",
    );
    if will_lose {
        return field.with_help("If disabled, the current password for this user will be lost.");
    }
    field
}

/// A new password, twice; `rules` says what it must be.
pub(crate) fn new_password(
    names: [&'static str; 2],
    labels: [&str; 2],
    rules: Vec<String>,
    is_required: bool,
) -> [Field; 2] {
    let field = |name, label: &str, help| Field {
        name,
        label: label.to_owned(),
        is_required,
        has_focus: false,
        help,
        errors: Vec::new(),
        widget: Widget::Password {
            autocomplete: "new-password",
        },
        add: None,
    };
    let again = vec!["Enter the same password as before, for verification.".to_owned()];
    [
        field(names[0], labels[0], rules),
        field(names[1], labels[1], again),
    ]
}
