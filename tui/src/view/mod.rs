//! The picture of a model: header, body, notice, footer, a question over them. Pure: the same model, the same picture.

mod conflict;
mod dialog;
mod edit;
mod form;
mod frame;
mod help;
mod pen;
mod posts;
mod session;

use gatepost_sdk::{Degraded, SessionState};
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::{Position, Rect};

use crate::help::hints;
use crate::layout::{self, SMALLEST};
use crate::model::{MOST_AHEAD, Model, Wait};
use crate::msg::Kind;
use crate::sanitize;
use crate::screen::Screen;
use crate::text::wrap::folded;
use crate::theme::Role;
use pen::Pen;

/// How many pictures of the spinner are a second: a keyring that takes longer waits for a person.
const SLOW: usize = 4;

/// The pictures of the spinner: ASCII, which screen readers and every font know.
const SPINNER: [&str; 4] = ["|", "/", "-", "\\"];

/// Draws the model into an empty buffer of its size; gives where the terminal's cursor is to be.
pub(crate) fn view(model: &Model, buffer: &mut Buffer) -> Option<Position> {
    let mut pen = Pen::new(buffer, model.about.theme);
    let (width, height) = model.size;
    if width < SMALLEST.0 || height < SMALLEST.1 {
        let text = format!(
            "{}x{} needed (now {width}x{height})",
            SMALLEST.0, SMALLEST.1
        );
        for (line, y) in folded(&text, width).iter().zip(0..height) {
            pen.put(0, y, width, line, Role::Text);
        }
        return None;
    }
    let regions = layout::regions(model.size);
    header(&mut pen, model, regions.header);
    let cursor = match model.screen() {
        Screen::SignIn(form) => form::draw(&mut pen, form, "Sign in", model, regions.body),
        Screen::Register(form) => form::draw(&mut pen, form, "New account", model, regions.body),
        Screen::Posts => posts::draw(&mut pen, model, regions.body),
        Screen::Read(read) => posts::read(&mut pen, model, read, regions.body),
        Screen::Edit(edit) => edit::draw(&mut pen, edit, regions.body),
        Screen::Profile => session::profile(&mut pen, model, regions.body),
        Screen::Session => session::draw(&mut pen, model, regions.body),
        Screen::Help(top) => help::draw(&mut pen, model, *top, regions.body),
    };
    notice(&mut pen, model, regions.notice);
    footer(&mut pen, model, regions.footer);
    match &model.dialog {
        Some(dialog) => dialog::draw(&mut pen, model, dialog),
        None => Some(cursor),
    }
}

/// The title of the terminal's window.
pub(crate) fn title(model: &Model) -> String {
    let busy = if model.spin.is_some() { " ..." } else { "" };
    format!("gatepost - {}{busy}", who(model))
}

/// Who is signed in, and where.
fn who(model: &Model) -> String {
    let server = model.about.server.as_str();
    let place = server.split_once("://").map_or(server, |(_, place)| place);
    let place = sanitize::line(place);
    match &model.user {
        Some(user) if !user.is_empty() => format!("{} @ {place}", sanitize::line(user)),
        _ => place,
    }
}

fn header(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let state = match &model.session {
        SessionState::Unknown { .. } => "reading the session".to_owned(),
        SessionState::SignedOut => "signed out".to_owned(),
        SessionState::Active {
            degraded: Some(Degraded::StoreFailed),
            ..
        } => "NOT STORED".to_owned(),
        SessionState::Active {
            degraded: Some(_), ..
        } => "offline".to_owned(),
        SessionState::Active {
            expires_at: Some(at),
            ..
        } if area.width < 60 => format!("until {}", model.time(*at, "%H:%M")),
        SessionState::Active {
            expires_at: Some(at),
            ..
        } => format!("signed in until {}", model.time(*at, "%H:%M")),
        SessionState::Token { .. } => "using a token".to_owned(),
        SessionState::Active { .. } => "signed in".to_owned(),
        SessionState::Refreshing { .. } => "refreshing".to_owned(),
        SessionState::Expired { .. } => "session ended".to_owned(),
        _ => String::new(),
    };
    let state_width = state.cell_width();
    let right = area.width.saturating_sub(state_width + 1);
    if let Some(moves) = model.spin {
        let x = right.saturating_sub(2);
        pen.put(x, area.y, 1, SPINNER[moves % SPINNER.len()], Role::Header);
    }
    let x = pen.put(1, area.y, right.saturating_sub(2), "gatepost", Role::Header);
    let room = right.saturating_sub(x + 5);
    pen.put(x + 2, area.y, room, &who(model), Role::Text);
    pen.put(right, area.y, state_width, &state, Role::Faint);
    if let Some(offline) = &model.offline {
        let (what, now) = match offline.kind {
            Kind::TooMany(Some(_)) => ("Too many requests", ""),
            Kind::TooMany(None) => ("Too many requests", " (r now)"),
            Kind::Server(_) => ("Server error", " (r now)"),
            _ => ("Offline", " (r now)"),
        };
        let text = format!(
            "{what}, next try {}{now}: {}",
            model.time(offline.next, "%H:%M:%S"),
            sanitize::line(&offline.text),
        );
        let width = area.width.saturating_sub(2);
        pen.put(1, area.y + 1, width, &text, Role::Warning);
    }
}

fn notice(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let width = area.width.saturating_sub(2);
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
        pen.put(1, area.y, width, &text, Role::Warning);
    } else if model.waits_for() == Some(Wait::Session) && model.spin >= Some(SLOW) {
        let text = format!("Reading the session from {}…", model.kept_in());
        let text = format!("{text} It may be asking for a password; ^c quits");
        pen.put(1, area.y, width, &text, Role::Warning);
    } else if let Some(toast) = &model.toast {
        pen.put(1, area.y, width, &sanitize::line(&toast.text), toast.role);
    } else if let Some((_, reason)) = model.ended.as_ref().filter(|_| model.edit().is_some()) {
        let why = reason.map_or_else(String::new, |reason| format!(": {reason}"));
        let text = format!("^s signs in; your text is kept. Session ended{why}");
        pen.put(1, area.y, width, &text, Role::Warning);
    } else if matches!(model.screen(), Screen::Posts) {
        let list = &model.list;
        let more = if list.is_end { "" } else { "+" };
        let text = match list.len() {
            0 => return,
            count if list.is_seeking() => format!("loading, {count} so far"),
            count if list.filter.is_some() => format!("{} of {count}", list.position() + 1),
            count => format!("{} of {count}{more}", list.selected + 1),
        };
        pen.put(1, area.y, width, &text, Role::Faint);
    }
}

fn footer(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let hints: Vec<_> = hints(model)
        .into_iter()
        .map(|(key, hint)| (key.to_string(), hint))
        .collect();
    let width = |(key, hint): &(String, &str)| key.cell_width() + 1 + hint.cell_width() + 2;
    // the way to all the others has its place whatever the width
    let help = hints.iter().find(|(_, hint)| *hint == "help");
    let mut room = area.width.saturating_sub(1 + help.map_or(0, width));
    let mut x = 1;
    for hint in &hints {
        if Some(hint) != help {
            if width(hint) > room {
                continue;
            }
            room -= width(hint);
        }
        x = pen.put(x, area.y, area.width, &hint.0, Role::Key) + 1;
        x = pen.put(x, area.y, area.width.saturating_sub(x), hint.1, Role::Text) + 2;
    }
}
