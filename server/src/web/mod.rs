//! The wire: what Django REST framework does to every request and answer, without knowing any feature.

pub(crate) mod auth;
pub(crate) mod body;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod body_readers;
mod charset;
mod charset_bytes;
mod charset_names;
pub(crate) mod error;
pub(crate) mod fields;
mod filename;
mod form;
mod header_params;
mod headers;
pub(crate) mod health;
pub(crate) mod host;
pub(crate) mod json;
pub(crate) mod log;
mod media;
mod metadata;
mod multipart;
mod negotiate;
mod page;
pub(crate) mod path;
pub(crate) mod python;
mod unicode14;
pub(crate) mod view;
