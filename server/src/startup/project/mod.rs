//! A Django project that is to be moved: what it says of itself, and the settings with which Gatepost does the same.

mod ask;
mod error;
mod judge;
mod routes;
mod seen;
mod told;
mod url;

pub(crate) use ask::{Program, ask};
pub(crate) use judge::judge;
