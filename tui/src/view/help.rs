//! The help: what the keys do, those of the screen below first.

use ratatui::layout::{Position, Rect};

use super::pen::Pen;
use crate::help::{self, Line};
use crate::model::Model;
use crate::theme::Role;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, top: usize, area: Rect) -> Position {
    let lines = help::lines(model);
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
                pen.put(help::column(area.width), y, area.width, help, Role::Text);
            }
            Line::Blank => {}
        }
    }
    Position::new(2, area.y)
}
