//! `gatepost posts`: list, view, write, change and delete posts.

pub(super) mod create;
pub(super) mod delete;
mod draft;
pub(super) mod edit;
pub(super) mod folder;
pub(super) mod list;
pub(super) mod view;

pub(crate) use folder::unsent;

use gatepost_sdk::StatusCode;

use crate::args::Text;
use crate::errors::Failure;
use crate::prompt;

/// The text that the flags name; `None` where none does.
async fn body(text: &Text) -> Result<Option<String>, Failure> {
    match &text.body_file {
        Some(path) => prompt::file(path).await.map(Some),
        None => Ok(text.body.clone()),
    }
}

/// Whether the text can't be had again: it came through a pipe, whatever its name (`-`, `/dev/stdin`, what a shell makes
/// of `<(command)`), or was typed.
fn is_read_once(text: &Text) -> bool {
    text.body_file.as_ref().is_some_and(|path| {
        let is_file = || std::fs::metadata(path).is_ok_and(|about| about.is_file());
        path.as_os_str() == "-" || !is_file()
    })
}

/// Whether an editor can be opened: on a terminal, or where one is named, as git does.
fn can_edit() -> bool {
    prompt::is_attended() || prompt::may_ask() && crate::editor::named().is_some()
}

/// That neither the flags nor an editor give a text.
fn no_editor(flags: &str) -> Failure {
    let why = prompt::why_not("for an editor");
    Failure::usage(format!("Give {flags} ({why})"))
}

/// The same for what a post's author alone may do.
fn by_author(failure: gatepost_sdk::Error) -> Failure {
    if failure.status() == Some(StatusCode::FORBIDDEN) {
        return Failure::from(failure).hint("only its author may do that; log in as the author");
    }
    unsure(failure)
}

/// What to do about a post of which no answer tells whether it was taken.
fn unsure(failure: gatepost_sdk::Error) -> Failure {
    let may_be_done = failure.may_have_been_done();
    let failure = Failure::from(failure);
    if may_be_done {
        failure.hint(
            "it may have worked all the same: check `gatepost posts list` before you try again",
        )
    } else {
        failure
    }
}
