//! Every form of the admin that changes something, filled in so that it would.

use super::rows::Rows;
use super::tab::{Form, PASSWORD};

/// A form, where it is sent to and with what.
pub(super) struct Filled {
    pub(super) path: String,
    pub(super) fields: Form,
    /// What it is answered where it is taken.
    pub(super) status: u16,
}

const NEW: &str = "AnotherPassword456!";

/// All of them but those of sign-in and sign-out: paths, fields, and what they are answered.
const FORMS: &[(&str, &[(&str, &str)])] = &[
    ("/admin/auth/group/add/", &[("name", "readers")]),
    (
        "/admin/auth/group/{group}/change/",
        &[("name", "editors"), ("_continue", "1")],
    ),
    ("/admin/posts/post/add/", POST),
    ("/admin/posts/post/{post}/change/", POST),
    (
        "/admin/auth/user/add/",
        &[("username", "eve"), ("password1", NEW), ("password2", NEW)],
    ),
    (
        "/admin/auth/user/{user}/change/",
        &[
            ("username", "bob"),
            ("is_active", "on"),
            ("is_superuser", "on"),
            ("date_joined_0", "2026-01-01"),
            ("date_joined_1", "09:00:00"),
        ],
    ),
    (
        "/admin/auth/user/{user}/password/",
        &[
            ("password1", NEW),
            ("password2", NEW),
            ("set-password", "1"),
        ],
    ),
    ("/admin/auth/user/{user}/sessions/", &[("end_all", "1")]),
    (
        "/admin/token_blacklist/blacklistedtoken/add/",
        &[("token", "{live}")],
    ),
    (
        "/admin/token_blacklist/blacklistedtoken/{blacklisted}/change/",
        &[("token", "{outstanding}")],
    ),
    (
        "/admin/token_blacklist/blacklistedtoken/{blacklisted}/delete/",
        DELETE,
    ),
    ("/admin/posts/post/{post}/delete/", DELETE),
    ("/admin/auth/group/{group}/delete/", DELETE),
    ("/admin/auth/user/{user}/delete/", DELETE),
    (
        "/admin/posts/post/",
        &[
            ("action", "delete_selected"),
            ("_selected_action", "{post}"),
            ("post", "yes"),
        ],
    ),
    (
        "/admin/auth/user/",
        &[
            ("action", "delete_selected"),
            ("_selected_action", "{user}"),
            ("post", "yes"),
        ],
    ),
    (
        "/admin/password_change/",
        &[
            ("old_password", PASSWORD),
            ("new_password1", NEW),
            ("new_password2", NEW),
        ],
    ),
];

const POST: &[(&str, &str)] = &[("title", "New"), ("content", "words"), ("author", "{user}")];
const DELETE: &[(&str, &str)] = &[("post", "yes")];

/// The forms that somebody who is signed in sends, on these rows.
pub(super) fn forms(rows: &Rows) -> Vec<Filled> {
    let filled = |(path, fields): &(&str, &[(&str, &str)])| Filled {
        path: rows.named(path),
        fields: (fields.iter())
            .map(|(name, value)| ((*name).to_owned(), rows.named(value)))
            .collect(),
        status: 302,
    };
    let mut forms: Vec<_> = FORMS.iter().map(filled).collect();
    forms.push(Filled {
        path: "/admin/logout/".to_owned(),
        fields: Form::new(),
        status: 200,
    });
    forms
}
