//! The account, and the session it is used in.

use gatepost_sdk::{AccountSession, Degraded, SessionState};
use ratatui::buffer::CellWidth;
use ratatui::layout::{Position, Rect};

use super::card;
use super::pen::{Frame, Pen};
use crate::ago;
use crate::effect::Slot;
use crate::help::actions;
use crate::layout;
use crate::model::Model;
use crate::sanitize;
use crate::text::wrap::folded;
use crate::theme::Role;

pub(super) fn profile(pen: &mut Pen<'_>, model: &Model, body: Rect) -> Option<Position> {
    let rows = match &model.profile {
        Some(user) => {
            let name = format!("{} {}", user.first_name, user.last_name);
            vec![
                ("Username", user.username.clone()),
                ("Name", name.trim().to_owned()),
                ("E-mail", user.email.clone()),
                (
                    "Number",
                    user.id.map_or_else(String::new, |id| id.to_string()),
                ),
                ("Server", model.about.server.clone()),
            ]
        }
        None if model.is_live(&Slot::Profile) => vec![("", "Loading…".to_owned())],
        None => vec![("", "Could not be loaded".to_owned())],
    };
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let lines = card::table(&rows, card::room(body));
    let count = lines.len() + 1 + actions(model).len();
    let frame = Frame {
        title: "Profile",
        is_focused: true,
        ..Frame::default()
    };
    let area = card::frame(pen, body, count, &frame);
    card::put(pen, area, &lines);
    card::keys(pen, model, layout::below(area, cells(lines.len() + 1)));
    None
}

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, body: Rect) -> Option<Position> {
    let width = card::room(body);
    let lines = card::table(&facts(model), width);
    let list = list_height(model, width);
    let keys = actions(model).len();
    let frame = Frame {
        title: "Session",
        is_focused: true,
        ..Frame::default()
    };
    let area = card::frame(pen, body, lines.len() + list + 1 + keys, &frame);
    // the list has what the facts leave, and half of a low window; the keys are in the footer too
    let height = usize::from(area.height);
    let above = lines
        .len()
        .min(height.div_ceil(2).max(height.saturating_sub(list)));
    let top = Rect {
        height: cells(above),
        ..area
    };
    card::put(pen, top, &lines);
    let below = layout::below(area, cells(above));
    let listed = Rect {
        height: below.height.min(cells(list)),
        ..below
    };
    let cursor = draw_list(pen, model, listed);
    card::keys(pen, model, layout::below(below, listed.height + 1));
    cursor
}

fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// What is known of the session. What is not in the header comes first: a low window has no room for all.
fn facts(model: &Model) -> Vec<(&'static str, String)> {
    let until = |at: Option<_>| match at {
        Some(at) => ago::until(at, model.now, model.about.zone),
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
    let begun = model.sessions.rows.iter().find(|session| session.current);
    let state = match begun {
        Some(session) => {
            let since = ago::long(session.begun, model.now, model.about.zone);
            match state.strip_prefix("signed in") {
                Some(more) => format!("signed in {since}{more}"),
                None => format!("{state}; signed in {since}"),
            }
        }
        None => state,
    };
    let verified = match model.verified {
        Some(true) => "the server accepts the access token",
        Some(false) => "the server refuses the access token",
        None if model.is_live(&Slot::Verify) => "asking…",
        None => "",
    };
    let renewed = details.and_then(|details| details.access_until);
    let renewed = renewed.map_or_else(String::new, |at| {
        let at = ago::until(at, model.now, model.about.zone);
        format!("renewed by itself; this one is good until {at}")
    });
    let mut rows = vec![
        ("State", state),
        (
            "Session ends",
            until(details.and_then(|details| details.refresh_until)),
        ),
        ("Verified", verified.to_owned()),
        ("Kept in", model.kept_in().to_owned()),
        ("Account", model.user.clone().unwrap_or_default()),
        ("Server", model.about.server.clone()),
        ("Access token", renewed),
    ];
    if let Some(details) = details {
        rows.push(("Features", details.features.join(", ")));
        if details.skew != 0 {
            rows.push(("Clocks differ", skewed(details.skew)));
        }
    }
    rows.retain(|(_, value)| !value.is_empty());
    rows
}

/// How the server's clock differs from this machine's, in seconds: it less ours.
fn skewed(skew: i64) -> String {
    let way = if skew < 0 { "behind" } else { "ahead" };
    format!("by {} s: the server's is {way}", skew.unsigned_abs())
}

/// How many rows the list of sessions would like to have, with a blank line and its heading.
fn list_height(model: &Model, width: u16) -> usize {
    let sessions = &model.sessions;
    2 + match &sessions.problem {
        Some(problem) => folded(&sanitize::line(problem), width).len(),
        None => sessions.rows.len().max(1),
    }
}

/// Where the account is logged in; gives where the mark is.
fn draw_list(pen: &mut Pen<'_>, model: &Model, area: Rect) -> Option<Position> {
    // without room for a blank line and a heading the rows alone
    let spare = area.height.saturating_sub(1).min(2);
    if spare > 0 {
        let y = area.y + spare - 1;
        pen.put(
            area.x,
            y,
            area.width,
            "Where you are signed in",
            Role::Strong,
        );
    }
    let area = layout::below(area, spare);
    let sessions = &model.sessions;
    let said = match &sessions.problem {
        Some(problem) => sanitize::line(problem),
        None if !sessions.is_known => "Loading…".to_owned(),
        None if sessions.rows.is_empty() => "The server lists no session".to_owned(),
        None => String::new(),
    };
    if !said.is_empty() {
        let lines = folded(&said, area.width);
        for (line, y) in lines.iter().zip(area.y..area.bottom()) {
            pen.put(area.x, y, area.width, line, Role::Faint);
        }
        return None;
    }
    let height = usize::from(area.height);
    let first = (sessions.selected + 1).saturating_sub(height.max(1));
    let rows = sessions.rows.iter().enumerate().skip(first);
    let mut cursor = None;
    for ((at, session), y) in rows.zip(area.y..area.bottom()) {
        let line = Rect {
            y,
            height: 1,
            ..area
        };
        row(pen, model, session, line);
        if at == sessions.selected {
            cursor = Some(pen.select(line));
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
    let ago = |at| ago::long(at, model.now, model.about.zone);
    let mut when = format!("signed in {}", ago(session.begun));
    if session.current && area.width < 60 {
        "this one".clone_into(&mut when);
    } else if area.width < 60 {
        when = ago(session.begun);
    } else if session.current {
        when = format!("{when}, this one");
    } else if let Some(at) = session.last_refreshed
        && area.width >= 60
    {
        when = format!("{when}, used {}", ago(at));
    }
    let width = when.cell_width().min(area.width / 2 + 8);
    let x = area.right().saturating_sub(width + 1);
    let room = x.saturating_sub(area.x + 3);
    pen.put(area.x + 2, area.y, room, &label, Role::Text);
    pen.put(x, area.y, width, &when, Role::Faint);
}
