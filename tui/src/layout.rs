//! Where everything is: the one answer for drawing, for scrolling and for clicks.

use ratatui::layout::Rect;

use crate::model::Model;

/// The smallest size that is drawn on.
pub(crate) const SMALLEST: (u16, u16) = (40, 10);

/// From this width on the selected post is beside the list, and from that one accounts and filters too.
const TWO: u16 = 100;
const THREE: u16 = 160;

/// How wide the pane of accounts is.
const SIDE: u16 = 30;
/// The widest list: what is left over goes to the text.
const LIST: u16 = 96;
/// The longest line that is good to read.
pub(crate) const MEASURE: u16 = 80;
/// A pane around a text of that measure: a border and a column of air at each side.
const AROUND: u16 = MEASURE + 4;

/// The parts of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Regions {
    /// Who and where.
    pub(crate) header: Rect,
    /// That the server can't be reached; without height where it can.
    pub(crate) banner: Rect,
    pub(crate) body: Rect,
    /// What the keys do.
    pub(crate) footer: Rect,
}

/// Cuts the screen.
pub(crate) fn regions(model: &Model) -> Regions {
    let (width, height) = model.size;
    let banner = u16::from(model.offline.is_some());
    let line = |y: u16, rows: u16| {
        let y = y.min(height);
        Rect::new(0, y, width, rows.min(height - y))
    };
    let mut body = line(1 + banner, height.saturating_sub(2 + banner));
    if model.about.is_linear {
        // too narrow for anything beside each other
        body.width = width.min(TWO - 1);
    }
    Regions {
        header: line(0, 1),
        banner: line(1, banner),
        body,
        footer: line(height.saturating_sub(1), 1),
    }
}

/// The panes of the posts, side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Panes {
    /// Accounts and what is shown of the posts, where there is room.
    pub(crate) side: Option<Rect>,
    pub(crate) list: Rect,
    /// The selected post, where there is room beside the list.
    pub(crate) text: Option<Rect>,
}

/// Cuts the body of the posts.
pub(crate) fn panes(body: Rect) -> Panes {
    if body.width < TWO {
        return Panes {
            side: None,
            list: body,
            text: None,
        };
    }
    let side = if body.width < THREE { 0 } else { SIDE };
    let rest = body.width - side;
    let list = (rest * 46 / 100).max(rest.saturating_sub(AROUND)).min(LIST);
    let cut = |x: u16, width: u16| Rect {
        x: body.x + x,
        width,
        ..body
    };
    Panes {
        side: (side > 0).then(|| cut(0, side)),
        list: cut(side, list),
        text: Some(cut(side + list, rest - list)),
    }
}

/// The parts of the pane beside the list, inside of their frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SideAreas {
    pub(crate) accounts: Rect,
    /// Which of the posts are shown.
    pub(crate) show: Rect,
}

/// Cuts the pane beside the list: the lower part has three rows.
pub(crate) fn side(pane: Rect) -> SideAreas {
    let above = first(pane, pane.height.saturating_sub(5));
    SideAreas {
        accounts: inside(above),
        show: inside(below(pane, above.height)),
    }
}

/// What is around the inside of a frame.
pub(crate) fn around(area: Rect) -> Rect {
    Rect::new(
        area.x.saturating_sub(1),
        area.y.saturating_sub(1),
        area.width + 2,
        area.height + 2,
    )
}

/// Where the post is that is read: beside the list, or in its place.
pub(crate) fn reading(body: Rect) -> Rect {
    let panes = panes(body);
    panes.text.unwrap_or(panes.list)
}

/// What is inside of a frame.
pub(crate) fn inside(pane: Rect) -> Rect {
    Rect::new(
        pane.x + 1.min(pane.width),
        pane.y + 1.min(pane.height),
        pane.width.saturating_sub(2),
        pane.height.saturating_sub(2),
    )
}

/// The parts of the list of posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ListAreas {
    /// What is looked for; without height where nothing is.
    pub(crate) filter: Rect,
    /// The names of the columns; without height where the rows need the room.
    pub(crate) heads: Rect,
    pub(crate) rows: Rect,
}

/// Cuts the pane of the list.
pub(crate) fn list(pane: Rect, has_filter: bool) -> ListAreas {
    let area = inside(pane);
    let filter = first(area, u16::from(has_filter));
    let area = below(area, filter.height);
    let heads = first(area, u16::from(area.height > 3));
    ListAreas {
        filter,
        heads,
        rows: below(area, heads.height),
    }
}

/// The parts of a post that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadAreas {
    /// By whom, and when.
    pub(crate) about: Rect,
    pub(crate) text: Rect,
}

/// Cuts the pane of a post.
pub(crate) fn read(pane: Rect) -> ReadAreas {
    let area = column(inside(pane));
    let about = first(area, 1);
    let gap = if area.height > 5 { 2 } else { 1 };
    ReadAreas {
        about,
        text: below(area, gap),
    }
}

/// A window with a column of air, no wider than is good to read.
fn column(area: Rect) -> Rect {
    let width = area.width.saturating_sub(2).min(MEASURE);
    Rect {
        x: area.x + u16::from(area.width > 1),
        width,
        ..area
    }
}

/// The parts of the editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EditAreas {
    pub(crate) frame: Rect,
    pub(crate) title: Rect,
    pub(crate) errors: Rect,
    /// Between title and text; without height where the text needs the room.
    pub(crate) rule: Rect,
    pub(crate) body: Rect,
}

/// Cuts the editor; so many messages are shown between title and text.
pub(crate) fn edit(body: Rect, errors: usize) -> EditAreas {
    let frame = middle(body, AROUND, body.height);
    let area = column(inside(frame));
    let count = u16::try_from(errors)
        .unwrap_or(u16::MAX)
        .min(area.height / 3);
    let title = first(area, 1);
    let rest = below(area, 1);
    let errors = first(rest, count);
    let rest = below(rest, count);
    let rule = first(rest, u16::from(rest.height > 3));
    EditAreas {
        frame,
        title,
        errors,
        rule,
        body: below(rest, rule.height),
    }
}

/// The window of the help.
pub(crate) fn help(body: Rect) -> Rect {
    middle(body, 100, body.height)
}

fn first(area: Rect, rows: u16) -> Rect {
    Rect {
        height: rows.min(area.height),
        ..area
    }
}

/// What is left below so many rows.
pub(crate) fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect::new(area.x, area.y + rows, area.width, area.height - rows)
}

/// A box of this size in the middle.
pub(crate) fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 2,
        width,
        height,
    )
}
