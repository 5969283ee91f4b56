//! What is beside the list on a wide screen: the accounts, and which of the posts are shown.

use ratatui::layout::Rect;

use super::pen::{Frame, Pen};
use super::status::{number, place, who};
use crate::layout;
use crate::model::Model;
use crate::sanitize;
use crate::theme::Role;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, pane: Rect) {
    let frame = Frame {
        title: "Accounts",
        right: "a switches",
        ..Frame::default()
    };
    let drafts = model.drafts.len();
    // the lower part is what is shown of the posts: three rows and their frame
    let above = Rect {
        height: pane.height.saturating_sub(5),
        ..pane
    };
    let area = pen.frame(above, &frame);
    let room = area.width.saturating_sub(4);
    let mut y = area.y;
    if model.user.is_some() && y < area.bottom() {
        pen.put(area.x + 1, y, 1, "●", Role::Good);
        pen.put(area.x + 3, y, room, &who(model), Role::Strong);
        y += 1;
    }
    let others = model.about.known.iter().filter(|known| {
        known.server != model.about.server || Some(&known.user) != model.user.as_ref()
    });
    for (known, y) in others.zip(y..area.bottom()) {
        let name = format!("{} @ {}", sanitize::line(&known.user), place(&known.server));
        pen.put(area.x + 3, y, room, &name, Role::Text);
    }
    let below = layout::below(pane, above.height);
    let frame = Frame {
        title: "Show",
        ..Frame::default()
    };
    let area = pen.frame(below, &frame);
    let is_mine = model.list.query.author.is_some();
    let rows = [
        ("all posts".to_owned(), "", !is_mine),
        ("mine".to_owned(), "m", is_mine),
        (format!("drafts ({})", number(drafts)), "o", false),
    ];
    for ((text, key, is_shown), y) in rows.iter().zip(area.y..area.bottom()) {
        let role = if *is_shown { Role::Strong } else { Role::Text };
        if *is_shown {
            pen.put(area.x + 1, y, 1, "●", Role::Bar);
        }
        pen.put(area.x + 3, y, room, text, role);
        pen.put_right(area.x, y, area.width.saturating_sub(1), key, Role::Key);
    }
}
