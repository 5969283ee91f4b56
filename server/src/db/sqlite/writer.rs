//! The one writer: transactions that wait share a commit, each in a savepoint of its own.
//!
//! Nobody is answered before the commit is on the disk. What one refuses, breaks or panics at is rolled back to its
//! savepoint, and its neighbours' writes stay. Where the disk or the commit fails nothing stays, all are told so, and
//! the connection is not used again.

use std::time::{Duration, Instant};

use super::handle::Handle;
use super::identity::Identity;
use super::job::{Job, Jobs, Taken};
use crate::db::conn::{Inner, Tx};
use crate::db::error::{Error, Result};
use crate::db::faults::Faults;
use crate::db::user_table::UserTable;

/// How many transactions share a commit at most,
const MOST: usize = 128;
/// and after what time no further one is taken along, so that none waits long for others.
const BUDGET: Duration = Duration::from_millis(2);

/// The writer at work on one connection.
pub(super) struct Writer<'h> {
    pub(super) handle: Handle<'h>,
    pub(super) jobs: &'h Jobs,
    pub(super) files: &'h Identity,
    pub(super) faults: &'h Faults,
    pub(super) users: UserTable,
}

/// Jobs that are done, each with the reason if it came to nothing.
type Done = Vec<(Box<dyn Job>, Option<Error>)>;

impl Writer<'_> {
    /// Writes until the queue is closed (`true`) or the connection has failed.
    pub(super) fn run(&mut self, first: Taken<'_>) -> bool {
        let mut next = Some(first);
        while let Some((first, turn)) = next {
            let mut done = Vec::new();
            let is_sound = self.commit(vec![first], MOST, &mut done);
            drop(turn);
            for (job, failure) in done {
                job.answer(failure);
            }
            if !is_sound {
                return false;
            }
            next = self.jobs.take();
        }
        true
    }

    /// Commits a group and what comes along, `most` jobs in all. `false` where the connection is not to be used again.
    fn commit(&mut self, mut group: Vec<Box<dyn Job>>, most: usize, done: &mut Done) -> bool {
        let failed = self.transaction(&mut group, most).err();
        let was_rolled_back = failed.is_some() && self.handle.execute("ROLLBACK", &[]).is_ok();
        let (failure, is_sound) = match failed {
            None => (None, true),
            // a constraint that is looked at in the end: nobody says who broke it, so each tries alone
            Some(error) if error.is_retryable() && was_rolled_back && group.len() > 1 => {
                let mut is_sound = true;
                for job in group {
                    is_sound &= self.commit(vec![job], 1, done);
                }
                return is_sound;
            }
            Some(error) if error.is_retryable() && was_rolled_back => (Some(error), true),
            Some(error @ Error::Busy(_)) => {
                // who came while another process had the lock would only wait as long again
                group.extend(std::iter::from_fn(|| self.jobs.take_along()));
                (Some(error), false)
            }
            // what this connection holds is all that is left of the files: it is closed in order, at the end
            Some(error) if was_rolled_back && self.files.check().is_err() => (Some(error), true),
            Some(error) if error.is_passing() => (Some(error), false),
            Some(error) => (Some(Error::Away(error.to_string())), false),
        };
        done.extend(group.into_iter().map(|job| (job, failure.clone())));
        is_sound
    }

    /// One transaction of a group and of what comes along, `most` jobs in all.
    fn transaction(&mut self, group: &mut Vec<Box<dyn Job>>, most: usize) -> Result<()> {
        self.faults.step()?;
        self.handle.execute("BEGIN IMMEDIATE", &[])?;
        self.files.know_log();
        let begun = Instant::now();
        let mut at = 0;
        while let Some(job) = group.get_mut(at) {
            self.handle.execute("SAVEPOINT body", &[])?;
            let is_to_stay = {
                let mut tx = Tx::new(Inner::Sqlite(self.handle.again()), self.faults, self.users);
                job.run(&mut tx)?
            };
            if !is_to_stay {
                self.handle.execute("ROLLBACK TO body", &[])?;
            }
            self.handle.execute("RELEASE body", &[])?;
            at += 1;
            if at < most && begun.elapsed() < BUDGET {
                group.extend(self.jobs.take_along());
            }
        }
        self.faults.step()?;
        self.files.check()?;
        self.handle.execute("COMMIT", &[])?;
        // a server may be lost after the database has committed
        self.faults.step()
    }
}
