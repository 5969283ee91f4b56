//! The only writer of the model: what happened goes in, what is to be done comes out. No clock, no input, no output.

mod accounts;
mod ahead;
mod copying;
mod cx;
mod deleting;
mod dialog;
mod draft_rows;
mod edit;
mod form;
mod mouse;
mod posts;
mod preview;
mod reading;
mod reply;
mod retry;
mod save;
mod session;
mod sessions;
mod side;

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::allowed::{allowed, chosen};
use crate::bindings;
use crate::dialog::{Confirm, Dialog};
use crate::effect::{Call, Effect, Slot, Timer};
use crate::help;
use crate::keymap::{Action, Context, Key};
use crate::layout;
use crate::model::{Model, Now};
use crate::msg::Msg;
use crate::sanitize;
use crate::screen::Screen;
use crate::text::{TextBuf, wrap};
use crate::theme::Role;
use cx::Cx;

/// How long something may take before a spinner says so, and how long each of its pictures stays.
const PATIENCE: Duration = Duration::from_millis(250);
const SPIN: Duration = Duration::from_millis(200);

/// Changes the model by what happened; gives what is to be done about it.
pub(crate) fn update(model: &mut Model, msg: Msg, now: Now) -> Vec<Effect> {
    model.now = now;
    let mut cx = Cx {
        model,
        effects: Vec::new(),
        now,
    };
    if !ahead::keeps(&mut cx, &msg) {
        happened(&mut cx, msg);
    }
    while let Some(msg) = ahead::next(&mut cx) {
        happened(&mut cx, msg);
    }
    settle(&mut cx);
    cx.effects
}

