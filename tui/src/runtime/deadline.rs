//! An end that was ordered from outside comes within a second, whatever thread waits: for a terminal that takes no more
//! output, for a disk.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};

use super::term;

/// How long the end in good order may take.
const ORDERLY: Duration = Duration::from_millis(900);

/// How long before the deadline whatever is waited for is given up.
const RESERVE: Duration = Duration::from_millis(50);

/// When the program ends at the latest, once a signal has asked for it.
static UNTIL: Mutex<Option<Instant>> = Mutex::new(None);

/// Whether the end is in good order so far, and has got more time.
static EXTENDED: AtomicBool = AtomicBool::new(false);

/// Whether the program runs, and nobody waits for its end yet.
static RUNS: AtomicBool = AtomicBool::new(false);

/// Whether a signal has asked for the end.
static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on the signals that end the program set the deadline.
pub(super) fn watch() -> io::Result<()> {
    ASKED.store(false, Ordering::SeqCst);
    until(|_| {
        EXTENDED.store(false, Ordering::SeqCst);
        None
    });
    RUNS.store(true, Ordering::SeqCst);
    for kind in [
        SignalKind::hangup(),
        SignalKind::terminate(),
        SignalKind::quit(),
    ] {
        let mut signal = signal(kind)?;
        tokio::spawn(async move {
            if signal.recv().await.is_some() {
                ASKED.store(true, Ordering::SeqCst);
                shorten(kind == SignalKind::hangup());
                guard(u8::try_from(128 + kind.as_raw_value()).unwrap_or(u8::MAX));
            }
        });
    }
    Ok(())
}

/// Whether a signal has asked for the end.
pub(super) fn is_set() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// The program is over in good order.
pub(super) fn met() {
    RUNS.store(false, Ordering::SeqCst);
}

/// The program is to end with this code: by itself, or else without being asked again.
pub(super) fn set(code: u8) {
    earlier();
    guard(code);
}

fn guard(code: u8) {
    std::thread::spawn(move || {
        while let Some(left) = until(|until| until)
            .map(|until| until.saturating_duration_since(Instant::now()))
            .filter(|left| !left.is_zero())
        {
            std::thread::sleep(left);
        }
        if RUNS.load(Ordering::SeqCst) {
            term::let_go();
            std::process::exit(i32::from(code));
        }
    });
}

/// From now on the end has no more time than one in good order takes; gives for how long something may be waited for.
pub(super) fn earlier() -> Duration {
    let left = shorten(true).saturating_duration_since(Instant::now());
    left.saturating_sub(RESERVE)
}

/// The same; what was extended already, since the loop has heard of the signal first, only where it must be.
fn shorten(must: bool) -> Instant {
    let latest = Instant::now() + ORDERLY;
    let until = until(|until| match until {
        Some(until) if !must && EXTENDED.load(Ordering::SeqCst) => Some(until),
        Some(until) => Some(until.min(latest)),
        None => Some(latest),
    });
    until.unwrap_or(latest)
}

/// The terminal is given back, the drafts are kept: what is left may take this long.
pub(super) fn extend(time: Duration) {
    until(|_| {
        EXTENDED.store(true, Ordering::SeqCst);
        Some(Instant::now() + time + RESERVE)
    });
}

fn until(change: impl FnOnce(Option<Instant>) -> Option<Instant>) -> Option<Instant> {
    let mut until = UNTIL.lock().unwrap_or_else(PoisonError::into_inner);
    *until = change(*until);
    *until
}
