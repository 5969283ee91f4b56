//! The API's resources, typed.

mod auth;
pub(crate) mod posts;
mod profile;
pub(crate) mod stream;
