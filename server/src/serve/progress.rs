//! What each connection is doing. Those that take more time than they may are found once in a while and cut off, so that
//! none needs a timer of its own.

use std::collections::HashMap;
use std::sync::atomic::{
    AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::bounds::Bounds;
use super::head::Head;

/// How often connections are looked at.
const EVERY: Duration = Duration::from_millis(500);
/// How much of an answer a client must read within `limits.stall_time`.
const LEAST_READ: u64 = 16 * 1024;
/// For how long a client may read too little of an answer while others wait for memory.
const UNDER_PRESSURE: Duration = Duration::from_secs(3);
/// A connection that was opened or had a request so many milliseconds ago is not closed for another one's sake.
const MOMENT: u64 = 500;

/// A connection of HTTP/1 that had no request for so many milliseconds needs no buffers.
const REST: u64 = 2_000;

/// Why a connection is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The head of its request does not come to its end.
    Head,
    /// Nothing is asked.
    Idle,
    /// What was asked for is not read.
    Unread,
    /// Another one needs its place.
    Place,
}

const WHYS: [Why; 4] = [Why::Head, Why::Idle, Why::Unread, Why::Place];

/// All connections of a server.
pub(super) struct Watch {
    bounds: Bounds,
    /// How many requests wait for memory.
    pressure: Arc<AtomicUsize>,
    begun: Instant,
    number: AtomicU64,
    open: Mutex<HashMap<u64, Arc<Progress>>>,
}

impl Watch {
    pub(super) fn new(bounds: Bounds, pressure: Arc<AtomicUsize>) -> Arc<Self> {
        Arc::new(Self {
            bounds,
            pressure,
            begun: Instant::now(),
            number: AtomicU64::new(0),
            open: Mutex::default(),
        })
    }

    /// Watches a connection for as long as the value lives.
    pub(super) fn watch(self: &Arc<Self>) -> Watched {
        let progress = Arc::new(Progress {
            begun: self.begun,
            moved: AtomicU64::new(elapsed(self.begun)),
            head_since: AtomicU64::new(NEVER),
            unread_since: AtomicU64::new(NEVER),
            read: AtomicU64::new(0),
            requests: AtomicU32::new(0),
            has_asked: AtomicBool::new(false),
            is_http2: AtomicBool::new(false),
            head: Mutex::default(),
            is_malformed: AtomicBool::new(false),
            answers: Mutex::default(),
            why: AtomicU8::new(0),
            cut: Notify::new(),
            is_served: AtomicBool::new(false),
            rest: Notify::new(),
        });
        let number = self.number.fetch_add(1, Relaxed);
        self.open().insert(number, progress.clone());
        Watched {
            watch: self.clone(),
            number,
            progress,
        }
    }

    /// Looks at them until it is dropped.
    pub(super) async fn look(self: Arc<Self>) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = elapsed(self.begun);
            let mut bounds = self.bounds;
            if self.pressure.load(Relaxed) > 0 {
                // who reads nothing holds what others wait for
                bounds.stall = bounds.stall.min(UNDER_PRESSURE);
            }
            for progress in self.open().values() {
                if let Some(why) = progress.overdue(now, &bounds) {
                    progress.cut(why);
                } else if progress.may_rest(now) {
                    progress.rest.notify_one();
                }
            }
        }
    }

    /// Closes the connection that has been without a request for longest; `false` where all have one.
    pub(super) fn make_place(&self) -> bool {
        let now = elapsed(self.begun);
        let open = self.open();
        let waiting = open.values().filter(|progress| progress.is_idle(now));
        // one that never had any first
        let order = |progress: &&Arc<Progress>| {
            let has_asked = progress.has_asked.load(Relaxed);
            (has_asked, progress.moved.load(Relaxed))
        };
        let longest = waiting.min_by_key(order);
        if let Some(progress) = longest {
            progress.cut(Why::Place);
        }
        longest.is_some()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Arc<Progress>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is watched.
pub(super) struct Watched {
    watch: Arc<Watch>,
    number: u64,
    pub(super) progress: Arc<Progress>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.watch.open().remove(&self.number);
    }
}

