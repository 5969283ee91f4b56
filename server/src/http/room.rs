//! Room for large bodies: how much of them is in memory at once, and how many are parsed at once.
//!
//! A body below [`LARGE`] is read and parsed where its request is. Above, a client could take memory and time from all
//! others: so a large one waits for room before it is read, and is parsed on a thread of its own.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::error::Error;

/// From how many bytes on a body is large. Parsing less takes well under a millisecond.
pub(super) const LARGE: usize = 64 * 1024;

const KIB: usize = 1024;
/// How many KiB of large bodies are in memory at once: 25 of the longest that Django takes, or 4 with files.
static ROOM: Semaphore = Semaphore::const_new(64 * 1024);
/// How long a body waits for room.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a body may take to arrive once it has room.
const ARRIVAL: Duration = Duration::from_mins(1);
/// How many bodies are parsed at once, each of which takes a few times its size meanwhile.
static PARSERS: Semaphore = Semaphore::const_new(2);

/// A part of the memory for large bodies, given back when it is dropped.
pub(crate) struct Room(#[expect(dead_code, reason = "held")] SemaphorePermit<'static>);

impl Room {
    /// Room for so many bytes.
    ///
    /// # Errors
    /// 503 where there is none for long.
    pub(super) async fn of(bytes: usize) -> Result<Self, Error> {
        Self::in_all(&ROOM, bytes).await
    }

    async fn in_all(all: &'static Semaphore, bytes: usize) -> Result<Self, Error> {
        let kib = u32::try_from(bytes.div_ceil(KIB)).unwrap_or(u32::MAX);
        match timeout(PATIENCE, all.acquire_many(kib)).await {
            Ok(Ok(permit)) => Ok(Self(permit)),
            _ => Err(Error::overloaded(
                "large bodies take all the memory that they may",
            )),
        }
    }
}

/// What arrives in time.
///
/// # Errors
/// 408 where it does not.
pub(super) async fn arriving<T>(body: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(ARRIVAL, body)
        .await
        .unwrap_or_else(|_| Err(Error::too_slow()))
}

/// Runs what parses a large body on a thread of its own, a few at once.
pub(super) async fn parsing<T: Send + 'static>(
    parse: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let permit = PARSERS.acquire().await.map_err(Error::internal)?;
    let parsed = spawn_blocking(move || {
        // held by the thread: it goes on where the client is gone
        let _permit = permit;
        parse()
    });
    parsed.await.map_err(Error::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;

    fn status(error: Error) -> u16 {
        error.into_response().status().as_u16()
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_waits_for_room_and_not_for_ever() {
        static ALL: Semaphore = Semaphore::const_new(100);
        let most = Room::in_all(&ALL, 99 * KIB + 1).await.unwrap();
        let refused = Room::in_all(&ALL, 1).await.err().map(status);
        assert_eq!(refused, Some(503));
        let waits = tokio::spawn(Room::in_all(&ALL, 100 * KIB));
        tokio::time::sleep(PATIENCE / 2).await;
        drop(most);
        assert!(waits.await.unwrap().is_ok());
        assert_eq!(ALL.available_permits(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_comes_too_slowly_is_given_up() {
        let never = std::future::pending::<Result<(), Error>>();
        assert_eq!(arriving(never).await.err().map(status), Some(408));
    }
}
