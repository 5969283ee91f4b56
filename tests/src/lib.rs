//! The harness: what the integration tests need around the server.

pub mod django;
pub mod postgres;
pub mod schema;
pub mod sql;
mod watched;