/// No such time.
const NEVER: u64 = u64::MAX;

/// What one connection is doing. Times are in milliseconds since the watch began.
pub(super) struct Progress {
    begun: Instant,
    /// When something last moved: it was opened, a request came, an answer was sent.
    moved: AtomicU64,
    /// Since when the head of a request has been coming.
    head_since: AtomicU64,
    /// Since when the client has read less than it must of what waits for it.
    unread_since: AtomicU64,
    /// How much it has read since.
    read: AtomicU64,
    /// How many requests are under way.
    requests: AtomicU32,
    has_asked: AtomicBool,
    is_http2: AtomicBool,
    /// The head that is coming.
    head: Mutex<Head>,
    is_malformed: AtomicBool,
    /// When the client last took something of each long answer, which HTTP/2 sends beside each other.
    answers: Mutex<Vec<Weak<AtomicU64>>>,
    why: AtomicU8,
    cut: Notify,
    /// Whether hyper has it, with its buffers.
    is_served: AtomicBool,
    rest: Notify,
}

impl Progress {
    /// Done when it is to be cut off.
    pub(super) async fn is_cut(&self) -> Why {
        self.cut.notified().await;
        WHYS[usize::from(self.why.load(Relaxed))]
    }

    fn cut(&self, why: Why) {
        self.why.store(why as u8, Relaxed);
        self.cut.notify_one();
    }

    /// Bytes came from the client; `false` where they are the head of no request.
    pub(super) fn received(&self, bytes: &[u8]) -> bool {
        if self.requests.load(Relaxed) > 0 {
            if !self.is_http2.load(Relaxed) {
                self.head().goes_on(bytes);
            }
            return true;
        }
        // empty lines before a request are none of it (RFC 9112, 2.2)
        let is_any = bytes.iter().any(|byte| !b"\r\n".contains(byte));
        if is_any && self.head_since.load(Relaxed) == NEVER {
            if !self.has_asked.load(Relaxed) && bytes.starts_with(b"PRI") {
                self.is_http2.store(true, Relaxed);
            }
            self.head_since.store(elapsed(self.begun), Relaxed);
        }
        if self.is_http2.load(Relaxed) {
            return true;
        }
        let is_head = self.head().takes(bytes);
        if !is_head {
            self.is_malformed.store(true, Relaxed);
        }
        is_head
    }

    /// Whether what came is the head of no request.
    pub(super) fn is_malformed(&self) -> bool {
        self.is_malformed.load(Relaxed)
    }

    /// The client takes nothing more for now.
    pub(super) fn blocked(&self) {
        if self.unread_since.load(Relaxed) == NEVER {
            self.read.store(0, Relaxed);
            self.unread_since.store(elapsed(self.begun), Relaxed);
        }
    }

    /// It has taken so much.
    pub(super) fn sent(&self, bytes: usize) {
        if self.unread_since.load(Relaxed) != NEVER {
            let before = self.read.fetch_add(bytes as u64, Relaxed);
            if before + bytes as u64 >= LEAST_READ {
                self.unread_since.store(NEVER, Relaxed);
            }
        }
    }

    /// It has taken everything.
    pub(super) fn sent_all(&self) {
        if self.unread_since.load(Relaxed) != NEVER {
            self.unread_since.store(NEVER, Relaxed);
        }
    }

    /// A request has come, which is under way for as long as the value lives. Its body is so long, where that is known.
    pub(super) fn request(self: &Arc<Self>, body: Option<u64>) -> UnderWay {
        self.requests.fetch_add(1, Relaxed);
        self.has_asked.store(true, Relaxed);
        self.head_since.store(NEVER, Relaxed);
        self.head().is_of_a_request(body);
        self.note();
        UnderWay(self.clone())
    }

