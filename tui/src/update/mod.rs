//! The only writer of the model: what happened goes in, what is to be done comes out. No clock, no input, no output.

mod dialog;
mod edit;
mod form;
mod net;
mod posts;
mod preview;
mod save;
mod session;

use std::time::Duration;

use crossterm::event::KeyEvent;

use crate::effect::{Call, Effect, Slot, Timer};
use crate::keymap::{self, Action, Context, Key};
use crate::layout;
use crate::model::{Confirm, Dialog, Model, Now, Screen, Toast};
use crate::msg::{Kind, Msg};
use crate::sanitize;
use crate::text::{TextOp, wrap};
use crate::theme::Role;

/// How long a toast stays.
const TOAST: Duration = Duration::from_secs(6);
/// How long something may take before a spinner says so, and how long each of its pictures stays.
const PATIENCE: Duration = Duration::from_millis(250);
const SPIN: Duration = Duration::from_millis(200);

/// What an update works with.
struct Cx<'m> {
    model: &'m mut Model,
    effects: Vec<Effect>,
    now: Now,
}

/// Changes the model by what happened; gives what is to be done about it.
pub(crate) fn update(model: &mut Model, msg: Msg, now: Now) -> Vec<Effect> {
    let mut cx = Cx {
        model,
        effects: Vec::new(),
        now,
    };
    match msg {
        Msg::Started => net::call(&mut cx, Slot::Load, Call::Load),
        Msg::Key(event) => pressed(&mut cx, event),
        Msg::Paste(text) => paste(&mut cx, &sanitize::pasted(&text)),
        Msg::Resize(width, height) => cx.model.size = (width, height),
        Msg::Reply {
            slot,
            r#gen,
            epoch,
            reply,
        } => net::reply(&mut cx, slot, r#gen, epoch, reply),
        // the same state again is no news: it must not set off again what has just failed
        Msg::Session(state) if state == cx.model.session => {}
        Msg::Session(state) => session::changed(&mut cx, state),
        Msg::Timer(timer, r#gen) => {
            if cx.model.timers.get(&timer) == Some(&r#gen) {
                cx.model.timers.remove(&timer);
                match timer {
                    Timer::Draft => edit::keep(&mut cx),
                    Timer::Toast => cx.model.toast = None,
                    Timer::Retry => net::retry(&mut cx),
                    Timer::Preview => preview::load(&mut cx),
                    Timer::Spin => {
                        let next = cx.model.spin.map_or(0, |shown| shown + 1);
                        cx.model.spin = Some(next % crate::view::SPINNER.len());
                    }
                }
            }
        }
        Msg::EditorClosed(outcome) => edit::closed(&mut cx, outcome),
        Msg::Drafts(drafts) => edit::found(&mut cx, drafts),
        Msg::DraftSaved(_, Ok(())) => {}
        Msg::DraftSaved(_, Err(why)) => {
            toast(
                &mut cx,
                Role::Error,
                format!("The draft could not be kept, which is tried again: {why}"),
            );
        }
        Msg::Problem(text) => toast(&mut cx, Role::Warning, text),
        Msg::End(code) => cx.model.exit = Some(code),
    }
    settle(&mut cx);
    cx.effects
}

fn pressed(cx: &mut Cx<'_>, event: KeyEvent) {
    let Some(key) = Key::of(event) else { return };
    let context = Context::of(cx.model);
    if let Some(binding) = keymap::lookup(context, key) {
        match allowed(cx.model, binding.action) {
            Ok(()) => act(cx, binding.action),
            Err(why) => toast(cx, Role::Warning, why.to_owned()),
        }
    } else if let Some(c) = key.character().filter(|_| context.is_text()) {
        type_char(cx, c);
    }
    // another process may have ended the session: seen at the next key, without a clock
    if cx.model.user.is_some() && !matches!(context, Context::SignIn | Context::Register) {
        cx.effects.push(Effect::CheckSession);
    }
}

fn type_char(cx: &mut Cx<'_>, c: char) {
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
    if !Context::of(cx.model).is_text() {
        return toast(
            cx,
            Role::Warning,
            "There is no text field here to paste into".to_owned(),
        );
    }
    match cx.model.screens.last_mut() {
        Some(Screen::Edit(edit)) => edit.focused().paste(text),
        Some(Screen::SignIn(form) | Screen::Register(form)) => form::paste(form, text),
        Some(Screen::Posts) => cx.model.list.look_for(|query| query.paste(text)),
        _ => {}
    }
}

/// Whether an action can be done at this moment; why not, in a sentence.
pub(crate) fn allowed(model: &Model, action: Action) -> Result<(), &'static str> {
    match (model.screen(), action) {
        (_, Action::Choose) if matches!(model.dialog, Some(Dialog::Place { then: None, .. })) => {
            Err("It is being tried")
        }
        (Screen::Edit(edit), Action::Text(TextOp::Undo)) if !edit.focus().can_undo() => {
            Err("There is nothing to take back")
        }
        _ if model.dialog.is_some() => Ok(()),
        (_, Action::Refresh) if is_too_many(model) => {
            Err("The server has asked to wait; it is asked again by itself")
        }
        (_, Action::Refresh) if is_being_retried(model) => Err("The server is being asked again"),
        (Screen::SignIn(form) | Screen::Register(form), _) => form::allowed(model, form, action),
        (Screen::Posts | Screen::Read(_), _) => posts::allowed(model, action),
        (Screen::Edit(_), Action::Editor) if !model.about.has_editor => {
            Err("Name your editor in $VISUAL or $EDITOR first")
        }
        (Screen::Edit(edit), Action::Save) if edit.title.is_empty() && edit.body.is_empty() => {
            Err("There is nothing to save yet")
        }
        (Screen::Session, Action::RefreshSession | Action::Verify | Action::SignOut)
            if !model.session.is_signed_in() =>
        {
            Err("Nobody is signed in")
        }
        (Screen::Session, Action::RefreshSession) if model.is_live(&Slot::Refresh) => {
            Err("It is being refreshed")
        }
        (Screen::Session, Action::Verify) if model.is_live(&Slot::Verify) => {
            Err("The server is being asked")
        }
        (Screen::Session, Action::SignOut) if model.is_live(&Slot::SignOut) => {
            Err("It is being signed out")
        }
        _ => Ok(()),
    }
}

