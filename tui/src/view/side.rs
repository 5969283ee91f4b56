//! What is beside the list on a wide screen: the accounts, and which of the posts are shown.

use ratatui::layout::{Position, Rect};

use super::pen::{Frame, Pen};
use super::status::{number, place, who};
use crate::layout;
use crate::model::Model;
use crate::sanitize;
use crate::side::{Entry, entries, is_in_use};
use crate::theme::Role;

/// Draws both parts; gives where the marked entry is, where keys go to it.
pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, pane: Rect) -> Option<Position> {
    let areas = layout::side(pane);
    let all = entries(model);
    let count = all.iter().filter(|entry| entry.is_account()).count();
    let (accounts, show) = all.split_at(count);
    let marked = model.side;
    let frame = Frame {
        title: "Accounts",
        is_focused: marked.is_some_and(|at| at < count),
        right: "a switches",
        ..Frame::default()
    };
    pen.frame(layout::around(areas.accounts), &frame);
    let frame = Frame {
        title: "Show",
        is_focused: marked.is_some_and(|at| at >= count),
        ..Frame::default()
    };
    pen.frame(layout::around(areas.show), &frame);
    let above = rows(pen, model, areas.accounts, accounts, marked);
    let marked = marked.and_then(|at| at.checked_sub(count));
    above.or(rows(pen, model, areas.show, show, marked))
}

/// Draws entries, one a row, so that the marked one is seen.
fn rows(
    pen: &mut Pen<'_>,
    model: &Model,
    area: Rect,
    entries: &[Entry],
    marked: Option<usize>,
) -> Option<Position> {
    let height = usize::from(area.height);
    let marked = marked.filter(|at| *at < entries.len());
    let first = marked.map_or(0, |at| (at + 1).saturating_sub(height));
    let shown = entries.iter().enumerate().skip(first);
    let mut cursor = None;
    for ((at, entry), y) in shown.zip(area.y..area.bottom()) {
        let row = Rect {
            y,
            height: 1,
            ..area
        };
        put(pen, model, *entry, row);
        if marked == Some(at) {
            cursor = Some(pen.select(row));
        }
    }
    cursor
}

fn put(pen: &mut Pen<'_>, model: &Model, entry: Entry, row: Rect) {
    let is_mine = model.list.query.author.is_some();
    let (text, key, is_on) = match entry {
        Entry::Account(at) => {
            let known = &model.about.known[at];
            let name = format!("{} @ {}", sanitize::line(&known.user), place(&known.server));
            (name, "", is_in_use(model, at))
        }
        Entry::InUse => (who(model), "", true),
        Entry::Another => ("another account…".to_owned(), "", false),
        Entry::All => ("all posts".to_owned(), "", !is_mine),
        Entry::Mine => ("mine".to_owned(), "m", is_mine),
        Entry::Drafts => {
            let drafts = number(model.drafts.len());
            (format!("drafts ({drafts})"), "o", false)
        }
    };
    let role = match entry {
        Entry::Another => Role::Faint,
        _ if is_on => Role::Strong,
        _ => Role::Text,
    };
    if is_on {
        let color = if entry.is_account() {
            Role::Good
        } else {
            Role::Bar
        };
        pen.put(row.x + 1, row.y, 1, "●", color);
    }
    let room = row.width.saturating_sub(4);
    pen.put(row.x + 3, row.y, room, &text, role);
    pen.put_right(row.x, row.y, row.width.saturating_sub(1), key, Role::Key);
}
