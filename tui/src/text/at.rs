//! Places in a text: between two graphemes of a line.

use unicode_segmentation::GraphemeCursor;

/// A line, and a byte in it that begins a grapheme or ends the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    pub(crate) line: usize,
    pub(crate) byte: usize,
}

/// Where the grapheme before this byte begins.
pub(super) fn previous(line: &str, byte: usize) -> Option<usize> {
    let mut cursor = GraphemeCursor::new(byte, line.len(), true);
    cursor.prev_boundary(line, 0).ok().flatten()
}

/// Where the grapheme after this byte ends.
pub(super) fn next(line: &str, byte: usize) -> Option<usize> {
    let mut cursor = GraphemeCursor::new(byte, line.len(), true);
    cursor.next_boundary(line, 0).ok().flatten()
}

/// This byte, or the next that begins a grapheme.
pub(super) fn boundary(line: &str, byte: usize) -> usize {
    let mut cursor = GraphemeCursor::new(byte, line.len(), true);
    match cursor.is_boundary(line, 0) {
        Ok(true) => byte,
        _ => next(line, byte).unwrap_or(line.len()),
    }
}
