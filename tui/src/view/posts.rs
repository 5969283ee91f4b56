//! The list of posts, with what is beside it where there is room.

use ratatui::buffer::CellWidth;
use ratatui::layout::{Position, Rect};

use super::pen::{Frame, Pen};
use super::status::number;
use super::{read, side};
use crate::ago;
use crate::filter::Filter;
use crate::layout;
use crate::list::List;
use crate::model::Model;
use crate::msg::Row;
use crate::sanitize;
use crate::screen::Read;
use crate::text::wrap::folded;
use crate::theme::Role;

/// How wide ages are, and authors at most.
const AGE: u16 = 7;
const AUTHOR: u16 = 16;

/// The list, and the selected post beside it.
pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, body: Rect) -> Option<Position> {
    let panes = layout::panes(body);
    let marked = panes.side.and_then(|pane| side::draw(pen, model, pane));
    if let Some(pane) = panes.text {
        let current = model.list.current().map(|row| row.id);
        let draft = current.and_then(|row| model.draft_of(row));
        let shown = model.preview.as_ref();
        match shown.filter(|shown| current == Some(shown.id)) {
            Some(shown) => read::draw(pen, model, shown, pane, false),
            None => match draft {
                Some(draft) => read::draft(pen, model, draft, pane),
                None => read::nothing(pen, pane),
            },
        }
    }
    let selected = pane(pen, model, panes.list, model.side.is_none());
    marked.or(selected)
}

/// The post that is read, and the list beside it.
pub(super) fn draw_read(
    pen: &mut Pen<'_>,
    model: &Model,
    shown: &Read,
    body: Rect,
) -> Option<Position> {
    let panes = layout::panes(body);
    if let Some(pane) = panes.side {
        side::draw(pen, model, pane);
    }
    if panes.text.is_some() {
        pane(pen, model, panes.list, false);
    }
    read::draw(pen, model, shown, layout::reading(body), true);
    None
}

/// The pane of the list.
fn pane(pen: &mut Pen<'_>, model: &Model, area: Rect, is_focused: bool) -> Option<Position> {
    let list = &model.list;
    let position = position(list);
    pen.frame(
        area,
        &Frame {
            title: "Posts",
            is_focused,
            left: &position,
            right: &shown(list),
        },
    );
    let areas = layout::list(area, list.filter.is_some());
    let filter = list.filter.as_ref();
    let caret = filter.map(|filter| draw_filter(pen, list, filter, areas.filter));
    if let Some(said) = said(model) {
        let (text, role) = said;
        let room = areas.rows.width.saturating_sub(4);
        let y = areas.rows.y + areas.rows.height / 3;
        for (line, y) in folded(&text, room).iter().zip(y..areas.rows.bottom()) {
            pen.put(areas.rows.x + 3, y, room, line, role);
        }
        return caret.filter(|_| model.is_filtering());
    }
    let columns = Columns::of(areas.rows);
    if areas.heads.height > 0 && !pen.is_linear {
        columns.put(pen, areas.heads.y, ("TITLE", "AUTHOR", "AGE"), Role::Faint);
    }
    if list.is_end {
        // of a list that goes on nobody knows how long it is
        let role = if is_focused { Role::Bar } else { Role::Frame };
        pen.thumb(area, areas.rows, (list.top, list.len()), role);
    }
    let mut cursor = None;
    let rows = list.visible(list.top);
    for ((at, row), y) in rows.zip(areas.rows.y..areas.rows.bottom()) {
        draw_row(pen, model, &columns, row, y);
        if at == list.selected {
            let line = Rect {
                y,
                height: 1,
                ..areas.rows
            };
            if is_focused {
                cursor = Some(pen.select(line));
            } else {
                let bar = pen.bar();
                pen.put(line.x, y, 1, bar, Role::Bar);
            }
        }
    }
    caret.filter(|_| model.is_filtering()).or(cursor)
}

/// Where the columns of the list are.
struct Columns {
    mark: u16,
    title: (u16, u16),
    author: (u16, u16),
    age: u16,
}

impl Columns {
    /// The title takes what the others leave.
    fn of(area: Rect) -> Self {
        let author = (area.width / 6).clamp(6, AUTHOR);
        let age = area.right().saturating_sub(AGE + 1);
        let at = age.saturating_sub(author + 1);
        let title = area.x + 3;
        Self {
            mark: area.x + 1,
            title: (title, at.saturating_sub(title + 1)),
            author: (at, author),
            age,
        }
    }

    fn put(&self, pen: &mut Pen<'_>, y: u16, (title, author, age): (&str, &str, &str), role: Role) {
        pen.put(self.title.0, y, self.title.1, title, role);
        pen.put(self.author.0, y, self.author.1, author, role);
        pen.put_right(self.age, y, AGE, age, role);
    }
}

