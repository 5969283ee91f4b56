//! What the admin knows of its database, and what it signs with.

use secrecy::SecretString;

use super::hash_counts::Kept;
use super::messages::Messages;
use super::session::Sessions;
use super::tables::Tables;
use crate::db::{self, Db};

/// What the admin knows of its database, and what it signs with.
pub(crate) struct Admin {
    pub(super) sessions: Sessions,
    pub(super) messages: Messages,
    pub(super) tables: Tables,
    pub(super) hashes: Kept,
}

impl Admin {
    /// Looks whether the database has what the admin needs: a sentence where it has not.
    pub(crate) async fn open(db: &Db, secret: &SecretString) -> db::Result<Result<Self, String>> {
        let tables = Tables::look(db).await?;
        Ok(tables.map(|tables| Self {
            sessions: Sessions::new(secret),
            messages: Messages::new(secret),
            tables,
            hashes: Kept::default(),
        }))
    }
}

/// Why a database can't have the admin site; none where it can.
pub(crate) async fn obstacle(db: &Db) -> db::Result<Option<String>> {
    Ok(Tables::look(db).await?.err())
}
