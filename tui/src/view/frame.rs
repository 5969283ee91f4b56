//! What questions are made of: a frame in the middle, lines of text, and choices.

use ratatui::layout::{Position, Rect};

use super::pen::Pen;
use crate::layout;
use crate::theme::Role;

/// Choices, one a row, below so many lines; gives where the marked one is.
pub(super) fn choices(
    pen: &mut Pen<'_>,
    area: Rect,
    below: usize,
    labels: impl Iterator<Item = (String, bool)>,
) -> Option<Position> {
    let mut cursor = None;
    for ((label, is_marked), y) in labels.zip((area.y..area.bottom()).skip(below)) {
        let (label, role) = marked(&label, is_marked);
        pen.put(area.x, y, area.width, &label, role);
        if is_marked {
            cursor = Some(Position::new(area.x, y));
        }
    }
    cursor
}

pub(super) fn marked(label: &str, is_marked: bool) -> (String, Role) {
    if is_marked {
        (format!("> {label}"), Role::Selected)
    } else {
        (format!("  {label}"), Role::Text)
    }
}

/// A frame in the middle for so many lines; gives what is inside.
pub(super) fn frame(pen: &mut Pen<'_>, body: Rect, width: u16, lines: usize) -> Rect {
    let height = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2);
    let area = layout::middle(body, width, height);
    pen.frame(area);
    Rect::new(
        area.x + 2,
        area.y + 1,
        area.width.saturating_sub(4),
        area.height.saturating_sub(2),
    )
}

pub(super) fn text(pen: &mut Pen<'_>, area: Rect, lines: &[String]) {
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        pen.put(area.x, y, area.width, line, Role::Text);
    }
}
