//! Where jobs wait for a thread, and who is woken for them.
//!
//! A thread that is awake takes one job after the other until none waits: waking another costs more than most jobs.
//! Another one is woken where many wait and a core is left for it, or where those that are awake have long jobs: the one
//! that fell asleep last, whose connection has the most in memory. Those that are never needed open none.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

/// For how many jobs that wait one awake thread is enough,
const PER_THREAD: usize = 32;
/// as long as one of them took a job within this time.
const PATIENCE: Duration = Duration::from_millis(2);

/// The jobs of one kind of threads.
pub(super) struct Queue<J> {
    state: Mutex<State<J>>,
    /// One bed for each thread.
    beds: Box<[Condvar]>,
    /// How many threads can be at work at once.
    cores: usize,
}

/// A thread's work on a job: it ends before the job is answered.
pub(super) struct Turn<'q, J>(&'q Queue<J>);

impl<J> Drop for Turn<'_, J> {
    fn drop(&mut self) {
        self.0.lock().at_work -= 1;
    }
}

struct State<J> {
    waiting: VecDeque<J>,
    /// When a thread took a job last, or was called.
    moved: Instant,
    /// Turns under way.
    at_work: usize,
    /// Threads that do not sleep, and those that were called.
    awake: usize,
    /// The beds of those that sleep, the last to fall asleep at the end; and those that are empty.
    asleep: Vec<usize>,
    empty: Vec<usize>,
    is_closed: bool,
}

impl<J> Queue<J> {
    /// For this many threads, each of which calls [`Queue::take`] until there is nothing more.
    pub(super) fn new(threads: usize) -> Self {
        Self {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                moved: Instant::now(),
                at_work: 0,
                awake: threads,
                asleep: Vec::with_capacity(threads),
                empty: (0..threads).collect(),
                is_closed: false,
            }),
            beds: (0..threads).map(|_| Condvar::new()).collect(),
            cores: thread::available_parallelism().map_or(1, usize::from),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().expect("nobody panics with this lock")
    }

    /// Adds a job; drops it where the queue is closed.
    pub(super) fn push(&self, job: J) {
        let mut state = self.lock();
        if !state.is_closed {
            state.waiting.push_back(job);
            self.call(state);
        }
    }

    /// Waits for a job; `None` once the queue is closed and empty.
    pub(super) fn take(&self) -> Option<(J, Turn<'_, J>)> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.waiting.pop_front() {
                state.moved = Instant::now();
                state.at_work += 1;
                self.call(state);
                return Some((job, Turn(self)));
            }
            state.awake -= 1;
            if state.is_closed {
                return None;
            }
            let bed = state.empty.pop().expect("there is a bed for each thread");
            state.asleep.push(bed);
            while state.asleep.contains(&bed) {
                let woken = self.beds[bed].wait(state);
                state = woken.expect("nobody panics with this lock");
            }
            state.empty.push(bed);
        }
    }

    /// The next job, if one waits: the thread takes it along.
    pub(super) fn take_along(&self) -> Option<J> {
        self.lock().waiting.pop_front()
    }

    /// How many jobs wait.
    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// How many threads are at work or wanted.
    pub(super) fn at_work(&self) -> usize {
        let state = self.lock();
        state.at_work + state.waiting.len().min(1)
    }

    /// Takes no more jobs; those that wait are done.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        for bed in std::mem::take(&mut state.asleep) {
            state.awake += 1;
            self.beds[bed].notify_one();
        }
    }

    /// Wakes a thread where those that are awake are too few.
    fn call(&self, mut state: MutexGuard<'_, State<J>>) {
        let (waiting, awake) = (state.waiting.len(), state.awake);
        if is_wanted(waiting, awake, self.cores, || state.moved.elapsed())
            && let Some(bed) = state.asleep.pop()
        {
            state.awake += 1;
            state.moved = Instant::now();
            drop(state);
            self.beds[bed].notify_one();
        }
    }
}

/// Whether another thread would help so many jobs that wait, where the last one was taken so long ago: asked for only
/// where it counts, since to look at the clock costs a part of a job.
fn is_wanted(waiting: usize, awake: usize, cores: usize, since: impl FnOnce() -> Duration) -> bool {
    let are_few = waiting > awake * PER_THREAD && awake < cores;
    waiting > 0 && (awake == 0 || are_few || since() > PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_threads_are_awake_than_cores_unless_a_job_takes_long() {
        let (now, long_ago) = (|| Duration::ZERO, || PATIENCE * 2);
        assert!(!is_wanted(0, 0, 2, now));
        assert!(is_wanted(1, 0, 2, now));
        assert!(!is_wanted(32, 1, 2, now));
        assert!(is_wanted(33, 1, 2, now));
        assert!(!is_wanted(1_000, 2, 2, now));
        assert!(is_wanted(1_000, 2, 16, now));
        assert!(is_wanted(1, 2, 2, long_ago));
        assert!(!is_wanted(0, 2, 2, long_ago));
    }
}
