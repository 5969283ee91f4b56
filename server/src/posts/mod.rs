//! Posts: everyone signed in reads them, only the author changes one.

mod cursor;
pub(crate) mod handlers;
pub(crate) mod list;
mod once;
mod once_rows;
mod page_rows;
mod paged;
mod post;
mod rows;
mod search;
mod search_rows;
mod target;
pub(crate) mod told;
pub(crate) mod turns;
