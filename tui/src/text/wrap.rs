//! Lines broken into the rows of a window.
//!
//! Nothing is remembered: a line is broken whole each time. Only lines near the window are broken, so that a key costs
//! the same however many lines a text has; a very long line costs more.

use unicode_segmentation::UnicodeSegmentation;

use super::at::At;
use crate::sanitize::glyph;

/// A row of a text: which line, and which of the rows that the line is broken into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Anchor {
    pub(crate) line: usize,
    pub(crate) row: usize,
}

/// Something that is broken into rows.
pub(crate) trait Line {
    /// What is broken.
    fn text(&self) -> &str;

    /// How many cells before it are not its own.
    fn indent(&self) -> u16 {
        0
    }
}

impl Line for String {
    fn text(&self) -> &str {
        self
    }
}

/// The bytes at which the rows of a line begin, in a window of this width.
pub(crate) fn rows_of(line: &impl Line, width: u16) -> Vec<usize> {
    rows(line.text(), width.saturating_sub(line.indent()))
}

/// What is narrower is drawn as if it were so wide: a tabulator is.
pub(super) const NARROWEST: u16 = 4;

/// The bytes at which the rows of a line begin; the first is 0.
pub(crate) fn rows(line: &str, width: u16) -> Vec<usize> {
    let width = usize::from(width.max(NARROWEST));
    let mut starts = vec![0];
    if line.len() <= width && line.is_ascii() && !line.contains('\t') {
        return starts;
    }
    let (mut column, mut start, mut space) = (0, 0, None);
    for (byte, grapheme) in line.grapheme_indices(true) {
        let (_, mut cells) = glyph(grapheme, column);
        // a second time where what follows the blank fills a row by itself
        while column > 0 && column + cells > width {
            // after the last blank, or in the middle of a word that fills the row
            let at = space
                .filter(|at| *at > start && *at <= byte)
                .unwrap_or(byte);
            starts.push(at);
            (start, space) = (at, None);
            column = cells_of(&line[at..byte]);
            (_, cells) = glyph(grapheme, column);
        }
        column += cells;
        if matches!(grapheme, " " | "\t") {
            space = Some(byte + grapheme.len());
        }
    }
    starts
}

/// The cells that a piece of a line takes from the row's start.
fn cells_of(text: &str) -> usize {
    let graphemes = text.graphemes(true);
    graphemes.fold(0, |column, grapheme| column + glyph(grapheme, column).1)
}

/// The piece of a line that is in this row, as it is drawn.
pub(crate) fn shown(line: &str, starts: &[usize], row: usize) -> String {
    let (from, to) = span(line, starts, row);
    drawn(&line[from..to], 0).0
}

/// A piece of a row as it is drawn from this column on, and how many cells it takes.
pub(crate) fn drawn(text: &str, column: usize) -> (String, usize) {
    let mut shown = String::with_capacity(text.len());
    let mut width = 0;
    for grapheme in text.graphemes(true) {
        let (glyph, cells) = glyph(grapheme, column + width);
        shown.push_str(&glyph);
        width += cells;
    }
    (shown, width)
}

/// The bytes of a row.
pub(crate) fn span(line: &str, starts: &[usize], row: usize) -> (usize, usize) {
    let from = starts.get(row).copied().unwrap_or(line.len());
    (from, starts.get(row + 1).copied().unwrap_or(line.len()))
}

/// The row and column in which a place is.
pub(crate) fn place(lines: &[String], at: At, width: u16) -> (Anchor, usize) {
    let line = &lines[at.line];
    let starts = rows(line, width);
    let row = starts.partition_point(|start| *start <= at.byte) - 1;
    let column = cells_of(&line[starts[row]..at.byte]);
    let anchor = Anchor { line: at.line, row };
    (anchor, column.min(usize::from(width.max(NARROWEST)) - 1))
}

/// The place in a row that is nearest to a column.
pub(crate) fn at_column(lines: &[String], anchor: Anchor, column: usize, width: u16) -> At {
    let line = &lines[anchor.line];
    let starts = rows(line, width);
    let (from, to) = span(line, &starts, anchor.row);
    let is_last = anchor.row + 1 >= starts.len();
    let (mut byte, mut cells) = (from, 0);
    for (start, grapheme) in line[from..to].grapheme_indices(true) {
        byte = from + start;
        let (_, wide) = glyph(grapheme, cells);
        if cells + wide > column {
            return At {
                line: anchor.line,
                byte,
            };
        }
        cells += wide;
    }
    // behind the last grapheme of a broken row is the next row
    At {
        line: anchor.line,
        byte: if is_last { to } else { byte },
    }
}

/// The row that is so many rows below (above) another, as far as there are any.
pub(crate) fn step(lines: &[impl Line], from: Anchor, by: isize, width: u16) -> Anchor {
    let (mut at, mut left) = (from, by.unsigned_abs());
    while left > 0 {
        if by > 0 {
            let in_line = rows_of(&lines[at.line], width).len() - 1 - at.row;
            if left <= in_line {
                at.row += left;
                break;
            }
            if at.line + 1 == lines.len() {
                at.row += in_line;
                break;
            }
            left -= in_line + 1;
            at = Anchor {
                line: at.line + 1,
                row: 0,
            };
        } else {
            if left <= at.row {
                at.row -= left;
                break;
            }
            if at.line == 0 {
                at.row = 0;
                break;
            }
            left -= at.row + 1;
            let line = at.line - 1;
            let row = rows_of(&lines[line], width).len() - 1;
            at = Anchor { line, row };
        }
    }
    at
}

/// The last row.
pub(crate) fn last(lines: &[impl Line], width: u16) -> Anchor {
    let line = lines.len() - 1;
    let row = rows_of(&lines[line], width).len() - 1;
    Anchor { line, row }
}

/// The nearest row that exists, after the text or the width has changed.
pub(crate) fn clamp(lines: &[impl Line], anchor: Anchor, width: u16) -> Anchor {
    if anchor.line >= lines.len() {
        return last(lines, width);
    }
    let row = rows_of(&lines[anchor.line], width).len() - 1;
    Anchor {
        row: anchor.row.min(row),
        ..anchor
    }
}

/// The top row of a window of this height that shows `wanted`, moved no further than it must.
pub(crate) fn follow(lines: &[impl Line], top: Anchor, wanted: Anchor, size: (u16, u16)) -> Anchor {
    let (width, height) = size;
    let top = clamp(lines, top, width);
    if wanted <= top {
        return wanted;
    }
    let back = isize::try_from(height.max(1)).unwrap_or(1) - 1;
    top.max(step(lines, wanted, -back, width))
}

/// A sentence in lines of this width.
pub(crate) fn folded(text: &str, width: u16) -> Vec<String> {
    let starts = rows(text, width);
    (0..starts.len())
        .map(|row| shown(text, &starts, row).trim_end().to_owned())
        .collect()
}
