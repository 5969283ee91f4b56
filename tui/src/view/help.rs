//! The help: what the keys do, those of the screen below first.

use ratatui::layout::{Position, Rect};

use super::pen::{Frame, Pen};
use crate::help::{self, Line};
use crate::layout;
use crate::model::Model;
use crate::theme::Role;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, top: usize, body: Rect) -> Option<Position> {
    let pane = layout::help(body);
    let area = layout::inside(pane);
    let lines = help::lines(model, area.width);
    let is_end = top + usize::from(area.height) >= lines.len();
    let part = if is_end {
        "end".to_owned()
    } else {
        format!("{} %", top * 100 / lines.len().max(1))
    };
    pen.frame(
        pane,
        &Frame {
            title: "Keys",
            is_focused: true,
            right: &part,
            ..Frame::default()
        },
    );
    let (x, end) = (area.x + 1, area.right());
    let column = area.x + help::column(area.width);
    for (line, y) in lines.iter().skip(top).zip(area.y..area.bottom()) {
        match line {
            Line::Heading(text) => {
                pen.put(x, y, end.saturating_sub(x), text, Role::Strong);
            }
            Line::Keys(keys, help) => {
                pen.put(x, y, end.saturating_sub(x), keys, Role::Key);
                pen.put(column, y, end.saturating_sub(column), help, Role::Text);
            }
            Line::Below(help) => {
                pen.put(column, y, end.saturating_sub(column), help, Role::Text);
            }
            Line::Blank => {}
        }
    }
    None
}
