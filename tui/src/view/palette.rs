//! Every action by its name, and the known accounts: lists over the screen to choose from.

use ratatui::buffer::CellWidth;
use ratatui::layout::{Position, Rect};

use super::pen::{Frame, Pen};
use super::question::{Question, choices};
use super::status::place;
use crate::allowed::named;
use crate::layout;
use crate::model::Model;
use crate::sanitize;
use crate::text::TextBuf;
use crate::theme::Role;

/// How wide the list is, how many rows it has at most, and how wide keys are.
const WIDTH: u16 = 78;
const ROWS: u16 = 14;
const KEY: u16 = 6;

/// The actions, and what they are looked for by.
pub(super) fn draw(
    pen: &mut Pen<'_>,
    model: &Model,
    body: Rect,
    query: &TextBuf,
    selected: usize,
) -> Position {
    // as high as with all of them, so that it stays where it is
    let all = named(model, "").len();
    let named = named(model, &query.text());
    let rows = u16::try_from(all).unwrap_or(ROWS).min(ROWS);
    let area = layout::middle(body, WIDTH.min(body.width.saturating_sub(4)), rows + 3);
    let frame = Frame {
        title: "Actions",
        is_focused: true,
        ..Frame::default()
    };
    let area = pen.dialog(area, &frame);
    pen.put(area.x, area.y, 1, ":", Role::Key);
    let field = Rect {
        x: area.x + 2,
        width: area.width.saturating_sub(2),
        height: 1,
        ..area
    };
    let caret = pen.field(query, field);
    let area = layout::below(area, 1);
    if named.is_empty() && area.height > 0 {
        let text = "No action has this name. Esc closes.";
        pen.put(area.x + 2, area.y, area.width, text, Role::Faint);
    }
    let height = usize::from(area.height.max(1));
    let first = (selected + 1).saturating_sub(height);
    let shown = named.iter().enumerate().skip(first);
    for ((at, action), y) in shown.zip(area.y..area.bottom()) {
        let key = action.key.to_string();
        pen.put(area.x + 2, y, KEY, &key, Role::Key);
        let x = area.x + 2 + KEY.max(key.cell_width() + 1);
        let (text, role) = match action.why_not {
            None => (action.help.to_owned(), Role::Text),
            Some(why) => (format!("{} ({why})", action.help), Role::Faint),
        };
        pen.put(x, y, area.right().saturating_sub(x), &text, role);
        if at == selected {
            pen.select(Rect {
                y,
                height: 1,
                ..area
            });
        }
    }
    caret
}

/// The known accounts, and last another one.
pub(super) fn accounts(
    pen: &mut Pen<'_>,
    model: &Model,
    body: Rect,
    selected: usize,
) -> Option<Position> {
    let mut labels: Vec<_> = model
        .about
        .known
        .iter()
        .map(|known| format!("{} @ {}", sanitize::line(&known.user), place(&known.server)))
        .collect();
    labels.push("another account or server…".to_owned());
    let shown = labels.len().min(usize::from(body.height.saturating_sub(2)));
    let area = Question {
        title: "Accounts".to_owned(),
        lines: Vec::new(),
        rows: shown,
    }
    .draw(pen, body, WIDTH);
    let first = (selected + 1).saturating_sub(shown.max(1));
    let labels = labels.into_iter().enumerate().skip(first);
    choices(pen, area, labels.map(|(at, label)| (label, at == selected)))
}
