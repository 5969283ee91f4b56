//! The clean-up: rows that expired are removed in small transactions, out of the way of requests.
//!
//! A token's rows go once it has expired, by the slowest clock among the replicas and by the time that has surely passed. A rotation's row goes when
//! parent *and* successor have: until then somebody may show the parent, and the row tells whose chain is to end.

mod rows;
pub(crate) mod schedule;
pub(crate) mod slack;
mod sweep;
mod watermark;

pub use schedule::flush_expired_tokens;
pub use sweep::Flushed;
pub(crate) use sweep::{flush, flush_sessions};
pub(crate) use watermark::Watermark;
