//! The admin site: Django's URLs, forms, sessions and history, on pages of our own.
//!
//! A request begins in [`answer`]: `site.rs` says which page its path is, `visit.rs` who asks and with which form. Rights
//! are looked at by each page (`staff.rs`). What can be done with a model follows from its declaration (`models/`):
//! `list/` shows its rows, `form/` adds and changes them, `delete.rs` deletes them, `history.rs` tells what was done. What a page
//! looks like is in `pages/` and its templates, which know none of this.

mod csrf;
mod dates;
mod delete;
mod errors;
mod form;
mod history;
mod index;
mod kept_passwords;
mod layout;
mod list;
mod log;
mod login;
mod messages;
mod models;
mod object;
mod own_password;
mod pages;
mod password;
mod permissions;
mod preserved;
mod session;
mod site;
mod staff;
mod tables;
mod token_session_rows;
mod token_sessions;
mod visit;
mod words;

use secrecy::SecretString;

pub(crate) use site::answer;

use self::kept_passwords::Kept;
use self::messages::Messages;
use self::session::Sessions;
use self::tables::Tables;
use crate::db::{self, Db};

/// What the admin knows of its database, and what it signs with.
pub(crate) struct Admin {
    sessions: Sessions,
    messages: Messages,
    tables: Tables,
    kept: Kept,
}

impl Admin {
    /// Looks whether the database has what the admin needs: a sentence where it has not.
    pub(crate) async fn open(db: &Db, secret: &SecretString) -> db::Result<Result<Self, String>> {
        let tables = Tables::look(db).await?;
        Ok(tables.map(|tables| Self {
            sessions: Sessions::new(secret),
            messages: Messages::new(secret),
            tables,
            kept: Kept::default(),
        }))
    }
}
