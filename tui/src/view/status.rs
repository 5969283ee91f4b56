//! The lines around a screen: who and where, that the server is away, what has just happened, what the keys do.

use gatepost_sdk::{Degraded, SessionState};
use ratatui::buffer::CellWidth;
use ratatui::layout::Rect;

use super::pen::Pen;
use crate::effect::Slot;
use crate::help::hints;
use crate::model::{MOST_AHEAD, Model, Wait};
use crate::msg::Kind;
use crate::sanitize;
use crate::text::wrap::folded;
use crate::theme::Role;

/// How many pictures of the spinner are a second: a keyring that takes longer waits for a person.
const SLOW: usize = 4;

/// The pictures of the spinner: ASCII, which screen readers and every font know.
const SPINNER: [&str; 4] = ["|", "/", "-", "\\"];

/// Who is signed in, and where.
pub(super) fn who(model: &Model) -> String {
    let place = place(&model.about.server);
    match &model.user {
        Some(user) if !user.is_empty() => format!("{} @ {place}", sanitize::line(user)),
        _ => place,
    }
}

/// A server without its scheme.
pub(super) fn place(server: &str) -> String {
    let place = server.split_once("://").map_or(server, |(_, place)| place);
    sanitize::line(place)
}

/// A count with its thousands apart.
pub(super) fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whether it works, as a sign and a word.
fn state(model: &Model) -> (&'static str, &'static str, Role) {
    match &model.session {
        SessionState::Unknown { reason: None } => ("○", "reading the session", Role::Faint),
        SessionState::Unknown { .. } | SessionState::SignedOut => ("○", "signed out", Role::Faint),
        SessionState::Expired { .. } => ("○", "session ended", Role::Warning),
        SessionState::Active {
            degraded: Some(Degraded::StoreFailed),
            ..
        } => ("!", "session not stored", Role::Error),
        SessionState::Active {
            degraded: Some(_), ..
        } => ("○", "offline", Role::Warning),
        _ if model.offline.is_some() => match model.offline.as_ref().map(|offline| &offline.kind) {
            Some(Kind::Server(_) | Kind::TooMany(_)) => ("○", "server busy", Role::Warning),
            _ => ("○", "offline", Role::Warning),
        },
        SessionState::Refreshing { .. } => ("◌", "refreshing", Role::Faint),
        SessionState::Token { .. } => ("●", "using a token", Role::Good),
        _ => ("●", "online", Role::Good),
    }
}

/// What takes its time, in a word.
fn doing(model: &Model) -> &'static str {
    let is_write = |slot: &Slot| {
        matches!(
            slot,
            Slot::Save(_) | Slot::Delete(_) | Slot::SignIn | Slot::Register | Slot::SignOut
        )
    };
    if model.live.keys().any(is_write) {
        "sending"
    } else {
        "refreshing"
    }
}

pub(super) fn header(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let (mut sign, mut word, mut role) = state(model);
    if let Some(moves) = model.spin {
        sign = SPINNER[moves % SPINNER.len()];
        if role == Role::Good {
            (word, role) = (doing(model), Role::Key);
        }
    }
    let state = if pen.is_linear {
        word.to_owned()
    } else {
        format!("{sign} {word}")
    };
    let width = state.cell_width();
    let right = area.width.saturating_sub(width + 1);
    let x = pen.put(1, area.y, right.saturating_sub(2), "gatepost", Role::Brand);
    let room = right.saturating_sub(x + 4);
    pen.put(x + 3, area.y, room, &who(model), Role::Text);
    pen.put(right, area.y, width, &state, role);
}

/// That the server can't be reached, since when, what waits for it, and what can be done.
pub(super) fn banner(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let Some(offline) = model.offline.as_ref().filter(|_| area.height > 0) else {
        return;
    };
    let (what, now) = match offline.kind {
        Kind::TooMany(Some(_)) => ("too many requests", ""),
        Kind::TooMany(None) => ("too many requests", " (r now)"),
        Kind::Server(_) => ("server error", " (r now)"),
        _ => ("offline", " (r now)"),
    };
    let dot = pen.dot();
    let since = model.time(offline.since, "%H:%M");
    let waiting = match model.waiting() {
        0 => String::new(),
        1 => format!("{dot}1 change waits"),
        count => format!("{dot}{count} changes wait"),
    };
    // not the time of the next try, which would be read out with each
    let next = if pen.is_linear {
        String::new()
    } else {
        format!("{dot}next try {}", model.time(offline.next, "%H:%M:%S"))
    };
    let width = area.width.saturating_sub(2);
    let begin = format!("{}{what} since {since}{waiting}", pen.sign("○ "));
    // what can be done comes before when it is done, and that before why
    let mut text = format!("{begin}{now}");
    let timed = format!("{begin}{next}{now}");
    if timed.cell_width() <= width {
        text = format!("{timed}{dot}{}", sanitize::line(&offline.text));
    }
    pen.put(1, area.y, width, &text, Role::Warning);
}

