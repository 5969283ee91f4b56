//! Another account or another server: what belongs to the one in use is left, and what the other has is read.

use super::cx::Cx;
use super::{edit, form, session};
use crate::allowed::allowed_on_screen;
use crate::dialog::Dialog;
use crate::effect::{Call, Effect, Slot};
use crate::form::Input;
use crate::keymap::Action;
use crate::screen::Screen;
use crate::side::is_in_use;
use crate::text::TextBuf;
use crate::theme::Role;

/// Asks which account is to be used.
pub(super) fn ask(cx: &mut Cx<'_>) {
    cx.model.dialog = Some(Dialog::Accounts { selected: 0 });
}

/// One was chosen; behind the known ones is another.
pub(super) fn choose(cx: &mut Cx<'_>, selected: usize) {
    let model = &*cx.model;
    let known = model.about.known.get(selected);
    if is_in_use(model, selected) {
        return cx.toast(Role::Good, "This account is in use already");
    }
    let (server, user) = match known {
        Some(known) => (known.server.clone(), Some(known.user.clone())),
        None => (model.about.server.clone(), None),
    };
    // what has happened since the question was asked
    if let Err(why) = allowed_on_screen(cx.model, Action::Accounts) {
        return cx.toast(Role::Warning, why);
    }
    edit::keep(cx);
    session::leave(cx);
    if user.is_none() {
        // a form of its own: nobody else's session is taken up
        cx.model.is_new_account = true;
    }
    connect(cx, server, user);
}

/// Goes over to another server, or another account of this one.
fn connect(cx: &mut Cx<'_>, server: String, user: Option<String>) {
    cx.model.is_connecting = true;
    cx.effects.push(Effect::Connect { server, user });
}

/// Another server, or another account of this one, is in use.
pub(super) fn connected(cx: &mut Cx<'_>, server: String, places: Vec<String>) {
    let is_sent = matches!(
        cx.model.screen(),
        Screen::SignIn(form) | Screen::Register(form) if form.is_sent
    );
    cx.model.about.server = server;
    let places = std::mem::replace(&mut cx.model.about.places, places);
    cx.model.place = 0;
    cx.model.can_search = false;
    if is_sent {
        let is_there = fill_in(cx, &places);
        if let Some(Screen::SignIn(form) | Screen::Register(form)) = cx.model.screens.last_mut() {
            form.is_sent = false;
        }
        return if is_there {
            form::submit(cx);
        };
    }
    if std::mem::take(&mut cx.model.is_new_account) {
        return session::first_form(cx, "", None);
    }
    cx.call(Slot::Load, Call::Load);
}

/// Puts the server as it is known from now on into the form, and the chosen place by its name: its number may be
/// another's now. Whether there is such a place.
fn fill_in(cx: &mut Cx<'_>, before: &[String]) -> bool {
    let about = &cx.model.about;
    let mut screens = cx.model.screens.iter_mut();
    let form = screens.find_map(|screen| match screen {
        Screen::SignIn(form) => Some(form),
        _ => None,
    });
    let Some(form) = form else { return true };
    if let Some(field) = form.field("server") {
        field.input = Input::Text(TextBuf::single(&about.server));
    }
    let Some(field) = form.field("place") else {
        return true;
    };
    let chosen = match field.input {
        Input::Choice(place) => before.get(place),
        _ => None,
    };
    let at = about.places.iter().position(|name| Some(name) == chosen);
    field.input = Input::Choice(at.unwrap_or(0));
    if at.is_none() {
        field.errors = vec!["This server's sessions can't be kept there: choose again".to_owned()];
    }
    at.is_some()
}

/// It can't be used.
pub(super) fn not_connected(cx: &mut Cx<'_>, why: String) {
    cx.model.is_new_account = false;
    if let Some(Screen::SignIn(form) | Screen::Register(form)) = cx.model.screens.last_mut() {
        form.is_sent = false;
        match form.fields.iter().position(|field| field.name == "server") {
            Some(at) => {
                form.fields[at].errors = vec![why];
                form.focus = at;
            }
            None => form.error = Some(why),
        }
        return;
    }
    session::unreadable(cx, why);
}
