//! The integration tests, in one binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod django;
mod posts;
mod process;
mod random;
mod refresh;
mod requests;
mod schema;
mod tree;
mod tutorial;
mod wire;
