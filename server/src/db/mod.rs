//! The database: SQL written once, run on SQLite and on PostgreSQL.
//!
//! [`Db::read`] gives a [`Conn`]; [`Db::write`] runs a transaction in a task of its own, so that it
//! comes to its end whether or not the client is still there. Statements go through the `sql!` macro,
//! with `$1` parameters, which both databases take; what differs between the two lives in the types
//! [`Id`] and [`Moment`]. A failure is an [`Error`], which says what follows from it.

mod connect;
mod error;
mod faults;
pub(crate) mod meta;
pub(crate) mod migrate;
mod migrations;
mod pool;
pub(crate) mod statement;
mod types;

pub(crate) use connect::{ConnectError, Url};
pub use error::Error;
pub(crate) use error::Result;
pub(crate) use pool::{Conn, Db, Dialect, Raw, Tx};
pub(crate) use statement::sql;
pub use types::{Id, Moment};
