//! Posts: everyone signed in reads them, only the author changes one.

pub(crate) mod handlers;
pub(crate) mod list;
mod rows;
