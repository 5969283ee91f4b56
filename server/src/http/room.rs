//! What requests and answers may take: how much memory their bodies have together, how long a body may take to come, and
//! how many are parsed at once.
//!
//! A body below [`SMALL`] does not count. One of [`LARGE`] and more is parsed on a thread of its own, since a client could
//! take time from all others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout, timeout_at};

use super::error::Error;
use crate::settings::{Limits, Seconds, Size};

/// Below it a body takes hardly more than its connection does.
pub(crate) const SMALL: usize = 4 * 1024;
/// From how many bytes on a body is large. Parsing less takes well under a millisecond.
pub(super) const LARGE: usize = 64 * 1024;

const KIB: usize = 1024;
/// How long a body waits for room.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many answers that are made may wait for room.
const WAITING: usize = 64;
/// How many bodies are parsed at once, each of which takes a few times its size meanwhile.
static PARSERS: Semaphore = Semaphore::const_new(2);

/// The limits of what is taken, and the memory that all bodies share.
pub(crate) struct Intake {
    /// The longest body that is read.
    pub(super) longest_body: usize,
    /// The longest path with its query.
    pub(crate) longest_url: usize,
    /// How long an answer may take.
    pub(crate) request_time: Duration,
    body_time: Duration,
    stall_time: Duration,
    memory: Memory,
}

impl Intake {
    pub(crate) fn of(limits: &Limits) -> Self {
        let seconds = |time: Seconds| Duration::from_secs(time.get().unsigned_abs());
        let bytes = |size: Size| usize::try_from(size.get()).unwrap_or(usize::MAX);
        Self {
            longest_body: bytes(limits.body),
            longest_url: bytes(limits.url),
            request_time: seconds(limits.request_time),
            body_time: seconds(limits.body_time),
            stall_time: seconds(limits.stall_time),
            memory: Memory::of(bytes(limits.memory), bytes(limits.body)),
        }
    }

    /// Room for a body of so many bytes that is to be read.
    ///
    /// # Errors
    /// 503 where there is none for long.
    pub(super) async fn for_body(&self, bytes: usize) -> Result<Room, Error> {
        self.memory.for_body(bytes).await
    }

    /// Room for so many bytes of an answer that is to be made.
    ///
    /// # Errors
    /// 503 where there is none for long.
    pub(crate) async fn for_answer(&self, bytes: usize) -> Result<Room, Error> {
        self.memory.for_answer(bytes).await
    }

    /// Room for an answer that is made, where there is room at once.
    pub(super) fn at_once(&self, bytes: usize) -> Option<Room> {
        self.memory.at_once(bytes)
    }

    /// Room for an answer that is made. It takes memory while it waits, so few may.
    ///
    /// # Errors
    /// 503 where there is none for long.
    pub(super) async fn for_made(&self, bytes: usize) -> Result<Room, Error> {
        match self.memory.at_once(bytes) {
            Some(room) => Ok(room),
            None if self.memory.made.load(Ordering::Relaxed) >= WAITING => Err(full()),
            None => {
                let _waiting = Waiting::new(&self.memory.made);
                self.memory.for_answer(bytes).await
            }
        }
    }

    /// How many wait for room.
    pub(crate) fn pressure(&self) -> Arc<AtomicUsize> {
        self.memory.pressure.clone()
    }

    /// When a body that begins to come now has to have come.
    pub(super) fn end_of_body(&self) -> Instant {
        Instant::now() + self.body_time
    }

    /// What comes of a body before its end, and without a long pause.
    ///
    /// # Errors
    /// 408 where it does not.
    pub(super) async fn arriving<T>(
        &self,
        part: impl Future<Output = T>,
        end: Instant,
    ) -> Result<T, Error> {
        let end = end.min(Instant::now() + self.stall_time);
        (timeout_at(end, part).await).map_err(|_| Error::too_slow())
    }
}

/// The memory for bodies, in KiB. Bodies of requests have three quarters at most, so that those that come slowly leave
/// room for answers.
struct Memory {
    all: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
    kib: usize,
    bodies_kib: usize,
    /// How many wait.
    pressure: Arc<AtomicUsize>,
    /// How many of them wait for an answer that is made.
    made: AtomicUsize,
}

impl Memory {
    fn of(memory: usize, longest_body: usize) -> Self {
        let kib = (memory / KIB).min(Semaphore::MAX_PERMITS);
        let bodies_kib = (kib / 4 * 3).max(longest_body.div_ceil(KIB)).min(kib);
        Self {
            all: Arc::new(Semaphore::new(kib)),
            bodies: Arc::new(Semaphore::new(bodies_kib)),
            kib,
            bodies_kib,
            pressure: Arc::default(),
            made: AtomicUsize::default(),
        }
    }

    async fn for_body(&self, bytes: usize) -> Result<Room, Error> {
        let among_bodies = self
            .taken(&self.bodies, permits(bytes, self.bodies_kib))
            .await?;
        let room = self.for_answer(bytes).await?;
        Ok(Room {
            _among_bodies: Some(among_bodies),
            ..room
        })
    }

    async fn for_answer(&self, bytes: usize) -> Result<Room, Error> {
        Ok(Room {
            _among_bodies: None,
            all: self.taken(&self.all, permits(bytes, self.kib)).await?,
        })
    }

