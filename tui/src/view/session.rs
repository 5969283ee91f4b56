//! The account, and the session it is used in.

use gatepost_sdk::{AccountSession, Degraded, SessionState};
use ratatui::buffer::CellWidth;
use ratatui::layout::{Position, Rect};

use super::pen::Pen;
use crate::effect::Slot;
use crate::model::Model;
use crate::sanitize;
use crate::text::wrap::folded;
use crate::theme::Role;

pub(super) fn profile(pen: &mut Pen<'_>, model: &Model, area: Rect) -> Position {
    let Some(user) = &model.profile else {
        let text = if model.is_live(&Slot::Profile) {
            "Loading…"
        } else {
            "Could not be loaded"
        };
        pen.put(2, area.y, area.width, text, Role::Faint);
        return Position::new(2, area.y);
    };
    let rows = [
        ("Username", user.username.clone()),
        ("ID", user.id.map_or_else(String::new, |id| id.to_string())),
        ("E-mail", user.email.clone()),
        ("First name", user.first_name.clone()),
        ("Last name", user.last_name.clone()),
    ];
    table(pen, area, "Profile", &rows)
}

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) -> Position {
    let until = |at: Option<chrono::DateTime<chrono::Utc>>| match at {
        Some(at) => model.time(at, "%Y-%m-%d %H:%M:%S"),
        None => "unknown".to_owned(),
    };
    let state = match &model.session {
        SessionState::Active {
            degraded: Some(Degraded::StoreFailed),
            ..
        } => "signed in; the new tokens could not be stored".to_owned(),
        SessionState::Active {
            degraded: Some(_), ..
        } => "signed in; the server can't be reached".to_owned(),
        SessionState::Active { .. } => "signed in".to_owned(),
        SessionState::Refreshing { .. } => "the tokens are being refreshed".to_owned(),
        SessionState::Expired { reason, .. } => format!("ended: {reason}"),
        SessionState::Token { .. } => "signed in with a given token".to_owned(),
        _ => "signed out".to_owned(),
    };
    let details = model.details.as_ref();
    let verified = match model.verified {
        Some(true) => "the server accepts the access token",
        Some(false) => "the server refuses the access token",
        None if model.is_live(&Slot::Verify) => "asking…",
        None => "",
    };
    // what is not in the header first: a low window has no room for all
    let mut rows = vec![
        ("State", state),
        ("Verified", verified.to_owned()),
        (
            "Access until",
            until(details.and_then(|details| details.access_until)),
        ),
        (
            "Session until",
            until(details.and_then(|details| details.refresh_until)),
        ),
        ("Kept in", model.kept_in().to_owned()),
        ("User", model.user.clone().unwrap_or_default()),
        ("Server", model.about.server.clone()),
    ];
    if let Some(details) = details {
        rows.push(("Server's features", details.features.join(", ")));
        if details.skew != 0 {
            rows.push(("Clocks differ by", format!("{} s", details.skew)));
        }
    }
    rows.retain(|(_, value)| !value.is_empty());
    // the list has what the table leaves, and half of a low window
    let needed = u16::try_from(rows.len() + 2).unwrap_or(u16::MAX);
    let above = needed.min(
        area.height
            .div_ceil(2)
            .max(area.height.saturating_sub(list_height(model, area.width))),
    );
    let (top, below) = cut(area, above);
    let cursor = table(pen, top, "Session", &rows);
    list(pen, model, below).unwrap_or(cursor)
}

/// How many rows the list of sessions would like to have, with its heading and a blank line before.
fn list_height(model: &Model, width: u16) -> u16 {
    let sessions = &model.sessions;
    let rows = match &sessions.problem {
        Some(problem) => folded(&sanitize::line(problem), width.saturating_sub(4)).len(),
        None => sessions.rows.len().max(1),
    };
    u16::try_from(rows + 2).unwrap_or(u16::MAX)
}

