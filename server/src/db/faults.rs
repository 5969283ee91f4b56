//! Failures that a test asks for: the n-th step of the database from now on fails. Other builds have none.
//!
//! A step is taking a connection, beginning, each statement, and both before and after a commit.

use super::error::{Error, Result};

/// Counts the steps to the failure; nothing at all where no test asks for one.
#[derive(Clone, Default)]
pub(super) struct Faults {
    #[cfg(all(feature = "testing", debug_assertions))]
    left: std::sync::Arc<std::sync::atomic::AtomicU32>,
}

impl Faults {
    /// Passes one step, or fails as a lost connection does.
    pub(super) fn step(&self) -> Result<()> {
        if self.count() == Some(1) {
            return Err(Error::Away("a test asked for this failure".to_owned()));
        }
        Ok(())
    }

    #[cfg(not(all(feature = "testing", debug_assertions)))]
    #[expect(
        clippy::unused_self,
        reason = "the same shape as where tests ask for failures"
    )]
    fn count(&self) -> Option<u32> {
        None
    }
}

#[cfg(all(feature = "testing", debug_assertions))]
impl Faults {
    fn count(&self) -> Option<u32> {
        use std::sync::atomic::Ordering::SeqCst;
        let next = |left: u32| left.checked_sub(1);
        self.left.try_update(SeqCst, SeqCst, next).ok()
    }

    /// Lets the `nth` step from now on fail, once.
    pub(super) fn set(&self, nth: u32) {
        self.left.store(nth, std::sync::atomic::Ordering::SeqCst);
    }

    /// How many steps are left to the failure; 0 once it has happened.
    pub(super) fn left(&self) -> u32 {
        self.left.load(std::sync::atomic::Ordering::SeqCst)
    }
}