fn draw_row(pen: &mut Pen<'_>, model: &Model, columns: &Columns, row: &Row, y: u16) {
    let age = chrono::DateTime::from_timestamp(row.created, 0);
    let age = age.map(|at| ago::short(at, model.now, model.about.zone));
    let age = age.filter(|_| !model.draft_rows.contains_key(&row.id));
    let age = age.unwrap_or_else(|| "draft".to_owned());
    let (mut x, room) = columns.title;
    let end = x + room;
    let is_draft = model.draft_rows.contains_key(&row.id);
    let is_saving =
        row.id < 0 && !is_draft || model.saving.values().any(|saving| saving.row == row.id);
    if is_saving {
        x = pen.put(x, y, room, "saving ", Role::Warning);
    } else if model.deleting.contains(&row.id) {
        x = pen.put(x, y, room, "deleting ", Role::Warning);
    } else if is_draft || model.drafts.iter().any(|draft| draft.post == Some(row.id)) {
        if pen.is_linear {
            x = pen.put(x, y, room, "draft ", Role::Warning);
        } else {
            pen.put(columns.mark, y, 1, "✎", Role::Warning);
        }
    }
    let title = sanitize::title(&row.title);
    if pen.is_linear {
        // in one piece, and with a time that does not change while it is read
        let at = chrono::DateTime::from_timestamp(row.created, 0);
        let day = at.map_or_else(String::new, |at| model.time(at, ", %Y-%m-%d"));
        let text = format!("{title}, by {}{day}", sanitize::line(&row.author));
        let end = columns.age + AGE;
        pen.put(x, y, end.saturating_sub(x), &text, Role::Text);
        return;
    }
    pen.put(x, y, end.saturating_sub(x), &title, Role::Text);
    let (x, room) = columns.author;
    let author = if is_draft {
        "you".into()
    } else {
        sanitize::line(&row.author)
    };
    pen.put(x, y, room, &author, Role::Text);
    pen.put_right(columns.age, y, AGE, &age, Role::Faint);
}

/// What is looked for, and how much of what is loaded holds it.
fn draw_filter(pen: &mut Pen<'_>, list: &List, filter: &Filter, area: Rect) -> Position {
    let more = if list.is_end { "" } else { "+" };
    let (hits, loaded) = (filter.hits().len(), list.rows.len());
    let count = format!("{} of {}{more} loaded", number(hits), number(loaded));
    let width = count.cell_width();
    let x = area.right().saturating_sub(width + 1);
    pen.put(x, area.y, width, &count, Role::Faint);
    pen.put(area.x + 1, area.y, 1, "/", Role::Key);
    let field = Rect::new(area.x + 3, area.y, x.saturating_sub(area.x + 5), 1);
    pen.field(&filter.query, field)
}

/// What stands in place of rows where there are none.
fn said(model: &Model) -> Option<(String, Role)> {
    let list = &model.list;
    if list.len() > 0 {
        return None;
    }
    if let (true, Some(problem)) = (list.rows.is_empty(), &list.problem) {
        return Some((sanitize::line(problem), Role::Error));
    }
    let searched = &list.query.text;
    let text = if list.rows.is_empty() {
        if list.is_loading || model.user.is_none() {
            "Loading…".to_owned()
        } else if model.offline.is_some() {
            "Nothing is loaded yet.".to_owned()
        } else if !searched.is_empty() {
            let searched = sanitize::line(searched);
            format!("Nothing on the server matches '{searched}'. Esc shows all.")
        } else if list.query.author.is_some() {
            "You have not written a post yet. n writes the first, m shows all.".to_owned()
        } else {
            "No posts yet. n writes the first.".to_owned()
        }
    } else {
        let query = list.filter.as_ref().map(|filter| filter.query.text());
        let query = sanitize::line(query.unwrap_or_default().trim());
        let more = if model.can_search && model.is_filtering() {
            " Enter searches on the server."
        } else {
            ""
        };
        format!("Nothing that is loaded matches '{query}'. Esc shows all.{more}")
    };
    Some((text, Role::Faint))
}

/// Which row of how many is selected.
fn position(list: &List) -> String {
    let more = if list.is_end { "" } else { "+" };
    let at = number(list.position() + 1);
    match list.len() {
        0 => String::new(),
        count if list.is_seeking() => format!("loading, {} so far", number(count)),
        count if list.filter.is_some() => format!("{at} of {}", number(count)),
        count => format!("{at} of {}{more}", number(count)),
    }
}

/// Which of the posts are listed.
fn shown(list: &List) -> String {
    let mut parts = Vec::new();
    if list.query.author.is_some() {
        parts.push("mine".to_owned());
    }
    if !list.query.text.is_empty() {
        parts.push(format!("search: {}", sanitize::line(&list.query.text)));
    }
    if let Some(filter) = list.filter.as_ref().filter(|filter| !filter.is_empty()) {
        parts.push(format!(
            "filter: {}",
            sanitize::line(filter.query.text().trim())
        ));
    }
    if parts.is_empty() {
        parts.push("all posts".to_owned());
    }
    parts.join(" · ")
}
