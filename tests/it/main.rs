//! The integration tests, in one binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod cli;
mod django;
mod posts;
mod process;
mod refresh;
mod requests;
mod schema;
mod tree;
mod tutorial;
mod wire;
