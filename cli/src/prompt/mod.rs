//! What is asked of a person, and what comes by standard input.

#[cfg_attr(not(unix), path = "hidden_elsewhere.rs")]
mod hidden;

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::Path;

use gatepost_sdk::SecretString;

pub(crate) use hidden::{hide_again, show};

use crate::args::Password;
use crate::errors::{Exit, Failure};
use crate::values;

/// Whether a person sits there: both what is asked and what is answered goes by the terminal.
pub(crate) fn is_attended() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
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

/// The password, from standard input or a hidden prompt, which asks twice for a new one.
pub(crate) async fn password(how: &Password, is_new: bool) -> Result<SecretString, Failure> {
    // on a terminal it would be shown
    if how.password_stdin && !io::stdin().is_terminal() {
        return piped_password().await;
    }
    can_ask(how)?;
    let password = hidden("Password: ").await?;
    if is_new {
        let again = hidden("Repeat password: ").await?;
        if !same(&password, &again) {
            return Err(Failure::usage("the passwords do not match"));
        }
    }
    Ok(password)
}

/// The old password and a new one: two lines of standard input, or hidden prompts, which ask twice for the new one.
pub(crate) async fn old_and_new(from_stdin: bool) -> Result<(SecretString, SecretString), Failure> {
    // on a terminal they would be shown
    if from_stdin && !io::stdin().is_terminal() {
        let text = piped().await?;
        let mut lines = text.lines().filter(|line| !line.is_empty());
        return match (lines.next(), lines.next(), lines.next()) {
            (Some(old), Some(new), None) => Ok((old.into(), new.into())),
            _ => Err(Failure::usage(
                "standard input must hold two lines, the old password and the new one",
            )),
        };
    }
    if !from_stdin {
        attended("--passwords-stdin")?;
    }
    let old = hidden("Old password: ").await?;
    let new = hidden("New password: ").await?;
    let again = hidden("Repeat new password: ").await?;
    if same(&new, &again) {
        Ok((old, new))
    } else {
        Err(Failure::usage("the passwords do not match"))
    }
}

async fn piped() -> Result<String, Failure> {
    let text = ask(|| {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        values::text(bytes).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    });
    text.await
}

async fn piped_password() -> Result<SecretString, Failure> {
    let mut text = piped().await?;
    let end = values::without_line_end(&text).len();
    text.truncate(end);
    if text.is_empty() {
        return Err(Failure::usage("there is no password on standard input"));
    }
    Ok(SecretString::from(text))
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

/// Finds out whether the password can come in, before anything else is done.
pub(crate) fn can_ask(how: &Password) -> Result<(), Failure> {
    if how.password_stdin {
        Ok(())
    } else {
        attended("--password-stdin")
    }
}

/// Yes or no; `flag` is what says yes beforehand.
pub(crate) async fn confirm(question: &str, flag: &str) -> Result<bool, Failure> {
    let answer = line(None, &format!("{question} [y/N]"), flag).await?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn same(one: &SecretString, other: &SecretString) -> bool {
    use gatepost_sdk::ExposeSecret;
    one.expose_secret() == other.expose_secret()
}

/// Finds out whether a person can be asked; `flag` is what answers beforehand.
pub(crate) fn attended(flag: &str) -> Result<(), Failure> {
    if is_attended() {
        return Ok(());
    }
    Err(Failure::usage(format!("Give {flag} (no terminal to ask)")))
}

async fn hidden(question: &'static str) -> Result<SecretString, Failure> {
    ask(move || hidden::read(question)).await
}

/// Runs what blocks beside the runtime, so that an interrupt is seen.
async fn ask<T: Send + 'static>(
    question: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
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
