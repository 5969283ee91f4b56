//! What every handler gets.

use crate::db::Db;
use crate::keys::Keys;

#[derive(Clone)]
pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) keys: Keys,
}
