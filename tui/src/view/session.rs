//! The account, and the session it is used in.

use gatepost_sdk::{Degraded, SessionState};
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
    table(pen, area, "Session", &rows)
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