fn happened(cx: &mut Cx<'_>, msg: Msg) {
    match msg {
        Msg::Started => cx.call(Slot::Load, Call::Load),
        Msg::Key(event) => pressed(cx, event),
        Msg::AfterEsc(event) => after_esc(cx, event),
        Msg::Paste(text) => paste(cx, &sanitize::pasted(&text)),
        Msg::Resize(width, height) => cx.model.size = (width, height),
        Msg::Reply {
            slot,
            r#gen,
            epoch,
            reply,
        } => reply::reply(cx, slot, r#gen, epoch, reply),
        // the same state again is no news: it must not set off again what has just failed
        Msg::Session(state) if state == cx.model.session => {}
        Msg::Session(state) => session::changed(cx, state),
        Msg::CanSearch(can) => cx.model.can_search = can,
        Msg::Known(known) => cx.model.about.known = known,
        // asked for once, answered once
        Msg::Connected(_) if !std::mem::take(&mut cx.model.is_connecting) => {}
        Msg::Connected(Ok((server, places))) => accounts::connected(cx, server, places),
        Msg::Connected(Err(why)) => accounts::not_connected(cx, why),
        Msg::Mouse(click, x, y) => {
            if let Some((action, times)) = mouse::happened(cx, click, (x, y)) {
                (0..times).for_each(|_| act(cx, action));
            }
        }
        Msg::Ground(ground) => cx.model.stand_on(ground),
        Msg::Timer(timer, r#gen) => {
            if cx.model.timers.get(&timer) == Some(&r#gen) {
                cx.model.timers.remove(&timer);
                match timer {
                    Timer::Draft => edit::keep(cx),
                    Timer::Toast => cx.model.toast = None,
                    Timer::Retry => retry::retry(cx),
                    Timer::Preview => preview::load(cx),
                    Timer::Grace(id) => deleting::time_is_up(cx, id),
                    Timer::Question => {}
                    Timer::Spin => cx.model.spin = Some(cx.model.spin.map_or(0, |moves| moves + 1)),
                }
            }
        }
        Msg::EditorClosed(outcome) => edit::closed(cx, outcome),
        Msg::Drafts(drafts) => edit::found(cx, drafts),
        Msg::DraftSaved(_, Ok(())) => {}
        Msg::DraftSaved(_, Err(why)) => {
            cx.toast(
                Role::Error,
                format!("The draft could not be saved; trying again: {why}"),
            );
        }
        Msg::Problem(text) => cx.toast(Role::Warning, text),
        Msg::End(code) => cx.model.exit = Some(code),
    }
    session::tell(cx);
}

fn pressed(cx: &mut Cx<'_>, event: KeyEvent) {
    let Some(key) = Key::of(event) else { return };
    for saving in cx.model.saving.values_mut() {
        saving.is_left = true;
    }
    let context = Context::of(cx.model);
    if let Some(binding) = bindings::lookup(context, key) {
        match allowed(cx.model, binding.action) {
            Ok(()) if has_just_come(cx.model) && !is_harmless(binding.action) => unused(cx),
            Ok(()) => act(cx, binding.action),
            Err(why) => cx.toast(Role::Warning, why),
        }
    } else if let Some(c) = key.character().filter(|_| context.is_text()) {
        if has_just_come(cx.model) {
            unused(cx);
        } else {
            type_char(cx, c);
        }
    }
    // another process may have ended the session: seen at the next key, without a clock
    if cx.model.user.is_some() && !matches!(context, Context::SignIn | Context::Register) {
        cx.effects.push(Effect::CheckSession);
    }
}

/// Whether a text has come back to be written by itself, a moment ago: nothing is typed into what was not seen yet.
fn has_just_come(model: &Model) -> bool {
    model.dialog.is_none()
        && matches!(model.screen(), Screen::Edit(_))
        && model.timers.contains_key(&Timer::Question)
}

/// What neither changes nor sends a text.
fn is_harmless(action: Action) -> bool {
    matches!(
        action,
        Action::Back | Action::Help | Action::Quit | Action::Redraw | Action::Suspend
    )
}

/// A key was meant for what was there before; what was said of the text stays.
fn unused(cx: &mut Cx<'_>) {
    const WHY: &str = "The text has just come back: press the key again";
    let said = match cx.model.toast.take() {
        Some(toast) if toast.text.ends_with(WHY) => toast.text,
        Some(toast) if toast.role == Role::Error => format!("{}. {WHY}", toast.text),
        _ => WHY.to_owned(),
    };
    cx.toast(Role::Error, said);
}

/// Esc and a key in one piece: the key with Alt where that does something here, and else one after the other.
fn after_esc(cx: &mut Cx<'_>, event: KeyEvent) {
    let context = Context::of(cx.model);
    let alone = Key::of(event);
    if alone.is_some_and(|key| bindings::lookup(context, Key { alt: true, ..key }).is_some()) {
        let modifiers = event.modifiers | KeyModifiers::ALT;
        return pressed(cx, KeyEvent { modifiers, ..event });
    }
    pressed(cx, KeyCode::Esc.into());
    // a word is being written: what was meant as Alt and a letter must not delete a post
    let binding = alone.and_then(|key| bindings::lookup(Context::of(cx.model), key));
    if context.is_text() && binding.is_some_and(|binding| binding.action == Action::Delete) {
        return cx.toast(Role::Warning, "Press the key again to delete the post");
    }
    pressed(cx, event);
}

fn type_char(cx: &mut Cx<'_>, c: char) {
    if let Some(Dialog::Palette { query, selected }) = &mut cx.model.dialog {
        return dialog::look_for(query, selected, c.encode_utf8(&mut [0; 4]));
    }
    match cx.model.screens.last_mut() {
        Some(Screen::Edit(edit)) if c == '\n' && !edit.is_in_body => edit.is_in_body = true,
        Some(Screen::Edit(edit)) => edit.focused().type_char(c),
        Some(Screen::SignIn(form) | Screen::Register(form)) => {
            form::paste(form, c.encode_utf8(&mut [0; 4]));
        }
        Some(Screen::Posts) => cx.model.list.look_for(|query| query.type_char(c)),
        _ => {}
    }
}

fn paste(cx: &mut Cx<'_>, text: &str) {
    if has_just_come(cx.model) {
        return unused(cx);
    }
    if !Context::of(cx.model).is_text() {
        return cx.toast(Role::Warning, "No text field to paste into");
    }
    if let Some(Dialog::Palette { query, selected }) = &mut cx.model.dialog {
        return dialog::look_for(query, selected, text);
    }
    match cx.model.screens.last_mut() {
        Some(Screen::Edit(edit)) => edit.focused().paste(text),
        Some(Screen::SignIn(form) | Screen::Register(form)) => form::paste(form, text),
        Some(Screen::Posts) => cx.model.list.look_for(|query| query.paste(text)),
        _ => {}
    }
}

fn act(cx: &mut Cx<'_>, action: Action) {
    match action {
        Action::Quit => {
            let is_asked = matches!(
                cx.model.dialog,
                Some(Dialog::Confirm {
                    what: Confirm::Quit,
                    ..
                })
            );
            if is_asked || !cx.model.is_under_way() {
                deleting::quit(cx);
            } else {
                cx.ask(Confirm::Quit);
            }
        }
        Action::Suspend => {
            edit::keep(cx);
            cx.effects.push(Effect::Suspend);
        }
        Action::Redraw => cx.effects.push(Effect::Redraw),
        Action::NewLine => type_char(cx, '\n'),
        Action::Choose if matches!(cx.model.dialog, Some(Dialog::Palette { .. })) => {
            let chosen = chosen(cx.model);
            cx.model.dialog = None;
            if let Some(chosen) = chosen {
                act(cx, chosen.action);
            }
        }
        _ if cx.model.dialog.is_some() => dialog::act(cx, action),
        Action::Palette => {
            let query = TextBuf::single("");
            let selected = 0;
            cx.model.dialog = Some(Dialog::Palette { query, selected });
        }
        _ if cx.model.side.is_some() && side::act(cx, action) => {}
        Action::NextPane => side::enter(cx),
        Action::Accounts => accounts::ask(cx),
        Action::Mouse => mouse::switch(cx),
        Action::Help => cx.model.screens.push(Screen::Help(0)),
        Action::Profile => {
            cx.model.screens.push(Screen::Profile);
            cx.call(Slot::Profile, Call::Profile);
        }
        Action::Session => {
            cx.model.screens.push(Screen::Session);
            cx.model.verified = None;
            cx.call(Slot::Session, Call::Details);
            sessions::ask(cx);
        }
        _ => match cx.model.screen() {
            Screen::SignIn(_) | Screen::Register(_) => form::act(cx, action),
            Screen::Posts | Screen::Read(_) => posts::act(cx, action),
            Screen::Edit(_) if action == Action::Save => save::send(cx),
            Screen::Edit(_) => edit::act(cx, action),
            Screen::Profile if action == Action::Refresh => {
                cx.call(Slot::Profile, Call::Profile);
            }
            Screen::Session if action != Action::Back => session::act(cx, action),
            Screen::Help(_) if action != Action::Back => scroll_help(cx, action),
            _ => cx.back(),
        },
    }
}

fn scroll_help(cx: &mut Cx<'_>, action: Action) {
    let body = layout::regions(cx.model).body;
    let page = usize::from(layout::inside(layout::help(body)).height.max(1));
    let Some(Screen::Help(top)) = cx.model.screens.last_mut() else {
        return;
    };
    *top = match action {
        Action::Up => top.saturating_sub(1),
        Action::Down => *top + 1,
        Action::PageUp => top.saturating_sub(page),
        Action::PageDown => *top + page,
        Action::First => 0,
        Action::Last => usize::MAX / 2,
        _ => *top,
    };
}

/// What must hold after every message: windows show what they follow, drafts are about to be kept, the list goes on.
fn settle(cx: &mut Cx<'_>) {
    draft_rows::settle(cx);
    side::settle(cx);
    let body = layout::regions(cx.model).body;
    let help = layout::inside(layout::help(body));
    let help_lines = match cx.model.screen() {
        Screen::Help(_) => help::lines(cx.model, help.width).len(),
        _ => 0,
    };
    let list = layout::list(layout::panes(body).list, cx.model.list.filter.is_some());
    cx.model.list.follow(list.rows.height);
    for screen in &mut cx.model.screens {
        match screen {
            Screen::Edit(edit) => {
                let area = layout::edit(body, edit.errors.len()).body;
                let lines = edit.body.lines();
                let (anchor, _) = wrap::place(lines, edit.body.cursor(), area.width);
                let size = (area.width, area.height);
                edit.body.top = wrap::follow(lines, edit.body.top, anchor, size);
            }
            Screen::Read(read) => {
                let area = layout::read(layout::reading(body)).text;
                let top = wrap::clamp(&read.lines, read.top, area.width);
                read.top = top.min(reading::last_top(&read.lines, area.width, area.height));
            }
            Screen::Help(top) => {
                *top = (*top).min(help_lines.saturating_sub(usize::from(help.height.max(1))));
            }
            _ => {}
        }
    }
    if cx.model.is_live(&Slot::List) && cx.model.list.ask() {
        cx.effects.push(Effect::MoreRows);
    }
    edit::watch(cx);
    preview::watch(cx);
    if !cx.model.is_busy() {
        cx.model.spin = None;
        cx.model.timers.remove(&Timer::Spin);
    } else if !cx.model.timers.contains_key(&Timer::Spin) {
        let wait = if cx.model.spin.is_some() {
            SPIN
        } else {
            PATIENCE
        };
        cx.after(Timer::Spin, wait);
    }
}
