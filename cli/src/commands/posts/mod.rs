//! `gatepost posts`: list, view, write, change and delete posts.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod edit;
pub(super) mod list;
pub(super) mod view;

use std::io::Read;

use crate::args::Text;
use crate::errors::Failure;

/// The text that the flags name; `None` where none does.
fn body(text: &Text) -> Result<Option<String>, Failure> {
    let Some(path) = &text.body_file else {
        return Ok(text.body.clone());
    };
    let mut body = String::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().read_to_string(&mut body)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut body))
    };
    read.map_err(|error| {
        Failure::usage(format!(
            "--body-file {} can't be read: {error}",
            path.display()
        ))
    })?;
    Ok(Some(body))
}

/// That neither the flags nor an editor give a text.
fn no_editor(flags: &str) -> Failure {
    Failure::usage(format!("Give {flags} (no terminal for an editor)"))
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