    /// Watches how a long answer is taken.
    pub(super) fn answer(&self) -> Arc<AtomicU64> {
        let taken = Arc::new(AtomicU64::new(elapsed(self.begun)));
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|answer| answer.strong_count() > 0);
        answers.push(Arc::downgrade(&taken));
        taken
    }

    /// A part of a long answer was taken, or it is not the client who is waited for.
    pub(super) fn taken(&self, answer: &AtomicU64, is_waiting: bool) {
        let now = elapsed(self.begun);
        answer.store(if is_waiting { NEVER } else { now }, Relaxed);
        self.moved.store(now, Relaxed);
    }

    /// A request is over. What came behind it may be the head of another, which then comes since now.
    fn is_done(&self) {
        self.note();
        if self.requests.fetch_sub(1, Relaxed) == 1
            && !self.is_http2.load(Relaxed)
            && self.head().begins_another()
        {
            self.head_since.store(elapsed(self.begun), Relaxed);
        }
    }

    /// From now on hyper has it, or has it no more.
    pub(super) fn set_served(&self, is_served: bool) {
        self.is_served.store(is_served, Relaxed);
    }

    /// Done when it has been without a request for so long that nothing need be kept for it.
    pub(super) async fn rests(&self) {
        loop {
            self.rest.notified().await;
            // a request may have come meanwhile
            if self.may_rest(elapsed(self.begun)) {
                return;
            }
        }
    }

    fn may_rest(&self, now: u64) -> bool {
        self.is_served.load(Relaxed)
            && self.has_asked.load(Relaxed)
            && !self.is_http2.load(Relaxed)
            && self.is_at_rest()
            && !self.is_asking()
            && now.saturating_sub(self.moved.load(Relaxed)) > REST
    }

    /// Whether nothing is asked that has not been answered, and all answers are sent.
    pub(super) fn is_at_rest(&self) -> bool {
        self.requests.load(Relaxed) == 0 && self.unread_since.load(Relaxed) == NEVER
    }

    fn head(&self) -> MutexGuard<'_, Head> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self) {
        self.moved.store(elapsed(self.begun), Relaxed);
    }

    fn overdue(&self, now: u64, bounds: &Bounds) -> Option<Why> {
        let since =
            |time: &AtomicU64| Duration::from_millis(now.saturating_sub(time.load(Relaxed)));
        let has_stalled = |answer: &Weak<AtomicU64>| {
            (answer.upgrade()).is_some_and(|taken| since(&taken) > bounds.stall)
        };
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|answer| answer.strong_count() > 0);
        if since(&self.unread_since) > bounds.stall || answers.iter().any(has_stalled) {
            return Some(Why::Unread);
        }
        if self.requests.load(Relaxed) > 0 {
            return (since(&self.moved) > bounds.still).then_some(Why::Unread);
        }
        // HTTP/2 has more to say than requests
        if !self.is_http2.load(Relaxed) {
            let is_silent = !self.has_asked.load(Relaxed) && since(&self.moved) > bounds.head;
            if is_silent || since(&self.head_since) > bounds.head {
                return Some(Why::Head);
            }
        }
        let is_asking = self.is_asking();
        (!is_asking && since(&self.moved) > bounds.idle).then_some(Why::Idle)
    }

    fn is_idle(&self, now: u64) -> bool {
        let moved = self.moved.load(Relaxed);
        self.requests.load(Relaxed) == 0 && now.saturating_sub(moved) > MOMENT
    }

    /// Whether the client has begun to ask in HTTP/1, and got no answer yet.
    pub(super) fn is_asking(&self) -> bool {
        self.head_since.load(Relaxed) != NEVER && !self.is_http2.load(Relaxed)
    }
}

/// A request that is under way, or a part of one.
pub(super) struct UnderWay(Arc<Progress>);

impl Clone for UnderWay {
    fn clone(&self) -> Self {
        self.0.requests.fetch_add(1, Relaxed);
        Self(self.0.clone())
    }
}

impl UnderWay {
    pub(super) fn progress(&self) -> &Progress {
        &self.0
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.is_done();
    }
}

fn elapsed(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(NEVER - 1)
}
