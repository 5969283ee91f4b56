//! The keys, from their table: those of the screen below first.

use ratatui::layout::{Position, Rect};

use super::Pen;
use crate::keymap::{self, Context};
use crate::model::{Model, Screen};
use crate::theme::Role;

/// A heading, or keys and what they do.
pub(crate) enum Line {
    Heading(&'static str),
    /// On one row, or the second below the first where the window is narrow.
    Keys(String, &'static str),
    Below(&'static str),
    Blank,
}

/// All lines of the help over this model.
pub(crate) fn lines(model: &Model) -> Vec<Line> {
    let below = model.screens.iter().rev();
    let below = below
        .into_iter()
        .find(|screen| !matches!(screen, Screen::Help(_)));
    let first = Context::of_screen(below.unwrap_or(&Screen::Posts));
    let others = Context::ALL.into_iter().filter(|context| *context != first);
    let is_narrow = model.size.0 < 70;
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
            if is_narrow {
                lines.push(Line::Keys(keys.join(" "), ""));
                lines.push(Line::Below(binding.help));
            } else {
                lines.push(Line::Keys(keys.join(" "), binding.help));
            }
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
                pen.put(2, y, 18, keys, Role::Key);
                pen.put(22, y, area.width.saturating_sub(22), help, Role::Text);
            }
            Line::Below(help) => {
                pen.put(4, y, area.width.saturating_sub(4), help, Role::Text);
            }
            Line::Blank => {}
        }
    }
    Position::new(2, area.y)
}