/// What has just happened or is waited for, in the lower border of the body.
pub(super) fn toast(pen: &mut Pen<'_>, model: &Model, body: Rect) {
    let Some((text, role)) = said(model) else {
        return;
    };
    let sign = match role {
        Role::Error if pen.is_linear => "Error: ",
        _ if pen.is_linear => "",
        Role::Good => "✓ ",
        Role::Error => "✗ ",
        _ => "! ",
    };
    let room = body.width.saturating_sub(2);
    if pen.is_linear {
        // nothing else is in its row
        pen.clear(Rect::new(
            body.x,
            body.bottom().saturating_sub(1),
            body.width,
            1,
        ));
    }
    let lines = if role == Role::Error {
        // nothing of what went wrong is cut: it may say where a text is kept
        folded(&format!("{sign}{text}"), room.saturating_sub(2))
    } else {
        vec![format!("{sign}{text}")]
    };
    let count = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let from = body.bottom().saturating_sub(count).max(body.y);
    for (line, y) in lines.iter().zip(from..body.bottom()) {
        let mut text = format!(" {line} ");
        if y + 1 < body.bottom() {
            // over what is below it
            let width = usize::from(room);
            text = format!("{text:width$}");
        }
        pen.clear(Rect::new(body.x + 1, y, text.cell_width().min(room), 1));
        let end = pen.put(body.x + 1, y, room, &text, role);
        if y + 1 == body.bottom() {
            pen.mend(end, y, body.right());
        }
    }
}

fn said(model: &Model) -> Option<(String, Role)> {
    let count = model.ahead.len();
    if let Some(wait) = model.waits_for().filter(|_| count > 0) {
        let (what, keys) = match wait {
            Wait::Session => ("Starting", "^c quits"),
            Wait::Form => ("Sending", "^c quits"),
            Wait::SignOut => ("Signing out", "^c quits"),
            Wait::Post(_) => ("Opening", "Esc cancels"),
        };
        let verb = match count {
            1 => "key waits",
            MOST_AHEAD.. => "keys wait, no more fit",
            _ => "keys wait",
        };
        let text = format!("{what}: {count} {verb} ({keys})");
        return Some((text, Role::Warning));
    }
    if model.waits_for() == Some(Wait::Session) && model.spin >= Some(SLOW) {
        let text = format!("Reading the session from {}…", model.kept_in());
        let text = format!("{text} It may be asking for a password; ^c quits");
        return Some((text, Role::Warning));
    }
    if let Some(toast) = &model.toast {
        return Some((sanitize::line(&toast.text), toast.role));
    }
    let ended = model.ended.as_ref().filter(|_| model.edit().is_some());
    ended.map(|(_, reason)| {
        let why = reason.map_or_else(String::new, |reason| format!(": {reason}"));
        let text = format!("^s signs in; your text is kept. Session ended{why}");
        (text, Role::Warning)
    })
}

/// What has its place in the footer whatever the width: the way back, the way to all the others, the way out; and from
/// so many columns on, the list of all actions.
const ALWAYS: [&str; 4] = ["actions", "back", "help", "quit"];
const ACTIONS: u16 = 60;

pub(super) fn footer(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let hints: Vec<_> = hints(model)
        .into_iter()
        .filter(|(_, hint)| *hint != "actions" || area.width >= ACTIONS)
        .map(|(key, hint)| (key.to_string(), hint))
        .collect();
    let width = |(key, hint): &(String, &str)| key.cell_width() + 1 + hint.cell_width() + 2;
    let (last, first): (Vec<_>, Vec<_>) = hints.iter().partition(|(_, hint)| {
        // the answers of a question come first
        ALWAYS.contains(hint) && (model.dialog.is_none() || *hint != "quit")
    });
    let kept: u16 = last.iter().copied().map(width).sum();
    let mut room = area.width.saturating_sub(1 + kept);
    let mut x = 1;
    let first = first.into_iter().filter(|hint| {
        let fits = width(hint) <= room;
        room -= if fits { width(hint) } else { 0 };
        fits
    });
    for (key, hint) in first.collect::<Vec<_>>().into_iter().chain(last) {
        x = pen.put(x, area.y, area.width.saturating_sub(x), key, Role::Key) + 1;
        x = pen.put(x, area.y, area.width.saturating_sub(x), hint, Role::Text) + 2;
    }
}
