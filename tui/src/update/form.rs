//! Signing in and registering.

use super::cx::Cx;
use crate::effect::{Call, Effect, Password, Slot};
use crate::form::{Form, Input};
use crate::keymap::Action;
use crate::msg::{Failure, Kind};
use crate::screen::Screen;
use crate::text::TextOp;
use crate::text::secret::Secret;

pub(super) fn act(cx: &mut Cx<'_>, action: Action) {
    if action == Action::Back {
        return cx.back();
    }
    if action == Action::OtherForm {
        return match cx.model.screen() {
            Screen::Register(_) => cx.back(),
            _ => cx.model.screens.push(Screen::Register(Form::register())),
        };
    }
    let places = cx.model.about.places.len().max(1);
    let Some(Screen::SignIn(form) | Screen::Register(form)) = cx.model.screens.last_mut() else {
        return;
    };
    let count = form.fields.len();
    match action {
        Action::NextField => form.focus = (form.focus + 1) % count,
        Action::PreviousField => form.focus = (form.focus + count - 1) % count,
        Action::ShowPassword => {
            for field in &mut form.fields {
                if let Input::Secret(secret) = &mut field.input {
                    secret.is_shown = !secret.is_shown;
                }
            }
        }
        Action::Text(op) if !form.is_sent => match &mut form.fields[form.focus].input {
            Input::Text(text) => {
                text.apply(op);
            }
            Input::Secret(secret) => match op {
                TextOp::Backspace => secret.pop(),
                TextOp::DeleteWord | TextOp::DeleteToStart => secret.clear(),
                _ => {}
            },
            Input::Choice(place) => match op {
                TextOp::Left => *place = (*place + places - 1) % places,
                TextOp::Right => *place = (*place + 1) % places,
                _ => {}
            },
        },
        Action::Submit => submit(cx),
        _ => {}
    }
}

/// Adds what was typed or pasted to the field with the cursor.
pub(super) fn paste(form: &mut Form, text: &str) {
    if form.is_sent {
        return;
    }
    match &mut form.fields[form.focus].input {
        Input::Text(own) => match text.chars().next() {
            Some(c) if c.len_utf8() == text.len() => own.type_char(c),
            _ => own.paste(text),
        },
        Input::Secret(secret) => secret.push(text.strip_suffix('\n').unwrap_or(text)),
        Input::Choice(_) => {}
    }
}

pub(super) fn submit(cx: &mut Cx<'_>) {
    let typed = cx.model.typed_server();
    let Some(Screen::SignIn(form) | Screen::Register(form)) = cx.model.screens.last_mut() else {
        return;
    };
    // Enter goes through the fields first
    if !form.is_last() {
        form.focus += 1;
        return;
    }
    form.error = None;
    for field in &mut form.fields {
        field.errors.clear();
    }
    // another server first: it says what else can be chosen
    if let Some(server) = typed {
        form.is_sent = true;
        cx.model.is_connecting = true;
        return cx.effects.push(Effect::Connect { server, user: None });
    }
    let password = |name| form.secret(name).map(Secret::copy);
    let username = form.text("username");
    let Some(first) = password("password").map(Password) else {
        return;
    };
    match password("password2").map(Password) {
        None => {
            let place = form.place();
            form.is_sent = true;
            use_place(cx, place);
            cx.call(
                Slot::SignIn,
                Call::SignIn {
                    username,
                    password: first,
                },
            );
        }
        Some(second) if second != first => {
            let last = form.fields.len() - 1;
            form.fields[last].errors = vec!["The passwords do not match.".to_owned()];
        }
        Some(_) => {
            let call = Call::Register {
                username,
                email: form.text("email"),
                first_name: form.text("first_name"),
                last_name: form.text("last_name"),
                password: first,
            };
            form.is_sent = true;
            cx.call(Slot::Register, call);
        }
    }
}

/// Sessions are kept in the place that was chosen.
fn use_place(cx: &mut Cx<'_>, place: Option<usize>) {
    if let Some(place) = place.filter(|place| *place != cx.model.place) {
        cx.model.place = place;
        cx.effects.push(Effect::UsePlace(place));
    }
}

/// The account is made: signs in to it.
pub(super) fn registered(cx: &mut Cx<'_>) {
    // help may be over it
    let mut screens = cx.model.screens.iter().rev();
    let sent = screens.find_map(|screen| match screen {
        Screen::Register(form) if form.is_sent => Some(form),
        _ => None,
    });
    let Some(form) = sent else { return };
    let username = form.text("username");
    let Some(password) = form.secret("password").map(Secret::copy) else {
        return;
    };
    let chosen = cx.model.screens.iter().find_map(|screen| match screen {
        Screen::SignIn(form) => form.place(),
        _ => None,
    });
    use_place(cx, chosen);
    let notice = "The account is created.".to_owned();
    let mut sign_in = cx.model.sign_in(&username, Some(notice));
    sign_in.is_sent = true;
    cx.model.screens = vec![Screen::SignIn(sign_in)];
    let password = Password(password);
    cx.call(Slot::SignIn, Call::SignIn { username, password });
}

/// The server, or the way to it, said no.
pub(super) fn refused(cx: &mut Cx<'_>, failure: Failure) {
    let mut screens = cx.model.screens.iter_mut().rev();
    let form = screens.find_map(|screen| match screen {
        Screen::SignIn(form) | Screen::Register(form) if form.is_sent => Some(form),
        _ => None,
    });
    let Some(form) = form else { return };
    form.is_sent = false;
    let mut rest = Vec::new();
    let mut first = None;
    for (name, messages) in &failure.fields {
        match form.fields.iter().position(|field| field.name == name) {
            Some(at) => {
                form.fields[at].errors.clone_from(messages);
                first = Some(first.map_or(at, |first: usize| first.min(at)));
            }
            None => rest.extend(messages.iter().cloned()),
        }
    }
    if failure.fields.is_empty() {
        rest.push(match failure.kind {
            Kind::Credentials => failure.text,
            _ => failure.said(),
        });
        if failure.kind == Kind::Credentials {
            let mut fields = form.fields.iter_mut().enumerate();
            let password = fields.find_map(|(at, field)| match &mut field.input {
                Input::Secret(secret) => Some((at, secret)),
                _ => None,
            });
            if let Some((at, secret)) = password {
                secret.clear();
                first = Some(at);
            }
        }
    }
    form.error = (!rest.is_empty()).then(|| rest.join(" "));
    form.focus = first.unwrap_or(form.focus);
}
