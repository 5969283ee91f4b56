//! The forms: signing in and registering, each a card in the middle.

use ratatui::buffer::CellWidth;
use ratatui::layout::{Position, Rect};

use super::pen::{Frame, Pen};
use crate::form::{Field, Form, Input};
use crate::layout;
use crate::model::Model;
use crate::sanitize;
use crate::text::wrap::folded;
use crate::theme::Role;

/// How wide the card is, and the names of the fields in it.
const WIDTH: u16 = 66;
const NAME: u16 = 18;

/// One row of a form.
enum Row<'f> {
    Text(String, Role),
    Field(usize, &'f Field),
    /// What Enter does.
    Button,
}

pub(super) fn draw(
    pen: &mut Pen<'_>,
    form: &Form,
    title: &str,
    model: &Model,
    body: Rect,
) -> Position {
    let room = body.width.min(WIDTH).saturating_sub(4);
    let (rows, focused) = rows(form, model, room, body.height.saturating_sub(2));
    let height = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let area = layout::middle(body, WIDTH, height.saturating_add(2));
    let frame = Frame {
        title,
        is_focused: true,
        left: said(form),
        ..Frame::default()
    };
    let area = pen.frame(area, &frame);
    let area = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    };
    let height = usize::from(area.height.max(1));
    let first = (focused + 2).saturating_sub(height).min(focused);
    let mut cursor = Position::new(area.x, area.y);
    for (row, y) in rows.iter().skip(first).zip(area.y..area.bottom()) {
        match row {
            Row::Text(text, role) => {
                pen.put(area.x, y, area.width, text, *role);
            }
            Row::Button => {
                let text = format!("[ {title} ]");
                let role = if form.is_last() {
                    Role::Key
                } else {
                    Role::Faint
                };
                pen.put_right(area.x, y, area.width, &text, role);
            }
            Row::Field(at, field) => {
                let line = Rect {
                    y,
                    height: 1,
                    ..area
                };
                let caret = draw_field(pen, model, field, line, *at == form.focus);
                if *at == form.focus {
                    cursor = caret;
                }
            }
        }
    }
    cursor
}

/// What is in the form, from top to bottom, and which row the focus is in.
fn rows<'f>(form: &'f Form, model: &Model, room: u16, height: u16) -> (Vec<Row<'f>>, usize) {
    let mut rows = Vec::new();
    let notice = form.notice.iter().map(|text| (text, Role::Warning));
    for (text, role) in notice.chain(form.error.iter().map(|text| (text, Role::Error))) {
        for line in folded(&sanitize::line(text), room) {
            rows.push(Row::Text(line, role));
        }
    }
    if form.is_sent {
        rows.push(Row::Text("Waiting for the server…".to_owned(), Role::Faint));
    }
    if !form.fields.iter().any(|field| field.name == "server") {
        let typed = model.typed_server();
        let server = sanitize::line(typed.as_ref().unwrap_or(&model.about.server));
        rows.push(Row::Text(format!("at {server}"), Role::Faint));
    }
    // air between what is said and what is asked, and around what Enter does, where there is room for it
    let below: usize = form.fields.iter().map(|field| 1 + field.errors.len()).sum();
    let spare = usize::from(height).saturating_sub(rows.len() + below);
    if !rows.is_empty() && spare > 3 {
        rows.push(Row::Text(String::new(), Role::Text));
    }
    let mut focused = 0;
    for (at, field) in form.fields.iter().enumerate() {
        if at == form.focus {
            focused = rows.len();
        }
        rows.push(Row::Field(at, field));
        for error in &field.errors {
            for line in folded(&sanitize::line(error), room.saturating_sub(4)) {
                let sign = if model.about.is_linear { "" } else { "✗ " };
                rows.push(Row::Text(format!("  {sign}{line}"), Role::Error));
            }
        }
    }
    if spare > 2 {
        rows.push(Row::Text(String::new(), Role::Text));
        rows.push(Row::Button);
    }
    (rows, focused)
}

/// What helps with the field that the cursor is in.
fn said(form: &Form) -> &'static str {
    match &form.fields[form.focus].input {
        Input::Choice(_) => "← → choose another place",
        Input::Secret(secret) if secret.is_shown => "^r hides the password",
        Input::Secret(_) => "^r shows the password",
        Input::Text(_) if form.fields[form.focus].name == "server" => "F2 chooses a known account",
        Input::Text(_) => "",
    }
}

fn draw_field(
    pen: &mut Pen<'_>,
    model: &Model,
    field: &Field,
    area: Rect,
    is_focused: bool,
) -> Position {
    let y = area.y;
    let role = if is_focused { Role::Strong } else { Role::Text };
    if is_focused {
        let bar = pen.bar();
        pen.put(area.x, y, 1, bar, Role::Bar);
    }
    pen.put(area.x + 2, y, NAME - 2, field.label, role);
    let width = area.width.saturating_sub(NAME);
    let input = Rect::new(area.x + NAME, y, width, 1);
    match &field.input {
        Input::Text(text) => pen.field(text, input),
        Input::Choice(place) => {
            let place = model.about.places.get(*place).map_or("", String::as_str);
            let text = format!("{}{place}{}", pen.sign("‹ "), pen.sign(" ›"));
            pen.put(input.x, y, width, &text, role);
            Position::new(input.x, y)
        }
        Input::Secret(secret) => {
            let mut text = secret.shown();
            if pen.is_linear && !secret.is_shown {
                text = "*".repeat(text.chars().count());
            }
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
    }
}
