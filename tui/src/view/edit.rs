//! The editor: title, the server's messages, text.

use ratatui::layout::{Position, Rect};

use super::pen::Pen;
use crate::layout;
use crate::sanitize;
use crate::screen::Edit;
use crate::text::wrap;
use crate::theme::Role;

/// The most characters that the server takes as a title.
const TITLE: usize = 200;

pub(super) fn draw(pen: &mut Pen<'_>, edit: &Edit, body: Rect) -> Position {
    let areas = layout::edit(body, edit.errors.len());
    pen.put(body.x + 1, areas.title.y, 6, "Title", Role::Faint);
    let caret = pen.field(&edit.title, areas.title);
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
        let text = sanitize::line(&format!("{name}{}", messages.join(" ")));
        pen.put(areas.errors.x, y, areas.errors.width, &text, Role::Error);
    }
    let count = edit.title.lines()[0].chars().count();
    let kind = if edit.post.is_some() {
        "editing a post"
    } else {
        "a new post"
    };
    let text = format!("{kind}, title {count} of {TITLE}");
    let role = if count > TITLE {
        Role::Error
    } else {
        Role::Faint
    };
    if areas.body.y > areas.errors.bottom() {
        let (x, y) = (areas.errors.x, areas.errors.bottom());
        pen.put(x, y, areas.body.width, &text, role);
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
