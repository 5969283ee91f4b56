//! How the admin site looks: each page is plain data and a template of `templates/admin/`. Nothing here knows a
//! request, a database or a model; what is shown is text, and every text is escaped.

mod assets;
mod base;
mod delete;
mod error;
mod field;
mod form;
mod history;
mod index;
mod list;
mod logged_out;
mod login;
mod parts;
mod password;
mod popup;
mod sessions;
#[cfg(test)]
mod tests;

pub(crate) use assets::{SCRIPT, STYLE};
pub(crate) use base::{App, Level, Message, Model, Page, SignedIn};
pub(crate) use delete::{DeletePage, Deleted, Node, Verdict};
pub(crate) use error::ErrorPage;
pub(crate) use field::{Choice, Field, Widget};
pub(crate) use form::{Buttons, Fieldset, FormPage};
pub(crate) use history::{Entry, HistoryPage};
pub(crate) use index::{Done, IndexPage, PasswordFormat, Passwords, RecentAction};
pub(crate) use list::{
    Actions, Column, Filter, FilterChoice, Filters, ListPage, Results, Row, Search, Sort, Sorted,
};
pub(crate) use logged_out::LoggedOutPage;
pub(crate) use login::LoginPage;
pub(crate) use parts::{Count, Html, Link, PageLink, Paging, Text, Time, Value};
pub(crate) use password::{
    OwnPasswordPage, PasswordChangedPage, SetPasswordPage, new_password, usable_password,
};
pub(crate) use popup::PopupPage;
pub(crate) use sessions::{ReuseEvent, Session, SessionsPage};