fn cut(area: Rect, above: u16) -> (Rect, Rect) {
    let above = above.min(area.height);
    let top = Rect {
        height: above,
        ..area
    };
    let below = Rect::new(area.x, area.y + above, area.width, area.height - above);
    (top, below)
}

/// Where the account is logged in; gives where the mark is.
fn list(pen: &mut Pen<'_>, model: &Model, area: Rect) -> Option<Position> {
    // without room for a blank line and a heading the rows alone
    let spare = area.height.saturating_sub(1).min(2);
    let (head, area) = cut(area, spare);
    if spare > 0 {
        let y = head.bottom() - 1;
        pen.put(2, y, head.width, "Signed in with", Role::Strong);
    }
    let sessions = &model.sessions;
    let said = match &sessions.problem {
        Some(problem) => sanitize::line(problem),
        None if !sessions.is_known => "Loading…".to_owned(),
        None if sessions.rows.is_empty() => "The server lists no session".to_owned(),
        None => String::new(),
    };
    if !said.is_empty() {
        let lines = folded(&said, area.width.saturating_sub(4));
        for (line, y) in lines.iter().zip(area.y..area.bottom()) {
            pen.put(2, y, area.width, line, Role::Faint);
        }
        return None;
    }
    let height = usize::from(area.height);
    let first = (sessions.selected + 1).saturating_sub(height.max(1));
    let rows = sessions.rows.iter().enumerate().skip(first);
    let mut cursor = None;
    for ((at, session), y) in rows.zip(area.y..area.bottom()) {
        let is_selected = at == sessions.selected;
        if is_selected {
            pen.put(0, y, 2, ">", Role::Text);
            cursor = Some(Position::new(0, y));
        }
        row(
            pen,
            model,
            session,
            Rect::new(2, y, area.width.saturating_sub(2), 1),
        );
        if is_selected {
            pen.paint(Rect::new(0, y, area.width, 1), Role::Selected);
        }
    }
    cursor
}

/// What is said of one: what logged in, when, and when it was last used.
fn row(pen: &mut Pen<'_>, model: &Model, session: &AccountSession, area: Rect) {
    let label = match session.label.as_str() {
        "" => "an unknown program".to_owned(),
        label => sanitize::line(label),
    };
    let mut when = format!("since {}", model.time(session.begun, "%Y-%m-%d %H:%M"));
    if session.current && area.width < 60 {
        "this one".clone_into(&mut when);
    } else if session.current {
        when = format!("{when}, this one");
    } else if let Some(at) = session.last_refreshed
        && area.width >= 70
    {
        when = format!("{when}, used {}", model.time(at, "%Y-%m-%d %H:%M"));
    }
    // the end of the row is what tells sessions of one program apart
    let room = area.width.saturating_sub(when.cell_width() + 2).max(12);
    let x = area.x + room.min(26) + 1;
    pen.put(area.x, area.y, room.min(26), &label, Role::Text);
    pen.put(
        x,
        area.y,
        area.right().saturating_sub(x),
        &when,
        Role::Faint,
    );
}

fn table(pen: &mut Pen<'_>, area: Rect, title: &str, rows: &[(&str, String)]) -> Position {
    let room = area.width.saturating_sub(21);
    let mut lines = Vec::new();
    for (label, value) in rows {
        for (at, line) in folded(&sanitize::line(value), room).into_iter().enumerate() {
            lines.push((if at == 0 { *label } else { "" }, line));
        }
    }
    // where there is no room for a heading and a blank line, the rows alone
    let spare = area
        .height
        .saturating_sub(u16::try_from(lines.len()).unwrap_or(u16::MAX));
    let first = area.y + spare.min(2);
    if first > area.y {
        pen.put(2, area.y, area.width, title, Role::Strong);
    }
    for ((label, value), y) in lines.iter().zip(first..area.bottom()) {
        pen.put(2, y, 17, label, Role::Faint);
        pen.put(20, y, area.width, value, Role::Text);
    }
    Position::new(2, first.min(area.bottom().saturating_sub(1)))
}
