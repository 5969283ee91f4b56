//! The mouse, for those who want it: the wheel scrolls what is below it, a click selects and opens.

use ratatui::layout::Position;

use super::cx::Cx;
use super::{posts, reading, side};
use crate::effect::Effect;
use crate::keymap::{Action, Context};
use crate::layout;
use crate::msg::Click;
use crate::theme::Role;

/// How many rows the wheel moves by.
const STEP: usize = 3;

/// Takes the mouse, or leaves it to the terminal again.
pub(super) fn switch(cx: &mut Cx<'_>) {
    let has_mouse = !cx.model.has_mouse;
    cx.model.has_mouse = has_mouse;
    cx.effects.push(Effect::Mouse(has_mouse));
    cx.toast(
        Role::Good,
        if has_mouse {
            "The mouse selects and scrolls; F9 leaves it to the terminal again"
        } else {
            "The mouse is the terminal's again: it selects text to copy"
        },
    );
}

/// Something was done with it, in this column and row; gives what is to be done, and how often, where keys do it too.
pub(super) fn happened(cx: &mut Cx<'_>, click: Click, at: (u16, u16)) -> Option<(Action, usize)> {
    let at = Position::from(at);
    let body = layout::regions(cx.model).body;
    let panes = layout::panes(body);
    match (Context::of(cx.model), click) {
        (Context::Posts | Context::Filter, Click::Press) if panes.list.contains(at) => {
            let rows = layout::list(panes.list, cx.model.list.filter.is_some()).rows;
            if !rows.contains(at) {
                return None;
            }
            let wanted = cx.model.list.top + usize::from(at.y - rows.y);
            if wanted >= cx.model.list.len() {
                return None;
            }
            let before = cx.model.list.position();
            if wanted == before && Context::of(cx.model) == Context::Posts {
                posts::open_selected(cx);
                return None;
            }
            let by = wanted.cast_signed() - before.cast_signed();
            cx.model.list.step(by);
        }
        (Context::Posts | Context::Side, Click::Press)
            if panes.side.is_some_and(|pane| pane.contains(at)) =>
        {
            side::clicked(cx, at.y);
        }
        (Context::Side, Click::Press) => side::leave(cx),
        (Context::Posts, Click::Press) if panes.text.is_some_and(|pane| pane.contains(at)) => {
            posts::open_selected(cx);
        }
        // beside the text is the list: back to it
        (Context::Read, Click::Press) if panes.text.is_some() && panes.list.contains(at) => {
            cx.back();
        }
        (Context::Posts | Context::Filter, Click::Up | Click::Down)
            if panes.text.is_some_and(|pane| pane.contains(at)) =>
        {
            reading::scroll_preview(cx, if click == Click::Up { -3 } else { 3 });
        }
        // another selection would be another post
        (Context::Read, Click::Up | Click::Down)
            if panes.text.is_some() && !layout::reading(body).contains(at) => {}
        (Context::Posts | Context::Filter, Click::Up | Click::Down) if !panes.list.contains(at) => {
        }
        (
            Context::Posts | Context::Filter | Context::Read | Context::Help,
            Click::Up | Click::Down,
        ) => {
            let action = if click == Click::Up {
                Action::Up
            } else {
                Action::Down
            };
            return Some((action, STEP));
        }
        (Context::Edit, Click::Up) => return Some((Action::Up, 1)),
        (Context::Edit, Click::Down) => return Some((Action::Down, 1)),
        _ => {}
    }
    None
}
