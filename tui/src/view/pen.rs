//! Writes into the picture, never outside of it.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Block, BorderType, Clear, Widget};
use unicode_segmentation::UnicodeSegmentation;

use crate::layout;
use crate::markdown::Piece;
use crate::sanitize::{self, glyph};
use crate::text::TextBuf;
use crate::text::wrap::{self, Anchor};
use crate::theme::{Look, Role};

/// The picture, and the colours that it is drawn in.
pub(super) struct Pen<'b> {
    buffer: &'b mut Buffer,
    look: Look,
    /// Whether there are words alone, and no lines and signs.
    pub(super) is_linear: bool,
    /// Whether a question will be over what is drawn: then no key goes to it.
    pub(super) is_behind: bool,
}

/// What stands in a frame's border. All of it must be safe to draw.
#[derive(Default)]
pub(super) struct Frame<'t> {
    pub(super) title: &'t str,
    /// Whether keys go to what is inside.
    pub(super) is_focused: bool,
    /// In the lower border.
    pub(super) left: &'t str,
    pub(super) right: &'t str,
}

impl<'b> Pen<'b> {
    pub(super) fn new(buffer: &'b mut Buffer, look: Look, is_linear: bool) -> Self {
        Self {
            buffer,
            look,
            is_linear,
            is_behind: false,
        }
    }

    /// Empties a piece of a row: what is put there next looks as it would on nothing.
    pub(super) fn clear(&mut self, area: Rect) {
        Clear.render(area.intersection(self.buffer.area), self.buffer);
    }

