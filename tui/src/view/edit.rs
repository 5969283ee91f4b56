//! The editor: title, the server's messages, text.

use ratatui::buffer::CellWidth;
use ratatui::layout::{Position, Rect};

use super::pen::{Frame, Pen};
use crate::layout;
use crate::model::Model;
use crate::sanitize;
use crate::screen::Edit;
use crate::text::wrap;
use crate::theme::Role;

/// The most characters that the server takes as a title.
const TITLE: usize = 200;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, edit: &Edit, body: Rect) -> Position {
    let areas = layout::edit(body, edit.errors.len());
    let name = match edit.post {
        Some(_) if pen.is_linear => format!("Edit: {}", sanitize::title(&edit.shown.title)),
        Some(_) => format!("Edit · {}", sanitize::title(&edit.shown.title)),
        None => "New post".to_owned(),
    };
    let at = edit.focus().cursor();
    let place = if edit.is_in_body {
        format!("line {} of {}", at.line + 1, edit.body.lines().len())
    } else {
        "title".to_owned()
    };
    let frame = Frame {
        title: &name,
        is_focused: true,
        left: &place,
        right: kept(model, edit),
    };
    pen.frame(areas.frame, &frame);
    let caret = title(pen, edit, areas.title);
    for ((name, messages), y) in edit
        .errors
        .iter()
        .zip(areas.errors.y..areas.errors.bottom())
    {
        let name = match name.as_str() {
            "content" => "text: ",
            "non_field_errors" | "" | "detail" => "",
            name => &format!("{name}: "),
        };
        let text = sanitize::line(&format!("{}{name}{}", pen.sign("✗ "), messages.join(" ")));
        pen.put(areas.errors.x, y, areas.errors.width, &text, Role::Error);
    }
    if areas.rule.height > 0 && !pen.is_linear {
        let rule = "─".repeat(usize::from(areas.rule.width));
        let (x, y) = (areas.rule.x, areas.rule.y);
        pen.write(x, y, areas.rule.width, &rule, Role::Frame);
    }
    let area = areas.body;
    pen.lines(edit.body.lines(), edit.body.top, area);
    if !edit.is_in_body {
        return caret;
    }
    let (anchor, column) = wrap::place(edit.body.lines(), edit.body.cursor(), area.width);
    let mut top = edit.body.top;
    let mut y = area.y;
    // the window follows the cursor, so it is found within the window's height
    while top != anchor && y < area.bottom() {
        let next = wrap::step(edit.body.lines(), top, 1, area.width);
        if next == top {
            break;
        }
        top = next;
        y += 1;
    }
    let x = area.x + u16::try_from(column).unwrap_or(0);
    Position::new(
        x.min(area.right().saturating_sub(1)),
        y.min(area.bottom().saturating_sub(1)),
    )
}

/// The field of the title, and how much of what the server takes it has.
fn title(pen: &mut Pen<'_>, edit: &Edit, area: Rect) -> Position {
    let count = edit.title.lines()[0].chars().count();
    let text = format!("{count} of {TITLE}");
    let role = if count > TITLE {
        Role::Error
    } else {
        Role::Faint
    };
    let width = text.cell_width();
    pen.put_right(area.x, area.y, area.width, &text, role);
    let label = if edit.is_in_body {
        Role::Text
    } else {
        Role::Strong
    };
    pen.put(area.x, area.y, 5, "Title", label);
    let field = Rect {
        x: area.x + 7,
        width: area.width.saturating_sub(7 + width + 2),
        ..area
    };
    pen.field(&edit.title, field)
}

/// Whether what is written is in its file.
fn kept(model: &Model, edit: &Edit) -> &'static str {
    if !edit.is_changed() {
        "nothing changed yet"
    } else if model.is_kept() {
        "draft kept"
    } else {
        "keeping the draft…"
    }
}
