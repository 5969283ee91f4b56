//! Bodies that leave what they find in a place, so that what drives them on PostgreSQL is compiled once, and not for each.

use std::sync::{Arc, Mutex};

use super::conn::{Conn, Tx, Work};
use super::error::Result;

/// A body that reads. The argument says whether it may be run again.
pub(super) type Reading = Box<dyn for<'t, 'c> FnMut(&'t mut Conn<'c>, bool) -> Work<'t, ()> + Send>;

/// A body that writes, and may be run again.
pub(super) type Writing = Box<dyn for<'t, 'c> Fn(&'t mut Tx<'c>) -> Work<'t, ()> + Send + Sync>;

/// Where a body leaves what it found.
pub(super) struct Found<T>(Arc<Mutex<Option<T>>>);

impl<T: Send + 'static> Found<T> {
    fn new() -> Self {
        Self(Arc::default())
    }

    fn again(&self) -> Self {
        Self(self.0.clone())
    }

    /// What the last run found that came to its end.
    pub(super) fn take(&self) -> T {
        let found = self.0.lock().expect("nobody panics with this lock").take();
        found.expect("a body that succeeded left what it found")
    }

    fn left_by(self, work: Work<'_, T>) -> Work<'_, ()> {
        Box::pin(async move {
            let found: Result<T> = work.await;
            *self.0.lock().expect("nobody panics with this lock") = Some(found?);
            Ok(())
        })
    }
}

/// A body that reads, and what it will have found.
pub(super) fn reading<T, F>(body: F) -> (Reading, Found<T>)
where
    T: Send + 'static,
    F: for<'t, 'c> FnOnce(&'t mut Conn<'c>) -> Work<'t, T> + Clone + Send + 'static,
{
    let found = Found::new();
    let place = found.again();
    let mut body = Some(body);
    let reading: Reading = Box::new(move |conn, is_to_be_kept| {
        let now = if is_to_be_kept {
            body.clone()
        } else {
            body.take()
        };
        place
            .again()
            .left_by(now.expect("nobody runs what was not kept")(conn))
    });
    (reading, found)
}

/// A body that writes, and what it will have found.
pub(super) fn writing<T, F>(body: F) -> (Writing, Found<T>)
where
    T: Send + 'static,
    F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> Work<'t, T> + Send + Sync + 'static,
{
    let found = Found::new();
    let place = found.again();
    let writing: Writing = Box::new(move |tx| place.again().left_by(body(tx)));
    (writing, found)
}
