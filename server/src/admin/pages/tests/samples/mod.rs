//! A page of each kind; each text that is data goes through `t`.

mod forms;
mod lists;
mod others;
mod shared;

use super::super::*;
use forms::{add_user, own_password, set_password, token, user};
use lists::{empty_list, posts, users};
use others::{delete, delete_selected, empty_index, history, index, login, no_sessions, sessions};
use shared::{outside, page};

/// What makes a text of a sample.
type Data<'a> = &'a dyn Fn(&str) -> String;

/// A name for each page, and its HTML.
pub(super) fn samples(t: Data<'_>) -> Vec<(&'static str, String)> {
    let mut pages = vec![
        ("login", login(t, false).html()),
        ("login-wrong", login(t, true).html()),
        ("index", index(t).html()),
        ("index-empty", empty_index(t).html()),
        ("list", users(t).html()),
        ("list-posts", posts(t).html()),
        ("list-empty", empty_list(t, None).html()),
        ("list-none", empty_list(t, Some(t("?"))).html()),
        ("form", user(t, false).html()),
        ("form-wrong", user(t, true).html()),
        ("form-add", add_user(t).html()),
        ("form-view", token(t).html()),
        ("delete", delete(t, Verdict::Ask).html()),
        (
            "delete-forbidden",
            delete(t, Verdict::Forbidden(vec![t("post"), t("group")])).html(),
        ),
        ("delete-selected", delete_selected(t).html()),
        ("history", history(t, true).html()),
        ("history-empty", history(t, false).html()),
        ("set-password", set_password(t).html()),
        ("own-password", own_password(t).html()),
        ("sessions", sessions(t).html()),
        ("sessions-empty", no_sessions(t).html()),
    ];
    let simple = |title: &str| page(t, title);
    pages.extend([
        (
            "password-changed",
            PasswordChangedPage {
                page: simple("Password change successful"),
            }
            .html(),
        ),
        (
            "popup",
            PopupPage {
                page: Page {
                    is_popup: true,
                    ..outside(t, "Popup closing…")
                },
                said: t("The user “ada” was added."),
                response: t("{}"),
            }
            .html(),
        ),
        (
            "logged-out",
            LoggedOutPage {
                page: outside(t, "Logged out"),
            }
            .html(),
        ),
        (
            "error-400",
            ErrorPage::bad_request(simple(""), &t("Filtering by password isn’t allowed.")).html(),
        ),
        (
            "error-403",
            ErrorPage::forbidden(simple(""), &t("You may not delete users.")).html(),
        ),
        ("error-csrf", ErrorPage::csrf(outside(t, "")).html()),
        ("error-404", ErrorPage::not_found(simple("")).html()),
        ("error-429", ErrorPage::too_many(outside(t, ""), 42).html()),
        ("error-503", ErrorPage::unavailable(outside(t, "")).html()),
    ]);
    pages
}
