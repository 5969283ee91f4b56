//! A line on a terminal that says how far a long command is.

use std::io::Write;
use std::time::{Duration, Instant};

/// How often it changes.
const AGAIN: Duration = Duration::from_millis(200);

/// The line; nobody sees it where there is no terminal.
pub(super) struct Progress {
    is_shown: bool,
    last: Instant,
    width: usize,
}

impl Progress {
    pub(super) fn new(is_shown: bool) -> Self {
        Self {
            is_shown,
            last: Instant::now(),
            width: 0,
        }
    }

    /// Says how much is done of how much; 0 where nobody knows that.
    pub(super) fn show(&mut self, done: u64, all: u64, what: &str) {
        if !self.is_shown || self.last.elapsed() < AGAIN {
            return;
        }
        self.last = Instant::now();
        match (done * 100).checked_div(all) {
            None => self.write(&format!("{done} {what}")),
            Some(percent) => {
                let percent = percent.min(100);
                self.write(&format!("{percent:3} %  {done} of {all} {what}"));
            }
        }
    }

    fn write(&mut self, text: &str) {
        let old = std::mem::replace(&mut self.width, text.chars().count());
        let mut out = std::io::stderr();
        let written = write!(out, "\r{text:old$}").and_then(|()| out.flush());
        if written.is_err() {
            self.is_shown = false;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown && self.width > 0 {
            self.write("");
            self.write("");
        }
    }
}
