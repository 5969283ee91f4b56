//! Failures that a test asks for: the n-th step of the database from now on fails. Release builds have none.
//!
//! A step is taking a connection, beginning, each statement, and both before and after a commit.

#[cfg(all(feature = "testing", debug_assertions))]
pub(super) use injected::Faults;
#[cfg(not(all(feature = "testing", debug_assertions)))]
pub(super) use none::Faults;

#[cfg(all(feature = "testing", debug_assertions))]
mod injected {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use crate::db::error::{Error, Result};

    /// Counts the steps to the failure.
    #[derive(Clone, Default)]
    pub(in crate::db) struct Faults(Arc<AtomicU32>);

    impl Faults {
        pub(in crate::db) fn set(&self, nth: u32) {
            self.0.store(nth, Ordering::SeqCst);
        }

        pub(in crate::db) fn left(&self) -> u32 {
            self.0.load(Ordering::SeqCst)
        }

        /// Passes one step, or fails as a lost connection does.
        pub(in crate::db) fn step(&self) -> Result<()> {
            let count = |left: u32| left.checked_sub(1);
            match self.0.try_update(Ordering::SeqCst, Ordering::SeqCst, count) {
                Ok(1) => Err(Error::Away("a test asked for this failure".to_owned())),
                _ => Ok(()),
            }
        }
    }
}

#[cfg(not(all(feature = "testing", debug_assertions)))]
mod none {
    use crate::db::error::Result;

    /// Nothing at all.
    #[derive(Clone, Default)]
    pub(in crate::db) struct Faults;

    impl Faults {
        #[expect(
            clippy::unused_self,
            clippy::unnecessary_wraps,
            reason = "the same shape as where tests ask for failures"
        )]
        pub(in crate::db) fn step(&self) -> Result<()> {
            Ok(())
        }
    }
}
