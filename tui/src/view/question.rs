//! What questions are made of: a frame in the middle, lines of text, and choices.

use ratatui::buffer::CellWidth;
use ratatui::layout::{Position, Rect};

use super::pen::{Frame, Pen};
use crate::layout;
use crate::text::wrap::folded;
use crate::theme::Role;

/// A question: what it is about in the frame, lines of text, and room for so many rows below them.
pub(super) struct Question {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
    pub(super) rows: usize,
}

impl Question {
    /// How wide its lines are in a body of this width.
    pub(super) fn room(body: Rect, most: u16) -> u16 {
        body.width.saturating_sub(4).min(most).saturating_sub(4)
    }

    /// Draws it; gives the area of the rows below its lines. Those are there whatever is said.
    pub(super) fn draw(mut self, pen: &mut Pen<'_>, body: Rect, most: u16) -> Rect {
        let inner = Self::room(body, most);
        let width = inner + 4;
        // where the frame has no room for it, it is the first of the lines
        if self.title.cell_width() + 6 > width {
            let title = std::mem::take(&mut self.title);
            self.lines.splice(0..0, folded(&title, inner));
        }
        let most = usize::from(body.height).saturating_sub(self.rows + 2);
        if self.lines.len() > most {
            self.lines.truncate(most);
            if let Some(last) = self.lines.last_mut() {
                last.push('…');
            }
        }
        // air between what is said and what is answered, where there is room for it
        let has_air = self.rows > 0 && !self.lines.is_empty() && self.lines.len() < most;
        let count = self.lines.len() + usize::from(has_air);
        let height = u16::try_from(count + self.rows + 2).unwrap_or(u16::MAX);
        let area = layout::middle(body, width, height);
        let frame = Frame {
            title: &self.title,
            is_focused: true,
            ..Frame::default()
        };
        let area = pen.dialog(area, &frame);
        for (line, y) in self.lines.iter().zip(area.y..area.bottom()) {
            pen.put(area.x, y, area.width, line, Role::Text);
        }
        layout::below(area, u16::try_from(count).unwrap_or(u16::MAX))
    }
}

/// Choices, one a row; gives where the marked one is.
pub(super) fn choices(
    pen: &mut Pen<'_>,
    area: Rect,
    labels: impl Iterator<Item = (String, bool)>,
) -> Option<Position> {
    let mut cursor = None;
    for ((label, is_marked), y) in labels.zip(area.y..area.bottom()) {
        let room = area.width.saturating_sub(2);
        pen.put(area.x + 2, y, room, &label, Role::Text);
        if is_marked {
            let row = Rect {
                y,
                height: 1,
                ..area
            };
            cursor = Some(pen.select(row));
        }
    }
    cursor
}

/// Two answers beside each other; gives where the marked one is.
pub(super) fn answers(
    pen: &mut Pen<'_>,
    area: Rect,
    (no, yes): (&str, &str),
    is_yes: bool,
) -> Option<Position> {
    let width = |label: &str| label.cell_width() + 4;
    let mut x = area.right().saturating_sub(width(no) + width(yes) + 2);
    x = x.max(area.x);
    let mut cursor = None;
    for (label, is_marked) in [(no, !is_yes), (yes, is_yes)] {
        let room = area.right().saturating_sub(x);
        let (text, role) = if is_marked {
            cursor = (area.height > 0).then(|| Position::new(x, area.y));
            (format!("[ {label} ]"), Role::Selected)
        } else {
            (format!("  {label}  "), Role::Text)
        };
        if area.height > 0 {
            x = pen.put(x, area.y, room, &text, role) + 2;
        }
    }
    cursor
}
