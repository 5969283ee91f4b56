//! The admin site: Django's URLs, forms, sessions and history, on pages of our own.
//!
//! A request begins in [`answer`]: `site.rs` says which page its path is, `visit.rs` who asks and with which form. Rights
//! are looked at by each page (`staff.rs`). What can be done with a model follows from its declaration (`models/`):
//! `list/` shows its rows, `form/` adds and changes them, `delete.rs` deletes them, `history.rs` tells what was done. What a page
//! looks like is in `pages/` and its templates, which know none of this.

mod allowed;
mod chosen_password;
mod cookies;
mod csrf;
mod dates;
mod delete;
mod errors;
mod files;
mod finish;
mod form;
mod hash_counts;
mod history;
mod index;
mod kept_passwords;
mod layout;
mod links;
mod list;
mod log;
mod log_rows;
mod login;
mod messages;
mod models;
mod object;
mod own_password;
mod pages;
mod password;
mod password_summary;
mod permission_rows;
mod popup;
mod preserved;
mod response;
mod rights;
mod session;
mod session_rows;
mod site;
mod staff;
mod staff_rows;
mod state;
mod tables;
mod token_session_rows;
mod token_sessions;
mod visit;
mod words;

pub(crate) use site::answer;
pub(crate) use state::{Admin, obstacle};
