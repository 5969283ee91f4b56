//! Where callers and the threads that hash meet: jobs join the line through a door, and wake a thread.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::line::Line;
use crate::throttle::Attempt;

/// The handle of the callers: when it is dropped, the threads end.
pub(super) struct Door<J>(Arc<Counter<J>>);

/// The line, and what wakes the threads behind it.
pub(super) struct Counter<J> {
    state: Mutex<State<J>>,
    has_changed: Condvar,
}

struct State<J> {
    line: Line<J>,
    is_closed: bool,
}

impl<J> Drop for Door<J> {
    fn drop(&mut self) {
        self.0.state().is_closed = true;
        self.0.has_changed.notify_all();
    }
}

impl<J> Door<J> {
    /// A line before so many threads, in which so many wait at most.
    pub(super) fn new(threads: usize, most: usize) -> Self {
        Self(Arc::new(Counter {
            state: Mutex::new(State {
                line: Line::new(threads, most),
                is_closed: false,
            }),
            has_changed: Condvar::new(),
        }))
    }

    /// What a thread needs.
    pub(super) fn counter(&self) -> Arc<Counter<J>> {
        Arc::clone(&self.0)
    }

    /// Whether a job of this attempt would be let in.
    pub(super) fn has_room(&self, attempt: &Attempt) -> bool {
        let state = self.0.state();
        state.line.has_room(attempt.shares(), attempt.is_known())
    }

    /// Lets a job join. Whoever has to leave for it, perhaps this one, learns it by the drop of his job.
    pub(super) fn join(&self, job: J, attempt: &Attempt) {
        let shares = attempt.shares().map(str::to_owned).collect();
        let gone = (self.0.state().line).join(job, shares, attempt.is_known());
        self.0.has_changed.notify_one();
        drop(gone);
    }

    /// How many wait in the line.
    pub(super) fn waiting(&self) -> usize {
        self.0.state().line.waiting()
    }

    /// How long the line is.
    pub(super) fn wait(&self) -> Duration {
        self.0.state().line.wait()
    }
}

impl<J> Counter<J> {
    fn state(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next job; none when the door is gone and the line is empty.
    pub(super) fn next(&self) -> Option<J> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.line.next() {
                return Some(job);
            }
            if state.is_closed {
                return None;
            }
            let woken = self.has_changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends a job, and says how long it took where it hashed.
    pub(super) fn end(&self, took: Option<Duration>) {
        let gone = self.state().line.end(took);
        drop(gone);
    }
}
