//! Where texts are kept, whose they are, and what is said of one that was not sent: after a signal, or where it can't be
//! kept.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gatepost_sdk::{AccessToken, Client, Clock};
use gatepost_terminal::drafts::{Draft, Drafts};
use gatepost_terminal::post::Version;

use crate::context::Context;
use crate::errors::Failure;
use crate::values::why;

/// The text that is being written, if one is: what continues it, and its file.
static UNSENT: Mutex<Option<(String, PathBuf)>> = Mutex::new(None);

pub(super) fn unsent_one() -> MutexGuard<'static, Option<(String, PathBuf)>> {
    UNSENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same failure, with the text that is being written.
pub(crate) fn unsent(failure: Failure) -> Failure {
    match unsent_one().clone() {
        Some((command, file)) => failure
            .hint("if it was being sent, it may have worked: look before you send it again")
            .kept(command, file),
        None => failure,
    }
}

/// Whose text it is. A token that was given names nobody: then it is its user's number.
pub(in crate::commands) fn writer(context: &Context, client: &Client) -> String {
    let of_token = || AccessToken::from(context.settings.token.clone()?).user_id();
    let number = || of_token().map(|id| format!("user {id}"));
    client.account().or_else(number).unwrap_or_default()
}

/// What continues a text.
pub(in crate::commands) fn continues(draft: &Draft) -> String {
    match draft.post {
        Some(id) => format!("gatepost posts edit {id} --resume"),
        None => "gatepost posts create --resume".to_owned(),
    }
}

pub(in crate::commands) fn open(context: &Context) -> Result<Drafts, Failure> {
    let folder = context.settings.state.join("drafts");
    crate::accounts::check_owner(&folder)?;
    Drafts::open(&folder, Clock::system().now()).map_err(|error| unkept(context, &error))
}

pub(super) fn unkept(context: &Context, error: &std::io::Error) -> Failure {
    let folder = context.settings.state.join("drafts");
    Failure::usage(format!(
        "drafts can't be kept in {}: {}",
        folder.display(),
        why(error)
    ))
    .hint("set GATEPOST_STATE_DIR to another folder, or give --title and --body")
}

/// Says a text again that can be had nowhere else and can't be kept; gives what it was not sent for.
pub(super) fn said_again(unkept: &Failure, text: &Version, failure: Failure) -> Failure {
    crate::output::warn(&format!("{}; this is the text:", unkept.message()));
    for line in text.content.lines() {
        crate::output::warn(line);
    }
    failure
}
