//! Lines of the log that say the same many times a second: a few of them are written, the rest is counted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many lines of one kind are written in [`SPAN`].
const LINES: u32 = 10;
const SPAN: Duration = Duration::from_secs(1);

/// Which lines say the same: their status, and the line of the code that they come from.
pub(super) type Kind = (u16, u32);

/// The kinds of lines that were written of late.
#[derive(Default)]
pub(super) struct Flood {
    spans: Mutex<Vec<Span>>,
    has_left_out: AtomicBool,
}

struct Span {
    kind: Kind,
    begun: Instant,
    lines: u32,
    left_out: u64,
}

impl Flood {
    /// Whether a line of this kind is to be written now.
    pub(super) fn admits(&self, kind: Kind, now: Instant) -> bool {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |span: &Span| now.duration_since(span.begun) >= SPAN;
        spans.retain(|span| !is_over(span) || span.left_out > 0);
        let Some(span) = spans.iter_mut().find(|span| span.kind == kind) else {
            spans.push(Span {
                kind,
                begun: now,
                lines: 1,
                left_out: 0,
            });
            return true;
        };
        if span.lines < LINES {
            span.lines += 1;
            return true;
        }
        span.left_out += 1;
        self.has_left_out.store(true, Ordering::Relaxed);
        false
    }

    /// What was left out, of which nobody was told: the status and how many lines.
    pub(super) fn left_out(&self, now: Instant) -> Vec<(u16, u64)> {
        if !self.has_left_out.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let mut told = Vec::new();
        spans.retain(|span| {
            let is_over = now.duration_since(span.begun) >= SPAN;
            if is_over && span.left_out > 0 {
                told.push((span.kind.0, span.left_out));
            }
            !is_over
        });
        let has_left_out = spans.iter().any(|span| span.left_out > 0);
        self.has_left_out.store(has_left_out, Ordering::Relaxed);
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_lines_of_a_kind_are_written_and_the_rest_is_counted() {
        let flood = Flood::default();
        let begun = Instant::now();
        let admitted = |kind, count| (0..count).filter(|_| flood.admits(kind, begun)).count();
        assert_eq!(admitted((503, 1), 1000), 10);
        assert_eq!(admitted((503, 2), 5), 5);
        assert_eq!(admitted((500, 1), 11), 10);
        assert_eq!(flood.left_out(begun + SPAN / 2), []);
        assert_eq!(flood.left_out(begun + SPAN), [(503, 990), (500, 1)]);
        assert_eq!(flood.left_out(begun + SPAN), []);
        assert!(flood.admits((503, 1), begun + SPAN));
    }
}
