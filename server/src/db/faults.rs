//! Failures that a test asks for: the n-th step of the database from now on fails. Release builds have none.
//!
//! A step is taking a connection, beginning, each statement, and both before and after a commit.

#[cfg(debug_assertions)]
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// Counts the steps to the failure; nothing at all in a release build.
#[derive(Clone, Default)]
pub(super) struct Faults(#[cfg(debug_assertions)] Arc<AtomicU32>);

impl Faults {
    /// Passes one step, or fails as a lost connection does.
    #[cfg(debug_assertions)]
    pub(super) fn step(&self) -> sqlx::Result<()> {
        let left = self
            .0
            .try_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if left == Ok(1) {
            let cause = std::io::Error::other("a test asked for this failure");
            return Err(sqlx::Error::Io(cause));
        }
        Ok(())
    }

    #[cfg(not(debug_assertions))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "the same shape as in debug builds"
    )]
    pub(super) fn step(&self) -> sqlx::Result<()> {
        Ok(())
    }
}

#[cfg(debug_assertions)]
impl super::Db {
    /// Lets the `nth` step from now on fail, once: for tests, in debug builds alone.
    #[doc(hidden)]
    pub fn fail_at(&self, nth: u32) {
        self.faults.0.store(nth, Ordering::SeqCst);
    }

    /// How many steps are left to the failure; 0 once it has happened.
    #[doc(hidden)]
    pub fn steps_to_failure(&self) -> u32 {
        self.faults.0.load(Ordering::SeqCst)
    }
}
