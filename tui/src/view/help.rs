//! The keys, from their table: those of the screen below first.

use ratatui::layout::{Position, Rect};

use super::{Pen, form::folded};
use crate::keymap::{self, Context};
use crate::model::{Model, Screen};
use crate::theme::Role;

/// A heading, or keys and what they do.
pub(crate) enum Line {
    Heading(&'static str),
    Keys(String, String),
    /// More of what they do.
    Below(String),
    Blank,
}

/// Where it says what the keys do: beside them, or below where the window is narrow.
fn column(width: u16) -> u16 {
    if width < 70 { 4 } else { 22 }
}

/// All lines of the help over this model.
pub(crate) fn lines(model: &Model) -> Vec<Line> {
    let below = model.screens.iter().rev();
    let below = below
        .into_iter()
        .find(|screen| !matches!(screen, Screen::Help(_)));
    let first = Context::of_screen(below.unwrap_or(&Screen::Posts));
    let others = Context::ALL.into_iter().filter(|context| *context != first);
    let width = model.size.0;
    let is_narrow = width < 70;
    let room = width.saturating_sub(column(width) + 1);
    let mut lines = Vec::new();
    for context in [first].into_iter().chain(others) {
        lines.push(Line::Heading(context.title()));
        for binding in keymap::bindings(context) {
            let keys: Vec<String> = keymap::keys(context, binding)
                .map(|key| key.to_string())
                .collect();
            if keys.is_empty() {
                continue;
            }
            let mut help = folded(binding.help, room).into_iter();
            let beside = if is_narrow { None } else { help.next() };
            lines.push(Line::Keys(keys.join(" "), beside.unwrap_or_default()));
            lines.extend(help.map(Line::Below));
        }
        lines.push(Line::Blank);
    }
    lines
}

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, top: usize, area: Rect) -> Position {
    let lines = lines(model);
    for (line, y) in lines.iter().skip(top).zip(area.y..area.bottom()) {
        match line {
            Line::Heading(text) => {
                pen.put(2, y, area.width, text, Role::Strong);
            }
            Line::Keys(keys, help) => {
                pen.put(2, y, area.width, keys, Role::Key);
                pen.put(22, y, area.width, help, Role::Text);
            }
            Line::Below(help) => {
                pen.put(column(area.width), y, area.width, help, Role::Text);
            }
            Line::Blank => {}
        }
    }
    Position::new(2, area.y)
}
