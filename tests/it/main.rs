//! The integration tests, in one binary.

mod accounts;
mod django;
mod posts;
mod process;
mod refresh;
mod requests;
mod schema;
mod tree;
mod tutorial;
mod wire;
