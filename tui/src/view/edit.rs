//! The editor: title, the server's messages, text.

use ratatui::layout::{Position, Rect};
use unicode_segmentation::UnicodeSegmentation;

use super::{Pen, posts};
use crate::layout;
use crate::model::Edit;
use crate::sanitize::{self, glyph};
use crate::text::TextBuf;
use crate::text::wrap;
use crate::theme::Role;

/// The most characters that the server takes as a title.
const TITLE: usize = 200;

pub(super) fn draw(pen: &mut Pen<'_>, edit: &Edit, body: Rect) -> Position {
    let areas = layout::edit(body, edit.errors.len());
    pen.put(body.x + 1, areas.title.y, 6, "Title", Role::Faint);
    let caret = field(pen, &edit.title, areas.title);
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
        "a change"
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
        pen.put(
            areas.errors.x,
            areas.errors.bottom(),
            areas.body.width,
            &text,
            role,
        );
    }
    let area = areas.body;
    posts::lines(pen, edit.body.lines(), edit.body.top, area);
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

/// A field of one line, scrolled so that its cursor is visible; gives where that is.
pub(super) fn field(pen: &mut Pen<'_>, text: &TextBuf, area: Rect) -> Position {
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
    pen.write(area.x, area.y, area.width, &text, Role::Text);
    pen.paint(area, Role::Field);
    let x = area.x + u16::try_from(cells).unwrap_or(0);
    Position::new(x.min(area.right().saturating_sub(1)), area.y)
}
