//! The list of posts and the post that is read.

use ratatui::buffer::CellWidth;
use ratatui::layout::{Position, Rect};

use super::pen::Pen;
use crate::effect::{Slot, Timer};
use crate::filter::Filter;
use crate::layout;
use crate::model::Model;
use crate::sanitize;
use crate::screen::Read;
use crate::text::wrap::folded;
use crate::theme::Role;

/// The list, its filter, and the selected post where there is room beside it.
pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, body: Rect) -> Position {
    let areas = layout::posts(body, model.list.filter.is_some());
    if model.list.rows.is_empty() && model.list.filter.is_none() {
        return list(pen, model, body);
    }
    if let Some(beside) = areas.preview {
        for y in beside.y..beside.bottom() {
            pen.put(beside.x - 1, y, 1, "│", Role::Faint);
        }
        let current = model.list.current().map(|row| row.id);
        if let Some(shown) = model.preview.as_ref()
            && current == Some(shown.id)
        {
            read(pen, model, shown, beside);
        }
    }
    let cursor = list(pen, model, areas.list);
    match &model.list.filter {
        Some(filter) => {
            let caret = draw_filter(pen, model, filter, areas.filter);
            if filter.is_open { caret } else { cursor }
        }
        None => cursor,
    }
}

/// What is looked for, and how much of what is loaded holds it.
fn draw_filter(pen: &mut Pen<'_>, model: &Model, filter: &Filter, area: Rect) -> Position {
    let more = if model.list.is_end { "" } else { "+" };
    let (hits, loaded) = (filter.hits().len(), model.list.rows.len());
    let count = format!("{hits} of {loaded}{more} loaded");
    let width = count.cell_width();
    let x = area.right().saturating_sub(width + 1);
    pen.put(x, area.y, width, &count, Role::Faint);
    pen.put(area.x, area.y, 1, "/", Role::Key);
    let field = Rect::new(area.x + 2, area.y, x.saturating_sub(area.x + 4), 1);
    pen.field(&filter.query, field)
}

/// The rows that are visible, and no other.
fn list(pen: &mut Pen<'_>, model: &Model, area: Rect) -> Position {
    let list = &model.list;
    if let (true, Some(problem)) = (list.rows.is_empty(), &list.problem) {
        let lines = folded(&sanitize::line(problem), area.width.saturating_sub(4));
        for (line, y) in lines.iter().zip(area.y..area.bottom()) {
            pen.put(2, y, area.width, line, Role::Error);
        }
        return Position::new(0, area.y);
    }
    if list.rows.is_empty() {
        let text = if list.is_loading || model.user.is_none() {
            "Loading…"
        } else if model.offline.is_some() {
            "Nothing is loaded yet"
        } else {
            "No posts yet; n writes the first"
        };
        pen.put(2, area.y, area.width, text, Role::Faint);
        return Position::new(0, area.y);
    }
    if list.len() == 0 {
        let text = "No loaded post matches";
        pen.put(2, area.y, area.width, text, Role::Faint);
        return Position::new(0, area.y);
    }
    let is_wide = area.width >= 70;
    let rows = list.visible(list.top);
    let mut cursor = Position::new(0, area.y);
    for ((at, row), y) in rows.zip(area.y..area.bottom()) {
        let is_selected = at == list.selected;
        let mut x = 2;
        if is_selected {
            pen.put(0, y, 2, ">", Role::Text);
            cursor = Position::new(0, y);
        }
        if is_wide {
            let when = chrono::DateTime::from_timestamp(row.created, 0);
            let when = when.map(|when| model.time(when, "%Y-%m-%d %H:%M"));
            pen.put(x, y, 16, &when.unwrap_or_default(), Role::Faint);
            x += 18;
        }
        pen.put(x, y, 12, &sanitize::line(&row.author), Role::Faint);
        x += 14;
        let is_saving = row.id < 0 || model.saving.values().any(|saving| saving.row == row.id);
        if is_saving {
            x = pen.put(x, y, area.width, "saving ", Role::Warning);
        } else if model.deleting.contains(&row.id) {
            x = pen.put(x, y, area.width, "deleting ", Role::Warning);
        }
        let title = sanitize::title(&row.title);
        pen.put(x, y, area.width.saturating_sub(x), &title, Role::Text);
        if is_selected {
            pen.paint(Rect::new(0, y, area.width, 1), Role::Selected);
        }
    }
    cursor
}

/// A post: title, author and times, text.
pub(super) fn read(pen: &mut Pen<'_>, model: &Model, read: &Read, body: Rect) -> Position {
    let area = layout::read(body);
    let Some(post) = &read.post else {
        let text = match &read.problem {
            Some(problem) => sanitize::line(problem),
            None if model.is_live(&Slot::Post(read.id)) || is_coming(model) => {
                "Loading…".to_owned()
            }
            None => "Could not be loaded".to_owned(),
        };
        pen.put(area.x, body.y, area.width, &text, Role::Faint);
        return Position::new(area.x, body.y);
    };
    let title = sanitize::line(&post.title);
    pen.put(area.x, body.y, area.width, &title, Role::Strong);
    let mut about = model.time(post.created_at, "%Y-%m-%d %H:%M");
    if area.width >= 60 && (post.updated_at - post.created_at).num_seconds() > 0 {
        about = format!(
            "{about}, changed {}",
            model.time(post.updated_at, "%Y-%m-%d %H:%M")
        );
    }
    let about = format!("{about}  by {}", sanitize::line(&post.author));
    pen.put(area.x, body.y + 1, area.width, &about, Role::Faint);
    pen.lines(&read.lines, read.top, area);
    Position::new(area.x, area.y.min(body.bottom().saturating_sub(1)))
}

/// Whether the post beside the list is asked for, or about to be.
fn is_coming(model: &Model) -> bool {
    model.timers.contains_key(&Timer::Preview) || model.is_live(&Slot::Preview)
}
