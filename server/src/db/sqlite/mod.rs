//! The SQLite engine: statements run on threads of ours, each of which holds a connection for life.
//!
//! A request sends what it wants as one job, and waits once. `handle.rs` lends the connections, `queue.rs` is where jobs
//! wait, `job.rs` is a body and its answer, `writer.rs` lets jobs share a commit, `engine.rs` runs the
//! threads, `identity.rs` watches the files, `place.rs` looks what lies beside one that is to be opened;
//! `backup.rs` copies a file as a whole.

mod backup;
mod engine;
mod handle;
mod identity;
mod job;
mod place;
mod queue;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use backup::{BackupFailure, back_up};
pub(super) use engine::{Engine, Use};
pub(super) use handle::Handle;
pub(crate) use place::{bereft, lack_of_files};
