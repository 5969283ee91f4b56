//! The database: SQL written once, run on SQLite and on PostgreSQL.
//!
//! [`Db::read`] runs a body on a [`Conn`], [`Db::write`] in a transaction, a [`Tx`], which comes to its end whether or
//! not the client is still there. Statements go through the `sql!` macro, with `$1` parameters, which both databases
//! take, and give tuples, or structs whose columns `columns!` names; what differs between the two lives in the types
//! [`Id`] and [`Moment`]. On SQLite a body runs on a thread of the engine (`sqlite/`), on PostgreSQL it is awaited. A
//! failure is an [`Error`], which says what follows from it.

mod body;
pub(crate) mod bulk;
mod codes;
mod conn;
mod connect;
mod connections;
mod dates;
mod encryption;
mod error;
mod faults;
mod fitness;
mod hosts;
pub(crate) mod meta;
pub(crate) mod migrate;
mod migrations;
mod parameters;
mod passfile;
mod pool;
mod postgres;
mod query;
mod row;
pub(crate) mod search_index;
mod sqlite;
pub(crate) mod statement;
pub(crate) mod tables;
mod types;
mod user_model;
mod user_table;

pub(crate) use conn::{Conn, Dialect, Raw, Tx, Work};
pub(crate) use connect::{ConnectError, Url};
pub(crate) use dates::Dates;
pub use dates::Zone;
pub use error::Error;
pub(crate) use error::Result;
pub(crate) use pool::Db;
pub(crate) use query::{Name, Query, Value};
pub(crate) use row::{Column, FromRow, Row, columns};
pub(crate) use sqlite::{BackupFailure, back_up, bereft, lack_of_files};
pub(crate) use statement::sql;
pub use types::{Id, Moment};

pub(crate) use user_model::{NewColumn, UserModel};
pub(crate) use user_table::UserTable;
