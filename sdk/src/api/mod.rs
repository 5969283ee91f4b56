//! The API's resources, typed, and any list.

pub(crate) mod account;
mod array;
mod auth;
pub(crate) mod list;
pub(crate) mod posts;
mod profile;
pub(crate) mod stream;