    /// What marks the field or row with the cursor.
    pub(super) fn bar(&self) -> &'static str {
        if self.is_linear { ">" } else { "▌" }
    }

    /// What stands between two things that are said of one.
    pub(super) fn dot(&self) -> &'static str {
        if self.is_linear { ", " } else { " · " }
    }

    /// A sign, where there are signs.
    pub(super) fn sign(&self, sign: &'static str) -> &'static str {
        if self.is_linear { "" } else { sign }
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

    /// The same, ending at the right end of this room.
    pub(super) fn put_right(&mut self, x: u16, y: u16, width: u16, text: &str, role: Role) {
        let spare = width.saturating_sub(text.cell_width());
        self.put(x + spare, y, width - spare, text, role);
    }

    /// Puts text that is safe to draw, as much of it as there is room for; gives the column behind it.
    pub(super) fn write(&mut self, x: u16, y: u16, width: u16, text: &str, role: Role) -> u16 {
        let area = self.buffer.area;
        if y >= area.height || x >= area.width {
            return x;
        }
        let width = width.min(area.width - x);
        let style = self.look.style(role);
        self.buffer
            .set_stringn(x, y, text, usize::from(width), style)
            .0
    }

    /// Gives a piece of a row a style, whatever is written there.
    pub(super) fn paint(&mut self, area: Rect, role: Role) {
        self.buffer.set_style(area, self.look.style(role));
    }

    /// Makes what is left of a frame's border whole again, behind something that was written over it.
    pub(super) fn mend(&mut self, x: u16, y: u16, end: u16) {
        let end = end.min(self.buffer.area.width);
        // the frame that it ends in, and no other
        let is_corner = |x: &u16| matches!(self.buffer[(*x, y)].symbol(), "╰" | "╯");
        let corner = (x..end).find(is_corner);
        let style = match corner {
            Some(corner) => self.buffer[(corner, y)].style(),
            None => self.look.style(Role::Frame),
        };
        let end = corner.unwrap_or(end);
        let line = if self.is_linear { " " } else { "─" };
        let is_word = |x: &u16| !matches!(self.buffer[(*x, y)].symbol(), " " | "─" | "╰" | "╯");
        let Some(last) = (x..end).rev().find(is_word) else {
            return;
        };
        // and the blank behind the last word
        for x in x..(last + 2).min(end) {
            let cell = &mut self.buffer[(x, y)];
            cell.reset();
            cell.set_symbol(line).set_style(style);
        }
    }

    /// Marks a row as the selected one: a bar, and the rest reversed. Gives where the terminal's cursor is to be.
    pub(super) fn select(&mut self, row: Rect) -> Position {
        let bar = self.bar();
        self.write(row.x, row.y, 1.min(row.width), bar, Role::Bar);
        let rest = Rect {
            x: row.x + 1,
            width: row.width.saturating_sub(1),
            ..row
        };
        self.paint(rest.intersection(self.buffer.area), Role::Selected);
        // beside the bar, which it would cover
        Position::new(row.x + 1.min(row.width.saturating_sub(1)), row.y)
    }

    /// Draws a frame; gives what is inside.
    pub(super) fn frame(&mut self, area: Rect, frame: &Frame<'_>) -> Rect {
        let area = area.intersection(self.buffer.area);
        let (line, title, about) = if frame.is_focused && !self.is_behind {
            (Role::Focus, Role::FocusTitle, Role::Text)
        } else {
            (Role::Frame, Role::Faint, Role::Faint)
        };
        let about = if self.is_linear { Role::Aside } else { about };
        if !self.is_linear {
            Block::bordered()
                .border_type(BorderType::Rounded)
                .border_style(self.look.style(line))
                .render(area, self.buffer);
        }
        let (x, room) = (area.x + 2, area.width.saturating_sub(4));
        if area.height == 0 {
            return area;
        }
        if !frame.title.is_empty() {
            self.put(x, area.y, room, &format!(" {} ", frame.title), title);
        }
        let y = area.bottom() - 1;
        let mut end = x;
        if !frame.left.is_empty() && area.height > 1 {
            end = self.put(x, y, room, &format!(" {} ", frame.left), about);
        }
        let text = format!(" {} ", frame.right);
        let spare = (x + room).saturating_sub(end + 1);
        if !frame.right.is_empty() && area.height > 1 && text.cell_width() <= spare {
            self.put_right(end + 1, y, spare, &text, about);
        }
        layout::inside(area)
    }

    /// Marks in the right border of a pane which part of all rows is shown, where not all are.
    pub(super) fn thumb(
        &mut self,
        pane: Rect,
        rows: Rect,
        (first, all): (usize, usize),
        role: Role,
    ) {
        let height = usize::from(rows.height);
        if self.is_linear || all <= height || height == 0 || pane.width == 0 {
            return;
        }
        let size = (height * height / all).max(1);
        // the last place is for the end alone
        let spare = height - size;
        let last = all - height;
        let at = first.min(last) * spare / last;
        let from = rows.y + u16::try_from(at).unwrap_or(0);
        for y in from..from + u16::try_from(size).unwrap_or(0) {
            self.write(pane.right() - 1, y, 1, "┃", role);
        }
    }

    /// Empties an area and a column of air at each side, and draws a frame around it.
    pub(super) fn dialog(&mut self, area: Rect, frame: &Frame<'_>) -> Rect {
        let area = area.intersection(self.buffer.area);
        let around = Rect::new(
            area.x.saturating_sub(1),
            area.y,
            area.width + 2,
            area.height,
        );
        Clear.render(around.intersection(self.buffer.area), self.buffer);
        let inside = self.frame(area, frame);
        Rect {
            x: inside.x + 1,
            width: inside.width.saturating_sub(2),
            ..inside
        }
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
        self.rows(lines, top, area, |pen, line, starts, row, y| {
            let text = wrap::shown(line, starts, row);
            pen.put(area.x, y, area.width, &text, Role::Text);
        });
    }

    /// The same of a text that is read, each part as it looks.
    pub(super) fn pieces(&mut self, lines: &[Piece], top: Anchor, area: Rect) {
        self.rows(lines, top, area, |pen, line, starts, row, y| {
            let mark = if row == 0 { &line.lead } else { &line.rest };
            let mark = if pen.is_linear {
                &mark.replace('▏', ">")
            } else {
                mark
            };
            let mut x = pen.write(area.x, y, area.width, mark, Role::Faint);
            let (from, to) = wrap::span(&line.text, starts, row);
            let ends = line.looks.iter().skip(1).map(|(at, _)| *at);
            let ends = ends.chain([line.text.len()]);
            let mut column = 0;
            for ((start, role), end) in line.looks.iter().zip(ends) {
                let (start, end) = (from.max(*start), to.min(end));
                let Some(part) = line.text.get(start..end) else {
                    continue;
                };
                let (shown, width) = wrap::drawn(part, column);
                column += width;
                x = pen.write(x, y, area.right().saturating_sub(x), &shown, *role);
            }
            if line.looks.is_empty() {
                let (shown, _) = wrap::drawn(&line.text[from..to], 0);
                pen.write(x, y, area.right().saturating_sub(x), &shown, Role::Text);
            }
        });
    }

    /// Draws each row that is in the window.
    fn rows<L: wrap::Line>(
        &mut self,
        lines: &[L],
        top: Anchor,
        area: Rect,
        draw: impl Fn(&mut Self, &L, &[usize], usize, u16),
    ) {
        let mut y = area.y;
        let mut first = top.row;
        for line in lines.iter().skip(top.line) {
            if y >= area.bottom() {
                return;
            }
            let starts = wrap::rows_of(line, area.width);
            for row in first..starts.len() {
                if y >= area.bottom() {
                    return;
                }
                draw(self, line, &starts, row, y);
                y += 1;
            }
            first = 0;
        }
    }
}
