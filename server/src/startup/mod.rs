//! What happens before a server serves, in this order: open the database, migrate or refuse, find the secret key,
//! agree with the other servers of the database.

pub(crate) mod adoption;
pub(crate) mod agreement;
pub(crate) mod certificate;
mod database;
mod error;
pub(crate) mod keys;
mod pair;
pub(crate) mod project;
pub(crate) mod remarks;
pub(crate) mod ring;
pub(crate) mod rotation;
pub(crate) mod secret;

pub use database::Migrations;
pub(crate) use database::{
    database_url, no_database, open, open_database, open_migrated, refuse_djangos,
};
pub use error::OpenError;
pub(crate) use error::not_looked_at;
