//! What is asked of a person, and the password from standard input.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::sync::Mutex;
use std::time::Duration;

use gatepost_sdk::SecretString;

use crate::args::Password;
use crate::errors::{Exit, Failure};

/// Held while the terminal shows nothing of what is typed.
static HIDDEN: Mutex<()> = Mutex::new(());

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
    if how.password_stdin {
        return ask(|| {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text)?;
            let end = text.strip_suffix('\n').map_or(text.len(), str::len);
            text.truncate(end);
            let end = text.strip_suffix('\r').map_or(text.len(), str::len);
            text.truncate(end);
            Ok(SecretString::from(text))
        })
        .await;
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

/// Waits until the terminal shows again what is typed: to be called before the process ends by a signal.
pub(crate) async fn restored() {
    for _ in 0..20 {
        if HIDDEN.try_lock().is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
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
    ask(move || {
        let _hidden = HIDDEN.lock();
        rpassword::prompt_password(question).map(SecretString::from)
    })
    .await
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
            _ => Failure::usage(format!("the input can't be read: {error}")),
        }),
        Err(_) => Err(Failure::usage("the input can't be read")),
    }
}
