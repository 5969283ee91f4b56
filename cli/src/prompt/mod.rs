//! What is asked of a person, and what comes by standard input.

#[cfg_attr(not(unix), path = "hidden_elsewhere.rs")]
mod hidden;
mod passwords;
mod tries;

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use gatepost_sdk::SecretString;
pub(crate) use hidden::{hide_again, show};
pub(crate) use passwords::{can_ask, is_piped, new_password, old_and_new, password};
pub(crate) use tries::Tries;

use crate::errors::{Exit, Failure};
use crate::{progress, values};

/// Whether nothing is asked, whoever sits there.
static NEVER: AtomicBool = AtomicBool::new(false);

/// Asks nothing from now on: `--no-input`.
pub(crate) fn never_ask() {
    NEVER.store(true, Ordering::Relaxed);
}

/// Why nobody can be asked, for the end of a sentence.
pub(crate) fn why_not(what: &str) -> String {
    if NEVER.load(Ordering::Relaxed) {
        "with --no-input nothing is asked".to_owned()
    } else {
        format!("no terminal {what}")
    }
}

/// Whether a person may be asked at all.
pub(crate) fn may_ask() -> bool {
    !NEVER.load(Ordering::Relaxed)
}

/// Whether a person sits there: both what is asked and what is answered goes by the terminal.
pub(crate) fn is_attended() -> bool {
    may_ask() && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// A line that was given, or is asked for; `flag` is what gives it.
pub(crate) async fn line(
    given: Option<String>,
    question: &str,
    flag: &str,
) -> Result<String, Failure> {
    if let Some(given) = given {
        return Ok(given);
    }
    let question = question.to_owned();
    attended(flag)?;
    let answer = ask(move || {
        write!(io::stderr(), "{question}: ")?;
        io::stderr().flush()?;
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line)? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            _ => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
        }
    });
    answer.await
}

async fn piped() -> Result<String, Failure> {
    let text = ask(|| {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        values::text(bytes).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    });
    text.await
}

/// The text of a file; `-` is standard input. It may take for ever, as a pipe does, and can be interrupted.
pub(crate) async fn file(path: &Path) -> Result<String, Failure> {
    let is_stdin = path.as_os_str() == "-";
    if is_stdin && is_attended() {
        crate::output::warn("Type the text, and end it with Ctrl-D");
    }
    let name = path.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        if is_stdin {
            io::stdin().lock().read_to_end(&mut bytes)?;
        } else {
            std::fs::File::open(&name)?.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    });
    let name = if is_stdin {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let bytes = read
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
        .map_err(|error| {
            Failure::usage(format!("{name} can't be read: {}", values::why(&error)))
        })?;
    values::text(bytes).ok_or_else(|| {
        Failure::usage(format!("{name} is not text in UTF-8")).hint("save it as UTF-8")
    })
}

/// Yes or no; `flag` is what says yes beforehand.
pub(crate) async fn confirm(question: &str, flag: &str) -> Result<bool, Failure> {
    let answer = line(None, &format!("{question} [y/N]"), flag).await?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Finds out whether a person can be asked; `flag` is what answers beforehand.
pub(crate) fn attended(flag: &str) -> Result<(), Failure> {
    if is_attended() {
        return Ok(());
    }
    let why = why_not("to ask");
    Err(Failure::usage(format!("Give {flag} ({why})")))
}

async fn hidden(question: &'static str) -> Result<SecretString, Failure> {
    ask(move || hidden::read(question)).await
}

/// Runs what blocks beside the runtime, so that an interrupt is seen.
async fn ask<T: Send + 'static>(
    question: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    let _held = progress::hold();
    match tokio::task::spawn_blocking(question).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(match error.kind() {
            io::ErrorKind::Interrupted => Failure::stopped(Exit::Interrupted),
            io::ErrorKind::UnexpectedEof => Failure::usage("there was no answer"),
            io::ErrorKind::InvalidData => Failure::usage("the input is not UTF-8"),
            _ => Failure::usage(format!("the input can't be read: {}", values::why(&error))),
        }),
        Err(_) => Err(Failure::usage("the input can't be read")),
    }
}
