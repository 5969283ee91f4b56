//! Writes into the picture, never outside of it.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Block, Clear, Widget};
use unicode_segmentation::UnicodeSegmentation;

use crate::sanitize::{self, glyph};
use crate::text::TextBuf;
use crate::text::wrap::{self, Anchor};
use crate::theme::{Role, Theme};

/// The picture, and the colours that it is drawn in.
pub(super) struct Pen<'b> {
    buffer: &'b mut Buffer,
    theme: Theme,
}

impl<'b> Pen<'b> {
    pub(super) fn new(buffer: &'b mut Buffer, theme: Theme) -> Self {
        Self { buffer, theme }
    }

    /// Puts text that is safe to draw, with an ellipsis where it is cut; gives the column behind it.
    pub(super) fn put(&mut self, x: u16, y: u16, width: u16, text: &str, role: Role) -> u16 {
        let room = width.min(self.buffer.area.width.saturating_sub(x));
        if text.cell_width() <= room {
            return self.write(x, y, width, text, role);
        }
        let end = self.write(x, y, room.saturating_sub(1), text, role);
        self.write(end, y, 1.min(room), "…", role)
    }

    /// Puts text that is safe to draw, as much of it as there is room for; gives the column behind it.
    pub(super) fn write(&mut self, x: u16, y: u16, width: u16, text: &str, role: Role) -> u16 {
        let area = self.buffer.area;
        if y >= area.height || x >= area.width {
            return x;
        }
        let width = width.min(area.width - x);
        let style = self.theme.style(role);
        self.buffer
            .set_stringn(x, y, text, usize::from(width), style)
            .0
    }

    /// Gives a piece of a row a style, whatever is written there.
    pub(super) fn paint(&mut self, area: Rect, role: Role) {
        self.buffer.set_style(area, self.theme.style(role));
    }

    /// Empties an area and draws a frame around it.
    pub(super) fn frame(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        // a column of air at each side
        let around = Rect::new(
            area.x.saturating_sub(1),
            area.y,
            area.width + 2,
            area.height,
        );
        Clear.render(around.intersection(self.buffer.area), self.buffer);
        Block::bordered().render(area, self.buffer);
    }

    /// A field of one line, scrolled so that its cursor is visible; gives where that is.
    pub(super) fn field(&mut self, text: &TextBuf, area: Rect) -> Position {
        let line = &text.lines()[0];
        let (before, after) = line.split_at(text.cursor().byte);
        // a cell is left for the cursor itself
        let room = usize::from(area.width.saturating_sub(1));
        let mut shown = Vec::new();
        let mut cells = 0;
        for grapheme in before.graphemes(true).rev() {
            let (glyph, width) = glyph(grapheme, 0);
            if cells + width > room {
                break;
            }
            cells += width;
            shown.push(glyph);
        }
        let mut text: String = shown.into_iter().rev().collect();
        text.push_str(&sanitize::line(after));
        self.write(area.x, area.y, area.width, &text, Role::Text);
        self.paint(area, Role::Field);
        let x = area.x + u16::try_from(cells).unwrap_or(0);
        Position::new(x.min(area.right().saturating_sub(1)), area.y)
    }

    /// The rows of a text that are in its window.
    pub(super) fn lines(&mut self, lines: &[String], top: Anchor, area: Rect) {
        let mut y = area.y;
        let mut first = top.row;
        for line in lines.iter().skip(top.line) {
            if y >= area.bottom() {
                return;
            }
            let starts = wrap::rows(line, area.width);
            for row in first..starts.len() {
                if y >= area.bottom() {
                    return;
                }
                let text = wrap::shown(line, &starts, row);
                self.put(area.x, y, area.width, &text, Role::Text);
                y += 1;
            }
            first = 0;
        }
    }
}
