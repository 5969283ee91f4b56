//! An end that was ordered from outside comes within a second, whatever thread waits: for a terminal that takes no more
//! output, for a disk.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::term;

/// How long the end in good order may take.
const ORDERLY: Duration = Duration::from_millis(900);

/// Whether the program runs, and nobody waits for its end yet.
static RUNS: AtomicBool = AtomicBool::new(false);

/// Whether a signal has asked for the end.
static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on the signals that end the program set the deadline.
pub(super) fn watch() -> io::Result<()> {
    ASKED.store(false, Ordering::SeqCst);
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
                set(u8::try_from(128 + kind.as_raw_value()).unwrap_or(u8::MAX));
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
    std::thread::spawn(move || {
        std::thread::sleep(ORDERLY);
        if RUNS.load(Ordering::SeqCst) {
            term::let_go();
            std::process::exit(i32::from(code));
        }
    });
}
