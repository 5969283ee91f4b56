//! Passwords: from standard input, or from hidden prompts.

use std::io::{self, IsTerminal};

use gatepost_sdk::{ExposeSecret, SecretString};

use super::{Tries, attended, hidden, piped};
use crate::args::Password;
use crate::errors::Failure;
use crate::values;

/// Finds out whether the password can come in, before anything else is done.
pub(crate) fn can_ask(how: &Password) -> Result<(), Failure> {
    if how.password_stdin {
        Ok(())
    } else {
        attended("--password-stdin")
    }
}

/// Whether the password comes through a pipe: it can't come again. On a terminal it would be shown, and is asked for.
pub(crate) fn is_piped(how: &Password) -> bool {
    how.password_stdin && !io::stdin().is_terminal()
}

/// The password, from standard input or a hidden prompt.
pub(crate) async fn password(how: &Password) -> Result<SecretString, Failure> {
    if is_piped(how) {
        return piped_password().await;
    }
    can_ask(how)?;
    hidden("Password: ").await
}

/// A new password, which is asked for twice.
pub(crate) async fn new_password(how: &Password) -> Result<SecretString, Failure> {
    if is_piped(how) {
        return piped_password().await;
    }
    can_ask(how)?;
    twice("Password: ", "Repeat password: ").await
}

/// The old password and a new one: two lines of standard input; or hidden prompts for those that are not `known`, which
/// ask twice for the new one.
pub(crate) async fn old_and_new(
    from_stdin: bool,
    known: (Option<SecretString>, Option<SecretString>),
) -> Result<(SecretString, SecretString), Failure> {
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
    let old = match known.0 {
        Some(old) => old,
        None => hidden("Old password: ").await?,
    };
    let new = match known.1 {
        Some(new) => new,
        None => twice("New password: ", "Repeat new password: ").await?,
    };
    Ok((old, new))
}

/// Asks for a new password until it comes twice the same.
async fn twice(question: &'static str, again: &'static str) -> Result<SecretString, Failure> {
    let mut tries = Tries::new();
    loop {
        let (one, other) = (hidden(question).await?, hidden(again).await?);
        if one.expose_secret() == other.expose_secret() {
            return Ok(one);
        }
        let failure = Failure::usage("the passwords do not match");
        if !tries.goes_on(&failure) {
            return Err(failure);
        }
    }
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
