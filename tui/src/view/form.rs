//! The forms: signing in and registering.

use ratatui::buffer::CellWidth;
use ratatui::layout::{Position, Rect};

use super::pen::Pen;
use crate::form::{Field, Form, Input};
use crate::model::Model;
use crate::sanitize;
use crate::text::wrap::folded;
use crate::theme::Role;

/// One row of a form.
enum Row<'f> {
    Text(String, Role),
    Field(usize, &'f Field),
}

pub(super) fn draw(
    pen: &mut Pen<'_>,
    form: &Form,
    title: &str,
    model: &Model,
    area: Rect,
) -> Position {
    let mut rows = vec![Row::Text(
        format!("{title}: {}", model.about.server),
        Role::Strong,
    )];
    let notice = form.notice.iter().map(|text| (text, Role::Warning));
    for (text, role) in notice.chain(form.error.iter().map(|text| (text, Role::Error))) {
        for line in folded(&sanitize::line(text), area.width.saturating_sub(3)) {
            rows.push(Row::Text(line, role));
        }
    }
    if form.is_sent {
        rows.push(Row::Text("Waiting for the server…".to_owned(), Role::Faint));
    }
    // air between what is said and what is asked, where there is room for it
    let below: usize = form.fields.iter().map(|field| 1 + field.errors.len()).sum();
    if rows.len() + below < usize::from(area.height) {
        rows.push(Row::Text(String::new(), Role::Text));
    }
    let mut focused = 0;
    for (at, field) in form.fields.iter().enumerate() {
        if at == form.focus {
            focused = rows.len();
        }
        rows.push(Row::Field(at, field));
        for error in &field.errors {
            for line in folded(&sanitize::line(error), area.width.saturating_sub(5)) {
                rows.push(Row::Text(format!("  {line}"), Role::Error));
            }
        }
    }
    let height = usize::from(area.height.max(1));
    let first = (focused + 2).saturating_sub(height).min(focused);
    let mut cursor = Position::new(0, area.y);
    for (row, y) in rows.iter().skip(first).zip(area.y..area.bottom()) {
        match row {
            Row::Text(text, role) => {
                pen.put(2, y, area.width.saturating_sub(3), text, *role);
            }
            Row::Field(at, field) => {
                let is_focused = *at == form.focus;
                let role = if is_focused { Role::Strong } else { Role::Text };
                pen.put(0, y, 2, if is_focused { ">" } else { " " }, role);
                pen.put(2, y, 16, field.label, role);
                let width = area.width.saturating_sub(20).min(40);
                let input = Rect::new(18.min(area.width), y, width, 1);
                let caret = match &field.input {
                    Input::Text(text) => pen.field(text, input),
                    Input::Secret(secret) => {
                        let text = secret.shown();
                        let mut room = text.as_str();
                        while room.cell_width() + 1 > width.max(1) {
                            let Some((at, c)) = room.char_indices().next() else {
                                break;
                            };
                            room = &room[at + c.len_utf8()..];
                        }
                        let x = pen.write(input.x, y, width, room, Role::Text);
                        pen.paint(input, Role::Field);
                        Position::new(x.min(input.right().saturating_sub(1)), y)
                    }
                };
                if is_focused {
                    cursor = caret;
                }
            }
        }
    }
    cursor
}
