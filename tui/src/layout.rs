//! Where everything is: the one answer for drawing and for scrolling.

use ratatui::layout::Rect;

/// The smallest size that is drawn on.
pub(crate) const SMALLEST: (u16, u16) = (40, 10);

/// From this width on the selected post is beside the list.
const BESIDE: u16 = 100;

/// The parts of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Regions {
    /// Who and where.
    pub(crate) header: Rect,
    pub(crate) body: Rect,
    /// A toast, or that the server can't be reached.
    pub(crate) notice: Rect,
    /// What the keys do.
    pub(crate) footer: Rect,
}

/// Cuts the screen.
pub(crate) fn regions((width, height): (u16, u16)) -> Regions {
    let line = |y: u16| Rect::new(0, y.min(height), width, u16::from(y < height));
    let body = height.saturating_sub(4);
    Regions {
        header: line(0),
        body: Rect::new(0, 2.min(height), width, body),
        notice: line(height.saturating_sub(2)),
        footer: line(height.saturating_sub(1)),
    }
}

/// The parts of the list of posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PostsAreas {
    /// What is looked for; without height where nothing is.
    pub(crate) filter: Rect,
    pub(crate) list: Rect,
    /// The selected post, where there is room beside the list.
    pub(crate) preview: Option<Rect>,
}

/// Cuts the list of posts.
pub(crate) fn posts(body: Rect, has_filter: bool) -> PostsAreas {
    let rows = u16::from(has_filter);
    let (width, preview) = if body.width < BESIDE {
        (body.width, None)
    } else {
        let width = body.width / 2;
        let rest = body.width - width - 1;
        let beside = Rect::new(body.x + width + 1, body.y, rest, body.height);
        (width, Some(beside))
    };
    let list = Rect { width, ..body };
    PostsAreas {
        filter: Rect {
            height: rows.min(list.height),
            ..list
        },
        list: below(list, rows),
        preview,
    }
}

/// A window with a margin, no wider than is good to read.
fn column(area: Rect) -> Rect {
    let width = area.width.saturating_sub(2).min(100);
    Rect::new(
        area.x + u16::from(area.width > 1),
        area.y,
        width,
        area.height,
    )
}

/// The text of a post that is read, below its title and author.
pub(crate) fn read(body: Rect) -> Rect {
    below(column(body), 3)
}

/// The parts of the editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EditAreas {
    pub(crate) title: Rect,
    pub(crate) errors: Rect,
    pub(crate) body: Rect,
}

/// Cuts the editor; so many messages are shown between title and text.
pub(crate) fn edit(body: Rect, errors: usize) -> EditAreas {
    let area = column(body);
    let count = u16::try_from(errors)
        .unwrap_or(u16::MAX)
        .min(area.height / 3);
    let head = below(area, 1);
    EditAreas {
        // behind "Title "
        title: Rect::new(
            area.x + 6.min(area.width),
            area.y,
            area.width.saturating_sub(6),
            area.height.min(1),
        ),
        errors: Rect::new(head.x, head.y, head.width, count.min(head.height)),
        body: below(area, 2 + count),
    }
}

fn below(area: Rect, rows: u16) -> Rect {
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