fn is_too_many(model: &Model) -> bool {
    let offline = model.offline.as_ref();
    offline.is_some_and(|offline| matches!(offline.kind, Kind::TooMany(Some(_))))
}

fn is_being_retried(model: &Model) -> bool {
    let slot = match model.screen() {
        Screen::Read(read) => Slot::Post(read.id),
        Screen::Profile => Slot::Profile,
        _ => Slot::List,
    };
    let offline = model.offline.as_ref();
    offline.is_some_and(|offline| offline.reads.is_empty()) && model.is_live(&slot)
}

fn act(cx: &mut Cx<'_>, action: Action) {
    match action {
        Action::Quit => {
            let under_way = cx.model.saving.len() + cx.model.deleting.len();
            let is_asked = matches!(
                cx.model.dialog,
                Some(Dialog::Confirm {
                    what: Confirm::Quit(_),
                    ..
                })
            );
            if under_way == 0 || is_asked {
                cx.model.exit = Some(0);
            } else {
                dialog::ask(cx, Confirm::Quit(under_way));
            }
        }
        Action::Suspend => {
            edit::keep(cx);
            cx.effects.push(Effect::Suspend);
        }
        Action::Redraw => cx.effects.push(Effect::Redraw),
        Action::NewLine => type_char(cx, '\n'),
        Action::Text(_) if Context::of(cx.model) == Context::EndedEdit => edit::act(cx, action),
        _ if cx.model.dialog.is_some() => dialog::act(cx, action),
        Action::Help => cx.model.screens.push(Screen::Help(0)),
        Action::Profile => {
            cx.model.screens.push(Screen::Profile);
            net::call(cx, Slot::Profile, Call::Profile);
        }
        Action::Session => {
            cx.model.screens.push(Screen::Session);
            cx.model.verified = None;
            net::call(cx, Slot::Session, Call::Details);
        }
        _ => match cx.model.screen() {
            Screen::SignIn(_) | Screen::Register(_) => form::act(cx, action),
            Screen::Posts | Screen::Read(_) => posts::act(cx, action),
            Screen::Edit(_) => edit::act(cx, action),
            Screen::Profile if action == Action::Refresh => {
                net::call(cx, Slot::Profile, Call::Profile);
            }
            Screen::Session if action != Action::Back => session::act(cx, action),
            Screen::Help(_) if action != Action::Back => scroll_help(cx, action),
            _ => back(cx),
        },
    }
}

/// Leaves the screen on top.
fn back(cx: &mut Cx<'_>) {
    if cx.model.screens.len() > 1 {
        cx.model.screens.pop();
    }
}

fn scroll_help(cx: &mut Cx<'_>, action: Action) {
    let page = usize::from(layout::regions(cx.model.size).body.height.max(1));
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

/// Says a sentence that goes by itself.
fn toast(cx: &mut Cx<'_>, role: Role, text: String) {
    cx.model.toast = Some(Toast { text, role });
    after(cx, Timer::Toast, TOAST);
}

/// Starts a timer anew.
fn after(cx: &mut Cx<'_>, timer: Timer, time: Duration) {
    cx.model.last_gen += 1;
    let r#gen = cx.model.last_gen;
    cx.model.timers.insert(timer, r#gen);
    cx.effects.push(Effect::After(timer, r#gen, time));
}

/// What must hold after every message: windows show what they follow, drafts are about to be kept, the list goes on.
fn settle(cx: &mut Cx<'_>) {
    let body = layout::regions(cx.model.size).body;
    let help_lines = match cx.model.screen() {
        Screen::Help(_) => crate::view::help::lines(cx.model).len(),
        _ => 0,
    };
    let rows = layout::posts(body, cx.model.list.filter.is_some())
        .list
        .height;
    cx.model.list.follow(rows);
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
                let area = layout::read(body);
                let top = wrap::clamp(&read.lines, read.top, area.width);
                read.top = top.min(posts::last_top(&read.lines, area.width, area.height));
            }
            Screen::Help(top) => {
                *top = (*top).min(help_lines.saturating_sub(usize::from(body.height.max(1))));
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
        after(cx, Timer::Spin, wait);
    }
}
