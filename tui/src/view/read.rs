//! A post that is read: its title in the frame, by whom and when, its text.

use gatepost_terminal::drafts::Draft;
use ratatui::buffer::CellWidth;
use ratatui::layout::Rect;

use super::pen::{Frame, Pen};
use crate::ago;
use crate::effect::{Slot, Timer};
use crate::layout;
use crate::markdown::{self, Piece};
use crate::model::Model;
use crate::sanitize;
use crate::screen::Read;
use crate::text::wrap;
use crate::theme::Role;

/// The pane of a post.
pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, read: &Read, pane: Rect, is_focused: bool) {
    let areas = layout::read(pane);
    let title = match &read.post {
        Some(post) => sanitize::title(&post.title),
        None => "Post".to_owned(),
    };
    let part = match &read.post {
        Some(_) => part(&read.lines, read, areas.text),
        None => String::new(),
    };
    let frame = Frame {
        title: &title,
        is_focused,
        left: if model.is_raw { "as typed" } else { "" },
        right: &part,
    };
    pen.frame(pane, &frame);
    let Some(post) = &read.post else {
        let text = match &read.problem {
            Some(problem) => sanitize::line(problem),
            None if model.is_live(&Slot::Post(read.id)) || is_coming(model) => {
                "Loading…".to_owned()
            }
            None => "Could not be loaded. r tries again.".to_owned(),
        };
        let lines = wrap::folded(&text, areas.about.width);
        let rows = areas.about.y..areas.text.bottom();
        for (line, y) in lines.iter().zip(rows) {
            pen.put(areas.about.x, y, areas.about.width, line, Role::Faint);
        }
        return;
    };
    let ago = |at| {
        if pen.is_linear {
            // which does not change while it is read
            model.time(at, "%Y-%m-%d %H:%M")
        } else {
            ago::long(at, model.now, model.about.zone)
        }
    };
    let author = sanitize::line(&post.author);
    let dot = pen.dot();
    let mut about = format!("by {author}{dot}{}", ago(post.created_at));
    if (post.updated_at - post.created_at).num_seconds() > 0 {
        let more = format!("{about}{dot}changed {}", ago(post.updated_at));
        // half of a time is none
        if more.cell_width() <= areas.about.width {
            about = more;
        }
    }
    if model.drafts.iter().any(|draft| draft.post == Some(post.id)) {
        about = format!("{}draft{dot}{about}", pen.sign("✎ "));
    }
    pen.put(
        areas.about.x,
        areas.about.y,
        areas.about.width,
        &about,
        Role::Faint,
    );
    if post.content.trim().is_empty() {
        let (x, y) = (areas.text.x, areas.text.y);
        pen.put(x, y, areas.text.width, "(no text)", Role::Faint);
    } else {
        pen.pieces(&read.lines, read.top, areas.text);
    }
}

/// The pane of a text that is no post yet.
pub(super) fn draft(pen: &mut Pen<'_>, model: &Model, draft: &Draft, pane: Rect) {
    let areas = layout::read(pane);
    let title = sanitize::title(&draft.title);
    let frame = Frame {
        title: &title,
        ..Frame::default()
    };
    pen.frame(pane, &frame);
    let saved = chrono::DateTime::from_timestamp(draft.saved, 0).unwrap_or(model.now);
    let saved = ago::long(saved, model.now, model.about.zone);
    let about = format!("{}draft, kept {saved} · Enter continues it", pen.sign("✎ "));
    let (area, text) = (areas.about, areas.text);
    pen.put(area.x, area.y, area.width, &about, Role::Faint);
    let lines = if model.is_raw {
        markdown::raw(&draft.content)
    } else {
        markdown::lines(&draft.content)
    };
    pen.pieces(&lines, wrap::Anchor::default(), text);
}

/// The pane where no post is selected.
pub(super) fn nothing(pen: &mut Pen<'_>, pane: Rect) {
    pen.frame(pane, &Frame::default());
}

/// How far the text is read: nothing where all of it is there.
fn part(lines: &[Piece], read: &Read, area: Rect) -> String {
    let height = isize::try_from(area.height.max(1)).unwrap_or(1);
    let last = wrap::last(lines, area.width);
    let end = wrap::step(lines, last, 1 - height, area.width);
    if end == wrap::Anchor::default() {
        String::new()
    } else if read.top >= end {
        "end".to_owned()
    } else {
        format!("{} %", read.top.line * 100 / lines.len().max(1))
    }
}

/// Whether the post beside the list is asked for, or about to be.
fn is_coming(model: &Model) -> bool {
    model.timers.contains_key(&Timer::Preview) || model.is_live(&Slot::Preview)
}