    async fn taken(&self, all: &Arc<Semaphore>, kib: u32) -> Result<OwnedSemaphorePermit, Error> {
        if let Ok(permit) = all.clone().try_acquire_many_owned(kib) {
            return Ok(permit);
        }
        let _waiting = Waiting::new(&self.pressure);
        match timeout(PATIENCE, all.clone().acquire_many_owned(kib)).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(full()),
        }
    }

    fn at_once(&self, bytes: usize) -> Option<Room> {
        let all = self.all.clone();
        let all = all.try_acquire_many_owned(permits(bytes, self.kib)).ok()?;
        Some(Room {
            _among_bodies: None,
            all,
        })
    }
}

/// One who waits.
struct Waiting<'m>(&'m AtomicUsize);

impl<'m> Waiting<'m> {
    fn new(pressure: &'m AtomicUsize) -> Self {
        pressure.fetch_add(1, Ordering::Relaxed);
        Self(pressure)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What exceeds all that there is takes all that there is.
fn permits(bytes: usize, most: usize) -> u32 {
    u32::try_from(bytes.div_ceil(KIB).min(most)).unwrap_or(u32::MAX)
}

/// 503: what is under way takes all the memory that it may.
pub(super) fn full() -> Error {
    Error::overloaded("bodies take all the memory that they may (limits.memory)")
}

/// A part of the memory, given back when it is dropped.
pub(crate) struct Room {
    _among_bodies: Option<OwnedSemaphorePermit>,
    all: OwnedSemaphorePermit,
}

impl Room {
    /// Gives back what is more than so many bytes, or waits for what is missing.
    ///
    /// # Errors
    /// 503 where there is none for long.
    pub(crate) async fn fit(&mut self, bytes: usize, intake: &Intake) -> Result<(), Error> {
        let (has, needs) = (self.all.num_permits(), bytes.div_ceil(KIB));
        drop(self.all.split(has.saturating_sub(needs)));
        if needs > has {
            let missing = intake.for_answer((needs - has) * KIB).await?;
            self.all.merge(missing.all);
        }
        Ok(())
    }
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
    use crate::settings::Settings;
    use axum::response::IntoResponse;
    use futures_util::future::join_all;

    fn status(error: Error) -> u16 {
        error.into_response().status().as_u16()
    }

    fn intake(toml: &str) -> Intake {
        Intake::of(&Settings::from_toml(toml).unwrap().limits)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_waits_for_room_and_not_for_ever() {
        let memory = Memory::of(400 * KIB, 10 * KIB);
        let most = memory.for_body(299 * KIB + 1).await.unwrap();
        let refused = memory.for_body(1).await.err().map(status);
        assert_eq!(refused, Some(503));
        let waits = memory.for_body(300 * KIB);
        let frees = async {
            tokio::time::sleep(PATIENCE / 2).await;
            drop(most);
        };
        let (waited, ()) = tokio::join!(waits, frees);
        assert!(waited.is_ok());
        drop(waited);
        assert_eq!(memory.pressure.load(Ordering::Relaxed), 0);
        assert_eq!(memory.all.available_permits(), 400);
        assert_eq!(memory.bodies.available_permits(), 300);
    }

    #[tokio::test]
    async fn bodies_leave_room_for_answers() {
        let intake = intake("limits = { memory = '16MiB', body = '1MiB' }");
        let _bodies = intake.for_body(12 * 1024 * KIB).await.unwrap();
        assert!(intake.at_once(4 * 1024 * KIB + 1).is_none());
        let mut room = intake.at_once(4 * 1024 * KIB).unwrap();
        room.fit(KIB + 1, &intake).await.unwrap();
        assert!(intake.at_once(4 * 1024 * KIB - KIB).is_none());
        assert!(intake.at_once(4 * 1024 * KIB - 2 * KIB).is_some());
        room.fit(3 * KIB, &intake).await.unwrap();
        assert!(intake.at_once(4 * 1024 * KIB - 2 * KIB).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn of_answers_that_are_made_few_wait() {
        let intake = intake("limits.memory = '16MiB'");
        let all = intake.for_answer(16 * 1024 * KIB).await.unwrap();
        // those who have made nothing yet are no burden
        let unmade: Vec<_> = (0..2 * WAITING).map(|_| intake.for_answer(KIB)).collect();
        let made: Vec<_> = (0..=WAITING).map(|_| intake.for_made(KIB)).collect();
        let frees = async {
            tokio::time::sleep(PATIENCE / 2).await;
            drop(all);
        };
        let (unmade, made, ()) = tokio::join!(join_all(unmade), join_all(made), frees);
        assert!(unmade.iter().all(Result::is_ok));
        assert_eq!(made.iter().filter(|made| made.is_err()).count(), 1);
        assert_eq!(intake.memory.made.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_body_has_room_in_a_small_memory() {
        let memory = Memory::of(16 * KIB, 16 * KIB);
        assert!(memory.for_body(16 * KIB).await.is_ok());
        // a multipart body with files
        assert!(memory.for_body(17 * KIB).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_comes_too_slowly_is_given_up() {
        let intake = intake("limits = { stall_time = '5s', body_time = '30s' }");
        let (begun, end) = (Instant::now(), intake.end_of_body());
        let never = intake.arriving(std::future::pending::<()>(), end).await;
        assert_eq!(never.err().map(status), Some(408));
        assert_eq!(begun.elapsed(), Duration::from_secs(5));
        let mut parts = 0;
        let drops = loop {
            let part = tokio::time::sleep(Duration::from_secs(4));
            match intake.arriving(part, end).await {
                Ok(()) => parts += 1,
                Err(error) => break status(error),
            }
        };
        assert_eq!((drops, parts), (408, 6));
        assert_eq!(begun.elapsed(), Duration::from_secs(30));
    }
}
