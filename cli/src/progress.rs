//! What a person sees while a command takes longer than a second: a line on standard error, which is wiped before
//! anything else is written.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use unicode_width::UnicodeWidthChar;

/// From when on it is shown, and how often it is looked whether it may be.
const SILENT: u32 = 10;
const TICK: Duration = Duration::from_millis(100);

/// Whether the line is on the screen.
static SHOWN: AtomicBool = AtomicBool::new(false);
/// How many others have the terminal: a prompt, an editor, a pager.
static HELD: AtomicUsize = AtomicUsize::new(0);
/// Whether the terminal has got what was asked for, which no line may stand in.
static OVER: AtomicBool = AtomicBool::new(false);
/// How many items of a list have come.
static ITEMS: AtomicU64 = AtomicU64::new(0);

/// The terminal is somebody else's until this is dropped.
pub(crate) struct Held;

/// Leaves the terminal to somebody else.
pub(crate) fn hold() -> Held {
    HELD.fetch_add(1, Ordering::SeqCst);
    wipe();
    Held
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.fetch_sub(1, Ordering::SeqCst);
    }
}

/// One more item of a list has come.
pub(crate) fn count() {
    ITEMS.fetch_add(1, Ordering::Relaxed);
}

/// Shows nothing from now on.
pub(crate) fn end() {
    OVER.store(true, Ordering::SeqCst);
    wipe();
}

/// Takes the line away; to be called before anything is written on the terminal.
pub(crate) fn wipe() {
    if SHOWN.swap(false, Ordering::SeqCst) {
        // where nobody looks any more, nothing is to be wiped
        let _ = io::stderr().write_all(b"\r\x1b[K");
    }
}

/// Shows the line whenever it is to be shown; it never ends.
pub(crate) async fn show(server: &str) {
    if !io::stderr().is_terminal() {
        return std::future::pending().await;
    }
    let (mut waited, mut since_held) = (0_u32, 0_u32);
    loop {
        tokio::time::sleep(TICK).await;
        let is_free = HELD.load(Ordering::SeqCst) == 0;
        since_held = if is_free { since_held + 1 } else { 0 };
        waited += u32::from(is_free);
        let is_second = since_held >= SILENT && since_held.is_multiple_of(SILENT);
        if is_second && !OVER.load(Ordering::SeqCst) {
            draw(&line(
                server,
                ITEMS.load(Ordering::Relaxed),
                waited / SILENT,
            ));
        }
    }
}

fn draw(line: &str) {
    let columns = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
    // a line that is broken can't be wiped
    let mut room = columns.saturating_sub(1);
    let fitting = line.chars().take_while(|char| {
        let width = char.width().unwrap_or(0);
        let fits = width <= room;
        room = room.saturating_sub(width);
        fits
    });
    let line: String = fitting.collect();
    SHOWN.store(true, Ordering::SeqCst);
    let _ = io::stderr().write_all(format!("\r\x1b[K{line}").as_bytes());
}

fn line(server: &str, items: u64, seconds: u32) -> String {
    match items {
        0 => format!("waiting for {server} ({seconds} s)"),
        items => format!("{items} have come from {server} ({seconds} s)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_has_come() {
        assert_eq!(line("https://x", 0, 1), "waiting for https://x (1 s)");
        assert_eq!(
            line("https://x", 1500, 12),
            "1500 have come from https://x (12 s)"
        );
    }
}
