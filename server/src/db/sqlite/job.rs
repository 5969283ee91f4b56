//! A job for a thread: the body of a read or of a transaction, and who waits for what it finds out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};
use std::thread;

use tokio::sync::oneshot;

use super::queue::{Queue, Turn};
use crate::db::conn::{Tx, Work};
use crate::db::error::{Error, Result};

/// What a thread does for somebody.
pub(super) trait Job: Send {
    /// Runs the body to its end; whether what it wrote is to stay. It may be run again.
    ///
    /// # Errors
    /// The database itself failed: nothing that this connection has not committed can stay.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<bool>;

    /// Lets whoever waits know what the last run found out, or why it came to nothing.
    fn answer(self: Box<Self>, failure: Option<Error>);
}

/// Jobs that wait.
pub(super) type Jobs = Queue<Box<dyn Job>>;

/// A job that a thread has taken.
pub(super) type Taken<'j> = (Box<dyn Job>, Turn<'j, Box<dyn Job>>);

/// What a body came to; `Err` is its panic.
pub(super) type Found<T> = thread::Result<Result<T>>;

struct Asked<T, F> {
    body: F,
    found: Option<Found<T>>,
    answer: oneshot::Sender<Found<T>>,
}

/// A job for a body, and where its answer comes. No answer comes where the threads have ended.
pub(super) fn job<T, F>(body: F) -> (Box<dyn Job>, oneshot::Receiver<Found<T>>)
where
    T: Send + 'static,
    F: for<'t, 'c> FnMut(&'t mut Tx<'c>) -> Work<'t, T> + Send + 'static,
{
    let (answer, found) = oneshot::channel();
    let asked = Asked {
        body,
        found: None,
        answer,
    };
    (Box::new(asked), found)
}

impl<T, F> Job for Asked<T, F>
where
    T: Send,
    F: for<'t, 'c> FnMut(&'t mut Tx<'c>) -> Work<'t, T> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<bool> {
        // what a panic left half done is rolled back: neither the body nor the connection is left in between
        let found = catch_unwind(AssertUnwindSafe(|| finish((self.body)(tx))));
        let end = match &found {
            Ok(Ok(_)) => Ok(!tx.is_abandoned()),
            Ok(Err(error)) if error.breaks() || matches!(error, Error::Busy(_)) => {
                Err(error.clone())
            }
            Ok(Err(_)) | Err(_) => Ok(false),
        };
        self.found = Some(found);
        end
    }

    fn answer(self: Box<Self>, failure: Option<Error>) {
        let found = failure.map(|error| Ok(Err(error))).or(self.found);
        if let Some(found) = found {
            // whoever went away needs no answer
            let _ = self.answer.send(found);
        }
    }
}

/// Runs a body to its end. On SQLite each of its statements is ready at once.
fn finish<T>(mut work: Work<'_, T>) -> Result<T> {
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(found) => found,
        Poll::Pending => Err(Error::Failed(
            "a defect: the body of a read or a transaction waited for something else than its database"
                .to_owned(),
        )),
    }
}
