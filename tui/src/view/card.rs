//! A card: a frame in the middle, names and values, and what can be done.

use ratatui::buffer::CellWidth;
use ratatui::layout::Rect;

use super::pen::{Frame, Pen};
use crate::help::actions;
use crate::layout;
use crate::model::Model;
use crate::sanitize;
use crate::text::wrap::folded;
use crate::theme::Role;

/// How wide a card is, and the names in it.
pub(super) const WIDTH: u16 = 76;
const NAME: u16 = 15;

/// How wide what is inside is, in a body of this width.
pub(super) fn room(body: Rect) -> u16 {
    body.width.min(WIDTH).saturating_sub(4)
}

/// Draws the frame for so many rows; gives what is inside, with a column of air.
pub(super) fn frame(pen: &mut Pen<'_>, body: Rect, rows: usize, frame: &Frame<'_>) -> Rect {
    let height = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2);
    // a little above the middle, where the eye looks
    let spare = body.height.saturating_sub(height);
    let body = Rect {
        y: body.y + spare / 3,
        height: body.height - spare / 3 * 2,
        ..body
    };
    let area = layout::middle(body, WIDTH, height);
    let area = Rect { y: body.y, ..area };
    let inside = pen.frame(area, frame);
    Rect {
        x: inside.x + 1,
        width: inside.width.saturating_sub(2),
        ..inside
    }
}

/// Names and values as rows of this width.
pub(super) fn table(rows: &[(&'static str, String)], width: u16) -> Vec<(&'static str, String)> {
    let room = width.saturating_sub(NAME);
    let mut lines = Vec::new();
    for (name, value) in rows {
        for (at, line) in folded(&sanitize::line(value), room).into_iter().enumerate() {
            lines.push((if at == 0 { *name } else { "" }, line));
        }
    }
    lines
}

/// Draws them, as far as there is room.
pub(super) fn put(pen: &mut Pen<'_>, area: Rect, lines: &[(&'static str, String)]) {
    for ((name, value), y) in lines.iter().zip(area.y..area.bottom()) {
        pen.put(area.x, y, NAME - 1, name, Role::Faint);
        let room = area.width.saturating_sub(NAME);
        pen.put(area.x + NAME, y, room, value, Role::Text);
    }
}

/// What can be done, a line each, at the lower end of this area.
pub(super) fn keys(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let actions = actions(model);
    let count = u16::try_from(actions.len()).unwrap_or(u16::MAX);
    let from = area.bottom().saturating_sub(count).max(area.y);
    for ((key, help), y) in actions.iter().zip(from..area.bottom()) {
        let key = key.to_string();
        pen.put(area.x, y, key.cell_width(), &key, Role::Key);
        let room = area.width.saturating_sub(4);
        pen.put(area.x + 4, y, room, help, Role::Text);
    }
}
