//! Calls and their answers: stale ones are dropped, failures of reads are tried again, an ended session holds what
//! it could not do.

use std::time::Duration;

use super::{Cx, after, form, posts, save, session, toast};
use crate::effect::{Call, Effect, Epoch, Gen, Slot, Timer};
use crate::model::{Dialog, Offline};
use crate::msg::{Failure, Kind, Reply};
use crate::theme::Role;

/// Asks the server. An older call of the slot counts no longer.
pub(super) fn call(cx: &mut Cx<'_>, slot: Slot, call: Call) {
    cx.model.last_gen += 1;
    let r#gen = cx.model.last_gen;
    cx.model.live.insert(slot.clone(), (r#gen, call.clone()));
    cx.effects.push(Effect::Call {
        slot,
        r#gen,
        epoch: cx.model.epoch,
        call,
    });
}

/// Takes an answer.
pub(super) fn reply(
    cx: &mut Cx<'_>,
    slot: Slot,
    r#gen: Gen,
    epoch: Epoch,
    reply: Result<Reply, Failure>,
) {
    let asked = cx.model.live.get(&slot).filter(|(live, _)| *live == r#gen);
    let Some((_, asked)) = asked.filter(|_| epoch == cx.model.epoch) else {
        if let (Slot::Save(draft), Ok(Reply::Post(_))) = (slot, reply) {
            // whoever began it has signed out since: it is saved all the same, and must not be offered again
            cx.effects.push(Effect::DropDraft(draft));
        }
        return;
    };
    let asked = asked.clone();
    let goes_on = matches!(reply, Ok(Reply::Rows { is_end: false, .. }));
    if !goes_on {
        cx.model.live.remove(&slot);
    }
    let is_of_place = matches!(slot, Slot::Load | Slot::SignIn);
    let is_unkept = matches!(&reply, Err(failure) if failure.kind == Kind::Store);
    if is_of_place && !is_unkept && matches!(cx.model.dialog, Some(Dialog::Place { .. })) {
        cx.model.dialog = None;
    }
    match reply {
        Ok(reply) => {
            if !matches!(slot, Slot::Load | Slot::Session | Slot::SignOut) {
                online(cx);
            }
            succeeded(cx, slot, reply);
        }
        Err(failure) => {
            let is_answer = !matches!(
                failure.kind,
                Kind::Offline | Kind::NoAnswer | Kind::Server(_) | Kind::TooMany(_) | Kind::Store
            );
            if is_answer {
                online(cx);
            }
            failed(cx, slot, asked, failure);
        }
    }
}

fn succeeded(cx: &mut Cx<'_>, slot: Slot, reply: Reply) {
    match (slot, reply) {
        (Slot::Load | Slot::SignIn | Slot::Refresh, Reply::State(state)) => {
            if slot_is_refresh(cx, &state) {
                toast(cx, Role::Good, "The tokens are new".to_owned());
                call(cx, Slot::Session, Call::Details);
            }
            session::changed(cx, state);
        }
        (Slot::Register, _) => form::registered(cx),
        (Slot::SignOut, Reply::SignedOut { problem }) => session::signed_out(cx, problem),
        (Slot::Verify, Reply::Valid(is_valid)) => cx.model.verified = Some(is_valid),
        (Slot::Profile, Reply::Profile(user)) => cx.model.profile = Some(user),
        (Slot::Session, Reply::Details(details)) => cx.model.details = details,
        (Slot::List, Reply::Rows { rows, is_end }) => posts::rows(cx, rows, is_end),
        (Slot::Post(_) | Slot::Preview, Reply::Post(post)) => posts::arrived(cx, &post),
        (Slot::Save(draft), Reply::Post(post)) => save::saved(cx, &draft, &post),
        (Slot::Delete(id), _) => posts::deleted(cx, id),
        _ => {}
    }
}

/// A refresh that was asked for on the session screen, where the answer is otherwise not to be seen.
fn slot_is_refresh(cx: &Cx<'_>, state: &gatepost_sdk::SessionState) -> bool {
    matches!(cx.model.screen(), crate::model::Screen::Session) && state.is_signed_in()
}

fn failed(cx: &mut Cx<'_>, slot: Slot, asked: Call, failure: Failure) {
    let is_form = matches!(slot, Slot::SignIn | Slot::Register);
    if let (Kind::Ended(reason), false) = (&failure.kind, is_form || slot == Slot::SignOut) {
        if slot == Slot::List {
            cx.model.list.fail(Some(said(&failure)));
        }
        cx.model.held.retain(|(held, _)| *held != slot);
        cx.model.held.push((slot, asked));
        return session::ended(cx, *reason);
    }
    match slot {
        Slot::Load | Slot::SignIn
            if failure.kind == Kind::Store && cx.model.about.places.len() > 1 =>
        {
            session::unkept(cx, (slot, asked), failure);
        }
        Slot::SignIn | Slot::Register => form::refused(cx, failure),
        Slot::Save(draft) => save::not_saved(cx, &draft, &failure),
        Slot::Delete(id) => posts::not_deleted(cx, id, &failure),
        Slot::SignOut | Slot::Verify | Slot::Refresh => {
            toast(cx, Role::Error, said(&failure));
        }
        Slot::List | Slot::Post(_) | Slot::Preview | Slot::Profile | Slot::Session | Slot::Load => {
            if slot == Slot::List {
                cx.model.list.fail(None);
            }
            match failure.kind {
                Kind::Offline | Kind::NoAnswer => offline(cx, (slot, asked), &failure, None),
                Kind::Server(wait) | Kind::TooMany(wait) => {
                    offline(cx, (slot, asked), &failure, wait);
                }
                _ => match slot {
                    Slot::Post(id) => posts::unreadable(cx, id, &failure),
                    Slot::Preview => {
                        if let Call::Post(id) = asked {
                            posts::unreadable(cx, id, &failure);
                        }
                    }
                    Slot::Load => session::unreadable(cx, said(&failure)),
                    Slot::List if cx.model.list.rows.is_empty() => {
                        cx.model.list.problem = Some(said(&failure));
                    }
                    _ => toast(cx, Role::Error, said(&failure)),
                },
            }
        }
    }
}

/// A failure in one line: what, and what to do.
pub(super) fn said(failure: &Failure) -> String {
    let mut text = failure.text.clone();
    if let Some(first) = text.chars().next() {
        text.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
    }
    match &failure.hint {
        Some(hint) => format!("{text}: {hint}"),
        None => text,
    }
}

fn offline(cx: &mut Cx<'_>, read: (Slot, Call), failure: &Failure, wait: Option<Duration>) {
    let mut reads = Vec::new();
    let mut attempt = 0;
    if let Some(offline) = cx.model.offline.take() {
        attempt = offline.attempt;
        reads = offline.reads;
    }
    // reads that failed together wait together
    let is_waiting = cx.model.timers.contains_key(&Timer::Retry);
    reads.retain(|(slot, _)| *slot != read.0);
    reads.push(read);
    if !is_waiting {
        attempt += 1;
    }
    let backoff = Duration::from_secs(1 << (attempt - 1).min(5)).min(Duration::from_secs(30));
    // a quarter more or less, so that many clients do not come back at once
    let seed = cx.model.about.run.bytes().fold(attempt, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    let backoff =
        backoff.mul_f32(0.75 + 0.5 * f32::from(u8::try_from(seed % 100).unwrap_or(0)) / 100.0);
    let delay = wait
        .map_or(backoff, |wait| wait.max(backoff))
        .min(Duration::from_hours(24));
    let next = chrono::TimeDelta::from_std(delay)
        .ok()
        .and_then(|delay| cx.now.checked_add_signed(delay))
        .unwrap_or(cx.now);
    cx.model.offline = Some(Offline {
        kind: failure.kind.clone(),
        text: failure.text.clone(),
        attempt,
        next,
        reads,
    });
    if !is_waiting || wait.is_some() {
        after(cx, Timer::Retry, delay);
    }
}

/// Asks again for what failed.
pub(super) fn retry(cx: &mut Cx<'_>) {
    cx.model.timers.remove(&Timer::Retry);
    let Some(offline) = &mut cx.model.offline else {
        return;
    };
    offline.next = cx.now;
    for (slot, asked) in std::mem::take(&mut offline.reads) {
        again(cx, slot, asked);
    }
}

/// The server answers again.
fn online(cx: &mut Cx<'_>) {
    if let Some(offline) = cx.model.offline.take() {
        cx.model.timers.remove(&Timer::Retry);
        for (slot, asked) in offline.reads {
            again(cx, slot, asked);
        }
    }
}

/// Does again what could not be done.
pub(super) fn again(cx: &mut Cx<'_>, slot: Slot, asked: Call) {
    if asked == Call::List {
        cx.model.list.restart();
    }
    call(cx, slot, asked);
}
