//! The API's resources, typed.

pub(crate) mod auth;
pub(crate) mod posts;
mod profile;
mod stream;
