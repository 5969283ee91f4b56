//! Another account or another server: what belongs to the one in use is left, and what the other has is read.

use super::cx::Cx;
use super::{edit, form, session};
use crate::dialog::Dialog;
use crate::effect::{Call, Effect, Slot};
use crate::form::Input;
use crate::screen::Screen;
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
    let is_in_use = known.is_some_and(|known| {
        known.server == model.about.server && Some(&known.user) == model.user.as_ref()
    });
    if is_in_use {
        return cx.toast(Role::Good, "This account is in use already");
    }
    let (server, user) = match known {
        Some(known) => (known.server.clone(), Some(known.user.clone())),
        None => (model.about.server.clone(), None),
    };
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
    cx.model.about.server = server;
    cx.model.about.places = places;
    cx.model.place = 0;
    cx.model.can_search = false;
    if let Some(Screen::SignIn(sent)) = cx.model.screens.last_mut()
        && sent.is_sent
    {
        sent.is_sent = false;
        // as it is known from now on
        if let Some(field) = sent.field("server") {
            field.input = Input::Text(TextBuf::single(&cx.model.about.server));
        }
        return form::submit(cx);
    }
    if std::mem::take(&mut cx.model.is_new_account) {
        return session::first_form(cx, "", None);
    }
    cx.call(Slot::Load, Call::Load);
}

/// It can't be used.
pub(super) fn not_connected(cx: &mut Cx<'_>, why: String) {
    if let Some(Screen::SignIn(form)) = cx.model.screens.last_mut() {
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
